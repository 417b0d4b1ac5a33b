# Installation, and a Debian package: `cmake --build build --target package`.
#
#   bin/assay                 the program
#   lib/assay/                LibTorch, which Debian 12 does not have in the version built against
#   share/assay/              data, shipped scenarios, schemas
#   share/doc/assay/          licences
include(GNUInstallDirs)
set(private_libraries "${CMAKE_INSTALL_LIBDIR}/assay")
set_target_properties(assay PROPERTIES INSTALL_RPATH "$ORIGIN/../${private_libraries}")
install(TARGETS assay RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})

set(torch_libraries libtorch_cpu.so libc10.so)
if(ASSAY_CUDA)
  list(APPEND torch_libraries libtorch_cuda.so libc10_cuda.so)
endif()
foreach(library IN LISTS torch_libraries)
  install(PROGRAMS "${ASSAY_TORCH_LIBRARY_DIR}/${library}" DESTINATION "${private_libraries}")
endforeach()
# The wheel brings an OpenMP runtime of its own, under a name that differs from wheel to wheel.
file(GLOB openmp "${ASSAY_TORCH_LIBRARY_DIR}/libgomp*.so*")
install(PROGRAMS ${openmp} DESTINATION "${private_libraries}")

install(DIRECTORY data/ DESTINATION ${CMAKE_INSTALL_DATADIR}/assay/data)
install(DIRECTORY scenarios/library/ DESTINATION ${CMAKE_INSTALL_DATADIR}/assay/scenarios
  FILES_MATCHING PATTERN "*.yaml")
install(DIRECTORY schema/ DESTINATION ${CMAKE_INSTALL_DATADIR}/assay/schema)
install(FILES LICENSE THIRD_PARTY README.md DESTINATION ${CMAKE_INSTALL_DOCDIR})
file(GLOB torch_licences "${ASSAY_TORCH_LIBRARY_DIR}/../../torch-*.dist-info/licenses/LICENSE")
install(FILES ${torch_licences} DESTINATION ${CMAKE_INSTALL_DOCDIR} RENAME LICENSE.torch)

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME assay)
set(CPACK_PACKAGE_CONTACT "the assay authors")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "${PROJECT_DESCRIPTION}")
set(CPACK_RESOURCE_FILE_LICENSE "${CMAKE_SOURCE_DIR}/LICENSE")
set(CPACK_STRIP_FILES ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION science)
set(CPACK_DEBIAN_COMPRESSION_TYPE zstd)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS_PRIVATE_DIRS "${ASSAY_TORCH_LIBRARY_DIR}")
include(CPack)

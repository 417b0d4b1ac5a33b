# assay_version(TARGET): compiles scenarios/version.cpp, which tells the release and the git revision, into the
# target. The revision is read at every build, and the file changes only when the revision does.
function(assay_version target)
  set(generated "${CMAKE_BINARY_DIR}/generated/version.cpp")
  add_custom_target(${target}_version
    COMMAND ${CMAKE_COMMAND} -DSOURCE=${CMAKE_SOURCE_DIR} -DVERSION=${PROJECT_VERSION}
      "-DCOMPILER=${CMAKE_CXX_COMPILER_ID} ${CMAKE_CXX_COMPILER_VERSION}" -DBUILD_TYPE=${CMAKE_BUILD_TYPE}
      -DTEMPLATE=${CMAKE_SOURCE_DIR}/scenarios/version.cpp.in -DOUTPUT=${generated}
      -P ${CMAKE_SOURCE_DIR}/cmake/WriteVersion.cmake
    BYPRODUCTS "${generated}"
    COMMENT "")
  target_sources(${target} PRIVATE "${generated}")
  add_dependencies(${target} ${target}_version)
endfunction()

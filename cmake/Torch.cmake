# assay::torch: LibTorch's headers, libtorch_cpu and libc10, taken from an installed torch wheel.
#
# find_package(Torch) of a CUDA wheel fails where no CUDA toolkit is installed; this target does not, so
# that whatever wheel is there builds a CPU program. The cuda preset adds libtorch_cuda and libc10_cuda.
set(ASSAY_TORCH_DIR "" CACHE PATH "Folder of the torch Python package (default: the one in .venv)")

if(NOT ASSAY_TORCH_DIR)
  file(GLOB candidates "${CMAKE_SOURCE_DIR}/.venv/lib/python3*/site-packages/torch")
  list(GET candidates 0 torch_dir)
else()
  set(torch_dir "${ASSAY_TORCH_DIR}")
endif()
set(version_header "${torch_dir}/include/torch/headeronly/version.h")
if(NOT EXISTS "${version_header}")
  message(FATAL_ERROR "No torch package at '${torch_dir}': run ./setup, or pass -DASSAY_TORCH_DIR=DIR.")
endif()
file(STRINGS "${version_header}" version_lines REGEX "define TORCH_VERSION_M[AI][JN]OR [0-9]")
string(REGEX REPLACE ".*MAJOR ([0-9]+).*MINOR ([0-9]+).*" "\\1.\\2" torch_version "${version_lines}")
if(torch_version VERSION_LESS 2.11 OR torch_version VERSION_GREATER_EQUAL 2.15)
  message(FATAL_ERROR "torch ${torch_version} found; expected 2.11 to 2.14.")
endif()
message(STATUS "torch ${torch_version}: ${torch_dir}")

add_library(assay_torch INTERFACE)
add_library(assay::torch ALIAS assay_torch)
# The wheel carries headers of its own fmt, protobuf and others. Searched last, they do not shadow the
# system's, against whose libraries this project links.
target_compile_options(assay_torch INTERFACE
  "SHELL:-idirafter ${torch_dir}/include"
  "SHELL:-idirafter ${torch_dir}/include/torch/csrc/api/include")
target_link_directories(assay_torch INTERFACE "${torch_dir}/lib")
target_link_libraries(assay_torch INTERFACE torch_cpu c10)
set(ASSAY_TORCH_LIBRARY_DIR "${torch_dir}/lib")

if(ASSAY_CUDA)
  if(NOT EXISTS "${torch_dir}/lib/libtorch_cuda.so")
    message(FATAL_ERROR "ASSAY_CUDA is on, but the torch at '${torch_dir}' is a CPU build.")
  endif()
  # Nothing names a symbol of these two; without --no-as-needed the linker would drop them, and with
  # them the registration of every CUDA kernel.
  target_link_options(assay_torch INTERFACE "LINKER:--no-as-needed")
  target_link_libraries(assay_torch INTERFACE torch_cuda c10_cuda)
endif()

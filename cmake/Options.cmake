# assay::options: the compile options that every target of the project shares.
set(ASSAY_SANITIZE "" CACHE STRING "Sanitizers, as given to -fsanitize= (empty: none)")
option(ASSAY_WERROR "Treat warnings as errors" OFF)
option(ASSAY_CUDA "Build with CUDA" OFF)
option(ASSAY_BENCHMARKS "Build the benchmark programs" OFF)
option(ASSAY_FUZZ "Build the fuzz targets, with clang's libFuzzer, for the long tests" ON)

add_library(assay_options INTERFACE)
add_library(assay::options ALIAS assay_options)
target_compile_features(assay_options INTERFACE cxx_std_20)
target_include_directories(assay_options INTERFACE "${CMAKE_SOURCE_DIR}")
target_compile_options(assay_options INTERFACE -Wall -Wextra -Wnon-virtual-dtor -Woverloaded-virtual)
# Designated initializers leave out what has a default on purpose.
target_compile_options(assay_options INTERFACE -Wno-missing-field-initializers)
# g++ 12 reports false positives of these inside the standard library at -O2.
target_compile_options(assay_options INTERFACE -Wno-restrict -Wno-stringop-overflow -Wno-array-bounds)
if(ASSAY_WERROR)
  target_compile_options(assay_options INTERFACE -Werror)
endif()
if(ASSAY_SANITIZE)
  target_compile_options(assay_options INTERFACE
    -fsanitize=${ASSAY_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  target_link_options(assay_options INTERFACE -fsanitize=${ASSAY_SANITIZE})
endif()

find_program(CCACHE ccache)
if(CCACHE)
  # The sloppiness lets ccache work with precompiled headers.
  set(launcher ${CMAKE_COMMAND} -E env
    CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime ${CCACHE})
  set(CMAKE_CXX_COMPILER_LAUNCHER ${launcher})
  target_compile_options(assay_options INTERFACE -fpch-preprocess)
endif()
find_program(MOLD mold)
if(MOLD)
  add_link_options(-fuse-ld=mold)
endif()

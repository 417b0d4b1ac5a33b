# assay_embed(TARGET NAME FILE...): makes files part of a target, one after another, byte by byte.
#
# Code of the target reads them as
#   #include "embedded/NAME.h"
#   std::string_view text = assay::embedded::NAME();
#
# The assembler copies the bytes (.incbin), which takes no time and no memory, whatever their size. A change
# of a file rebuilds the object. The view ends before a terminating zero that belongs to no file.
function(assay_embed target name)
  set(folder "${CMAKE_BINARY_DIR}/generated/embedded")
  set(header "${folder}/${name}.h")
  set(source "${folder}/${name}.cpp")
  set(directives "")
  set(files "")
  foreach(file IN LISTS ARGN)
    get_filename_component(file "${file}" ABSOLUTE)
    list(APPEND files "${file}")
    string(APPEND directives "    \".incbin \\\"${file}\\\"\\n\"\n")
  endforeach()
  file(CONFIGURE OUTPUT "${header}" @ONLY CONTENT [[#pragma once

#include <string_view>

namespace assay::embedded {
std::string_view @name@();
}
]])
  file(CONFIGURE OUTPUT "${source}" @ONLY CONTENT [[#include "embedded/@name@.h"

asm("    .section .rodata\n"
    "assay_embedded_@name@:\n"
@directives@    "assay_embedded_@name@_end:\n"
    "    .byte 0\n"
    "    .global assay_embedded_@name@\n"
    "    .global assay_embedded_@name@_end\n"
    "    .previous\n");

extern "C" const char assay_embedded_@name@[], assay_embedded_@name@_end[];

namespace assay::embedded {
std::string_view @name@() {
  return {assay_embedded_@name@, static_cast<std::size_t>(assay_embedded_@name@_end - assay_embedded_@name@)};
}
}
]])
  set_source_files_properties("${source}" TARGET_DIRECTORY ${target} PROPERTIES
    OBJECT_DEPENDS "${files}" SKIP_PRECOMPILE_HEADERS ON)
  target_sources(${target} PRIVATE "${source}")
  target_include_directories(${target} PRIVATE "${CMAKE_BINARY_DIR}/generated")
endfunction()

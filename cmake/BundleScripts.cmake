# cmake -DMODULES=DIR -DOUTPUT=FILE -DNOTICES=FILE -P BundleScripts.cmake
#
# Joins the chart libraries of the report into one script, without the comments that point at source maps,
# and collects the licences of every package that is in them. Packages of one licence text share it.
cmake_minimum_required(VERSION 3.25)

set(libraries vega/build/vega.min.js vega-lite/build/vega-lite.min.js vega-embed/build/vega-embed.min.js)
# Installed beside the libraries, but only for their command lines, their types and the browser test.
set(not_inside playwright-core vega-typings
  ansi-regex ansi-styles cliui commander emoji-regex escalade get-caller-file get-east-asian-width iconv-lite rw
  safer-buffer string-width strip-ansi wrap-ansi y18n yargs yargs-parser)

set(script "")
foreach(library IN LISTS libraries)
  file(READ "${MODULES}/${library}" text)
  string(REGEX REPLACE "\n//# sourceMappingURL=[^\n]*" "" text "${text}")
  string(APPEND script "${text}\n")
endforeach()
if(script MATCHES "</[Ss][Cc][Rr][Ii][Pp][Tt]|<!--")
  message(FATAL_ERROR "A chart library holds text that would end its <script> element.")
endif()
file(WRITE "${OUTPUT}" "${script}")

file(GLOB packages RELATIVE "${MODULES}" "${MODULES}/*/package.json")
set(texts "")
foreach(package IN LISTS packages)
  get_filename_component(package "${package}" DIRECTORY)
  if(package IN_LIST not_inside)
    continue()
  endif()
  file(GLOB licence "${MODULES}/${package}/LICENSE*" "${MODULES}/${package}/LICENCE*")
  if(NOT licence)
    message(FATAL_ERROR "The npm package ${package} has no licence file: its notice cannot be given.")
  endif()
  list(GET licence 0 licence)
  file(READ "${MODULES}/${package}/package.json" about)
  string(JSON version GET "${about}" version)
  file(SHA256 "${licence}" hash)
  if(NOT DEFINED names_${hash})
    list(APPEND texts ${hash})
    set(file_${hash} "${licence}")
  endif()
  list(APPEND names_${hash} "${package} ${version}")
endforeach()
set(notices "")
foreach(hash IN LISTS texts)
  file(READ "${file_${hash}}" text)
  string(REPLACE "\r\n" "\n" text "${text}")
  string(STRIP "${text}" text)
  list(JOIN names_${hash} ", " names)
  string(APPEND notices "${names}\n\n${text}\n\n\n")
endforeach()
file(WRITE "${NOTICES}" "${notices}")

execute_process(COMMAND git -C "${SOURCE}" rev-parse --short=12 HEAD
  OUTPUT_VARIABLE REVISION OUTPUT_STRIP_TRAILING_WHITESPACE RESULT_VARIABLE failed ERROR_QUIET)
set(DIRTY false)
if(failed)
  set(REVISION "unknown")
else()
  execute_process(COMMAND git -C "${SOURCE}" status --porcelain --untracked-files=no
    OUTPUT_VARIABLE changes OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
  if(changes)
    set(DIRTY true)
    # Two builds of different changes are different programs: a resumed run must not mix them.
    execute_process(COMMAND git -C "${SOURCE}" diff HEAD COMMAND git hash-object --stdin
      OUTPUT_VARIABLE difference OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
    string(SUBSTRING "${difference}" 0 8 difference)
    string(APPEND REVISION "-dirty.${difference}")
  endif()
endif()
configure_file("${TEMPLATE}" "${OUTPUT}" @ONLY)

# troupe_discover_tests(TARGET PREFIX): one ctest test for each suite of a gtest program, PREFIX.Suite; its cases share a
# process. With TROUPE_TEST_FILTER set the cases are the test's labels, PREFIX.Suite.Case, so that ctest -L finds them.
# Run as a script after each build (cmake -P) it writes the list: -DPROGRAM -DPREFIX -DOUT -DRUNNER.
if(CMAKE_SCRIPT_MODE_FILE)
  execute_process(COMMAND ${PROGRAM} --gtest_list_tests OUTPUT_VARIABLE listed COMMAND_ERROR_IS_FATAL ANY TIMEOUT 60)
  # "Suite.", then its cases, each behind two spaces; both may have a comment.
  string(REGEX REPLACE " *#[^\n]*" "" listed "${listed}")
  string(REPLACE "\n" ";" listed "${listed}")
  set(suites "")
  foreach(line IN LISTS listed)
    if(line MATCHES "^([^ ].*)\\.$")
      set(suite ${CMAKE_MATCH_1})
    elseif(line MATCHES "^  ([^ ]+)$")
      set(case "${PREFIX}.${suite}.${CMAKE_MATCH_1}")
      if(NOT case MATCHES "[./]DISABLED_")
        list(APPEND suites ${suite})
        list(APPEND "cases_of_${suite}" ${case})
      endif()
    endif()
  endforeach()
  list(REMOVE_DUPLICATES suites)
  set(tests "")
  set(labels "")
  foreach(suite IN LISTS suites)
    string(APPEND tests "add_test([=[${PREFIX}.${suite}]=] [=[${RUNNER}]=] [=[${PROGRAM}]=] [=[${PREFIX}]=] [=[${suite}]=])\n")
    if(PREFIX STREQUAL "contract")  # the longest, and the last in the list: ctest begins with what costs most
      string(APPEND tests "set_tests_properties([=[${PREFIX}.${suite}]=] PROPERTIES COST 60)\n")
    endif()
    string(APPEND labels "  set_tests_properties([=[${PREFIX}.${suite}]=] PROPERTIES LABELS [=[${cases_of_${suite}}]=])\n")
  endforeach()
  file(WRITE ${OUT} "${tests}if(NOT \"\$ENV{TROUPE_TEST_FILTER}\" STREQUAL \"\")\n${labels}endif()\n")
  return()
endif()

function(troupe_discover_tests target prefix)
  set(list ${CMAKE_CURRENT_BINARY_DIR}/${target}_suites.cmake)
  set(include ${CMAKE_CURRENT_BINARY_DIR}/${target}_include.cmake)
  add_custom_command(
    TARGET ${target}
    POST_BUILD
    COMMAND ${CMAKE_COMMAND} -DPROGRAM=$<TARGET_FILE:${target}> -DPREFIX=${prefix} -DOUT=${list}
            -DRUNNER=${CMAKE_SOURCE_DIR}/tests/tools/run_suite -P ${CMAKE_SOURCE_DIR}/cmake/suites.cmake
    BYPRODUCTS ${list}
    VERBATIM)
  file(WRITE ${include} "if(EXISTS \"${list}\")\n  include(\"${list}\")\nelse()\n  add_test(${prefix}.not_built ${target})\nendif()\n")
  set_property(DIRECTORY APPEND PROPERTY TEST_INCLUDE_FILES ${include})
endfunction()

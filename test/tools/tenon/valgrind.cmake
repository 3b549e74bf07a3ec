# Runs a compiled model in two threads under valgrind, which must find nothing: no invalid access, no use of unset memory, no leak.
# Variables: TENON, HOST, MODEL, WORK.
find_program(VALGRIND valgrind)
if(NOT VALGRIND)
  message("SKIPPED: valgrind is not installed, so compiled code was not checked by it")
  return()
endif()
# valgrind knows no AVX-512.
execute_process(COMMAND ${TENON} compile ${MODEL} --dim batch=1..4 --target x86-64-v3 -o ${WORK}/valgrind.so
                RESULT_VARIABLE status ERROR_VARIABLE output)
if(NOT status EQUAL 0)
  message(FATAL_ERROR "${output}")
endif()
execute_process(COMMAND ${VALGRIND} --quiet --error-exitcode=9 --leak-check=full ${HOST} ${WORK}/valgrind.so 2
                RESULT_VARIABLE status OUTPUT_VARIABLE output ERROR_VARIABLE output)
if(NOT status EQUAL 0)
  message(FATAL_ERROR "${status}\n${output}")
endif()

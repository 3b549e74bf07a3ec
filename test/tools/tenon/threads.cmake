# Runs a compiled model in several threads at once: all get the same bytes.
# Variables: TENON, HOST, MODEL, WORK.
execute_process(COMMAND ${TENON} compile ${MODEL} --dim batch=1..4 -o ${WORK}/threads.so
                RESULT_VARIABLE status ERROR_VARIABLE output)
if(NOT status EQUAL 0)
  message(FATAL_ERROR "${output}")
endif()
foreach(threads 1 2 8)
  execute_process(COMMAND ${HOST} ${WORK}/threads.so ${threads}
                  RESULT_VARIABLE status OUTPUT_VARIABLE output ERROR_VARIABLE output)
  if(NOT status EQUAL 0)
    message(FATAL_ERROR "with ${threads} threads: ${status}\n${output}")
  endif()
endforeach()

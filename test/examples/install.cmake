# Installs Tenon to a fresh prefix, builds both examples against it and checks what they print.
# Variables: BUILD (Tenon's build folder), SOURCE, WORK (a folder of this test's own), GENERATOR.
file(REMOVE_RECURSE ${WORK})

function(run)
  execute_process(COMMAND ${ARGN} RESULT_VARIABLE status OUTPUT_VARIABLE output ERROR_VARIABLE output)
  if(NOT status EQUAL 0)
    list(JOIN ARGN " " command)
    message(FATAL_ERROR "${command}\n${output}")
  endif()
endfunction()

function(expect_table)
  execute_process(COMMAND ${ARGN} RESULT_VARIABLE status OUTPUT_VARIABLE output ERROR_VARIABLE problems)
  if(NOT status EQUAL 0 OR NOT output MATCHES "0 xor 0 = 0\n0 xor 1 = 1\n1 xor 0 = 1\n1 xor 1 = 0\n$")
    message(FATAL_ERROR "${ARGN}: expected the truth table of xor, but got ${status}\n${output}${problems}")
  endif()
endfunction()

run(${CMAKE_COMMAND} --install ${BUILD} --prefix ${WORK}/prefix)
foreach(file include/tenon/Compiler.h include/tenon-c/Model.h include/tenon-c/Compiler.h bin/tenon bin/tenon-opt
        bin/tenon-lsp-server)
  if(NOT EXISTS ${WORK}/prefix/${file})
    message(FATAL_ERROR "${file} is not installed")
  endif()
endforeach()
foreach(example embed-c embed-cpp)
  run(${CMAKE_COMMAND} -G ${GENERATOR} -S ${SOURCE}/examples/${example} -B ${WORK}/${example}
      -DCMAKE_PREFIX_PATH=${WORK}/prefix -DCMAKE_C_COMPILER=${C} -DCMAKE_CXX_COMPILER=${CXX})
  run(${CMAKE_COMMAND} --build ${WORK}/${example})
endforeach()
expect_table(${WORK}/embed-c/embed-c)
expect_table(${WORK}/embed-cpp/embed-cpp ${SOURCE}/examples/models/xor.mlir ${WORK}/xor.so)
if(NOT EXISTS ${WORK}/xor.so)
  message(FATAL_ERROR "embed-cpp wrote no shared object")
endif()

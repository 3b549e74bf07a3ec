# How every room of Tenon is built: dependencies, flags, and one helper per kind of room.
include_guard()

find_package(MLIR REQUIRED CONFIG HINTS /usr/lib/llvm-22/lib/cmake/mlir)
find_package(LLD REQUIRED CONFIG HINTS /usr/lib/llvm-22/lib/cmake/lld)
find_package(Protobuf REQUIRED)
find_package(SQLite3 REQUIRED)
# Debian's package description names a program that is in no package.
find_library(XGBOOST_LIBRARY xgboost REQUIRED)
find_library(CBC_LIBRARY CbcSolver REQUIRED)
list(APPEND CMAKE_MODULE_PATH ${MLIR_CMAKE_DIR} ${LLVM_CMAKE_DIR})
include(TableGen)
include(AddLLVM)
include(AddMLIR)

find_program(CCACHE ccache)
if(CCACHE)
  set(CMAKE_C_COMPILER_LAUNCHER ${CCACHE})
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CCACHE})
endif()
find_program(LLD_LINKER NAMES ld.lld-22 ld.lld)
if(LLD_LINKER)
  add_link_options(-fuse-ld=lld)
endif()

include_directories(${CMAKE_SOURCE_DIR} ${CMAKE_SOURCE_DIR}/include ${CMAKE_BINARY_DIR})
include_directories(SYSTEM ${MLIR_INCLUDE_DIRS} ${LLVM_INCLUDE_DIRS})
separate_arguments(LLVM_DEFINITIONS_LIST NATIVE_COMMAND ${LLVM_DEFINITIONS})
add_definitions(${LLVM_DEFINITIONS_LIST})
# One flag for objects of libraries and of programs, so that they share precompiled headers.
add_compile_options(-fPIC -Wall -Wextra -Wno-unused-parameter)
add_compile_options($<$<COMPILE_LANGUAGE:CXX>:-fno-exceptions>)
if(TENON_SANITIZE)
  add_compile_options(-fsanitize=address,undefined -fno-sanitize=vptr -fno-sanitize-recover=undefined -fno-omit-frame-pointer)
  add_link_options(-fsanitize=address,undefined)
endif()

# The headers that most rooms share, compiled once.
add_library(TenonPCH OBJECT ${CMAKE_SOURCE_DIR}/cmake/pch.cpp)
target_precompile_headers(TenonPCH PRIVATE ${CMAKE_SOURCE_DIR}/cmake/pch.h)
if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  # Without the time stamps, ccache can reuse objects across clean builds.
  target_compile_options(TenonPCH PRIVATE "SHELL:-Xclang -fno-pch-timestamp")
endif()

# add_tenon_library(NAME SOURCES... [DEPENDS targets...] [NO_PCH])
# A room's code, as objects that libTenon collects.
function(add_tenon_library name)
  cmake_parse_arguments(ARG "NO_PCH" "" "DEPENDS;INCLUDES" ${ARGN})
  add_library(${name} OBJECT ${ARG_UNPARSED_ARGUMENTS})
  if(NOT ARG_NO_PCH)
    target_precompile_headers(${name} REUSE_FROM TenonPCH)
    if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
      target_compile_options(${name} PRIVATE "SHELL:-Xclang -fno-pch-timestamp")
    endif()
  endif()
  if(ARG_INCLUDES)
    target_include_directories(${name} PRIVATE ${ARG_INCLUDES})
  endif()
  # Generated headers of any dialect may be included by any later room.
  get_property(tablegen GLOBAL PROPERTY TENON_TABLEGEN)
  if(tablegen OR ARG_DEPENDS)
    add_dependencies(${name} ${tablegen} ${ARG_DEPENDS})
  endif()
  set_property(GLOBAL APPEND PROPERTY TENON_LIBRARIES ${name})
endfunction()

# tenon_tablegen(TARGET TD OUT1 -gen-1 [OUT2 -gen-2 ...])
# Outputs land at the room's path under the build root.
function(tenon_tablegen target td)
  set(LLVM_TARGET_DEFINITIONS ${td})
  set(args ${ARGN})
  while(args)
    list(POP_FRONT args out)
    list(POP_FRONT args gen)
    separate_arguments(gen_list UNIX_COMMAND "${gen}")
    mlir_tablegen(${out} ${gen_list} EXTRA_INCLUDES ${CMAKE_SOURCE_DIR})
  endwhile()
  add_public_tablegen_target(${target})
  set_property(GLOBAL APPEND PROPERTY TENON_TABLEGEN ${target})
  set_property(GLOBAL APPEND PROPERTY TENON_TD_FILES ${CMAKE_CURRENT_SOURCE_DIR}/${td})
endfunction()

# tenon_doc(NAME TD GENERATOR...)  A page from TableGen, NAME.md in the build folder; scripts/regenerate-docs
# takes them to docs/.
function(tenon_doc name td)
  separate_arguments(gen_list UNIX_COMMAND "${ARGN}")
  set(LLVM_TARGET_DEFINITIONS ${td})
  tablegen(MLIR ${name}.md ${gen_list} -I${CMAKE_SOURCE_DIR})
  add_custom_target(${name}-doc DEPENDS ${CMAKE_CURRENT_BINARY_DIR}/${name}.md)
  set_property(GLOBAL APPEND PROPERTY TENON_DOCS ${name}-doc)
endfunction()

# add_tenon_dialect(NAME PREFIX DIALECT SOURCES... [SHARDS n])
# Expects PREFIX{Dialect,Ops}.td beside it; PREFIXAttrs.td and PREFIXInterfaces.td when present. The generated
# definitions of the ops are compiled as SHARDS files (2), which register{DIALECT}DialectOperations brings together.
function(add_tenon_dialect name prefix dialect)
  cmake_parse_arguments(ARG "" "SHARDS" "DEPENDS" ${ARGN})
  set(shards 2) # one would be spelled differently by mlir-tblgen
  if(ARG_SHARDS)
    set(shards ${ARG_SHARDS})
  endif()
  tenon_tablegen(Tenon${name}OpsGen ${prefix}Ops.td
    ${prefix}Ops.h.inc "-gen-op-decls -dialect=${dialect} -op-shard-count=${shards}"
    ${prefix}Ops.cpp.inc "-gen-op-defs -dialect=${dialect} -op-shard-count=${shards}"
    ${prefix}Dialect.h.inc "-gen-dialect-decls -dialect=${dialect}"
    ${prefix}Dialect.cpp.inc "-gen-dialect-defs -dialect=${dialect}"
    ${prefix}Enums.h.inc "-gen-enum-decls"
    ${prefix}Enums.cpp.inc "-gen-enum-defs"
    ${prefix}Attrs.h.inc "-gen-attrdef-decls -attrdefs-dialect=${dialect}"
    ${prefix}Attrs.cpp.inc "-gen-attrdef-defs -attrdefs-dialect=${dialect}")
  if(EXISTS ${CMAKE_CURRENT_SOURCE_DIR}/${prefix}Interfaces.td)
    tenon_tablegen(Tenon${name}InterfacesGen ${prefix}Interfaces.td
      ${prefix}Interfaces.h.inc -gen-op-interface-decls
      ${prefix}Interfaces.cpp.inc -gen-op-interface-defs)
  endif()
  tenon_doc(${prefix}Dialect ${prefix}Ops.td "-gen-dialect-doc -dialect=${dialect}")
  file(RELATIVE_PATH room ${CMAKE_SOURCE_DIR} ${CMAKE_CURRENT_SOURCE_DIR})
  math(EXPR last "${shards} - 1")
  foreach(shard RANGE ${last})
    set(source ${CMAKE_CURRENT_BINARY_DIR}/${prefix}Ops.${shard}.cpp)
    file(CONFIGURE OUTPUT ${source} CONTENT
      "#include \"${room}/${prefix}.h\"\n#define GET_OP_DEFS_${shard}\n#include \"${room}/${prefix}Ops.cpp.inc\"\n")
    list(APPEND ARG_UNPARSED_ARGUMENTS ${source})
  endforeach()
  add_tenon_library(Tenon${name} ${ARG_UNPARSED_ARGUMENTS} DEPENDS ${ARG_DEPENDS})
endfunction()

# add_tenon_pass(NAME SOURCES...)  Expects NAME.td beside it, with the pass definitions.
function(add_tenon_pass name)
  cmake_parse_arguments(ARG "" "" "DEPENDS" ${ARGN})
  tenon_tablegen(Tenon${name}PassGen ${name}.td ${name}.h.inc "-gen-pass-decls -name=${name}")
  tenon_doc(${name}Passes ${name}.td -gen-pass-doc)
  add_tenon_library(Tenon${name} ${ARG_UNPARSED_ARGUMENTS} DEPENDS ${ARG_DEPENDS})
endfunction()

# add_tenon_unittest(NAME SOURCES...)  A GoogleTest program, run by ctest.
function(add_tenon_unittest name)
  add_executable(${name} ${ARGN})
  target_precompile_headers(${name} REUSE_FROM TenonPCH)
  if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
    target_compile_options(${name} PRIVATE "SHELL:-Xclang -fno-pch-timestamp")
  endif()
  target_link_libraries(${name} PRIVATE Tenon GTest::gtest GTest::gtest_main)
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/unittests)
  add_test(NAME ${name} COMMAND ${name})
  # Each suite leaves a JUnit file, from which scripts/test counts single tests.
  set_tests_properties(${name} PROPERTIES LABELS unit TIMEOUT 900
    ENVIRONMENT "GTEST_OUTPUT=xml:${CMAKE_BINARY_DIR}/test-results/${name}.xml")
  set_property(GLOBAL APPEND PROPERTY TENON_TEST_PROGRAMS ${name})
endfunction()

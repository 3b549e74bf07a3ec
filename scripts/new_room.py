#!/usr/bin/env python3
"""Makes a new room with its test mirror, ready to build, and registers it.

Usage: new_room.py pass NAME         passes/NAME, flag tenon-name             (NAME in CamelCase)
       new_room.py dialect NAME      dialects/NAME, namespace tenon::name

What it makes compiles, and its tests pass; they fail once the room does something, as they should.
docs/contributing.md goes on from there.
"""

import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent


def kebab(name):
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "-", name).lower()


def write(root, path, text):
    path = root / path
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    print(f"made {path.relative_to(root)}")


def insert(root, path, pattern, text, after=False):
    """Puts `text` before (or after) the first line that matches, or says that it must be done by hand."""
    file = root / path
    lines = file.read_text().splitlines(keepends=True)
    for number, line in enumerate(lines):
        if re.search(pattern, line):
            lines.insert(number + after, text)
            file.write_text("".join(lines))
            print(f"changed {path}")
            return
    sys.exit(f"error: found no place in {path} for: {text.strip()}")


def begin(root, folder, name):
    if not re.fullmatch(r"[A-Z][A-Za-z0-9]*", name):
        sys.exit(f"error: expected a name in CamelCase, but got {name}")
    if (root / folder / name).exists():
        sys.exit(f"error: {folder}/{name} exists already")


def add_to_parent(root, folder, name):
    parent = root / folder / "CMakeLists.txt"
    text = parent.read_text()
    parent.write_text(text + ("" if text.endswith("\n") or not text else "\n") + f"add_subdirectory({name})\n")
    print(f"changed {folder}/CMakeLists.txt")


def make_pass(root, name):
    begin(root, "passes", name)
    flag = kebab(name)
    room = f"passes/{name}"
    guard = re.sub(r"\W", "_", f"TENON_{room}/{name}.td").upper()
    write(root, f"{room}/CMakeLists.txt", f"add_tenon_pass({name}\n  {name}.cpp\n)\n")
    write(root, f"{room}/{name}.td", f"""#ifndef {guard}
#define {guard}

include "mlir/Pass/PassBase.td"

def {name} : Pass<"tenon-{flag}", "::mlir::func::FuncOp"> {{
  let summary = "Counts the operators of a function";
  let description = [{{
    Changes nothing.

    Example: see test/{room}/{flag}.mlir.
  }}];
  let statistics = [Statistic<"operators", "operators", "Operators seen">];
}}

#endif
""")
    write(root, f"{room}/{name}.h", f"""#pragma once

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Pass/Pass.h"

namespace tenon {{
#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "{room}/{name}.h.inc"
}} // namespace tenon
""")
    write(root, f"{room}/{name}.cpp", f"""#include "{room}/{name}.h"

namespace tenon {{
#define GEN_PASS_DEF_{name.upper()}
#include "{room}/{name}.h.inc"
}} // namespace tenon

using namespace mlir;

namespace {{
struct {name} : tenon::impl::{name}Base<{name}> {{
  void runOnOperation() override {{
    getOperation()->walk([&](Operation *) {{ ++operators; }});
  }}
}};
}} // namespace
""")
    write(root, f"test/{room}/{flag}.mlir", f"""// RUN: tenon-opt %s --pass-pipeline='builtin.module(func.func(tenon-{flag}))' | FileCheck %s

// CHECK: %[[Y:.*]] = nn.relu
// CHECK-NEXT: return %[[Y]]
func.func @main(%x: tensor<4xf32>) -> tensor<4xf32> {{
  %0 = nn.relu %x : (tensor<4xf32>) -> tensor<4xf32>
  return %0 : tensor<4xf32>
}}
""")
    add_to_parent(root, "passes", name)
    registration = "lib/Driver/InitAll.cpp"
    insert(root, registration, r'#include "passes/', f'#include "{room}/{name}.h"\n')
    insert(root, registration, r"void tenon::registerAllPasses\(\)", f"  register{name}Passes();\n", after=True)


def make_dialect(root, name):
    begin(root, "dialects", name)
    space = name.lower()
    room = f"dialects/{name}"
    guard = f"TENON_{name.upper()}_OPS_TD"
    write(root, f"{room}/CMakeLists.txt", f"add_tenon_dialect({name} {name} {space}\n  {name}Dialect.cpp\n)\n")
    write(root, f"{room}/{name}Ops.td", f"""#ifndef {guard}
#define {guard}

include "mlir/IR/AttrTypeBase.td"
include "mlir/IR/BuiltinAttributes.td"
include "mlir/IR/EnumAttr.td"
include "mlir/IR/OpBase.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

def {name}_Dialect : Dialect {{
  let name = "{space}";
  let cppNamespace = "::tenon::{space}";
  let summary = "One operator that returns its operand";
}}

def {name}_KeepOp : Op<{name}_Dialect, "keep", [Pure]> {{
  let summary = "Its operand, unchanged";
  let description = [{{
    (C1) The operand's rank is at least 1.
  }}];
  let arguments = (ins AnyRankedTensor:$x);
  let results = (outs AnyRankedTensor:$y);
  let assemblyFormat = "operands attr-dict `:` functional-type(operands, results)";
  let hasVerifier = 1;
}}

#endif
""")
    write(root, f"{room}/{name}.h", f"""#pragma once

#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

#include "{room}/{name}Dialect.h.inc"
#include "{room}/{name}Enums.h.inc"
#define GET_ATTRDEF_CLASSES
#include "{room}/{name}Attrs.h.inc"
#define GET_OP_CLASSES
#include "{room}/{name}Ops.h.inc"
""")
    write(root, f"{room}/{name}Dialect.cpp", f"""#include "{room}/{name}.h"
#include "mlir/IR/DialectImplementation.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace tenon::{space};

#include "{room}/{name}Dialect.cpp.inc"
#include "{room}/{name}Enums.cpp.inc"
#define GET_ATTRDEF_CLASSES
#include "{room}/{name}Attrs.cpp.inc"
#define GET_OP_CLASSES
#include "{room}/{name}Ops.cpp.inc"

void {name}Dialect::initialize() {{
  addOperations<
#define GET_OP_LIST
#include "{room}/{name}Ops.cpp.inc"
      >();
}}

LogicalResult KeepOp::verify() {{
  if (getX().getType().getRank() < 1)
    return emitOpError("C1: expected a rank of at least 1, but got 0");
  return success();
}}
""")
    test = f"test/{room}/{kebab(name)}"
    write(root, f"{test}.mlir", f"""// RUN: tenon-opt %s | tenon-opt | FileCheck %s
// RUN: tenon-opt %s --mlir-print-op-generic | tenon-opt | FileCheck %s

// CHECK: {space}.keep %{{{{.*}}}} : (tensor<4xf32>) -> tensor<4xf32>
func.func @keep(%x: tensor<4xf32>) -> tensor<4xf32> {{
  %0 = {space}.keep %x : (tensor<4xf32>) -> tensor<4xf32>
  return %0 : tensor<4xf32>
}}
""")
    write(root, f"{test}-invalid.mlir", f"""// RUN: tenon-opt %s --split-input-file --verify-diagnostics

func.func @c1(%x: tensor<f32>) -> tensor<f32> {{
  // expected-error @+1 {{{{C1: expected a rank of at least 1, but got 0}}}}
  %0 = {space}.keep %x : (tensor<f32>) -> tensor<f32>
  return %0 : tensor<f32>
}}
""")
    add_to_parent(root, "dialects", name)
    registration = "lib/Driver/InitAll.cpp"
    insert(root, registration, r'#include "(dialects|passes)/', f'#include "{room}/{name}.h"\n')
    file = root / registration
    file.write_text(file.read_text().replace("registry.insert<", f"registry.insert<{space}::{name}Dialect, ", 1))


def main():
    makers = {"pass": make_pass, "dialect": make_dialect}
    if len(sys.argv) != 3 or sys.argv[1] not in makers:
        sys.exit(__doc__)
    makers[sys.argv[1]](ROOT, sys.argv[2])
    room = ROOT / {"pass": "passes", "dialect": "dialects"}[sys.argv[1]] / sys.argv[2]
    sources = [*room.glob("*.h"), *room.glob("*.cpp"), ROOT / "lib/Driver/InitAll.cpp"]
    subprocess.run(["clang-format-22", "-i", *sources], check=True)


if __name__ == "__main__":
    main()

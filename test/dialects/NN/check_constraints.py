#!/usr/bin/env python3
"""Checks that every nn op is printed and parsed by a test, and that every numbered constraint of it has one.

Usage: check_constraints.py SOURCE_DIR LLVM_TBLGEN LLVM_INCLUDE_DIR [TEST_DIR]

Constraints are the labels (C1), (C2), ... of the ops' descriptions, as TableGen resolves them; tests are the
`expected-error` annotations `'nn.<op>' op C<n>: ...` in TEST_DIR/*-invalid.mlir, which are only there if the op of that
case fails so. Printed and parsed are ops in a CHECK line of the other files there that read twice what `tenon-opt`
printed. Prints each op, and each (op, constraint), without a test; exits 1 if there is any.
"""

import json
import pathlib
import re
import subprocess
import sys


def operators(records):
    """The records of the dialect's ops."""
    every = (records[name] for name in records["!instanceof"]["Op"])
    return [record for record in every if record["opDialect"]["def"] == "NN_Dialect"]


def described(ops):
    """(op, constraint) pairs of the dialect."""
    return {(op["opName"], label) for op in ops for label in re.findall(r"\((C\d+)\)", op["description"])}


def printed(folder):
    """The ops that go through a printer and a parser."""
    texts = [file.read_text() for file in folder.glob("*.mlir")]
    checks = [line for text in texts if "| tenon-opt" in text for line in re.findall(r"//\s*CHECK.*", text)]
    return {op for line in checks for op in re.findall(r"(?<![#\w])nn\.(\w+)", line)}


def tested(folder):
    return {
        pair
        for file in folder.glob("*-invalid.mlir")
        for pair in re.findall(r"expected-error[^{\n]*\{\{'nn\.(\w+)' op (C\d+): ", file.read_text())
    }


def main():
    if len(sys.argv) not in (4, 5):
        sys.exit(__doc__)
    source, tblgen, include = sys.argv[1:4]
    folder = pathlib.Path(sys.argv[4] if len(sys.argv) > 4 else f"{source}/test/dialects/NN")
    command = [tblgen, "--dump-json", "-I", ".", "-I", include, "dialects/NN/NNOps.td"]
    dump = subprocess.run(command, cwd=source, check=True, capture_output=True, text=True).stdout
    ops = operators(json.loads(dump))
    constraints = described(ops)
    tests = tested(folder)
    unprinted = {op["opName"] for op in ops} - printed(folder)
    for op in sorted(unprinted):
        print(f"nn.{op}: not printed and parsed by a test")
    for op, label in sorted(constraints - tests):
        print(f"nn.{op} {label}: no test")
    print(f"{len(constraints & tests)} of {len(constraints)} constraints have a test")
    return 1 if unprinted or constraints - tests else 0


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
"""Checks that every numbered constraint of every nn op has a test.

Usage: check_constraints.py SOURCE_DIR LLVM_TBLGEN LLVM_INCLUDE_DIR [TEST_DIR]

Constraints are the labels (C1), (C2), ... of the ops' descriptions, as TableGen resolves them; tests are the
`expected-error` annotations `'nn.<op>' op C<n>: ...` in TEST_DIR/*-invalid.mlir, which are only there if the op of that
case fails so. Prints each (op, constraint) without a test; exits 1 if there is any.
"""

import json
import pathlib
import re
import subprocess
import sys


def described(records):
    """(op, constraint) pairs of the dialect."""
    return {
        (record["opName"], label)
        for name in records["!instanceof"]["Op"]
        for record in [records[name]]
        if record["opDialect"]["def"] == "NN_Dialect"
        for label in re.findall(r"\((C\d+)\)", record["description"])
    }


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
    constraints = described(json.loads(dump))
    tests = tested(folder)
    for op, label in sorted(constraints - tests):
        print(f"nn.{op} {label}: no test")
    print(f"{len(constraints & tests)} of {len(constraints)} constraints have a test")
    return 1 if constraints - tests else 0


if __name__ == "__main__":
    sys.exit(main())

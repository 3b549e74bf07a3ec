"""Models compiled for several targets at once run the best that the processor can, give what the operators'
references give in every variant, and hold their weights once.

Usage: targets.py [--tenon build/bin/tenon]

Exit status 77 (skipped) where the machine is not an x86-64 with AVX2.
"""

import argparse
import json
import os
import pathlib
import platform
import re
import subprocess
import sys
import tempfile

import numpy as np

ROOT = pathlib.Path(__file__).resolve().parents[2]
TOLERANCE = 1e-5
LEVELS = ["x86-64-v2", "x86-64-v3", "x86-64-v4"]
# Name, file, dimensions, inputs.
MODELS = [
    ("digits_mobilenet", "digits_mobilenet.onnx", ["--dim", "batch=2"], {"image": (2, 1, 32, 32)}),
    ("digits_any", "digits_mobilenet.onnx", ["--dim", "batch=1..4"], {"image": (3, 1, 32, 32)}),
    ("xor", "xor.mlir", [], {"x": (4, 2)}),
]


class Test:
    def __init__(self, tenon, folder):
        self.tenon, self.folder = tenon, pathlib.Path(folder)
        self.checks, self.failures = 0, 0

    def check(self, name, good, detail=""):
        self.checks += 1
        if not good:
            self.failures += 1
            print(f"FAIL {name}: {detail}")

    def call(self, *arguments):
        return subprocess.run([self.tenon, *map(str, arguments)], capture_output=True, text=True, cwd=self.folder)

    def compile(self, model, output, *flags):
        done = self.call("compile", ROOT / "examples/models" / model, "-o", output, *flags)
        self.check(f"compile {output}", done.returncode == 0, done.stderr)

    def refused(self, name, expected, *arguments):
        done = self.call(*arguments)
        lines = done.stderr.splitlines()
        good = done.returncode == 1 and len(lines) == 1 and re.search(expected, lines[0])
        self.check(name, good and lines[0].startswith("error: "), f"{done.returncode} {done.stderr}")

    def run(self, model, inputs, *flags):
        flags = [*flags, *(word for name in inputs for word in ("--input", f"{name}={name}.npy"))]
        done = self.call("run", model, "--output-dir", "out", *flags)
        self.check(f"run {model} {' '.join(flags)}", done.returncode == 0, done.stderr)
        return np.load(self.folder / "out/output_0.npy") if done.returncode == 0 else np.zeros(0)

    def same(self, name, got, expected):
        if got.shape != expected.shape or not got.size:
            return self.check(name, False, f"shapes {got.shape} and {expected.shape}")
        error = np.max(np.abs(got - expected)) / max(np.max(np.abs(expected)), 1e-30)
        return self.check(name, error <= TOLERANCE, f"relative error {error:.3g}")

    def weights(self, model):
        return json.loads(self.call("bench", model, "--seconds", "0.01", "--json").stdout)["weight_bytes"]


def has_flags(*flags):
    text = pathlib.Path("/proc/cpuinfo").read_text()
    known = re.search(r"^flags\s*:(.*)$", text, re.M)[1].split()
    return all(flag in known for flag in flags)


def test_model(test, name, file, dims, shapes):
    random = np.random.default_rng(7)
    for tensor, shape in shapes.items():
        np.save(test.folder / f"{tensor}.npy", random.standard_normal(shape).astype(np.float32))
    expected = test.run(ROOT / "examples/models" / file, shapes, "--reference", *dims)
    test.compile(file, f"{name}.so", "--target", ",".join(LEVELS), *dims)
    test.same(f"{name}: best", test.run(f"{name}.so", shapes), expected)
    for target in LEVELS[:2]:
        test.compile(file, "one.so", "--target", target, *dims)
        alone = test.run("one.so", shapes)
        test.same(f"{name}: {target} alone", alone, expected)
        test.same(f"{name}: {target} of several", test.run(f"{name}.so", shapes, "--target", target), alone)


def test_choice(test):
    avx512 = has_flags("avx512f", "avx512bw", "avx512cd", "avx512dq", "avx512vl")
    text = test.call("inspect", "digits_mobilenet.so").stdout
    rows = re.search(r"^variants\n((?:  .*\n)+)", text, re.M)
    rows = dict(row.split(None, 1) for row in rows[1].splitlines()) if rows else {}
    test.check("inspect lists all", list(rows) == LEVELS[::-1], text)
    test.check("inspect tells the choice", rows.get("x86-64-v4" if avx512 else "x86-64-v3") == "runs here", rows)
    test.check("inspect tells what else runs", rows.get("x86-64-v2") == "could run here, too", rows)
    if not avx512:
        test.check("inspect tells what is missing", "lacks avx512f" in rows.get("x86-64-v4", ""), rows)
        test.refused("the highest by force", "for 'x86-64-v4', but this machine lacks avx512f",
                     "bench", "digits_mobilenet.so", "--target", "x86-64-v4")
        test.compile("xor.mlir", "high.so", "--target", "x86-64-v4,x86-64-v3+avx512f")
        test.refused("none fits", "lacks avx512f.*; and for 'x86-64-v3.avx512f', but this machine lacks avx512f$",
                     "bench", "high.so")
        test.refused("none fits in memory", "cannot run on this machine: lacks avx512f", "bench",
                     ROOT / "examples/models/xor.mlir", "--target", "x86-64-v4,x86-64-v3+avx512f")
    test.refused("a target that is not there", "not compiled for target 'native': expected one of x86-64-v4, ",
                 "bench", "digits_mobilenet.so", "--target", "native")


def test_size(test):
    """The difference of two targets to one is code."""
    sizes = {}
    for name, target in (("v3", "x86-64-v3"), ("v4", "x86-64-v4"), ("both", "x86-64-v3,x86-64-v4")):
        for ending in ("so", "o"):
            test.compile("digits_mobilenet.onnx", f"{name}.{ending}", "--dim", "batch=1", "--target", target)
            sizes[name, ending] = (test.folder / f"{name}.{ending}").stat().st_size
    weights = test.weights("both.so")
    for ending in ("so", "o"):
        once = sizes["v3", ending] + sizes["v4", ending] - weights // 2
        test.check(f"weights are once in a .{ending}", sizes["both", ending] < once, f"{sizes}, weights {weights}")


def test_refusals(test):
    model = ROOT / "examples/models/xor.mlir"
    for targets, expected in [("x86-64-v3,aarch64", "one architecture"), ("native,native", "given twice"),
                              ("x86-64-v3,x86-64-v3-avx512f", "different features"), ("x86-64-v3,", "unknown target ''"),
                              ("x86-64-v3,pdp11", "unknown target 'pdp11'"),
                              ("x86-64-v3+warp,x86-64", "unknown feature 'warp'")]:
        test.refused(targets, expected, "compile", model, "-o", "bad.so", "--target", targets)
    test.refused("text of code for several", "a phase up to schedule or one target", "compile", model, "-o", "bad.mlir",
                 "--target", "x86-64-v3,x86-64-v4")
    test.check("nothing is written", not list(test.folder.glob("bad*")))
    # What comes before code is common, and goes on for any targets.
    done = test.call("compile", model, "-o", "plan.mlir", "--to", "schedule", "--target", "x86-64-v3,x86-64-v4")
    test.check("text of a schedule", done.returncode == 0, done.stderr)
    done = test.call("compile", "plan.mlir", "-o", "plan.so", "--target", "x86-64-v2,x86-64-v3")
    test.check("compile the text", done.returncode == 0, done.stderr)
    for ending in ("ll", "s"):
        done = test.call("compile", model, "-o", f"text.{ending}", "--target", "x86-64-v3,x86-64-v4")
        text = (test.folder / f"text.{ending}").read_text() if done.returncode == 0 else done.stderr
        good = all(re.search(rf"xor_\w+_x86_64_{level}", text) for level in ("v3", "v4"))
        test.check(f".{ending} has all targets", good, text[:200])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tenon", default=ROOT / "build/bin/tenon")
    arguments = parser.parse_args()
    if platform.machine() != "x86_64" or not has_flags("avx2", "fma", "movbe", "bmi2"):
        print("skipped: expected an x86-64 with AVX2")
        return 77
    with tempfile.TemporaryDirectory(prefix="tenon-targets-") as folder:
        test = Test(os.path.abspath(arguments.tenon), folder)
        for model in MODELS:
            test_model(test, *model)
        test_choice(test)
        test_size(test)
        test_refusals(test)
        print(f"{test.checks} checks, {test.failures} failed")
        return test.failures > 0


if __name__ == "__main__":
    sys.exit(main())

"""benchmarks/compare on a small model: the tables' structure, the numbers in them, and what becomes of systems that
fail. Nothing here depends on how fast anything is.

Usage: compare_test.py [--build build]
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
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "benchmarks"))
import neighbour  # noqa: E402
import report  # noqa: E402
import yardstick  # noqa: E402

# Systems that break in different places.
FAILING = {
    "refuses": "raise ImportError('deliberately absent')",
    "breaks": "class Model:\n    def __init__(self, spec): pass\n    def load(self): raise ValueError('deliberately broken')",
    "dies": "import os\nclass Model:\n    def __init__(self, spec): pass\n    def load(self): os.abort()",
    "stumbles": """
class Model:
    def __init__(self, spec): self.count = 0
    def load(self): pass
    def outputs(self): return []
    def run(self):
        self.count += 1
        if self.count > 2: raise RuntimeError('deliberately tired')
def version(): return '0'
""",
    "lies": """
import numpy as np
class Model:
    def __init__(self, spec): pass
    def load(self): print('to standard output')
    def run(self): pass
    def outputs(self): return [np.full((1, 10), 12345, np.float32)]
def version(): return '1.2'
""",
}


def find_model():
    shared = pathlib.Path(os.environ.get("TENON_SHARED", ROOT.parent / "shared")) / "models" / "digits_mlp.onnx"
    return shared if shared.exists() else ROOT / "examples" / "models" / "digits_mobilenet.onnx"


def read_tables(text):
    """Every table under its heading: a list of rows, each a dictionary."""
    tables, heading, header = {}, None, None
    for line in text.splitlines():
        if line.startswith("#"):
            heading = line.lstrip("# ")
        if not line.startswith("|"):
            header = None
        elif header is None:
            header, tables[heading] = [cell.strip() for cell in line.strip("|").split("|")], []
        elif not line.startswith("|---"):
            tables[heading].append(dict(zip(header, (cell.strip() for cell in line[1:-1].split("|")), strict=True)))
    return tables


class CompareTest(unittest.TestCase):
    build = ROOT / "build"

    @classmethod
    def setUpClass(cls):
        with tempfile.TemporaryDirectory() as folder:
            folder = pathlib.Path(folder)
            words = []
            for name, code in FAILING.items():
                (folder / f"{name}.py").write_text(code)
                words += ["--peer", f"{name}={folder / name}.py"]
            cls.name = find_model().stem
            cls.done = subprocess.run(
                [sys.executable, "-B", ROOT / "benchmarks" / "compare.py", find_model(), "--peers", "onnxruntime", *words,
                 "--threads", "1,2", "--rounds", "2", "--seconds", "0.02", "--tenon", cls.build / "bin" / "tenon",
                 "--json", folder / "out.json", "--markdown", folder / "out.md"],
                capture_output=True, text=True, env={**os.environ, "TENON_BUILD": str(cls.build)})
            assert cls.done.returncode == 0, cls.done.stderr
            cls.text = (folder / "out.md").read_text()
            cls.results = json.loads((folder / "out.json").read_text())
        cls.tables = read_tables(cls.text)

    def test_prints_what_it_writes(self):
        self.assertIn(self.text, self.done.stdout)

    def test_says_where_it_ran(self):
        self.assertRegex(self.text, r"Load before the run: [\d.]+ of \d+ processors busy")
        self.assertRegex(self.text, r"Measured peak: 1 thread (avx512|avx2|neon) [\d.]+ GFLOP/s")
        self.assertRegex(self.text, r"Versions: tenon [\d.]+, onnxruntime [\d.]+, .*lies 1.2")

    @unittest.skipUnless(platform.machine() == "x86_64", "for x86-64")
    def test_held_to_avx2_a_process_sees_no_avx512(self):
        with tempfile.TemporaryDirectory() as folder:
            dims = ["--dim", "batch=1"]
            program, model = self.build / "bin" / "tenon", pathlib.Path(folder) / "m.so"
            subprocess.run([program, "compile", find_model(), "-o", model, "--target", "x86-64-v3,x86-64-v4", *dims], check=True)
            held = {**os.environ, "LD_PRELOAD": str(self.build / "lib" / "libtenon-avx2.so")}
            done = subprocess.run([program, "inspect", model], capture_output=True, text=True, env=held)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertRegex(done.stdout, "x86-64-v4 +not here: lacks avx512f")

    def test_times_are_numbers_and_ratios_follow_from_them(self):
        for heading in ("Time, 1 thread", "Time, 2 threads"):
            (row,) = self.tables[heading]
            self.assertEqual(row["model"], self.name)
            tenon, peer = float(row["tenon ms"]), float(row["onnxruntime ms"])
            self.assertGreater(tenon, 0)
            self.assertEqual(row["best peer"], "onnxruntime")
            self.assertAlmostEqual(float(row["ratio"]), peer / tenon, delta=0.01 * peer / tenon + 0.01)
            self.assertRegex(row["tenon of peak"], r"^\d+ %$")

    def test_geometric_means(self):
        for entry, mean in zip(self.results["models"], self.results["geometric_means"]):
            self.assertEqual(mean["models"], 1)
            self.assertAlmostEqual(mean["ratio"], entry["ratio"])
        self.assertEqual(len(re.findall(r"Geometric mean of the ratios .*: \*\*[\d.]+\*\*", self.text)), 2)

    def test_compilation_and_memory(self):
        (row,) = self.tables["Compilation and peak memory, 2 threads"]
        for system in ("tenon", "onnxruntime"):
            self.assertGreater(float(row[f"{system} s"]), 0)
            self.assertGreater(float(row[f"{system} MB"]), 10)

    def test_failures_are_shown_with_their_reasons(self):
        for heading in ("Time, 1 thread", "Time, 2 threads"):
            (row,) = self.tables[heading]
            for name in ("refuses", "breaks", "dies", "stumbles"):
                self.assertEqual(row[f"{name} ms"], "failed")
        for name, reason in (("refuses", "ImportError: deliberately absent"), ("breaks", "ValueError: deliberately broken"),
                             ("dies", "killed by SIGABRT"), ("stumbles", "RuntimeError: deliberately tired")):
            self.assertIn(f"* {self.name}, 1 thread, {name}: failed: {reason}", self.text)

    def test_wrong_answers_are_flagged_and_win_nothing(self):
        (row,) = self.tables["Time, 1 thread"]
        self.assertRegex(row["lies ms"], r"^[\d.]+ \(wrong\)$")
        self.assertIn(f"* {self.name}, 1 thread, lies: wrong: differs from onnxruntime's by", self.text)

    def test_right_answers_are_near(self):
        for entry in self.results["models"]:
            self.assertLess(entry["systems"]["tenon"]["difference"], 1e-3)
            self.assertEqual(entry["systems"]["onnxruntime"]["difference"], 0)

    def test_a_missing_model_is_one_line(self):
        done = subprocess.run([sys.executable, "-B", ROOT / "benchmarks" / "compare.py", "nothing.onnx", "--tenon",
                               self.build / "bin" / "tenon"], capture_output=True, text=True)
        self.assertEqual(done.returncode, 1)
        self.assertRegex(done.stderr, r"^error: there is no model nothing.onnx[^\n]*\n$")


class NeighbourTest(unittest.TestCase):
    def test_lengths_leave_memory_flat(self):
        with tempfile.TemporaryDirectory() as folder:
            options = argparse.Namespace(full=False, lengths=60, tenon=str(CompareTest.build / "bin" / "tenon"))
            record = neighbour.lengths(options, pathlib.Path(folder))
        self.assertNotIn("failed", record)
        self.assertLess(record["last"] - record["first"], 2e6)

    def test_tables(self):
        results = {"machine": {"model": "m", "processors": 2, "isa": ["AVX2"], "memory_gb": 1, "system": "s"},
                   "load": {"busy_processors": 0.0, "averages": [0.0]},
                   "idle": [{"system": "tenon", "paced_ms": 3.0, "alone_ms": 2.0, "ratio": 1.5, "pure_ms": 1.5,
                             "pure_ratio": 2.0, "rate": 6.0},
                            {"system": "mnn", "failed": "no | reason"}]}
        (tenon, mnn) = read_tables(neighbour.tables(results, ["a", "b", "c"]))[
            "Processor time at 6 inferences a second, 2 threads, a"]
        self.assertEqual((tenon["ratio"], tenon["ratio, no pause"]), ("1.50", "2.00"))
        self.assertIn("failed: no / reason", mnn.values())


class ReportTest(unittest.TestCase):
    def test_number(self):
        for value, text in ((0.012345, "0.0123"), (1.5, "1.50"), (123.4, "123"), (12345.6, "12346"), (0, "0"), (7, "7")):
            self.assertEqual(report.number(value), text)

    def test_geometric_mean(self):
        def entry(tenon, peer, **more):
            return {"threads": 1, "systems": {"tenon": {"ms": tenon, "flops": 10**6}, "peer": {"ms": peer, **more},
                                              "other": {"failed": "so"}}}

        results = {"threads": [1], "isa": "native", "systems": ["tenon", "peer"],
                   "peak": [{"what": "fma_gflops", "isa": "avx2", "threads": 1, "value": 10.0}],
                   "models": [entry(1.0, 4.0), entry(2.0, 2.0), entry(1.0, 0.1, wrong=True)]}
        report.complete(results)
        self.assertEqual([model["ratio"] for model in results["models"]], [4.0, 1.0, None])
        self.assertAlmostEqual(results["geometric_means"][0]["ratio"], 2.0)
        self.assertAlmostEqual(results["models"][0]["systems"]["tenon"]["of_peak"], 0.1)


class YardstickTest(unittest.TestCase):
    def test_reads_what_the_kernels_print(self):
        times = {("product", (64, 768, 768)): 1.0, ("depthwise", (96, 2, 112)): 0.4}
        yardstick.parse_kernels("""
C64  K64  H224 direct   35.12 ms (105 GF/s)  F(4,3)   20.50 ms = 1.71x (in 3.00 gemm 9.00 [90 GF/s] out 4.00) err 1.0e-06
  1x1 C32   K16   112x112 0.123 ms 104 GF/s (nb 1)
  dw  C96   s2 112      0.456 ms 24 GF/s
gemm M64   N768   K768   lda+0   0.900 ms 84 GF/s kc 192
gemm M64   N768   K768   lda+16  0.800 ms 94 GF/s kc 384
GPT-2 small decode, products only: 35.10 ms (14.1 GB/s over 494 MB)
""", times)
        self.assertEqual(times, {("3x3", (64, 64, 224)): 20.5, ("1x1", (32, 16, 112)): 0.123, ("depthwise", (96, 2, 112)): 0.4,
                                 ("product", (64, 768, 768)): 0.8, ("decode", ()): 35.1})

    def test_layers_are_among_what_the_kernels_time(self):
        kinds = [kind for kind, _ in yardstick.layers(True)]
        self.assertEqual({kind: kinds.count(kind) for kind in kinds},
                         {"3x3": 12, "1x1": 19, "depthwise": 10, "product": 9, "decode": 1})
        model, operations = yardstick.make_model("depthwise", (32, 2, 56))
        self.assertEqual(operations, 18 * 32 * 28 * 28)
        self.assertEqual(model.graph.node[0].op_type, "Conv")

    def test_measures_a_layer_of_each_kind(self):
        options = argparse.Namespace(tenon=str(CompareTest.build / "bin" / "tenon"), isa="native", seconds=0.01)
        kinds = [("3x3", (8, 8, 7)), ("1x1", (8, 16, 7)), ("depthwise", (8, 2, 8)), ("product", (4, 16, 8))]
        with tempfile.TemporaryDirectory() as folder:
            layers = [yardstick.prepare(options, *kind, pathlib.Path(folder) / f"{kind[0]}.so") for kind in kinds]
            for layer in layers:
                yardstick.measure(options, layer)
        for layer in layers:
            self.assertGreater(layer.get("ms", 0), 0, layer)
        without = {"machine": {"model": "m", "processors": 2, "isa": ["AVX2"], "memory_gb": 1, "system": "s"},
                   "load": {"busy_processors": 0.0, "averages": [0.0]}, "peak_gflops": 100.0, "without": "none", "layers": layers}
        self.assertEqual(yardstick.markdown(without).count("\n| "), 5)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", default=str(ROOT / "build"))
    options, rest = parser.parse_known_args()
    CompareTest.build = pathlib.Path(options.build).resolve()
    unittest.main(argv=[sys.argv[0], *rest])

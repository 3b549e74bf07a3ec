"""benchmarks/substitution --searches on the small models in which something is found unaided: the e-graph's graph costs no
more than what backtracking finds, both by the plan's estimate, and less than the model; and what is compiled from it
agrees with onnxruntime. Nothing here depends on how fast anything is.

Usage: substitution_test.py [--build build]
"""

import argparse
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

import numpy as np
import onnxruntime

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "benchmarks"))
import rewrites  # noqa: E402
from compare_test import read_tables  # noqa: E402
from workloads import Workload, difference  # noqa: E402

FLAGS = ["--error-budget", "1e-3"]


class SubstitutionTest(unittest.TestCase):
    build = ROOT / "build"

    @classmethod
    def setUpClass(cls):
        cls.tenon = cls.build / "bin" / "tenon"
        cls.done = subprocess.run(
            [sys.executable, "-B", ROOT / "benchmarks" / "substitution.py", "--searches", "--unaided",
             *(f"--flag={flag}" for flag in FLAGS)],
            capture_output=True, text=True, env={**os.environ, "TENON": str(cls.tenon)})
        (cls.rows,) = read_tables(cls.done.stdout).values()

    def test_the_egraph_is_never_worse(self):
        self.assertEqual(self.done.returncode, 0, self.done.stdout + self.done.stderr)
        self.assertEqual([row["model"] for row in self.rows], [make.__name__ for make in rewrites.UNAIDED])
        for row in self.rows:
            self.assertEqual(row["holds"], "yes", row)
            self.assertRegex(row["graphs"], r"^\d+, \d+ taken$")

    def test_something_is_found_unaided(self):
        for row in self.rows:
            self.assertLess(float(row["e-graph: planned us"]), float(row["planned us"]), row)

    def test_results_agree_with_onnxruntime(self):
        with tempfile.TemporaryDirectory() as folder:
            for path in rewrites.write(folder):
                workload = Workload(path, folder)
                command = [self.tenon, "run", path, "-O", "2", *FLAGS, "--output-dir", f"{folder}/{workload.name}"]
                for name, file in workload.files.items():
                    command += ["--input", f"{name}={file}"]
                done = subprocess.run(command, capture_output=True, text=True)
                self.assertEqual(done.returncode, 0, done.stderr)
                session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
                want = session.run(None, {name: np.load(file) for name, file in workload.files.items()})
                got = [np.load(f"{folder}/{workload.name}/output_{i}.npy") for i in range(len(want))]
                self.assertLess(difference(got, want), 1e-4, workload.name)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", default=str(ROOT / "build"))
    options, rest = parser.parse_known_args()
    SubstitutionTest.build = pathlib.Path(options.build).resolve()
    unittest.main(argv=[sys.argv[0], *rest])

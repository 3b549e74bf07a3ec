"""benchmarks/tuning: what was the best when, the tables, and Tenon's side from tuning to the table. TVM is not needed, and nothing
here depends on how fast anything is.

Usage: tuning_test.py [--build build]
"""

import argparse
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "benchmarks"))
import tuning  # noqa: E402
import workers  # noqa: E402


def side(*points, part="call"):
    return {"version": "1", "minutes": 5, "spent": 300, "load": {}, "points":
            [{"seconds": seconds, "trials": trials, f"cold {part}": cold, f"warm {part}": cold / 2} for seconds, trials, cold in points]}


RESULTS = {
    "machine": {"model": "m", "processors": 2, "isa": ["AVX2"], "memory_gb": 1, "system": "s"}, "rounds": 3, "seconds": 0.1,
    "load": {"busy_processors": 0.0, "averages": [0.0]}, "cold": 1 << 24,
    "tasks": [
        {"task": "a", "title": "layer a", "flops": 1, "failed": {}, "has_own": True,
         "sides": {"tenon": side((0, 0, 4.0), (30, 5, 3.0), (60, 9, 2.0), (300, 20, 1.0)),
                   "tenon-own": side((0, 0, 2.0), (60, 9, 1.0), (300, 20, 0.5), part="layer"),
                   "tvm-nchw": side((0, 0, 16.0), (30, 0, 16.0), (60, 64, 8.0), (300, 128, 2.0)),
                   "tvm-nhwc": side((0, 0, 32.0), (30, 0, 32.0), (60, 60, 6.0), (300, 120, 3.0))}},
        {"task": "b", "title": "layer b", "flops": 1, "failed": {"tvm-nhwc": "so"}, "has_own": False,
         "sides": {"tenon": side((0, 0, 1.0), (60, 9, 1.0), (300, 20, 1.0)),
                   "tvm-nchw": side((0, 0, 4.0), (60, 64, 3.0), (300, 128, 4.0))}}]}


class ReportTest(unittest.TestCase):
    def test_the_incumbent_is_the_best_known_by_then(self):
        trials = [[5.0, 3.0], [1.0, None], [9.0, 1.0], [7.0, 4.0], [20.0, 0.5]]
        self.assertEqual([tuning.incumbent(trials, second) for second in (0, 1, 5, 8, 9, 100)], [None, None, 0, 0, 2, 4])

    def test_stages(self):
        self.assertEqual([tuning.stages(minutes) for minutes in (0.5, 1, 10, 12)], [[0.5], [1], [1, 5, 10], [1, 5, 10, 12]])

    def test_table(self):
        lines = tuning.table_of(RESULTS, "cold")
        rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("| layer ")][1:]
        self.assertEqual([row[:2] + [row[4], *row[7:]] for row in rows],
                         [["layer a", "untuned", "4.00", "8.00", "0, 0, 0, 0"], ["layer a", "1 min", "4.00", "6.00", "9, 9, 64, 60"],
                          ["layer a", "5 min", "2.00", "4.00", "20, 20, 128, 120"], ["layer b", "untuned", "4.00", "4.00", "0, 0"],
                          ["layer b", "1 min", "3.00", "3.00", "9, 64"], ["layer b", "5 min", "4.00", "4.00", "20, 128"]])
        self.assertIn("untuned **4.00**, 1 min **3.46**, 5 min **2.83**", lines[-3])
        self.assertIn("untuned **5.66**, 1 min **4.24**, 5 min **4.00**", lines[-1])

    def test_page_and_picture(self):
        text = tuning.markdown(RESULTS)
        self.assertIn("* b, tvm-nhwc: so", text)
        with tempfile.TemporaryDirectory() as folder:
            page, picture = pathlib.Path(folder) / "page.md", pathlib.Path(folder) / "picture.svg"
            page.write_text("before\n<!-- benchmarks/tuning -->\nold\n<!-- end of benchmarks/tuning -->\nafter\n")
            for _ in range(2):
                tuning.insert(page, text)
            self.assertEqual(page.read_text(), "before\n<!-- benchmarks/tuning -->\n" + text +
                             "<!-- end of benchmarks/tuning -->\nafter\n")
            page.write_text("nothing")
            self.assertRaises(workers.Failed, tuning.insert, page, text)
            try:
                import matplotlib  # noqa: F401
            except ImportError:
                return
            tuning.plot(RESULTS, picture)
            self.assertIn("layer b", picture.read_text().replace("<!-- ", ""))


class TenonTest(unittest.TestCase):
    build = ROOT / "build"

    def call(self, *words, status=0):
        done = subprocess.run([sys.executable, "-B", ROOT / "benchmarks" / "tuning.py", *map(str, words), "--tenon",
                               self.build / "bin" / "tenon"], capture_output=True, text=True,
                              env={**os.environ, "TENON_BUILD": str(self.build)})
        self.assertEqual(done.returncode, status, done.stderr)
        return done

    def test_from_tuning_to_the_table(self):
        words = ["--tasks", "depthwise", "--sides", "tenon,tenon-own"]
        with tempfile.TemporaryDirectory() as folder:
            self.assertIn("depthwise, tenon: ", self.call("tune", folder, *words, "--minutes", 0.2).stderr)
            self.assertIn("tuned already", self.call("tune", folder, *words).stderr)
            tuned = json.loads((pathlib.Path(folder) / "tenon" / "depthwise" / "tuned.json").read_text())
            self.assertTrue(tuned["trials"])
            self.assertTrue(all(0 <= second <= tuned["seconds"] + 1 for second, _ in tuned["trials"]))
            done = self.call("measure", folder, *words, "--rounds", 2, "--seconds", 0.01)
            self.assertEqual(self.call("show", folder).stdout, done.stdout)
            results = json.loads((pathlib.Path(folder) / "results.json").read_text())
        (record,) = results["tasks"]
        self.assertEqual(record["failed"], {})
        for side, part in (("tenon", "call"), ("tenon-own", "layer")):
            points = record["sides"][side]["points"]
            self.assertEqual([point["seconds"] for point in points], [0, 12])
            for point in points:
                for kind in ("warm", "cold"):
                    self.assertGreater(point[f"{kind} {part}"], 0)
        self.assertIn("| depthwise 3x3, 144 channels, 56x56 (MobileNetV2) | 0.2 min |", done.stdout)

    def test_what_is_wrong_is_one_line(self):
        with tempfile.TemporaryDirectory() as folder:
            self.assertRegex(self.call("show", folder, status=1).stderr, r"^error: [^\n]*results.json[^\n]*\n$")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", default=str(ROOT / "build"))
    options, rest = parser.parse_known_args()
    TenonTest.build = pathlib.Path(options.build).resolve()
    unittest.main(argv=[sys.argv[0], *rest])

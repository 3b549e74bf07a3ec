"""Each rule of scripts/check finds what it forbids, and nothing else; so do the parts of scripts/tally.py."""

import importlib.machinery
import importlib.util
import pathlib
import sys
import tempfile
import unittest

SCRIPTS = pathlib.Path(__file__).resolve().parents[2] / "scripts"
sys.path.insert(0, str(SCRIPTS))


def load(name, file):
    loader = importlib.machinery.SourceFileLoader(name, str(SCRIPTS / file))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader(name, loader))
    loader.exec_module(module)
    return module


sys.dont_write_bytecode = True
check, tally, new_room = load("check", "check"), load("tally", "tally.py"), load("new_room", "new_room.py")


class Tree(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.root = pathlib.Path(self.folder.name)

    def tearDown(self):
        self.folder.cleanup()

    def write(self, **files):
        """Files by path, with `__` for `/` and `_dot_` for `.`."""
        for name, text in files.items():
            path = self.root / name.replace("__", "/").replace("_dot_", ".")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)

    def breaches(self, rule):
        files = sorted(str(p.relative_to(self.root)) for p in self.root.rglob("*") if p.is_file())
        return [(file, line) for file, line, _ in check.RULES[rule](self.root, files)]

    def test_format(self):
        self.write(a_dot_cpp="int  x;\n", b_dot_cpp="int x;\n")
        self.assertEqual(self.breaches("format"), [("a.cpp", 1)])

    def test_lists(self):
        self.write(
            CMakeLists_dot_txt="add_subdirectory(lib/A)\nadd_subdirectory(runtime)\n# add_subdirectory(lib/B)\n",
            lib__A__CMakeLists_dot_txt="add_tenon_library(A\n  A.cpp\n  Gone.cpp\n  ${other}/Else.cpp)\n",
            lib__A__A_dot_cpp="",
            lib__A__Forgotten_dot_cpp="",
            lib__B__CMakeLists_dot_txt="add_tenon_library(B B.cpp)\n",
            lib__B__B_dot_cpp="",
            runtime__CMakeLists_dot_txt="set(sources Runtime)\n",
            runtime__Runtime_dot_c="",
        )
        self.assertEqual(
            sorted(self.breaches("lists")),
            [("lib/A/CMakeLists.txt", 0), ("lib/A/Forgotten.cpp", 0), ("lib/B/CMakeLists.txt", 0)],
        )

    def test_mirror(self):
        self.write(
            lib__CMakeLists_dot_txt="add_library(Tenon SHARED)\n",
            lib__A__CMakeLists_dot_txt="add_tenon_library(A A.cpp)\n",
            lib__B__CMakeLists_dot_txt="add_tenon_library(B B.cpp)\n",
            passes__CMakeLists_dot_txt="add_subdirectory(P)\n",
            passes__P__CMakeLists_dot_txt="add_tenon_pass(P P.cpp)\n",
            passes__P__Q__CMakeLists_dot_txt="add_tenon_pass(Q Q.cpp)\n",
            runtime__CMakeLists_dot_txt="add_custom_command(OUTPUT x)\n",
            test__lib__A__ATest_dot_cpp="",
            test__lib__B__CMakeLists_dot_txt="",
            test__passes__P__p_dot_mlir="",
        )
        self.assertEqual(sorted(self.breaches("mirror")), [("lib/B", 0), ("passes/P/Q", 0), ("runtime", 0)])

    def test_length(self):
        self.write(long_dot_cpp="\n" * 1001, fits_dot_cpp="\n" * 1000, docs__dialects__NN_dot_md="\n" * 5000)
        self.assertEqual(self.breaches("length"), [("long.cpp", 1001)])

    def test_paths(self):
        self.write(a_dot_py="x = 1\ny = '/" + "home/someone/file'\n", b_dot_py="'/usr/lib/llvm-22'\n'${X}/tmp/a'\n")
        self.assertEqual(self.breaches("paths"), [("a.py", 2)])

    def test_unfinished(self):
        self.write(a_dot_td="// TO" + "DO: later\n", b_dot_td="// a list of tasks to do\n")
        self.assertEqual(self.breaches("unfinished"), [("a.td", 1)])

    def test_examples(self):
        self.write(a_dot_td="Example: see test/a.mlir.\nExample: see test/b.mlir.\n", test__a_dot_mlir="")
        self.assertEqual(self.breaches("examples"), [("a.td", 2)])

    def test_new_rooms_keep_the_rules(self):
        self.write(
            CMakeLists_dot_txt="add_subdirectory(passes)\nadd_subdirectory(dialects)\nadd_subdirectory(test)\n",
            passes__CMakeLists_dot_txt="add_subdirectory(Simplify)\n",
            passes__Simplify__CMakeLists_dot_txt="",
            dialects__CMakeLists_dot_txt="",
            test__CMakeLists_dot_txt="",
            lib__Driver__InitAll_dot_cpp='#include "passes/Simplify/Simplify.h"\n\n'
            "void tenon::registerAllDialects(DialectRegistry &registry) {\n"
            "  registry.insert<nn::NNDialect, sched::SchedDialect>();\n}\n\n"
            "void tenon::registerAllPasses() {\n  registerSimplifyPasses();\n}\n",
        )
        new_room.make_pass(self.root, "DropNothing")
        new_room.make_dialect(self.root, "Probe")
        registration = (self.root / "lib/Driver/InitAll.cpp").read_text()
        self.assertIn("  registerDropNothingPasses();\n", registration)
        self.assertIn('#include "passes/DropNothing/DropNothing.h"\n', registration)
        self.assertIn("registry.insert<probe::ProbeDialect, nn::NNDialect", registration)
        self.assertIn("add_subdirectory(DropNothing)\n", (self.root / "passes/CMakeLists.txt").read_text())
        self.assertTrue((self.root / "test/passes/DropNothing/drop-nothing.mlir").exists())
        self.assertTrue((self.root / "test/dialects/Probe/probe-invalid.mlir").exists())
        for rule in ("lists", "mirror", "unfinished"):
            wrong = [breach for breach in self.breaches(rule) if "Driver" not in breach[0]]
            self.assertEqual(wrong, [], rule)
        with self.assertRaises(SystemExit):
            new_room.make_pass(self.root, "DropNothing")


class Tally(unittest.TestCase):
    def tally(self, **files):
        with tempfile.TemporaryDirectory() as folder:
            for name, text in files.items():
                (pathlib.Path(folder) / f"{name}.xml").write_text(text)
            return tally.tally(pathlib.Path(folder))

    CTEST = "<testsuite>{}</testsuite>"
    RUN = '<testcase name="{}" status="run"/>'
    FAIL = '<testcase name="{}" status="fail"><failure message=""/></testcase>'
    SKIP = '<testcase name="{}" status="notrun"><skipped message="77"/></testcase>'

    def test_suites_without_details_count_as_one(self):
        ctest = self.CTEST.format(self.RUN.format("a") + self.FAIL.format("b") + self.SKIP.format("c"))
        self.assertEqual(self.tally(ctest=ctest), (1, 1, ["c"]))

    def test_details_are_added_up(self):
        ctest = self.CTEST.format(self.RUN.format("a") + self.FAIL.format("b"))
        a = "<testsuites><testsuite><testcase/><testcase/></testsuite><testsuite><testcase/></testsuite></testsuites>"
        b = "<testsuite><testcase/><testcase><failure/></testcase><testcase><skipped/></testcase></testsuite>"
        self.assertEqual(self.tally(ctest=ctest, a=a, b=b), (4, 1, ["b (1)"]))

    def test_a_suite_that_crashed_after_its_report_failed(self):
        self.assertEqual(self.tally(ctest=self.CTEST.format(self.FAIL.format("a")), a="<testsuite><testcase/></testsuite>"), (1, 1, []))


if __name__ == "__main__":
    unittest.main()

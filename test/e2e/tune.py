#!/usr/bin/env python3
"""`tenon tune` from outside: what it records, that it goes on where it was, whatever ends it, that failures are
passed over, and that models compiled with tuned and learned schedules compute the same as onnxruntime does.

No speeds: a wrapper around tenon-runner may invent times, so that there are winners.
"""

import argparse
import json
import os
import pathlib
import random
import signal
import subprocess
import sys
import tempfile
import time

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper

# Answers for the runner: invents outcomes, and times that a slow machine cannot change.
WRAPPER = """#!{python}
import os, subprocess, sys
if "--turns" in sys.argv:
    os.execv({runner!r}, [{runner!r}, *sys.argv[1:]])
count = 0
real = subprocess.Popen([{runner!r}, *sys.argv[1:]], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
planted = {planted!r}
for line in sys.stdin:
    count += 1
    outcome = planted.get(count % 8)
    if outcome == "gone":
        planted.pop(count % 8)
        sys.exit(3)
    if outcome:
        answer = '{{"outcome": "%s", "ns": 0, "low": 0, "high": 0, "cold_ns": 0, "noise": 0, "runs": 0, ' \\
                 '"wall_ms": 1, "message": "planted"}}\\n' % outcome
    else:
        real.stdin.write(line)
        real.stdin.flush()
        answer = real.stdout.readline()
    sys.stdout.write(answer)
    sys.stdout.flush()
"""

# Answers for the runner as if all were decided by what a candidate's file holds, and, of whole models, by `turns`:
# "faster", "slower", or "gone", once several run at once. Candidates run all the same; those of other tasks than the
# first `tasks` take half of the time. With commands, the machine has a processor more, so that it is another one.
INVENTOR = """#!{python}
import json, subprocess, sys, zlib
turns, tasks, seen = {turns!r}, {tasks!r}, []
real = [{runner!r}]
words = sys.argv[1:]
if words == ["--describe"]:
    machine = json.loads(subprocess.run(real + words, capture_output=True, text=True).stdout)
    print(json.dumps(machine | {{"cores": machine["cores"] + 1}}))
    sys.exit()
flags = [word for i, word in enumerate(words) if word.startswith("--") or i and words[i - 1].startswith("--")]
files = words[len(flags):]
if "--turns" in flags:
    if turns == "gone" and len(files) > 1:
        print("no route", file=sys.stderr)
        sys.exit(3)
    answer = json.loads(subprocess.run(real + words, capture_output=True, text=True).stdout)
    for number, model in enumerate(answer["models"]):
        steps = len(model["steps"])
        model["steps"] = [(-10.0 if turns == "faster" else 10.0) * (number > 0)] * steps
        model["difference"] = sum(model["steps"])
        model["total"] = 1e6 + model["difference"]
    print(json.dumps(answer))
    sys.exit()
pairs = [f"{{a}}\\t{{b}}" for a, b in zip(files[::2], files[1::2])] if files else sys.stdin
child = subprocess.Popen(real + flags, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
for pair in pairs:
    child.stdin.write(pair.rstrip("\\n") + "\\n")
    child.stdin.flush()
    answer = json.loads(child.stdout.readline())
    expectation, library = pair.rstrip("\\n").split("\\t")
    seen += [expectation] * (expectation not in seen)
    with open(library, "rb") as file:
        ns = (1e4 + zlib.crc32(file.read()) % 10000) / (1 + (seen.index(expectation) >= tasks))
    if answer["outcome"] == "ok":
        answer |= {{"ns": ns, "low": ns, "high": ns, "cold_ns": ns}}
    print(json.dumps(answer), flush=True)
"""


def make_model(path):
    rng = np.random.default_rng(1)

    def weights(name, *shape):
        value = (rng.standard_normal(shape) / np.sqrt(np.prod(shape[1:]))).astype(np.float32)
        return helper.make_tensor(name, TensorProto.FLOAT, shape, value.tobytes(), raw=True)

    nodes = [
        helper.make_node("Conv", ["x", "w1"], ["a"], pads=[1, 1, 1, 1]),
        helper.make_node("Relu", ["a"], ["b"]),
        helper.make_node("Conv", ["b", "w2"], ["c"], pads=[1, 1, 1, 1], group=24),
        helper.make_node("Conv", ["c", "w3"], ["d"]),
        # The sum is written where "d" lies.
        helper.make_node("Conv", ["d", "w5"], ["g"]),
        helper.make_node("Conv", ["g", "w6"], ["h"]),
        helper.make_node("Add", ["h", "d"], ["s"]),
        helper.make_node("GlobalAveragePool", ["s"], ["e"]),
        helper.make_node("Flatten", ["e"], ["f"]),
        helper.make_node("Gemm", ["f", "w4"], ["y"], transB=1),
    ]
    graph = helper.make_graph(
        nodes, "small", [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 3, 20, 20])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, 50])],
        [weights("w1", 24, 3, 3, 3), weights("w2", 24, 1, 3, 3), weights("w3", 40, 24, 1, 1), weights("w4", 50, 40),
         weights("w5", 40, 40, 1, 1), weights("w6", 40, 40, 1, 1)])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.save(model, path)


class Suite:
    def __init__(self, tenon, folder, kills):
        self.kills = kills
        self.tenon = os.path.abspath(tenon)
        self.folder = pathlib.Path(folder)
        self.model = str(self.folder / "small.onnx")
        make_model(self.model)
        self.failures = 0

    def call(self, *arguments, status=0):
        done = subprocess.run([self.tenon, *map(str, arguments)], capture_output=True, text=True, timeout=600)
        if done.returncode != status:
            raise AssertionError(f"{arguments}: exit status {done.returncode}: {done.stdout}{done.stderr}")
        return done.stdout if status == 0 else done.stderr

    def records(self, database):
        lines = [json.loads(line) for line in self.call("tune-db", "export", database).splitlines()]
        return [line for line in lines if "schedule" in line]

    def wrapper(self, planted):
        path = self.folder / f"runner-{len(planted)}"
        runner = str(pathlib.Path(self.tenon).with_name("tenon-runner"))
        path.write_text(WRAPPER.format(python=sys.executable, runner=runner, planted=planted))
        path.chmod(0o755)
        return path

    def inventor(self, turns, tasks=1000):
        path = self.folder / f"inventor-{turns}-{tasks}"
        path.write_text(INVENTOR.format(python=sys.executable, turns=turns, tasks=tasks,
                                        runner=str(pathlib.Path(self.tenon).with_name("tenon-runner"))))
        path.chmod(0o755)
        return path

    def kept(self, database, what="kept"):
        lines = [json.loads(line) for line in self.call("tune-db", "export", database).splitlines()]
        return [line for line in lines if what in line]

    def steps(self, *flags):
        """How many steps have a schedule from where."""
        text = self.call("inspect", self.model, *flags)
        lines = text[text.index("\nsteps\n"):text.index("\nreorders")].splitlines()[3:]
        found = [word for line in lines for word in line.split() if word in ("database", "learned", "analytic")]
        return {word: found.count(word) for word in found}

    def check_result(self, *flags):
        x = np.random.default_rng(2).standard_normal((1, 3, 20, 20)).astype(np.float32)
        np.save(self.folder / "x.npy", x)
        self.call("run", self.model, *flags, "--input", f"x={self.folder / 'x.npy'}", "--output-dir", self.folder)
        actual = np.load(self.folder / "output_0.npy")
        expected = onnxruntime.InferenceSession(self.model).run(None, {"x": x})[0]
        np.testing.assert_allclose(actual, expected, rtol=1e-4, atol=1e-4 * np.abs(expected).max())

    def case(self, work):
        try:
            work()
            print(f"PASS {work.__name__}")
        except Exception as problem:  # every case is reported
            self.failures += 1
            print(f"FAIL {work.__name__}: {problem}")

    def goes_on(self):
        """Trials are counted, recorded once, and not repeated by the next run."""
        database = self.folder / "on.db"
        report = self.folder / "report.html"
        out = self.call("tune", self.model, "--tuning-db", database, "--trials", 30, "--report", report)
        # Whether there is a winner is up to the machine.
        assert "30 trials in" in out and ("whole model:" in out or "nothing is kept: no task" in out), out
        assert "before us" in out and "after us" in out, out
        first = self.records(database)
        assert len(first) == 30, len(first)
        assert all(record["outcome"] == "ok" for record in first), first
        page = report.read_text()
        assert "<svg" in page and "class=\"curve\"" in page and "http" not in page, page
        self.call("tune", self.model, "--tuning-db", database, "--trials", 30, "--seed", 2)
        second = self.records(database)
        assert len(second) == 60, len(second)
        kept = {(record["task"], record["schedule"]): record["time"] for record in second}
        assert all(kept[record["task"], record["schedule"]] == record["time"] for record in first), "measured again"
        self.check_result("--tuning-db", database)

    def passes_over_failures(self):
        database = self.folder / "failures.db"
        runner = self.wrapper({1: "crashed", 3: "timed out", 5: "wrong", 6: "gone"})
        out = self.call("tune", self.model, "--tuning-db", database, "--trials", 40, "--runner", runner)
        assert "40 trials" in out, out
        outcomes = [record["outcome"] for record in self.records(database)]
        for outcome in ("ok", "crashed", "timed out", "wrong"):
            assert outcomes.count(outcome) >= 3, (outcome, outcomes)
        failed = {(record["task"], record["schedule"]) for record in self.records(database) if record["outcome"] != "ok"}
        self.call("tune", self.model, "--tuning-db", database, "--trials", 10, "--runner", runner, "--seed", 2)
        again = {(record["task"], record["schedule"]) for record in self.records(database) if record["outcome"] != "ok"}
        assert failed <= again, "a failure was measured again"
        assert len(self.records(database)) == 50

    def keeps_and_takes(self):
        """A kept schedule is compiled, one that does not fit is not, and neither changes results."""
        database = self.folder / "explored.db"
        self.call("tune", self.model, "--tuning-db", database, "--explore", 12)
        lines = self.call("tune-db", "export", database).splitlines()
        assert not any('"kept"' in line for line in lines)
        assert set(self.steps("--tuning-db", database, "--cost-model", "none")) == {"analytic"}
        records = self.records(database)
        tasks = sorted({record["task"] for record in records})
        counts = [sum(record["task"] == task for record in records) for task in tasks]
        assert max(counts) == 12 and len(tasks) >= 3, counts
        for number in range(3):
            kept = [{key: record[key] for key in ("task", "target", "machine")} |
                    {"kept": record["schedule"], "time": number} for task in tasks
                    for record in [[r for r in records if r["task"] == task][-1 - number]]]
            path = self.folder / "kept.jsonl"
            path.write_text("\n".join([lines[0], *map(json.dumps, kept)]))
            self.call("tune-db", "import", database, path)
            assert self.steps("--tuning-db", database).get("database", 0) >= len(tasks), number
            self.check_result("--tuning-db", database)
        compiled = self.folder / "tuned.so"
        self.call("compile", self.model, "--tuning-db", database, "-o", compiled)
        assert "database" in self.call("inspect", compiled)
        # One of another task, one that is none, one of another machine.
        for change in ({"kept": records[0]["schedule"]}, {"kept": "#sched.schedule<nonsense>"}, {"kept": ""}):
            stale = [entry | change | {"time": 10} for entry in kept[1:]]
            path.write_text("\n".join([lines[0], *map(json.dumps, stale)]))
            broken = self.folder / "stale.db"
            broken.unlink(missing_ok=True)
            self.call("tune-db", "import", broken, database, path)
            done = subprocess.run([self.tenon, "inspect", self.model, "--tuning-db", broken], capture_output=True,
                                  text=True)
            assert done.returncode == 0, done.stderr
            assert "warning: task" in done.stderr and "does not fit" in done.stderr, (change, done.stderr)
            self.check_result("--tuning-db", broken)
        foreign = [entry | {"machine": "other", "kept": records[0]["schedule"]} for entry in kept]
        path.write_text("\n".join([lines[0], *map(json.dumps, foreign)]))
        other = self.folder / "other.db"
        self.call("tune-db", "import", other, path)
        assert set(self.steps("--tuning-db", other, "--cost-model", "none")) == {"analytic"}

    def learns(self):
        """A model from explored points is taken for tasks without a measured schedule."""
        database, model = self.folder / "explored.db", self.folder / "cost.model"
        out = self.call("tune-db", "train", database, "--held-out", database, "-o", model, status=1)
        assert "expected measured points" in out, out
        for objective in ("rank", "throughput"):
            out = self.call("tune-db", "train", database, "-o", model, "--objective", objective, "--rounds", 30)
            assert "trained on" in out and "passed over" not in out, out
            assert self.steps("--cost-model", model).get("learned", 0) >= 3
            self.check_result("--cost-model", model)
        self.call("tune", self.model, "--tuning-db", self.folder / "guided.db", "--cost-model", model, "--trials", 20)
        model.write_bytes(model.read_bytes()[:-1])
        assert "expected the trees" in self.call("inspect", self.model, "--cost-model", model, status=1)

    def start(self, database, *flags):
        return subprocess.Popen([self.tenon, "tune", self.model, "--tuning-db", str(database), "--minutes", "5", *flags],
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def wait_for(self, database, count):
        while True:
            time.sleep(0.2)
            if database.exists() and len(self.records(database)) >= count:
                return len(self.records(database))

    def ends_on_interrupt(self):
        database = self.folder / "interrupt.db"
        process = self.start(database)
        self.wait_for(database, 5)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=120)
        assert process.returncode == 0 and "stopped:" in out and not err, (process.returncode, out, err)
        assert all(record["outcome"] == "ok" for record in self.records(database)), "a failure that is none"

    def survives_kills(self):
        """Killed at any moment: what was in the database stays, and the next run goes on."""
        database = self.folder / "kills.db"
        known = 0
        for number in range(self.kills):
            process = self.start(database, "--seed", str(number))
            known = self.wait_for(database, known + 3)
            time.sleep(random.uniform(0, 0.4))
            known = max(known, len(self.records(database)))
            process.kill()
            process.communicate()
            assert len(self.records(database)) >= known
        out = self.call("tune", self.model, "--tuning-db", database, "--trials", 5)
        assert "5 trials" in out and len(self.records(database)) >= known + 5, out

    def shares(self):
        """Two at once: the database has what both measured."""
        database = self.folder / "shared.db"
        both = [subprocess.Popen([self.tenon, "tune", self.model, "--tuning-db", str(database), "--trials", "24",
                                  "--strategy", "random", "--seed", str(100 * seed)], stdout=subprocess.PIPE,
                                 stderr=subprocess.PIPE, text=True) for seed in (1, 2)]
        for process in both:
            out, err = process.communicate(timeout=600)
            assert process.returncode == 0, err
        count = len(self.records(database))
        # Both measure the analytic points.
        assert 30 <= count <= 48, count

    def confirms(self):
        """What is faster in whole models is kept, by this machine's runner and by commands; what is not is not."""
        command = ("--measurer", "command", "--copy", "cp {file} {remote}", "--run", "sh -c {command}")
        plain = ("--cost-model", "none")
        for name, how in (("local", ()), ("command", command)):
            database = self.folder / f"{name}-confirmed.db"
            trials = ("tune", self.model, "--tuning-db", database, "--trials", 60, *how)
            out = self.call(*trials, "--runner", self.inventor("slower"))
            assert "whole model: 1 ms before, 1 ms" in out and "nothing is kept" not in out, out
            assert len(self.records(database)) == 60 and not self.kept(database)
            out = self.call(*trials, "--runner", self.inventor("gone"))
            assert "nothing is kept:" in out and "whole model:" not in out, out
            assert (name == "local") == ("ended before its time" in out), out
            assert (name == "command") == ("no answer by" in out and "no route" in out), out
            assert len(self.records(database)) == 120 and not self.kept(database)
            out = self.call(*trials, "--runner", self.inventor("faster"))
            assert "whole model: 1 ms before, 0.9999 ms" in out, out
            kept = self.kept(database)
            assert len(kept) >= 2 and len({entry["machine"] for entry in kept}) == 1, kept
            taken = self.steps("--tuning-db", database, *plain)
            if name == "local":
                assert "--tuned-on" not in out and taken["database"] >= len(kept), (out, taken)
                self.check_result("--tuning-db", database)
                continue
            # The machine that the commands reach is another one, which this one does not compile for by itself.
            machine = kept[0]["machine"][:12]
            assert f"compile with '--tuned-on {machine}'" in out, out
            assert set(taken) == {"analytic"}, taken
            assert machine in self.call("tune-db", "stats", database)
            there = ("--tuning-db", database, "--tuned-on", machine)
            assert self.steps(*there, *plain)["database"] >= len(kept)
            self.check_result(*there)
            assert set(self.steps("--tuning-db", database, "--tuned-on", "0" + machine, *plain)) == {"analytic"}

    def chooses_variants(self):
        """Another way to compute a task that is faster in the whole model is what is compiled."""
        self.call("tune", self.model, "--tuning-db", self.folder / "count.db", "--explore", 1)
        tasks = len(self.records(self.folder / "count.db"))
        database = self.folder / "variants.db"
        tune = ("tune", self.model, "--tuning-db", database, "--cost-model", "none")
        out = self.call(*tune, "--trials", 160, "--runner", self.inventor("faster", tasks))
        chosen = [entry for entry in self.kept(database, "variant") if entry["variant"] != "planned"]
        assert chosen and all(entry["variant"] in out for entry in chosen), out
        assert {entry["task"] for entry in chosen}.isdisjoint(entry["task"] for entry in self.kept(database))
        plain = ("--tuning-db", database, "--cost-model", "none")
        text = self.call("inspect", self.model, *plain)
        assert all(f"database ({entry['variant']})" in text for entry in chosen), text
        self.check_result(*plain)
        self.check_result(*plain, "--numerics", "strict")
        compiled = [self.folder / f"variants-{number}.so" for number in range(2)]
        for path in compiled:
            self.call("compile", self.model, *plain, "-o", path, "--name", "small")
        assert compiled[0].read_bytes() == compiled[1].read_bytes()
        # The next run begins with it, and what it finds to be slower changes nothing.
        out = self.call(*tune, "--trials", 10, "--runner", self.inventor("slower"))
        assert "whole model: 1 ms before, 1 ms" in out, out
        assert self.call("inspect", self.model, *plain) == text
        # A plan that another version made, or nobody: it is as planned, and so it is if that was kept later.
        lines = self.call("tune-db", "export", database).splitlines()
        for name, warns in (("backwards", True), ("planned", False)):
            path, changed = self.folder / "changed.jsonl", self.folder / f"{name}.db"
            path.write_text("\n".join([*lines, *(json.dumps(entry | {"variant": name, "time": 2 ** 60})
                                                 for entry in chosen)]))
            self.call("tune-db", "import", changed, path)
            done = subprocess.run([self.tenon, "inspect", self.model, "--tuning-db", changed], capture_output=True,
                                  text=True)
            assert done.returncode == 0 and "database (" not in done.stdout, done
            assert warns == ("the variant 'backwards' from the database is none of it here" in done.stderr), done
            self.check_result("--tuning-db", changed)

    def says_what_it_needs(self):
        database = self.folder / "refused.db"
        for flags, message in (((), "expected a limit"), (("--trials", 1, "--measurer", "guess"), "expected a measurer"),
                               (("--trials", 1, "--measurer", "mca"), "expected a processor"),
                               (("--trials", 1, "--measurer", "command"), "expected a command to copy"),
                               (("--trials", 1, "--strategy", "best"), "expected a strategy"),
                               (("--trials", 1, "--target", "x86-64-v2,x86-64-v3"), "expected one target"),
                               (("--trials", 0), "expected a number from 1"),
                               (("--minutes", "soon"), "expected a positive number")):
            error = self.call("tune", self.model, "--tuning-db", database, *flags, status=1)
            assert message in error and error.count("\n") == 1, (flags, error)

    def estimates(self):
        """By mca, for a processor that is not here: points are recorded, nothing is kept."""
        database = self.folder / "mca.db"
        out = self.call("tune", self.model, "--tuning-db", database, "--trials", 8, "--target", "aarch64", "--measurer",
                        "mca", "--cpu", "cortex-a76")
        assert "nothing is kept" in out, out
        assert [record["outcome"] for record in self.records(database)] == 8 * ["ok"]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tenon", default="build/bin/tenon")
    parser.add_argument("--filter", default="")
    parser.add_argument("--kills", type=int, default=4, help="how often the tuner is killed in survives_kills")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        suite = Suite(arguments.tenon, folder, arguments.kills)
        cases = [suite.goes_on, suite.passes_over_failures, suite.keeps_and_takes, suite.learns, suite.ends_on_interrupt,
                 suite.survives_kills, suite.shares, suite.confirms, suite.chooses_variants, suite.says_what_it_needs, suite.estimates]
        cases = [work for work in cases if arguments.filter in work.__name__]
        for work in cases:
            suite.case(work)
        print(f"{len(cases) - suite.failures} passed, {suite.failures} failed")
        return 1 if suite.failures else 0


if __name__ == "__main__":
    sys.exit(main())

"""Measures Tenon beside other systems on the same models, inputs and threads, in one interleaved run.

Every system is a process of its own per model and number of threads, of which one is awake at a time, so that pools
that spin disturb nobody. After a warm-up the systems take turns, for several rounds; a system's figure is
the median over rounds of the medians within. Answers are compared with onnxruntime's.
"""

import argparse
import os
import pathlib
import statistics
import sys
import tempfile

import numpy as np

import machine
import report
import workers
from workloads import Workload, difference, find

STANDARD = ["onnxruntime", "openvino", "mnn"]
TOLERANCE = 1e-3


def progress(where, step=""):
    """One line that changes, on a terminal; elsewhere a line per `where`."""
    if sys.stderr.isatty():
        print(f"\r\033[K{where}{step and ': ' + step}", end="", file=sys.stderr, flush=True)
    elif not step and where:
        print(where, file=sys.stderr, flush=True)


class Run:
    """All systems on one model with one number of threads."""

    def __init__(self, options, workload, threads, folder):
        self.options, self.workload, self.threads, self.folder = options, workload, threads, folder
        self.live, self.records = {}, {}

    def attempt(self, system, action):
        """action(), whose failure ends the system's part in this run."""
        try:
            return action()
        except (workers.Failed, OSError) as error:
            self.records[system]["failed"] = str(error)
            if system in self.live:
                self.live.pop(system).close()
            return None

    def start(self, system):
        folder = self.folder / system
        folder.mkdir(exist_ok=True)
        worker = self.live[system] = workers.Worker(system, self.options.isa, self.options.others, self.options.hold)
        flags = self.options.flags if system == "tenon" else []
        answer = workers.load(worker, self.workload, self.threads, folder, self.options.isa, flags=flags)
        worker.ask(do="warm", slots=["model"], seconds=0)
        answer["memory_bytes"] = worker.memory()
        self.records[system].update(answer)
        files = worker.ask(do="answers", slot="model", folder=str(folder))["files"]
        return [np.load(file) for file in files]

    def reference(self, answers):
        """onnxruntime's answers, of a process of its own if it is not measured."""
        if "onnxruntime" in answers or "onnxruntime" in self.options.systems:
            return answers.get("onnxruntime")
        other = Run(self.options, self.workload, self.threads, self.folder)
        other.records["onnxruntime"] = {}
        result = other.attempt("onnxruntime", lambda: other.start("onnxruntime"))
        other.close()
        return result

    def measure(self):
        options, answers = self.options, {}
        where = f"{self.workload.name}, {report.of_threads(self.threads)}"
        progress(where)
        for system in options.systems:
            progress(where, f"{system} loads")
            self.records[system] = {}
            answers[system] = self.attempt(system, lambda: self.start(system))
        want = self.reference({name: value for name, value in answers.items() if value is not None})
        for system in list(self.live):
            if want is not None:
                error = difference(answers[system], want)
                self.records[system].update(difference=error if np.isfinite(error) else "inf", wrong=not error <= TOLERANCE)
            self.attempt(system, lambda: self.live[system].ask(do="warm", slots=["model"], seconds=options.seconds))
        rounds = {system: [] for system in self.live}
        for round in range(options.rounds):
            # Another begins every time: whoever follows a given system always would share its fate.
            turns = list(self.live)
            turns = turns[round % max(len(turns), 1) :] + turns[: round % max(len(turns), 1)]
            for system in turns:
                progress(where, f"round {round + 1} of {options.rounds}, {system}")
                answer = self.attempt(system, lambda: self.turn(system))
                if answer:
                    rounds[system].append(answer["ms"])
        for system in self.live:
            medians = [statistics.median(times) for times in rounds[system]]
            self.records[system].update(ms=statistics.median(medians), rounds_ms=medians, least_ms=min(map(min, rounds[system])))
        self.close()
        return self.records

    def turn(self, system):
        # Caches and pools are the former system's: the first runs do not count.
        worker = self.live[system]
        worker.ask(do="warm", slots=["model"], seconds=min(0.05, self.options.seconds))
        return worker.ask(do="run", slots=["model"], seconds=self.options.seconds, least=2)

    def close(self):
        for worker in self.live.values():
            worker.close()


def parse(arguments):
    parser = argparse.ArgumentParser(prog="compare", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models", nargs="*", metavar="MODEL", help="files, or names of the shared models (default: all)")
    parser.add_argument("--peers", default=",".join(STANDARD), metavar="NAMES",
                        help=f"systems beside Tenon (default: {','.join(STANDARD)}; on request: {', '.join(workers.ON_REQUEST)})")
    parser.add_argument("--peer", action="append", default=[], metavar="NAME=FILE.py",
                        help="another system, driven by a file like those in benchmarks/systems")
    parser.add_argument("--threads", default="1,2", metavar="N,...", help="numbers of threads (default: 1,2)")
    parser.add_argument("--rounds", type=int, default=5, metavar="N", help="turns of every system (default: 5)")
    parser.add_argument("--seconds", type=float, default=0.5, metavar="S", help="length of a turn, and of the warm-up (default: 0.5)")
    parser.add_argument("--isa", choices=["native", "avx2"], default="native",
                        help="avx2: hide from every system that the processor has AVX-512")
    parser.add_argument("--hold", choices=["cpuid", "onednn"], default="cpuid",
                        help="onednn: with --isa avx2, hold peers by ONEDNN_MAX_CPU_ISA only, which leaves OpenVINO's matrix "
                             "products AVX-512")
    parser.add_argument("--dim", action="append", default=[], metavar="NAME=N", help="a symbolic dimension's value (default: 1)")
    parser.add_argument("--flag", action="append", default=[], metavar="FLAG", help="a further flag of 'tenon compile'")
    parser.add_argument("--tenon", default=str(machine.build() / "bin" / "tenon"), metavar="FILE")
    parser.add_argument("--json", metavar="FILE", help="write everything measured")
    parser.add_argument("--markdown", metavar="FILE", help="write the tables, which are printed in any case")
    parser.add_argument("--plot", metavar="FILE.svg", help="draw speeds relative to the best peer's")
    options = parser.parse_args(arguments)
    try:
        options.threads = [int(word) for word in options.threads.split(",")]
        options.dims = {name: int(value) for name, _, value in (word.partition("=") for word in options.dim)}
        options.others = dict(word.split("=", 1) for word in options.peer)
    except ValueError as error:
        parser.error(str(error))
    if min(options.threads) < 1 or options.rounds < 1:
        parser.error("expected at least one thread and one round")
    options.systems = ["tenon", *filter(None, options.peers.split(",")), *options.others]
    options.flags = options.flag
    return options


def main():
    options = parse(sys.argv[1:])
    os.environ["TENON"] = str(pathlib.Path(options.tenon).resolve())
    os.environ["TENON_BUILD"] = str(machine.build())
    if not pathlib.Path(options.tenon).exists():
        print(f"error: there is no {options.tenon}; build it first", file=sys.stderr)
        return 1
    try:
        files = find(options.models)
    except (OSError, RuntimeError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    results = {"machine": machine.cpu(), "load": machine.load(), "isa": options.isa, "hold": options.hold, "systems": options.systems,
               "threads": options.threads, "rounds": options.rounds, "seconds": options.seconds, "flags": options.flags,
               "peak": machine.peak(options.threads), "models": []}
    for file in files:
        with tempfile.TemporaryDirectory(prefix="tenon-compare-") as folder:
            folder = pathlib.Path(folder)
            workload = Workload(file, folder, options.dims)
            for threads in options.threads:
                records = Run(options, workload, threads, folder).measure()
                results["models"].append({"model": workload.name, "threads": threads, "systems": records})
        if options.json:
            report.save(options.json, results)
    progress("")
    results["load_after"] = machine.load(0.5)
    report.complete(results)
    report.deliver(options, results, report.markdown(results))
    if options.plot:
        report.plot(results, options.plot)
    return 0


if __name__ == "__main__":
    sys.exit(main())

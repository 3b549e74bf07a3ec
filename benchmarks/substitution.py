"""Measures models compiled with and without graph substitution, in pairs: both are loaded into one process, share a
workspace, and run in turns, another one first in every pair. The ratio is the median over pairs of the time without over
that with, so that above 1 substitution gains; its interval of 95 % is that of order statistics.
With --searches, nothing is measured but the search: what the e-graph and backtracking find, by the compiler's own estimates.
"""

import argparse
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import time

import numpy as np

import report
import rewrites
from capi import Library
from workloads import Workload, difference, find

MODELS = ["squeezenet1_1", "inception_v3", "googlenet", "nasnetalarge", "bert_base_128", "resnext50_32x4d"]


def command(workload, level, file, flags):
    words = [os.environ["TENON"], "compile", str(workload.path), "-o", file, "--name", "model", "-O", str(level), *flags]
    for name, value in workload.dims.items():
        words += ["--dim", f"{name}={value}"]
    return words


def compile(workload, level, file, flags):
    """Seconds; none if the file is there."""
    if pathlib.Path(file).exists():
        return 0.0
    begin = time.monotonic()
    done = subprocess.run(command(workload, level, file, flags), capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"tenon compile: {done.stderr.strip() or f'exit status {done.returncode}'}")
    return time.monotonic() - begin


def search(workload, level, folder, flags):
    """What a search says: microseconds by operators and as planned, before and after, graphs or nodes that it saw, and
    the processor's seconds."""
    words = command(workload, level, f"{folder}/graph.dot", [*flags, "--to", "substitute", "--rewrites"])
    with subprocess.Popen(words, stderr=subprocess.PIPE, text=True) as process:
        said = process.stderr.read()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    found = re.search(r"([\d.]+) us instead of ([\d.]+) us, planned ([\d.]+) us instead of ([\d.]+) us, .*?(\d+) (nodes|graphs)"
                      r"(?:, of which (\d+))?", said)
    if process.returncode or not found:
        raise RuntimeError(f"tenon compile: {said.strip() or f'exit status {process.returncode}'}")
    cost, before, planned, planned_before = map(float, found.groups()[:4])
    return {"cost": cost, "before": before, "planned": planned, "planned before": planned_before, "seen": int(found[5]),
            "taken": found[7], "seconds": usage.ru_utime + usage.ru_stime}


def compare_searches(workloads, level, folder, flags):
    """A table of both searches. True if the e-graph's graph never costs more, planned, than backtracking's."""
    rows, holds = [], True
    for workload in workloads:
        egraph, backtrack = (search(workload, level, folder, [*flags, "--search", way]) for way in ("egraph", "backtrack"))
        holds &= egraph["planned"] <= backtrack["planned"]
        cells = [workload.name, *(f"{egraph[key]:.1f}" for key in ("before", "planned before"))]
        for found in (egraph, backtrack):
            cells += [f"{found['cost']:.1f}", f"{found['planned']:.1f}",
                      f"{found['seen']}" + (f", {found['taken']} taken" if found["taken"] else ""),
                      report.number(found["seconds"])]
        rows.append([*cells, "yes" if egraph["planned"] <= backtrack["planned"] else "no"])
        print(" ".join(rows[-1]), file=sys.stderr)
    header = ["model", "operators us", "planned us"]
    for way, seen in (("e-graph", "nodes"), ("backtracking", "graphs")):
        header += [f"{way}: operators us", f"{way}: planned us", seen, f"{way} s"]
    print("\n".join(report.table([*header, "holds"], rows)))
    return holds


def measure(calls, seconds, least):
    """Milliseconds of all pairs: one column for each call."""
    def timed(call):
        begin = time.perf_counter_ns()
        call.run()
        return (time.perf_counter_ns() - begin) / 1e6

    for call in calls:
        call.run()
    pairs, end = [], time.monotonic() + seconds
    while len(pairs) < least or time.monotonic() < end:
        first = len(pairs) % 2
        times = {i: timed(calls[i]) for i in (first, 1 - first)}
        pairs.append((times[0], times[1]))
    return np.array(pairs)


def interval(pairs):
    """The median ratio and its interval of 95 %: order statistics, as many left out at either end as a fair coin would have it."""
    ratios = np.sort(pairs[:, 0] / pairs[:, 1])
    middle, half = len(ratios) / 2, 1.96 * np.sqrt(len(ratios)) / 2
    low, high = max(int(middle - half) - 1, 0), min(int(np.ceil(middle + half)), len(ratios) - 1)
    return float(np.median(ratios)), float(ratios[low]), float(ratios[high])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models", nargs="*", help="files, or names of the shared folder's (six that are large)")
    parser.add_argument("--level", type=int, default=2, help="of the search (2)")
    parser.add_argument("--seconds", type=float, default=10, help="of measuring each model (10)")
    parser.add_argument("--pairs", type=int, default=20, help="at least so many (20)")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--folder", help="keep what is compiled there, and use what is there")
    parser.add_argument("--flag", action="append", default=[], help="of tenon compile, for both")
    parser.add_argument("--unaided", action="store_true", help="also small models in which something is found unaided")
    parser.add_argument("--searches", action="store_true", help="compare the e-graph with backtracking; status 1 if it is worse")
    options = parser.parse_args()
    rows, product = [], []
    with tempfile.TemporaryDirectory() as folder:
        kept = pathlib.Path(options.folder or folder)
        kept.mkdir(parents=True, exist_ok=True)
        names = options.models or ([] if options.unaided else MODELS)
        paths = (find(names) if names else []) + (rewrites.write(folder) if options.unaided else [])
        workloads = [Workload(path, folder) for path in paths]
        if options.searches:
            sys.exit(0 if compare_searches(workloads, options.level, folder, options.flag) else 1)
        for workload in workloads:
            inputs = [np.load(file) for file in workload.files.values()]
            files = [str(kept / f"{workload.name}-{level}.so") for level in (0, options.level)]
            spent = [compile(workload, level, file, options.flag) for level, file in zip((0, options.level), files)]
            libraries = [Library(file, options.threads) for file in files]
            calls = [library.prepare(inputs) for library in libraries]
            largest = max((call.workspace for call in calls), key=len)
            for call in calls:
                call.use(largest)
            pairs = measure(calls, options.seconds, options.pairs)
            ratio, low, high = interval(pairs)
            product.append(ratio)
            error = difference(calls[1].outputs(), calls[0].outputs())
            before, after = np.median(pairs, axis=0)
            rows.append([workload.name, report.number(before), report.number(after), f"{ratio:.3f}", f"{low:.3f} to {high:.3f}",
                         str(len(pairs)), report.number(spent[1] - spent[0]), f"{error:.1e}"])
            print(" ".join(rows[-1]), file=sys.stderr)
            for file in () if options.folder else files:
                os.unlink(file)
    header = ["model", "without ms", "with ms", "ratio", "95 %", "pairs", "more s to compile", "difference"]
    print("\n".join(report.table(header, rows)))
    print(f"Geometric mean of the ratios: **{np.exp(np.mean(np.log(product))):.3f}**")


if __name__ == "__main__":
    main()

"""Tunes layers by Tenon and by TVM's MetaSchedule for the same minutes on the same machine, and measures what each had found when.

tuning tune FOLDER       each layer by each side, one after the other; what is in FOLDER already is left as it is
tuning measure FOLDER    the best schedules known after 1, 5, 10 and other minutes, all sides side by side
tuning show FOLDER       tables and curves of what was measured

The layers: a 1x1, a 3x3, a depthwise and a strided convolution, a matrix and a vector times a matrix, each of a network of the shared
folder, f32, batch 1, weights constant, one thread. Sides:

tenon       the layer as ONNX has it; what reorders images on the way counts
tenon-own   convolutions between two depthwise ones, so that they read and write what lies as in a network; their steps alone count
tvm-nchw    the layer as ONNX has it
tvm-nhwc    convolutions with channels last, without what reorders images

With --model, whole models: tenon and tvm-model.
"""

import argparse
import contextlib
import json
import os
import pathlib
import re
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time

import numpy as np
import onnx
from onnx import TensorProto, helper

import machine
import report
import timer
import workers
from workloads import Workload, difference, find

SIDES = ["tenon", "tenon-own", "tvm-nchw", "tvm-nhwc"]
# Those that convolutions have, too.
OWN = ("tenon-own", "tvm-nhwc")
TVM = workers.HERE / "systems" / "metaschedule.py"
TOLERANCE = 1e-3
# Seconds at which the curve has points; those that are whole minutes of MARKS are in the table.
POINTS = [0, 10, 20, 30, 60, 90, 120, 180, 240, 300, 420, 600, 900, 1200, 1800, 3600]
MARKS = [0, 1, 5, 10, 30, 60]


class Layer:
    """A layer of a network."""

    def __init__(self, title, input, weight, output, **attributes):
        self.title, self.input, self.weight, self.output, self.attributes = title, input, weight, output, attributes
        self.is_conv = len(weight) == 4
        self.flops = 2 * int(np.prod(output)) * int(np.prod(weight[1:] if self.is_conv else weight[:1]))

    def save(self, path, inside):
        """As a model of one node, or `inside` of one: between two depthwise convolutions."""
        random, nodes, weights = np.random.default_rng(0), [], []

        def add(op, input, shape, name, **attributes):
            weight = random.standard_normal(shape, np.float32) / np.float32(np.sqrt(np.prod(shape[1:])))
            weights.append(onnx.numpy_helper.from_array(weight, f"w{len(weights)}"))
            nodes.append(helper.make_node(op, [input, weights[-1].name], [f"y{len(nodes)}"], name=name, **attributes))
            return nodes[-1].output[0]

        def beside(input, channels):
            return add("Conv", input, (channels, 1, 3, 3), f"beside{len(nodes)}", group=channels, pads=[1] * 4)

        value = beside("x", self.input[1]) if inside else "x"
        read, value = value, add("Conv" if self.is_conv else "MatMul", value, self.weight, "layer", **self.attributes)
        outputs = [(value, self.output)]
        if inside:
            # Others who read what it reads and writes, or it might be computed together with its neighbours.
            means = [helper.make_node("GlobalAveragePool", [name], [f"mean_{name}"], name=f"mean_{name}") for name in (read, value)]
            outputs = [(f"mean_{read}", [1, self.input[1], 1, 1]), (f"mean_{value}", [1, self.output[1], 1, 1]),
                       (beside(value, self.output[1]), self.output)]
            nodes += means
        info = helper.make_tensor_value_info
        graph = helper.make_graph(nodes, "layer", [info("x", TensorProto.FLOAT, self.input)],
                                  [info(name, TensorProto.FLOAT, shape) for name, shape in outputs], weights)
        onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), path)


LAYERS = {
    "conv1x1": Layer("1x1, 256 to 64 channels, 56x56 (ResNet-50)", [1, 256, 56, 56], (64, 256, 1, 1), [1, 64, 56, 56]),
    "conv3x3": Layer("3x3, 64 to 64 channels, 56x56 (ResNet-50)", [1, 64, 56, 56], (64, 64, 3, 3), [1, 64, 56, 56], pads=[1] * 4),
    "depthwise": Layer("depthwise 3x3, 144 channels, 56x56 (MobileNetV2)", [1, 144, 56, 56], (144, 1, 3, 3), [1, 144, 56, 56],
                       pads=[1] * 4, group=144),
    "strided": Layer("3x3 of stride 2, 128 to 128 channels, 56x56 (ResNet-50)", [1, 128, 56, 56], (128, 128, 3, 3),
                     [1, 128, 28, 28], pads=[1] * 4, strides=[2, 2]),
    "gemm": Layer("128x768 by 768x3072 (BERT-base)", [128, 768], (768, 3072), [128, 3072]),
    "gemv": Layer("1x768 by 768x3072 (GPT-2)", [1, 768], (768, 3072), [1, 3072]),
}


def progress(text, ends=True):
    """A line on standard error; on a terminal, one that does not end is written over by the next one."""
    terminal = sys.stderr.isatty()
    if ends or terminal:
        print(("\r\033[K" if terminal else "") + text, end="\n" if ends else "", file=sys.stderr, flush=True)


class Task:
    """What is tuned: a layer, or a model."""

    def __init__(self, name, folder, model=None):
        self.name, self.folder, self.is_model = name, pathlib.Path(folder), model is not None
        self.title, self.flops = (name, None) if self.is_model else (LAYERS[name].title, LAYERS[name].flops)
        self.model = model

    def sides(self, wanted):
        if self.is_model:
            return ["tenon", "tvm-model"]
        return [side for side in wanted if side not in OWN or LAYERS[self.name].is_conv]

    def file(self, side):
        """Its model, written if it is not there."""
        if self.is_model:
            return self.model
        inside = side == "tenon-own"
        file = self.folder / f"{self.name}{'-own' if inside else ''}.onnx"
        if not file.exists():
            LAYERS[self.name].save(file, inside)
        return file

    def place(self, side):
        return self.folder / side / self.name


# Tuning.


def tenon(*arguments):
    done = subprocess.run([os.environ["TENON"], *map(str, arguments)], capture_output=True, text=True)
    if done.returncode:
        raise workers.Failed(f"tenon {arguments[0]}: {done.stderr.strip() or f'exit status {done.returncode}'}")
    return done.stdout


def records(database):
    """Everything in a database of Tenon's, as JSON."""
    return [json.loads(line) for line in tenon("tune-db", "export", database).splitlines()]


def is_tenon(side):
    return side.startswith("tenon")


def stages(minutes):
    """Minutes at which Tenon's tuner ends, and goes on."""
    return [mark for mark in MARKS if 0 < mark < minutes] + [minutes]


def tenon_trials(folder, begin):
    """Of all records: seconds and milliseconds, by which the tuner compares, or none."""
    found = [line for line in records(folder / "tuning.db") if "schedule" in line]
    return sorted(([line["time"] / 1e3 - begin, (line["cold_ns"] or line["ns"]) / 1e6 if line["outcome"] == "ok" else None]
                   for line in found), key=lambda trial: trial[0])


def tvm_trials(folder):
    lines = (folder / "stamps.jsonl").read_text().splitlines()
    return [[line["seconds"], line["ms"]] for line in map(json.loads, lines)]


def follow(command, folder, where):
    """Runs a tuner to its end; says how long it has been running."""
    # Kernels run on one thread; what compiles and searches has all processors.
    environment, clock = {**os.environ, "TVM_NUM_THREADS": "1"}, time.monotonic()
    with open(folder / "log", "a") as log:
        process = subprocess.Popen([str(word) for word in command], cwd=folder, stdout=log, stderr=log, env=environment,
                                   start_new_session=True)
        try:
            while process.poll() is None:
                time.sleep(0.5)
                progress(f"{where}: {time.monotonic() - clock:.0f} s", ends=False)
        finally:
            # With what it started.
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
    if process.returncode:
        lines = (folder / "log").read_text(errors="replace").strip().splitlines() or ["no message"]
        raise workers.Failed(f"{where}: exit status {process.returncode}: {lines[-1]}; see {folder / 'log'}")


def tune_tenon(file, folder, where, minutes):
    """In stages, each of which goes on where the one before was, and ends with what it keeps; trials."""
    begin, before = time.time(), 0
    for stage in stages(minutes):
        follow([os.environ["TENON"], "tune", file, "--tuning-db", "tuning.db", "--minutes", f"{stage - before:g}", "--threads", "1"],
               folder, f"{where}, to {stage:g} of {minutes:g} min")
        tenon("tune-db", "import", folder / f"after-{60 * stage:g}.db", folder / "tuning.db")
        before = stage
    return tenon_trials(folder, begin)


def tune_tvm(file, folder, where, side, options):
    follow([workers.interpreter("tvm"), "-B", "-P", TVM, "tune", ".", file, side.partition("-")[2], options.minutes,
            options.tvm_batch], folder, f"{where}, {options.minutes:g} min")
    return tvm_trials(folder)


def tune(task, side, options):
    """Runs one tuner, and writes tuned.json: trials, as seconds and milliseconds or none."""
    folder, where = task.place(side), f"{task.name}, {side}"
    if (folder / "tuned.json").exists():
        progress(f"{where}: tuned already")
        return
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    load, clock, file = machine.load(), time.monotonic(), task.file(side)
    trials = tune_tenon(file, folder, where, options.minutes) if is_tenon(side) else tune_tvm(file, folder, where, side, options)
    spent = time.monotonic() - clock
    report.save(folder / "tuned.json", {"task": task.name, "side": side, "minutes": options.minutes, "seconds": spent, "load": load,
                                        "trials": trials})
    progress(f"{where}: {len(trials)} schedules in {spent:.0f} s")


# What was known when.


def points(minutes):
    return [second for second in POINTS if second < 60 * minutes] + [60 * minutes]


def incumbent(trials, seconds):
    """The number of the trial that was the best then, or None."""
    known = [(ms, i) for i, (second, ms) in enumerate(trials) if second <= seconds and ms is not None]
    return min(known)[1] if known else None


class Side:
    """A process with all that one side had found for a task at different moments."""

    def __init__(self, task, side, folder):
        self.task, self.side, self.workload = task, side, Workload(task.file(side), folder)
        self.folder = task.place(side)
        self.tuned = json.loads((self.folder / "tuned.json").read_text())
        minutes = self.tuned["minutes"]
        whole = [0, *(60 * stage for stage in stages(minutes))]
        self.moments = whole if is_tenon(side) or task.is_model else points(minutes)
        self.worker = workers.Worker("tenon" if is_tenon(side) else "tvm", others={"tvm": TVM})
        self.slots, self.times = {}, {}

    def known(self, moment):
        """What is equal where the same is compiled from what was known then."""
        is_one = not is_tenon(self.side) and not self.task.is_model
        return incumbent(self.tuned["trials"], moment) if is_one else moment

    def flags(self, moment):
        if not is_tenon(self.side):
            return [str(self.folder), self.side.partition("-")[2], f"{moment:g}"]
        return ["--tuning-db", str(self.folder / f"after-{moment:g}.db")] if moment else []

    def load(self, folder):
        """Compiles what was known, and what is the same only once. What is wrong raises Failed."""
        slots, want = [], self.answers(folder)
        for moment in self.moments:
            known = self.known(moment)
            slot = next((slot for other, slot in slots if other == known), None)
            if slot is None:
                slot = f"{moment:g}"
                slots.append((known, slot))
                place = self.folder / f"at-{slot}"
                place.mkdir(exist_ok=True)
                progress(f"{self.task.name}, {self.side}: compiles what was known after {slot} s", ends=False)
                answer = workers.load(self.worker, self.workload, 1, place, slot=slot, flags=self.flags(moment))
                self.version, self.times[slot] = answer["version"], {}
                answers = [np.load(file) for file in self.worker.ask(do="answers", slot=slot, folder=str(place))["files"]]
                if not difference(answers, want) <= TOLERANCE:
                    raise workers.Failed(f"after {slot} s its answers are wrong")
            self.slots[moment] = slot

    def answers(self, folder):
        """onnxruntime's."""
        with workers.Worker("onnxruntime") as reference:
            workers.load(reference, self.workload, 1, folder)
            return [np.load(file) for file in reference.ask(do="answers", slot="model", folder=folder)["files"]]

    def turn(self, seconds, cold):
        for slot, times in self.times.items():
            if self.task.is_model:
                self.worker.ask(do="warm", slots=[slot], seconds=seconds / 2)
                times.setdefault("warm call", []).append(statistics.median(self.worker.ask(do="run", slots=[slot], seconds=seconds, least=3)["ms"]))
                continue
            for part in ("layer",) if self.side == "tenon-own" else ("call",):
                for kind, bytes in (("warm", 0), ("cold", cold)):
                    # The first calls find the caches as another one left them.
                    self.worker.ask(do="time", slot=slot, part=part, seconds=seconds / 10, cold=bytes)
                    ns = self.worker.ask(do="time", slot=slot, part=part, seconds=seconds, cold=bytes)["ns"]
                    times.setdefault(f"{kind} {part}", []).append(statistics.median(ns) / 1e6)

    def results(self):
        medians = {slot: {kind: statistics.median(rounds) for kind, rounds in times.items()}
                   for slot, times in self.times.items()}
        trials = self.tuned["trials"]
        return {"version": self.version, "minutes": self.tuned["minutes"], "spent": self.tuned["seconds"], "load": self.tuned["load"],
                "points": [{"seconds": moment, "trials": sum(trial[0] <= moment for trial in trials), **medians[slot]}
                           for moment, slot in self.slots.items()]}


def measure(task, options, cold):
    """All sides that were tuned, interleaved."""
    sides, record = [], {"task": task.name, "title": task.title, "flops": task.flops, "sides": {}, "failed": {},
                     "has_own": not task.is_model and LAYERS[task.name].is_conv}
    tuned = [side for side in task.sides(options.sides) if (task.place(side) / "tuned.json").exists()]
    with tempfile.TemporaryDirectory(prefix="tenon-tuning-") as folder:
        for name in tuned:
            try:
                sides.append(Side(task, name, folder))
                sides[-1].load(folder)
            except workers.Failed as error:
                record["failed"][name] = str(error)
                sides.pop().worker.close()
        for round in range(options.rounds):
            progress(f"{task.name}: round {round + 1} of {options.rounds}", ends=False)
            for side in sides[round % max(len(sides), 1) :] + sides[: round % max(len(sides), 1)]:
                side.turn(options.seconds, cold)
        for side in sides:
            record["sides"][side.side] = side.results()
            side.worker.close()
    progress(f"{task.name}: measured")
    return record


# Tables and curves.


def at(record, side, seconds, kind):
    """A time of a side's, or None."""
    points = record["sides"].get(side, {"points": []})["points"]
    return next((point.get(kind) for point in points if point["seconds"] == seconds), None)


def over(others, time):
    known = [other for other in others if other]
    return min(known) / time if known and time else None


def rows_of(record, kind):
    """For every mark: minutes, then twice Tenon's time, TVM's and the ratio: of calls with the same layouts in and out, and of the layer
    where each has its own layouts, of which TVM has two."""
    moments = sorted({point["seconds"] for side in record["sides"].values() for point in side["points"]})
    rows = []
    for moment in moments:
        if moment != moments[-1] and moment / 60 not in MARKS:
            continue
        tenon = at(record, "tenon", moment, f"{kind} call")
        # Matrices lie in one way only.
        layer = at(record, "tenon-own", moment, f"{kind} layer") if record["has_own"] else tenon
        plain, last, model = (at(record, f"tvm-{layout}", moment, f"{kind} call") for layout in ("nchw", "nhwc", "model"))
        rows.append((moment / 60, tenon, plain or model, over([plain, model], tenon), layer, last, over([plain, last], layer)))
    rows = [row if record["has_own"] else (*row[:4], None, None, row[6]) for row in rows]
    return [row for row in rows if any(row[i] for i in (1, 2, 4, 5))]


def table_of(results, kind):
    body, same, own = [], {}, {}
    for record in results["tasks"]:
        for minutes, tenon, plain, ratio, layer, last, own_ratio in rows_of(record, kind):
            trials = [str(point["trials"]) for side in record["sides"].values() for point in side["points"]
                      if point["seconds"] == 60 * minutes]
            label = "untuned" if not minutes else f"{minutes:g} min"
            body.append([record["title"], label, report.number(tenon), report.number(plain), f"{ratio:.2f}" if ratio else "",
                         report.number(layer), report.number(last), f"{own_ratio:.2f}" if own_ratio else "", ", ".join(trials)])
            for ratios, value in ((same, ratio), (own, own_ratio)):
                if value:
                    ratios.setdefault(label, []).append(value)
    lines = report.table(["layer", "after", "tenon ms", "tvm-nchw ms", "ratio", "tenon-own ms", "tvm-nhwc ms", "ratio, own layouts",
                          "schedules"], body)
    for ratios, title in ((same, "the same layouts in and out"), (own, "each in its own layouts")):
        if ratios:
            means = [f"{label} **{np.exp(np.mean(np.log(values))):.2f}**" for label, values in ratios.items()]
            lines += ["", f"Geometric means of the ratios, {title}: {', '.join(means)}."]
    return lines


def markdown(results):
    versions = {name: side["version"] for record in results["tasks"] for name, side in record["sides"].items()}
    lines = [*machine.describe(results["machine"], results["load"]),
             f"Versions: {', '.join(f'{name} {version}' for name, version in versions.items())}",
             f"One thread; {results['rounds']} rounds of {results['seconds']} s for each; medians."]
    lines = ["\n\n".join(lines)]
    titles = {"cold": f"Weights cold: {results['cold'] / 2**20:g} MB are read before each call, then inputs and outputs.",
              "warm": "Warm: one call after the other."}
    for kind, title in titles.items():
        if any(rows_of(record, kind) for record in results["tasks"]):
            lines += ["", title, "", *table_of(results, kind)]
    failures = [f"* {record['task']}, {side}: {reason}" for record in results["tasks"] for side, reason in record["failed"].items()]
    return "\n".join([*lines, *(["", *failures] if failures else [])]) + "\n"


def plot(results, path):
    """Time of the best schedule known over the seconds of tuning, a field per layer."""
    import matplotlib

    matplotlib.use("svg")
    from matplotlib import pyplot

    # The same file for the same results.
    matplotlib.rcParams["svg.hashsalt"] = "tenon"
    records = [record for record in results["tasks"] if record["sides"]]
    columns = min(3, max(1, len(records)))
    rows = max(1, -(-len(records) // columns))
    figure, axes = pyplot.subplots(rows, columns, squeeze=False, figsize=(4.4 * columns, 3.1 * rows), layout="constrained")
    for axis in axes.flat[len(records) :]:
        axis.set_visible(False)
    for axis, record in zip(axes.flat, records):
        curves = [("tenon", "tenon", "call", "-"), ("tenon-own", "tenon-own", "layer", "--"), ("tvm-nchw", "tvm-nchw", "call", "-"),
                  ("tvm-nhwc", "tvm-nhwc", "call", "--"), ("tvm", "tvm-model", "call", "-")]
        for label, name, part, style in curves:
            # Whole models are measured as they come: warm.
            kind = f"warm {part}" if name == "tvm-model" or "tvm-model" in record["sides"] else f"cold {part}"
            points = record["sides"].get(name, {"points": []})["points"]
            found = [(point["seconds"], point[kind]) for point in points if kind in point]
            if found:
                # A logarithm has no place for the untuned one: it stands where the curve begins.
                axis.step([max(second, 5) for second, _ in found], [ms for _, ms in found], where="post", linestyle=style,
                          color="C0" if is_tenon(name) else "C1", label=label, marker="." if is_tenon(name) else None)
        axis.set_xscale("log")
        axis.set_yscale("log")
        for scale in (axis.xaxis, axis.yaxis):
            scale.set_major_formatter(matplotlib.ticker.FuncFormatter(lambda value, _: f"{value:g}"))
            scale.set_minor_formatter(matplotlib.ticker.NullFormatter())
        axis.set_title(record["title"], fontsize="small")
        axis.set_xlabel("seconds of tuning")
        axis.set_ylabel("ms of the best schedule")
        axis.grid(alpha=0.3, which="both")
    if records:
        axes[0][0].legend(fontsize="x-small")
    figure.savefig(path, metadata={"Date": None})
    pyplot.close(figure)


def insert(path, text):
    """Puts the tables between the marks of a page."""
    page = pathlib.Path(path).read_text()
    pattern = r"(<!-- benchmarks/tuning -->\n).*?(<!-- end of benchmarks/tuning -->)"
    if not re.search(pattern, page, re.DOTALL):
        raise workers.Failed(f"{path} has no marks '<!-- benchmarks/tuning -->' and '<!-- end of benchmarks/tuning -->'")
    pathlib.Path(path).write_text(re.sub(pattern, lambda found: f"{found[1]}{text}{found[2]}", page, flags=re.DOTALL))


def parse(arguments):
    parser = argparse.ArgumentParser(prog="tuning", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("action", choices=["tune", "measure", "show"])
    parser.add_argument("folder", metavar="FOLDER", help="for all that is tuned and measured")
    parser.add_argument("--minutes", type=float, default=10, metavar="M", help="tune: for each layer and side (default: 10)")
    parser.add_argument("--tasks", metavar="NAME,...", help=f"tune, measure: only these of {', '.join(LAYERS)}; none: no layers")
    parser.add_argument("--sides", default=",".join(SIDES), metavar="NAME,...", help=f"tune, measure (default: {','.join(SIDES)})")
    parser.add_argument("--model", action="append", default=[], metavar="MODEL", help="tune, measure: also a whole model, a file or a "
                        "name of the shared folder's")
    parser.add_argument("--tvm-batch", type=int, default=64, metavar="N", help="tune: TVM's schedules between two searches (default: its "
                        "own, 64)")
    parser.add_argument("--rounds", type=int, default=7, metavar="N", help="measure: turns of every side (default: 7)")
    parser.add_argument("--seconds", type=float, default=0.05, metavar="S", help="measure: length of a turn (default: 0.05)")
    parser.add_argument("--tenon", default=str(machine.build() / "bin" / "tenon"), metavar="FILE")
    parser.add_argument("--markdown", metavar="FILE", help="show: write the tables, which are printed in any case")
    parser.add_argument("--plot", metavar="FILE.svg", help="show: draw the best time over the seconds of tuning")
    parser.add_argument("--insert", metavar="PAGE.md", help="show: put the tables between the marks of a page, as docs/tuning.md")
    options = parser.parse_args(arguments)
    options.sides = options.sides.split(",")
    options.tasks = list(LAYERS) if options.tasks is None else [name for name in options.tasks.split(",") if name != "none"]
    for name in options.sides:
        if name not in SIDES:
            parser.error(f"expected sides out of {', '.join(SIDES)}, but got '{name}'")
    for name in options.tasks:
        if name not in LAYERS:
            parser.error(f"expected tasks out of {', '.join(LAYERS)}, but got '{name}'")
    return options


def show(folder, options):
    results = json.loads((folder / "results.json").read_text())
    text = markdown(results)
    options.json = None
    report.deliver(options, results, text)
    if options.plot:
        plot(results, options.plot)
    if options.insert:
        insert(options.insert, text)


def main():
    options = parse(sys.argv[1:])
    os.environ["TENON"] = str(pathlib.Path(options.tenon).resolve())
    os.environ["TENON_BUILD"] = str(machine.build())
    folder = pathlib.Path(options.folder).resolve()
    folder.mkdir(parents=True, exist_ok=True)
    try:
        tasks = [Task(name, folder) for name in options.tasks]
        tasks += [Task(path.stem, folder, path.resolve()) for path in (find(options.model) if options.model else [])]
        if options.action == "tune":
            failures = []
            for task in tasks:
                for side in task.sides(options.sides):
                    try:
                        tune(task, side, options)
                    except workers.Failed as error:
                        # One that fails must not cost the hours of the others.
                        failures.append(str(error))
                        progress(f"error: {error}")
            return 1 if failures else 0
        if options.action == "measure":
            cold = 8 * timer.second_cache()
            results = {"machine": machine.cpu(), "load": machine.load(), "rounds": options.rounds, "seconds": options.seconds,
                       "cold": cold, "tasks": []}
            for task in tasks:
                results["tasks"].append(measure(task, options, cold))
                report.save(folder / "results.json", results)
        show(folder, options)
    except (OSError, RuntimeError, workers.Failed) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

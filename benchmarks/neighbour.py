"""Measures what a compiled model costs the rest of a program, beside what peers cost.

idle     processor time at 6 inferences a second on two threads, over that on one thread at the same rate, which no other
         thread adds to, and over that of as many without a pause, whose caches stay warm
turns    three models called in turn in one process, over the sum of each alone in that process
lengths  memory before and after inferences of random lengths through a BERT compiled for any length up to 512
loading  from opening to the first answer, less one warm inference
"""

import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

import numpy as np
import onnx
from onnx import TensorProto, helper

import capi
import machine
import report
import workers
from workloads import Workload, find

CHECKS = ["idle", "turns", "lengths", "loading"]


def bert(path, layers, width, heads, vocabulary=30522, longest=512):
    """A BERT encoder whose length is the symbol `seq`, with seeded weights."""
    random, nodes, weights = np.random.default_rng(0), [], []

    def constant(array):
        weights.append(onnx.numpy_helper.from_array(np.asarray(array), f"w{len(weights)}"))
        return weights[-1].name

    def normal(*shape):
        return constant((0.02 * random.standard_normal(shape)).astype(np.float32))

    def node(op, *inputs, **attributes):
        nodes.append(helper.make_node(op, inputs, [f"v{len(nodes)}"], **attributes))
        return nodes[-1].output[0]

    def dense(x, into, out):
        return node("Add", node("MatMul", x, normal(into, out)), normal(out))

    def norm(x):
        return node("LayerNormalization", x, constant(np.ones(width, np.float32)), normal(width), axis=-1, epsilon=1e-12)

    def split(x):
        return node("Transpose", node("Reshape", x, constant(np.array([0, 0, heads, width // heads]))), perm=[0, 2, 1, 3])

    zero, one = constant(np.int64(0)), constant(np.int64(1))
    length = node("Gather", node("Shape", "input_ids"), one)
    positions = node("Gather", normal(longest, width), node("Range", zero, length, one))
    x = norm(node("Add", node("Gather", normal(vocabulary, width), "input_ids"), positions))
    mask = node("Unsqueeze", node("Cast", "attention_mask", to=TensorProto.FLOAT), constant(np.array([1, 2])))
    mask = node("Mul", node("Sub", constant(np.float32(1)), mask), constant(np.float32(-1e9)))
    for _ in range(layers):
        q, k, v = (split(dense(x, width, width)) for _ in range(3))
        scores = node("Mul", node("MatMul", q, node("Transpose", k, perm=[0, 1, 3, 2])),
                      constant(np.float32((width // heads) ** -0.5)))
        y = node("MatMul", node("Softmax", node("Add", scores, mask), axis=-1), v)
        y = node("Reshape", node("Transpose", y, perm=[0, 2, 1, 3]), constant(np.array([0, 0, width])))
        x = norm(node("Add", x, dense(y, width, width)))
        hidden = dense(x, width, 4 * width)
        error = node("Erf", node("Mul", hidden, constant(np.float32(0.5**0.5))))
        gelu = node("Mul", node("Mul", hidden, constant(np.float32(0.5))), node("Add", error, constant(np.float32(1))))
        x = norm(node("Add", x, dense(gelu, 4 * width, width)))
    nodes.append(helper.make_node("Identity", [x], ["hidden"]))
    tokens = [helper.make_tensor_value_info(name, TensorProto.INT64, [1, "seq"]) for name in ("input_ids", "attention_mask")]
    result = helper.make_tensor_value_info("hidden", TensorProto.FLOAT, [1, "seq", width])
    graph = helper.make_graph(nodes, "bert", tokens, [result], weights)
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), path)


def resident():
    return int(pathlib.Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def lengths_in_child(file, count):
    """Runs inferences of random lengths in this process and prints what memory does."""
    library, random = capi.Library(file), np.random.default_rng(0)
    tokens, mask = random.integers(0, 30522, (1, 512)), np.ones((1, 512), np.int64)
    # One workspace for all lengths, as the bounds promise.
    workspace = capi.aligned(library.api.workspace_size(library.handle, None), library.info.workspace_alignment)
    library.prepare([tokens, mask], workspace).run()
    samples, started = [], time.monotonic()
    for i in range(count):
        length = int(random.integers(1, 513))
        library.prepare([tokens[:, :length], mask[:, :length]], workspace).run()
        if i % max(1, count // 20) == 0:
            samples.append(resident())
    samples.append(resident())
    print(json.dumps({"first": samples[1], "last": samples[-1], "most": max(samples), "seconds": time.monotonic() - started}))


def lengths(options, folder):
    layers, width, heads = (12, 768, 12) if options.full else (2, 128, 2)
    model, file = folder / "bert.onnx", folder / "bert.so"
    bert(model, layers, width, heads)
    done = subprocess.run([options.tenon, "compile", model, "--dim", "seq=1..512", "-o", file], capture_output=True, text=True)
    result = {"layers": layers, "width": width, "count": options.lengths}
    if done.returncode:
        return {**result, "failed": done.stderr.strip()}
    done = subprocess.run([sys.executable, "-B", __file__, "--in-child", file, str(options.lengths)], capture_output=True, text=True)
    if done.returncode:
        return {**result, "failed": f"exit status {done.returncode}: {done.stderr.strip()[-300:]}"}
    return {**result, **json.loads(done.stdout)}


def start(system, workload, threads, folder):
    folder = folder / f"{system}_{workload.name}_{threads}"
    folder.mkdir(exist_ok=True)
    worker = workers.Worker(system)
    try:
        return worker, workers.load(worker, workload, threads, folder)
    except workers.Failed:
        worker.close()
        raise


def per_inference(worker, seconds, slots=("model",)):
    worker.ask(do="warm", slots=list(slots), seconds=seconds / 4)
    answer = worker.ask(do="run", slots=list(slots), seconds=seconds, least=3)
    return statistics.median(answer["ms"]), 1e3 * answer["cpu_s"] / len(answer["ms"])


def idle(options, system, workload, folder):
    with start(system, workload, 1, folder)[0] as one, start(system, workload, 2, folder)[0] as two:
        pure, paced, ratios = [], {one: [], two: []}, []
        for _ in range(15):  # interleaved, against drift
            pure.append(per_inference(one, options.seconds / 2)[1])
            for worker, costs in paced.items():
                worker.ask(do="warm", slots=["model"], seconds=0.1)
                answer = worker.ask(do="run", slots=["model"], seconds=options.seconds, rate=6)
                costs.append(1e3 * answer["cpu_s"] / len(answer["ms"]))
            ratios.append((paced[two][-1] / paced[one][-1], paced[two][-1] / pure[-1]))
        ratio, pure_ratio = map(statistics.median, zip(*ratios))
        return {"pure_ms": statistics.median(pure), "alone_ms": statistics.median(paced[one]),
                "paced_ms": statistics.median(paced[two]), "ratio": ratio, "pure_ratio": pure_ratio,
                "rate": len(answer["ms"]) / answer["wall_s"]}


def turns(options, system, workloads, threads, folder):
    with workers.Worker(system) as worker:
        slots = []
        for workload in workloads:
            place = folder / f"{system}_{workload.name}_{threads}_turns"
            place.mkdir(exist_ok=True)
            slots.append(workload.name)
            workers.load(worker, workload, threads, place, slot=workload.name)
        alone, together = [], []
        for _ in range(15):  # interleaved, against drift
            alone.append(sum(per_inference(worker, options.seconds / 6, [slot])[0] for slot in slots))
            together.append(per_inference(worker, options.seconds / 2, slots)[0])
        return {"threads": threads, "alone_ms": statistics.median(alone), "together_ms": statistics.median(together),
                "ratio": statistics.median(t / a for t, a in zip(together, alone))}


def loading(options, system, workload, folder):
    costs = []
    for _ in range(3):
        worker, answer = start(system, workload, 1, folder)
        with worker:
            warm, _ = per_inference(worker, options.seconds / 3)
        costs.append(1e3 * answer["load_s"] + answer["first_ms"] - warm)
    return {"ms": statistics.median(costs), "warm_ms": warm}


def attempt(results, check, system, function, *arguments):
    print(f"{check}: {system}", file=sys.stderr, flush=True)
    try:
        record = function(*arguments)
    except (workers.Failed, OSError) as error:
        record = {"failed": str(error)}
    results[check].append({"system": system, **record})


def tables(results, names):
    def rows(check, fields):
        for record in results[check]:
            if "failed" in record:
                yield [record["system"], f"failed: {record['failed'].replace('|', '/')}"] + [""] * (len(fields) - 1)
            else:
                yield [record["system"], *(report.number(record[field]) for field in fields)]

    lines = ["\n\n".join(machine.describe(results["machine"], results["load"]))]
    if "idle" in results:
        lines += ["", f"### Processor time at 6 inferences a second, 2 threads, {names[0]}", "",
                  *report.table(["system", "ms per inference", "ms, one thread", "ratio", "ms, no pause", "ratio, no pause",
                                 "inferences a second"],
                                rows("idle", ["paced_ms", "alone_ms", "ratio", "pure_ms", "pure_ratio", "rate"]))]
    if "turns" in results:
        lines += ["", f"### Three models in turn: {', '.join(names)}", "",
                  *report.table(["system", "threads", "in turn ms", "sum of each alone ms", "ratio"],
                                rows("turns", ["threads", "together_ms", "alone_ms", "ratio"]))]
    if "lengths" in results:
        record = results["lengths"]
        lines += ["", f"### {record['count']} random lengths up to 512 through a BERT of {record['layers']} layers, "
                  f"{record['width']} wide", ""]
        lines += [f"failed: {record['failed']}" if "failed" in record else
                  f"Resident memory: {record['first'] / 1e6:.2f} MB after the first twentieth, {record['last'] / 1e6:.2f} MB "
                  f"at the end, {record['most'] / 1e6:.2f} MB at most; {record['seconds']:.1f} s."]
    if "loading" in results:
        lines += ["", f"### From opening to the first answer, less one warm inference, 1 thread, {names[0]}", "",
                  *report.table(["system", "ms", "warm inference ms"], rows("loading", ["ms", "warm_ms"]))]
    return "\n".join(lines) + "\n"


def main():
    if sys.argv[1:2] == ["--in-child"]:
        return lengths_in_child(sys.argv[2], int(sys.argv[3]))
    parser = argparse.ArgumentParser(prog="neighbour", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("checks", nargs="*", metavar="CHECK", help=f"of {', '.join(CHECKS)} (default: all)")
    parser.add_argument("--peers", default="onnxruntime,openvino,mnn", metavar="NAMES", help="systems beside Tenon")
    parser.add_argument("--models", default="mobilenet_v2,squeezenet1_1,shufflenet_v2_x1_0", metavar="NAMES",
                        help="three, of which idle and loading take the first")
    parser.add_argument("--seconds", type=float, default=2.0, metavar="S", help="length of a measurement (default: 2)")
    parser.add_argument("--lengths", type=int, default=10000, metavar="N", help="inferences of random length (default: 10000)")
    parser.add_argument("--full", action="store_true", help="lengths through BERT-base, not a small one: hours")
    parser.add_argument("--tenon", default=str(machine.build() / "bin" / "tenon"), metavar="FILE")
    parser.add_argument("--json", metavar="FILE", help="write everything measured")
    parser.add_argument("--markdown", metavar="FILE", help="write the tables, which are printed in any case")
    options = parser.parse_args()
    unknown = [check for check in options.checks if check not in CHECKS]
    if unknown:
        parser.error(f"expected checks of {', '.join(CHECKS)}, but got {unknown[0]}")
    options.tenon = str(pathlib.Path(options.tenon).resolve())
    os.environ.update(TENON=options.tenon, TENON_BUILD=str(machine.build()))
    checks = options.checks or CHECKS
    systems = ["tenon", *filter(None, options.peers.split(","))]
    results = {"machine": machine.cpu(), "load": machine.load(), **{check: [] for check in checks}}
    try:
        files = find(options.models.split(",")) if set(checks) != {"lengths"} else []
    except (OSError, RuntimeError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    with tempfile.TemporaryDirectory(prefix="tenon-neighbour-") as folder:
        folder = pathlib.Path(folder)
        workloads = [Workload(file, folder) for file in files]
        for system in systems:
            if "idle" in checks:
                attempt(results, "idle", system, idle, options, system, workloads[0], folder)
            if "loading" in checks:
                attempt(results, "loading", system, loading, options, system, workloads[0], folder)
            for threads in (1, 2) if "turns" in checks else ():
                attempt(results, "turns", system, turns, options, system, workloads, threads, folder)
        if "lengths" in checks:
            results["lengths"] = lengths(options, folder)
    text = tables(results, [workload.name for workload in workloads])
    report.deliver(options, results, text)
    return 0


if __name__ == "__main__":
    sys.exit(main())

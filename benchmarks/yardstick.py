"""Measures single layers of real networks: Tenon's time for a model of that layer alone, beside hand-written kernels
(../shared/yardstick, where the processor has AVX-512) and the machine's measured peak. One thread; of all times, the least.

The layers: 3x3 convolutions of VGG-16 and ResNet-50, 1x1 and depthwise 3x3 convolutions of MobileNetV2, matrix
products of BERT-base and GPT-2 small. The kernels work on their own layouts; Tenon reads and writes ONNX's.
"""

import argparse
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

import numpy as np
import onnx
from onnx import TensorProto, helper

import machine
import report
from workloads import SHARED

CONV3X3 = [(64, 64, 224), (64, 128, 112), (128, 128, 112), (128, 256, 56), (256, 256, 56), (256, 512, 28), (512, 512, 28),
           (512, 512, 14), (64, 64, 56), (128, 128, 28), (256, 256, 14), (512, 512, 7)]
# Channels in, out, size, stride, expansion of MobileNetV2's blocks.
BLOCKS = [(32, 16, 112, 1, 1), (16, 24, 112, 2, 6), (24, 24, 56, 1, 6), (24, 32, 56, 2, 6), (32, 32, 28, 1, 6),
          (32, 64, 28, 2, 6), (64, 64, 14, 1, 6), (64, 96, 14, 1, 6), (96, 96, 14, 1, 6), (96, 160, 14, 2, 6),
          (160, 160, 7, 1, 6), (160, 320, 7, 1, 6)]
PRODUCTS = [(m, n, k) for m in (64, 128, 512) for n, k in ((768, 768), (3072, 768), (768, 3072))]
# Of one token: 12 layers and the head, every weight read once.
DECODE = [(768, 768)] * 4 + [(3072, 768), (768, 3072)]


def layers(decode):
    """(kind, sizes), each once."""
    found = [("3x3", sizes) for sizes in CONV3X3]
    for c, k, size, stride, expansion in BLOCKS:
        wide = c * expansion
        found += [("1x1", (c, wide, size))] if expansion > 1 else []
        found += [("depthwise", (wide, stride, size)), ("1x1", (wide, k, size // stride))]
    found += [("1x1", (320, 1280, 7))] + [("product", sizes) for sizes in PRODUCTS]
    return list(dict.fromkeys(found)) + ([("decode", ())] if decode else [])


def title(kind, sizes):
    names = {"3x3": "3x3, {0} to {1} channels, {2}x{2}", "1x1": "1x1, {0} to {1} channels, {2}x{2}",
             "depthwise": "depthwise 3x3, {0} channels, stride {1}, {2}x{2}", "product": "product {0}x{2} by {2}x{1}",
             "decode": "GPT-2 small, all products of one token"}
    return names[kind].format(*sizes)


def make_model(kind, sizes):
    """The layer as a model, and its operations. The node that counts is called "layer": a convolution stands between two
    depthwise ones, so that it reads and writes what lies as it does inside of a network."""
    random = np.random.default_rng(0)
    inputs, outputs, weights, nodes = {}, [], [], []

    def add(op, input, shape, weight, result, **attributes):
        inputs[input] = shape
        weights.append(onnx.numpy_helper.from_array(
            (random.standard_normal(weight, np.float32) / np.sqrt(np.prod(weight[1:]))).astype(np.float32), f"w{len(weights)}"))
        outputs.append((f"y{len(outputs)}", result))
        nodes.append(helper.make_node(op, [input, weights[-1].name], [outputs[-1][0]], name="layer", **attributes))

    if kind == "decode":
        pairs = DECODE * 12 + [(50304, 768)]
        for n, k in pairs:
            add("MatMul", f"x{k}", [1, k], (k, n), [1, n])
        operations = sum(2 * n * k for n, k in pairs)
    elif kind == "product":
        m, n, k = sizes
        add("MatMul", "x", [m, k], (k, n), [m, n])
        operations = 2 * m * n * k
    elif kind == "depthwise":
        c, stride, size = sizes
        add("Conv", "x", [1, c, size, size], (c, 1, 3, 3), [], group=c, pads=[1] * 4)
        add("Conv", "y0", None, (c, 1, 3, 3), [], group=c, pads=[1] * 4, strides=[stride] * 2)
        add("Conv", "y1", None, (c, 1, 3, 3), [1, c, size // stride, size // stride], group=c, pads=[1] * 4)
        operations = 18 * c * (size // stride) ** 2
    else:
        c, k, size = sizes
        width = 3 if kind == "3x3" else 1
        add("Conv", "x", [1, c, size, size], (c, 1, 3, 3), [], pads=[1] * 4, group=c)
        add("Conv", "y0", None, (k, c, width, width), [], pads=[width // 2] * 4)
        add("Conv", "y1", None, (k, 1, 3, 3), [1, k, size, size], pads=[1] * 4, group=k)
        operations = 2 * c * k * width * width * size * size
    if kind in ("depthwise", "3x3", "1x1"):
        nodes[0].name = nodes[2].name = "beside"
        inputs, outputs = {"x": inputs["x"]}, outputs[2:]
    if kind == "1x1":  # Others who read what it reads and writes, or it would be computed together with its neighbours.
        for i, channels in ((0, sizes[0]), (1, sizes[1])):
            nodes.append(helper.make_node("GlobalAveragePool", [f"y{i}"], [f"mean{i}"], name="beside"))
            outputs.append((f"mean{i}", [1, channels, 1, 1]))
    value = helper.make_tensor_value_info
    graph = helper.make_graph(nodes, "layer", [value(name, TensorProto.FLOAT, shape) for name, shape in inputs.items()],
                              [value(name, TensorProto.FLOAT, shape) for name, shape in outputs], weights)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), operations


def progress(text):
    print(text, file=sys.stderr, flush=True)


def call(command, record):
    """What the command prints, or None, with the reason in the record."""
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        record["failed"] = done.stderr.strip() or f"exit status {done.returncode}"
        return None
    return done.stdout


def prepare(options, kind, sizes, file):
    """A record of the layer, and its model compiled to `file`."""
    model, operations = make_model(kind, sizes)
    onnx.save(model, file.with_suffix(".onnx"))
    record = {"kind": kind, "sizes": list(sizes), "title": title(kind, sizes), "flops": operations, "file": file}
    call([options.tenon, "compile", file.with_suffix(".onnx"), "-o", file] +
         (["--target", "x86-64-v3"] if options.isa == "avx2" else []), record)
    return record


def measure(options, record):
    """The least time of the layer's steps, in this round or an earlier one."""
    if "failed" in record:
        return
    text = call([options.tenon, "bench", record["file"], "--json", "--profile", "--warm", "--seconds", str(options.seconds)], record)
    if text is not None:
        steps = json.loads(text)["steps"]
        ms = sum(step["min_ns"] for step in steps if "layer" in step["nodes"].split()) / 1e6
        record["ms"] = min(ms, record.get("ms", ms))


def parse_kernels(text, found):
    """What the hand-written programs print, as (kind, sizes) -> ms; the better of their variants and of what is found."""
    def add(key, *times):
        found[key] = min(float(time) for time in (*times, found.get(key, "inf")))

    for line in text.splitlines():
        if match := re.match(r"C(\d+) +K(\d+) +H(\d+) +direct +([\d.]+) ms.*F\(4,3\) +([\d.]+) ms", line):
            add(("3x3", tuple(map(int, match.groups()[:3]))), match[4], match[5])
        elif match := re.match(r" *1x1 C(\d+) +K(\d+) +(\d+)x\d+ +([\d.]+) ms", line):
            add(("1x1", tuple(map(int, match.groups()[:3]))), match[4])
        elif match := re.match(r" *dw +C(\d+) +s(\d+) +(\d+) +([\d.]+) ms", line):
            add(("depthwise", tuple(map(int, match.groups()[:3]))), match[4])
        elif match := re.match(r"gemm M(\d+) +N(\d+) +K(\d+) +lda\+\d+ +([\d.]+) ms", line):
            add(("product", tuple(map(int, match.groups()[:3]))), match[4])
        elif match := re.match(r"GPT-2 small decode, products only: ([\d.]+) ms", line):
            add(("decode", ()), match[1])


def build_kernels(folder):
    """The hand-written programs, and why there are none."""
    if "AVX-512" not in machine.cpu()["isa"]:
        return [], "the hand-written kernels need AVX-512, which this processor lacks"
    sources = SHARED / "yardstick"
    if not sources.exists():
        return [], f"there is no {sources}"
    programs = []
    for name in ("conv3x3", "mobilenet", "transformer"):
        record = {}
        if call(["clang++-22", "-O3", "-march=native", "-std=c++17", "-ffast-math", "-o", folder / name,
                 sources / f"{name}.cpp"], record) is None:
            return [], f"{name}: {record['failed'][-300:]}"
        programs.append(folder / name)
    return programs, ""


def markdown(results):
    lines = ["\n\n".join(machine.describe(results["machine"], results["load"]))]
    top = results["peak_gflops"]
    lines += ["", f"Measured peak, 1 thread: {top:.1f} GFLOP/s" + (f"; {results['without']}" if results["without"] else ""), ""]
    rows = []
    for record in results["layers"]:
        hand = record.get("hand_ms")
        cells = [record["title"], *report_speed(record.get("ms"), record["flops"], top), *report_speed(hand, record["flops"], top)]
        if "failed" in record:
            cells[1] = "failed: " + record["failed"].replace("|", "/")
        rows.append([*cells, f"{hand / record['ms']:.2f}" if hand and "ms" in record else ""])
    header = ["layer", "tenon ms", "GFLOP/s", "of peak", "hand-written ms", "GFLOP/s", "of peak", "ratio"]
    return "\n".join([*lines, *report.table(header, rows)]) + "\n"


def report_speed(ms, flops, top):
    if ms is None:
        return ["", "", ""]
    return [report.number(ms), f"{flops / ms / 1e6:.1f}", report.percent(flops / ms / 1e6 / top)]


def main():
    parser = argparse.ArgumentParser(prog="yardstick", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--filter", default="", metavar="REGEX", help="only layers whose title matches")
    parser.add_argument("--isa", choices=["native", "avx2"], default="native", help="what Tenon may use")
    parser.add_argument("--seconds", type=float, default=0.5, metavar="S", help="per layer (default: 0.5)")
    parser.add_argument("--rounds", type=int, default=2, metavar="N", help="of hand-written and compiled layers (default: 2)")
    parser.add_argument("--decode", action="store_true", help="also all products of one token of GPT-2: 600 MB of weights")
    parser.add_argument("--tenon", default=str(machine.build() / "bin" / "tenon"), metavar="FILE")
    parser.add_argument("--json", metavar="FILE", help="write everything measured")
    parser.add_argument("--markdown", metavar="FILE", help="write the table, which is printed in any case")
    options = parser.parse_args()
    options.tenon = os.path.abspath(options.tenon)
    results = {"machine": machine.cpu(), "load": machine.load(), "isa": options.isa}
    results["peak_gflops"] = machine.gflops(machine.peak([1]), 1, options.isa)
    if not results["peak_gflops"]:
        print(f"error: expected a processor with {options.isa}", file=sys.stderr)
        return 1
    with tempfile.TemporaryDirectory(prefix="tenon-yardstick-") as folder:
        folder = pathlib.Path(folder)
        programs, results["without"] = build_kernels(folder)
        chosen = [layer for layer in layers(options.decode) if re.search(options.filter, title(*layer))]
        records, times = [], {}
        for i, (kind, sizes) in enumerate(chosen):
            progress(f"compiling {title(kind, sizes)}")
            records.append(prepare(options, kind, sizes, folder / f"layer{i}.so"))
        # In turn, against drift of the machine's clock.
        for round in range(options.rounds):
            for program in programs:
                progress(f"round {round + 1}: hand-written {program.name}")
                failure = {}
                parse_kernels(call([program], failure) or "", times)
                results["without"] = failure.get("failed", results["without"])
            for record in records:
                progress(f"round {round + 1}: {record['title']}")
                measure(options, record)
        for layer, record in zip(chosen, records):
            record["hand_ms"] = times.get(layer)
            del record["file"]
        results["layers"] = records
    text = markdown(results)
    report.deliver(options, results, text)
    return 0


if __name__ == "__main__":
    sys.exit(main())

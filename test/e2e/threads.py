"""Models give the same bits on any number of threads: what is split over threads is each result's alone. Compares
runs on 2, 3 and 5 threads with one on a single thread, and that one with `tenon run --reference`.

Usage: threads.py [--tenon build/bin/tenon] [--filter REGEX]
"""

import argparse
import pathlib
from functools import partial

import numpy as np
from harness import check_cases, run_model, tensor_model
from layouts import Graph

ROOT = pathlib.Path(__file__).resolve().parents[2]


def cases():
    """(name, graph, outputs, flags). All steps are large enough to be split."""
    for size in (56, 50):
        g = Graph((1, 32, size, size))
        a = g.relu(g.conv("x0", 32, 32, pads=1))
        yield f"Winograd's transform in blocks of {size} rows", g, [g.relu(g.op("Add", g.conv(a, 32, 32, pads=1), a))], ()
    g = Graph((1, 128, 27, 28))
    yield "Winograd's transform in one block", g, [g.relu(g.conv("x0", 128, 128, pads=1))], ()
    g = Graph((1, 3, 112, 112))
    a = g.relu(g.conv("x0", 3, 64, 7, pads=3, strides=[2, 2]))
    b = g.op("MaxPool", a, kernel_shape=[3, 3], strides=[2, 2], pads=[1] * 4)
    yield "padded image and pool", g, [g.conv(b, 64, 256, 1)], ()
    g = Graph((1, 24, 57, 55))
    a = g.relu(g.conv(g.relu(g.conv("x0", 24, 144, 1)), 144, 144, group=144, pads=1))
    yield "depthwise, three blocks of channels", g, [g.op("Add", g.conv(a, 144, 24, 1), "x0")], ()
    for strides in (1, 2):
        g = Graph((1, 16, 57, 113))
        a = g.conv(g.relu(g.conv("x0", 16, 96, 1)), 96, 96, group=96, pads=1, strides=[strides] * 2)
        yield f"strips of rows, strides {strides}", g, [g.conv(g.relu(a), 96, 24, 1)], ()
    g = Graph((1, 160, 7, 7))
    yield "many channels of few points", g, [g.relu(g.conv(g.conv("x0", 160, 960, 1), 960, 160, 1))], ()
    for shape, axis in (((1, 12, 64, 256), -1), ((3, 700, 50), 1), ((100000,), 0), ((5, 31, 777), 2)):
        g = Graph(shape)
        yield f"softmax of {shape} along {axis}", g, [g.op("Softmax", "x0", axis=axis)], ()
    for rows, width in ((1, 50000), (300, 400), (3001, 17)):
        g = Graph((rows, width))
        a = g.op("LayerNormalization", "x0", g.floats(width), g.floats(width), axis=-1)
        yield f"layer norm of {rows} x {width}", g, [a], ()
    g = Graph((2, 64, 40, 40))
    yield "group norm", g, [g.op("GroupNormalization", "x0", g.floats(64), g.floats(64), num_groups=8)], ()
    g = Graph((1, 4, 96, 64), (1, 4, 64, 96), (1, 4, 96, 64))
    scores = g.op("Softmax", g.op("MatMul", "x0", "x1"), axis=-1)
    yield "attention by hand", g, [g.op("Transpose", g.op("MatMul", scores, "x2"), perm=[0, 2, 1, 3])], ()
    g = Graph((2, 4, 96, 64), (2, 4, 96, 64), (2, 4, 96, 64))
    yield "attention", g, [g.op("Attention", "x0", "x1", "x2", is_causal=1)], ()
    g = Graph((128, 200))
    a = g.op("Gelu", g.op("Gemm", "x0", g.floats(200, 333), g.floats(333)))
    yield "products and functions", g, [g.op("MatMul", a, g.floats(333, 64)), g.op("ReduceSum", a, np.int64([0])),
                                        g.op("ReduceMax", a, np.int64([1])), g.op("CumSum", a, np.int64(1))], ()
    g = Graph((64, 40, 50))
    yield "transposes and joins", g, [g.op("Concat", g.op("Transpose", "x0", perm=[2, 0, 1]), g.floats(50, 3, 40), axis=1)], ()


def check(tenon, model, inputs, flags):
    first, error = run_model(tenon, model, inputs, ["--threads", "1", *flags])
    if error:
        return error
    expected, error = run_model(tenon, model, inputs, ["--reference"])
    if error:
        return error
    for got, want in zip(first, expected):
        scale = max(1.0, float(np.abs(want).max()))
        if got.shape != want.shape or not np.allclose(got, want, rtol=1e-4, atol=1e-4 * scale):
            return "differs from the reference"
    for threads in (2, 3, 5):
        results, error = run_model(tenon, model, inputs, ["--threads", str(threads), *flags])
        if error:
            return error
        if any(a.tobytes() != b.tobytes() for a, b in zip(first, results)):
            return f"differs on {threads} threads"
    return None


def symbolic():
    """Sizes that are known at run time only."""
    for rows in (1, 7, 250):
        g = Graph((1, rows, 384))
        a = g.op("LayerNormalization", "x0", g.floats(384), g.floats(384), axis=-1)
        b = g.op("Add", g.op("MatMul", a, g.floats(384, 256)), g.floats(256))
        outputs = [g.op("Softmax", b, axis=-1), g.op("MatMul", b, g.op("Transpose", b, perm=[0, 2, 1]))]
        model = tensor_model(g.nodes, [("x0", [1, "n", 384])], outputs, g.constants, opset=18)
        yield f"{rows} of at most 300 rows", model, g.inputs, ["--dim", "n=1..300"]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tenon", default=ROOT / "build/bin/tenon")
    parser.add_argument("--filter", default="")
    options = parser.parse_args()
    tenon = str(options.tenon)
    models = [(name, tensor_model(g.nodes, [(n, list(x.shape)) for n, x in g.inputs.items()], outputs, g.constants, opset=23),
               g.inputs, list(flags)) for name, g, outputs, flags in cases()]
    check_cases(((name, partial(check, tenon, *case)) for name, *case in models + list(symbolic())), options.filter)


if __name__ == "__main__":
    main()

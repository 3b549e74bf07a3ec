"""Models of convolutions, pools and what lies between them go through compiled code as through onnxruntime: layouts
of blocked channels with borders, packed weights, fused tasks; directly, and by way of the text of every phase.

Usage: layouts.py [--tenon build/bin/tenon] [--filter REGEX] [--flags FLAGS] [--texts PHASES]
                  [--random N] [--seed N] [--keep FOLDER]

Without onnxruntime, the reference is `tenon run --reference`.
"""

import argparse
import pathlib
import re
import shutil
import subprocess
import tempfile
from functools import partial

import numpy as np
from harness import check_cases, tensor_model
from onnx import helper

try:
    import onnxruntime
except ImportError:
    onnxruntime = None

ROOT = pathlib.Path(__file__).resolve().parents[2]
TOLERANCE = 1e-5
TEXT_PHASES = ("simplify", "plan", "schedule", "lower")


class Graph:
    """A model under construction; every method adds a node and gives its output's name."""

    def __init__(self, *inputs, seed=0):
        self.random = np.random.default_rng(seed)
        self.nodes, self.constants, self.count = [], [], 0
        self.inputs = {f"x{i}": self.floats(*shape) for i, shape in enumerate(inputs)}

    def floats(self, *shape):
        return self.random.standard_normal(shape).astype(np.float32)

    def constant(self, value):
        name = f"c{len(self.constants)}"
        self.constants.append((name, np.asarray(value)))
        return name

    def op(self, kind, *operands, **attributes):
        self.count += 1
        name = f"v{self.count}"
        operands = [x if isinstance(x, str) else self.constant(x) for x in operands]
        self.nodes.append(helper.make_node(kind, operands, [name], **attributes))
        return name

    def conv(self, x, channels, outputs, kernel=3, group=1, bias=True, pads=None, **attributes):
        kernel = (kernel, kernel) if isinstance(kernel, int) else kernel
        each = channels // group
        scale = np.float32(1 / np.sqrt(each * kernel[0] * kernel[1]))
        operands = [self.floats(outputs, each, *kernel) * scale] + ([self.floats(outputs)] if bias else [])
        pads = [pads] * 4 if isinstance(pads, int) else pads or [0] * 4
        return self.op("Conv", x, *operands, group=group, pads=pads, **attributes)

    def relu(self, x):
        return self.op("Relu", x)

    def model(self, *outputs):
        infos = [(name, list(array.shape)) for name, array in self.inputs.items()]
        return tensor_model(self.nodes, infos, outputs, self.constants, opset=18)


def cases():
    """(name, graph, outputs)"""
    size = 13

    for channels in (3, 8, 12, 16, 24, 58):
        for outputs in (8, 12, 24):
            g = Graph((1, channels, size, size), seed=channels)
            a = g.relu(g.conv("x0", channels, outputs, pads=1))
            b = g.relu(g.conv(a, outputs, 16, kernel=1))
            yield f"chain of {channels}, {outputs}, 16 channels", g, [g.conv(b, 16, channels, pads=1)]

    for pads in (0, 1, 2, [0, 1, 2, 3], [2, 0, 0, 1], [3, 3, 0, 0]):
        g = Graph((2, 16, size, size))
        a = g.relu(g.conv("x0", 16, 16, pads=1))
        yield f"chain with pads {pads}", g, [g.conv(g.relu(g.conv(a, 16, 24, pads=pads)), 24, 16, kernel=(1, 3))]
    g = Graph((1, 16, size, size))
    a = g.conv("x0", 16, 16, pads=1)
    yield "readers with borders of their own", g, [g.op("Add", g.conv(a, 16, 16, 5, pads=2), g.conv(a, 16, 16, 3, pads=1)),
                                                   g.conv(a, 16, 8, 7, pads=[3, 3, 3, 3]), g.conv(a, 16, 8, 1)]
    for strides, dilations, pads in (((2, 2), (1, 1), 1), ((1, 2), (2, 1), 2), ((3, 1), (2, 3), [1, 2, 3, 4])):
        g = Graph((1, 8, 17, 19))
        a = g.relu(g.conv("x0", 8, 16, pads=1))
        b = g.conv(a, 16, 24, strides=strides, dilations=dilations, pads=pads)
        yield f"strides {strides}, dilations {dilations}", g, [g.relu(g.conv(b, 24, 8, pads=1))]
    for outputs, height, pads in ((128, 24, 1), (136, 25, 1), (128, 23, 0), (128, 20, [0, 1, 2, 1])):
        g = Graph((1, 128, height, 26))
        a = g.op("Add", g.conv(g.relu(g.conv("x0", 128, 128, kernel=1)), 128, outputs, pads=pads), np.float32(1))
        yield f"many channels: {outputs} of {height} rows, pads {pads}", g, [g.conv(g.relu(a), outputs, 16, kernel=1), g.relu(a)]
    for height, width in ((2, 2), (4, 2), (6, 6), (7, 9), (5, 14)):
        g = Graph((1, 256, height, width))
        a = g.relu(g.conv("x0", 256, 256, pads=1))
        yield f"many channels of {height}x{width} points", g, [g.relu(g.conv(a, 256, 256, pads=1)), g.conv(a, 256, 16, 5, pads=2)]
    g = Graph((1, 128, 28, 28))
    a = g.relu(g.conv("x0", 128, 128, pads=1))
    b = g.conv(g.relu(g.conv(a, 128, 128, pads=1)), 128, 128, pads=1)
    yield "many channels: residual", g, [g.relu(g.op("Add", b, a))]
    g = Graph((1, 8, 5, 70))
    yield "wide image", g, [g.conv(g.conv("x0", 8, 32, kernel=(3, 7), pads=[1, 3, 1, 3]), 32, 8, kernel=(5, 1), pads=[2, 0, 2, 0])]
    # Depthwise convolutions leave out what lies beside the image.
    for kernel, strides, dilations, pads in ((3, 1, 1, 1), (3, 2, 1, 1), (5, 1, 1, 2), (5, 2, 1, [1, 1, 2, 2]), (7, 2, 1, 3), (7, 1, 1, 3),
                                             (3, 1, 2, 2), (3, 2, 5, 5), (3, 3, 1, [0, 0, 2, 1]), ((1, 5), 1, 1, [0, 2, 0, 2]), (9, 1, 1, 8),
                                             ((5, 1), 1, 1, [2, 0, 2, 0])):
        for channels, height, width in ((48, 14, 14), (20, 7, 5), (32, 3, 33)):
            g = Graph((1, channels, height, width), seed=width)
            a = g.relu(g.conv("x0", channels, channels, kernel=1))
            d = g.relu(g.conv(a, channels, channels, kernel, group=channels, pads=pads, strides=[strides] * 2, dilations=[dilations] * 2))
            yield (f"depthwise {kernel} of {channels} channels, {height}x{width}, strides {strides}, dilations {dilations}, pads {pads}",
                   g, [g.conv(d, channels, 16, kernel=1)])
    g = Graph((1, 32, 14, 14))
    a = g.relu(g.conv("x0", 32, 32, kernel=1))
    d = g.op("Add", g.conv(a, 32, 32, group=32, pads=1), a)
    yield "depthwise beside a reader with a border, and a residual", g, [g.conv(a, 32, 16, pads=1), g.conv(d, 32, 16, kernel=1)]
    # Images that do not stay in a second cache of up to 2 MB are computed by strips of rows.
    for kernel, strides, pads, height, width in ((3, 1, 1, 56, 112), (3, 2, 1, 57, 113), (5, 2, [1, 1, 2, 2], 56, 112), (7, 1, 3, 112, 56),
                                                 (3, 3, [0, 0, 1, 1], 56, 112), (3, 1, [1, 1, 0, 2], 61, 107)):
        g = Graph((1, 16, height, width), seed=width)
        a = g.relu(g.conv("x0", 16, 72, kernel=1))
        d = g.relu(g.conv(a, 72, 72, kernel, group=72, pads=pads, strides=[strides] * 2))
        yield f"strips: 1x1, then depthwise {kernel}, strides {strides}, pads {pads}, {height}x{width}", g, [g.conv(d, 72, 16, kernel=1)]
        g = Graph((1, 72, height, width), seed=width)
        d = g.relu(g.conv("x0", 72, 72, kernel, group=72, pads=pads, strides=[strides] * 2))
        a = g.conv(d, 72, 24, kernel=1)
        yield (f"strips: depthwise {kernel}, then 1x1, strides {strides}, pads {pads}, {height}x{width}", g,
               [g.conv(g.op("Add", g.relu(a), a), 24, 16, pads=1)])
    g = Graph((1, 24, 56, 112))
    a = g.op("Clip", g.conv("x0", 24, 96, kernel=1), np.float32(-1), np.float32(1))
    d = g.op("Add", g.conv(a, 96, 96, group=96, pads=1), g.conv("x0", 24, 96, kernel=1))
    yield "strips: a residual, and a border around the result", g, [g.conv(d, 96, 16, pads=1)]
    g = Graph((1, 16, 1, 1))
    yield "one pixel", g, [g.conv(g.relu(g.conv("x0", 16, 64, kernel=1)), 64, 16, pads=1)]

    for channels, outputs, group in ((16, 32, 2), (24, 24, 3), (16, 16, 4), (12, 24, 3), (32, 16, 2), (48, 96, 3)):
        g = Graph((1, channels, size, size))
        a = g.relu(g.conv("x0", channels, channels, kernel=1))
        b = g.conv(a, channels, outputs, group=group, pads=1)
        yield f"{group} groups of {channels // group} to {outputs // group}", g, [g.conv(g.relu(b), outputs, 8, kernel=1)]
    for channels in (3, 8, 12, 16, 24, 58):
        for multiplier in (1, 2, 3):
            g = Graph((1, channels, size, size))
            a = g.relu(g.conv("x0", channels, channels, kernel=1))
            b = g.conv(a, channels, channels * multiplier, group=channels, pads=1, strides=[1 + multiplier % 2] * 2)
            yield f"depthwise {channels} times {multiplier}", g, [g.conv(g.relu(b), channels * multiplier, 16, kernel=1)]

    for channels in (12, 16, 24):
        g = Graph((1, channels, size, size))
        a = g.relu(g.conv("x0", channels, channels, pads=1))
        b = g.conv(g.relu(g.conv(a, channels, channels, pads=1)), channels, channels, pads=1)
        c = g.relu(g.op("Add", b, a))
        down = g.conv(c, channels, 32, kernel=1, strides=[2, 2])
        yield f"residuals of {channels}", g, [g.relu(g.op("Add", g.conv(c, channels, 32, pads=1, strides=[2, 2]), down))]
    g = Graph((1, 16, size, size))
    yield "two convolutions of the input, added", g, [g.op("Add", g.conv("x0", 16, 16, pads=1), g.conv("x0", 16, 16, pads=1))]
    g = Graph((1, 16, size, size), (1, 16, size, size))
    yield "an input as residual", g, [g.op("Add", "x1", g.conv("x0", 16, 16, pads=1))]
    g = Graph((1, 16, size, size), (1, 16, 1, 1), (16, 1, 1), (1, 1, size, size))
    a = g.op("Mul", g.conv("x0", 16, 16, pads=1), "x1")
    yield "broadcast operands", g, [g.op("Add", g.op("Sub", a, "x2"), "x3")]
    g = Graph((1, 16, size, size))
    a = g.conv("x0", 16, 16, pads=1)
    gate = g.op("Sigmoid", g.conv(g.op("GlobalAveragePool", a), 16, 16, kernel=1))
    yield "squeeze and excite", g, [g.conv(g.op("Mul", a, gate), 16, 8)]
    g = Graph((1, 16, size, size))
    a = g.conv("x0", 16, 16, pads=1)
    yield "a value against its mirror", g, [g.op("Add", a, g.op("Transpose", a, perm=[0, 1, 3, 2]))]

    for widths in ((16, 8), (16, 12), (8, 24, 16), (58, 58)):
        g = Graph((1, 16, size, size))
        parts = [g.relu(g.conv("x0", 16, width, pads=1)) for width in widths]
        total = sum(widths)
        joined = g.op("Concat", *parts, axis=1)
        yield f"concatenation of {widths}", g, [g.conv(joined, total, 16, pads=1), g.relu(joined)]
    g = Graph((1, 16, size, size))
    a, b = g.conv("x0", 16, 16, pads=1), g.conv("x0", 16, 16, pads=1)
    yield "concatenation of rows", g, [g.conv(g.op("Concat", a, b, axis=2), 16, 8)]
    g = Graph((1, 16, size, size))
    a = g.op("Concat", g.conv("x0", 16, 16, pads=1), "x0", axis=1)
    yield "concatenation with the input", g, [g.conv(a, 32, 8, pads=1)]
    g = Graph((1, 32, size, size))
    a = g.relu(g.conv("x0", 32, 32, pads=1))
    shuffled = g.op("Reshape", g.op("Transpose", g.op("Reshape", a, np.int64([1, 2, 16, size, size])), perm=[0, 2, 1, 3, 4]),
                    np.int64([1, 32, size, size]))
    yield "shuffled channels", g, [g.conv(shuffled, 32, 32, group=32, pads=1)]
    g = Graph((1, 32, size, size))
    a = g.conv("x0", 32, 32, pads=1)
    lower, upper = (g.op("Slice", a, np.int64([i]), np.int64([i + 16]), np.int64([1])) for i in (0, 16))
    yield "halves of the channels", g, [g.conv(lower, 16, 8, pads=1), g.op("Concat", upper, lower, axis=1)]

    pools = (("MaxPool", {}), ("AveragePool", {"count_include_pad": 0}), ("AveragePool", {"count_include_pad": 1}))
    for kind, more in pools:
        for ceil in (0, 1):
            for pads in ([0] * 4, [1] * 4, [0, 1, 1, 0]):
                g = Graph((1, 16, size, size + 1))
                a = g.conv("x0", 16, 16, pads=1)
                b = g.op(kind, a, kernel_shape=[3, 3], strides=[2, 2], pads=pads, ceil_mode=ceil, **more)
                yield f"{kind} {more} ceil {ceil} pads {pads}", g, [g.conv(b, 16, 8, pads=1), g.relu(b)]
    g = Graph((1, 16, size, size))
    a = g.op("MaxPool", g.conv("x0", 16, 24, pads=2), kernel_shape=[3, 2], dilations=[2, 1])
    yield "dilated pool, returned", g, [a]
    for kind in ("ReduceMean", "ReduceMax", "ReduceL2", "ReduceLogSumExp", "ReduceSumSquare"):
        g = Graph((2, 16, 6, 7))
        a = g.relu(g.conv("x0", 16, 24, pads=1))
        axes = np.int64([2, 3])
        yield f"{kind} over the image", g, [g.op(kind, a, axes, keepdims=1), g.op(kind, a, axes, keepdims=0),
                                            g.op(kind, a, np.int64([1]), keepdims=1), g.op(kind, a, np.int64([3]))]
    for channels, edge in ((8, 4), (64, 6), (16, 7), (100, 4), (64, 1)):
        g = Graph((1, channels, edge, edge))
        a = g.op("GlobalAveragePool", "x0")
        yield f"mean of {edge}x{edge} points, {channels} channels", g, [a, g.op("Sigmoid", g.conv(a, channels, channels // 2, 1))]
    for channels, outputs in ((12, 12), (16, 16), (24, 12), (32, 8), (64, 4)):
        g = Graph((1, channels, 1, 1))
        yield f"one pixel of {channels} to {outputs} channels", g, [g.op("HardSigmoid", g.conv("x0", channels, outputs, 1))]
    g = Graph((1, 3, 16, 16))
    a = g.op("GlobalAveragePool", g.relu(g.conv("x0", 3, 40, pads=1, strides=[2, 2])))
    weights, bias = g.floats(10, 40), g.floats(10)
    yield "classifier", g, [g.op("Softmax", g.op("Gemm", g.op("Flatten", a), weights, bias, transB=1))]
    g = Graph((5, 33), (33, 7))
    a = g.op("MatMul", "x0", g.floats(33, 45))
    b = g.op("Gemm", g.relu(a), g.floats(45, 17), g.floats(17), alpha=0.5, beta=2.0)
    yield "matrices", g, [b, g.op("MatMul", g.op("Tanh", b), g.floats(17, 100)), g.op("MatMul", "x0", "x1")]
    g = Graph((2, 3, 5, 16))
    yield "batched product with a packed matrix", g, [g.relu(g.op("Add", g.op("MatMul", "x0", g.floats(16, 50)), g.floats(50)))]

    g = Graph((1, 16, size, size))
    a = g.conv("x0", 16, 16, pads=1)
    yield "returned and consumed", g, [a, g.relu(a), g.conv(a, 16, 16, pads=1), g.op("Reshape", a, np.int64([1, -1]))]
    g = Graph((1, 16, size, size))
    a = g.conv("x0", 16, 16, pads=1)
    yield "a view before what returns", g, [g.op("Reshape", a, np.int64([-1])), g.op("Softmax", a, axis=1), a]
    g = Graph((1, 16, size, size))
    a = g.conv("x0", 16, 16, pads=1)
    b = g.conv(a, 16, 16, group=4, pads=1)
    yield "readers of rows", g, [g.op("Flatten", a), b, g.op("Transpose", a, perm=[0, 2, 3, 1])]

    activations = {
        "swish": lambda g, x: g.op("Mul", x, g.op("Sigmoid", x)),
        "hard swish": lambda g, x: g.op("HardSwish", x),
        "hard swish in parts": lambda g, x: g.op("Div", g.op("Mul", x, g.op("Clip", g.op("Add", x, np.float32(3)), np.float32(0), np.float32(6))), np.float32(6)),
        "clip": lambda g, x: g.op("Clip", x, np.float32(0), np.float32(6)),
        "leaky": lambda g, x: g.op("LeakyRelu", x, alpha=0.1),
        "slopes": lambda g, x: g.op("PRelu", x, np.abs(g.floats(16, 1, 1))),
        "gelu": lambda g, x: g.op("Mul", g.op("Mul", x, np.float32([0.5])), g.op("Add", g.op("Erf", g.op("Div", x, np.float32([[1.4142135]]))), np.float32([1]))),
        "normalization": lambda g, x: g.op("BatchNormalization", x, np.abs(g.floats(16)), g.floats(16), g.floats(16), np.abs(g.floats(16)) + 1),
        "choice": lambda g, x: g.op("Where", g.op("Greater", x, np.float32(0)), x, g.op("Exp", x)),
        "casts": lambda g, x: g.op("Cast", g.op("Cast", x, to=7), to=1),
        "infinite bounds": lambda g, x: g.op("Min", g.op("Max", x, np.float32(-np.inf)), np.float32(np.inf)),
    }
    for name, activation in activations.items():
        g = Graph((1, 16, size, size))
        a = activation(g, g.conv("x0", 16, 16, pads=1))
        yield f"activation: {name}", g, [g.conv(activation(g, a), 16, 16, pads=1)]
    for pads in ([0, 0, 0, 0], [0, 0, 2, 2], [1, 1, 1, 1], [2, 0, 0, 1]):
        g = Graph((1, 16, 6, 6))
        weights = g.floats(16, 8, 3, 3)
        a = g.op("ConvTranspose", g.relu(g.conv("x0", 16, 16, pads=1)), weights, g.floats(8), strides=[2, 2], pads=pads)
        yield f"transposed convolution {pads}", g, [g.relu(g.conv(g.relu(a), 8, 8, pads=1))]
    g = Graph((1, 16, 9))
    a = g.op("Conv", "x0", g.floats(16, 16, 3), pads=[1, 1])
    yield "one dimension", g, [g.op("Conv", g.relu(a), g.floats(8, 16, 3))]
    g = Graph((1, 8, 5, 5, 5))
    a = g.op("Conv", "x0", g.floats(8, 8, 3, 3, 3), pads=[1] * 6)
    yield "three dimensions", g, [g.op("Conv", g.relu(a), g.floats(8, 8, 1, 1, 1))]
    g = Graph((1, 8, 9, 9), (8, 8, 3, 3))
    yield "weights that are no constant", g, [g.conv(g.op("Conv", "x0", "x1", pads=[1] * 4), 8, 8, pads=1)]
    g = Graph((1, 8, 9, 9))
    w = g.constant(g.floats(8, 8, 3, 3) / 8)
    a = g.op("Conv", g.op("Conv", "x0", w, pads=[1] * 4), w, pads=[1] * 4)
    yield "weights of several", g, [a, g.op("Mul", w, np.float32(2))]


def random_case(seed):
    """A graph of a dozen operators on images, each on any of the values before it."""
    random = np.random.default_rng(seed)
    pick = lambda *choices: choices[random.integers(len(choices))]
    channels, height, width = pick(3, 8, 16, 24), int(random.integers(6, 16)), int(random.integers(6, 16))
    g = Graph((pick(1, 1, 2), channels, height, width), seed=seed)
    values = [("x0", channels, height, width)]
    unread = set()

    def add(name, *shape):
        values.append((name, *shape))
        unread.add(name)

    for _ in range(12):
        x, c, h, w = values[-1] if random.random() < 0.5 else values[random.integers(len(values))]
        kind = pick("conv", "conv", "depthwise", "groups", "pool", "unary", "add", "concat", "scale", "gate", "permuted")
        unread.discard(x)
        if kind in ("conv", "depthwise", "groups"):
            k, stride, dilation = pick(1, 3, 3, 5), pick(1, 1, 2), pick(1, 1, 1, 2)
            pads = pick([0] * 4, [(k - 1) * dilation // 2] * 4, [1, 2, 0, 1])
            reach = (k - 1) * dilation + 1
            h2, w2 = (h + pads[0] + pads[2] - reach) // stride + 1, (w + pads[1] + pads[3] - reach) // stride + 1
            if h2 < 1 or w2 < 1:
                continue
            group = c if kind == "depthwise" else pick(*(d for d in (1, 2, 3, 4) if c % d == 0)) if kind == "groups" else 1
            out = c * pick(1, 1, 2) if kind == "depthwise" else group * pick(4, 8, 16, 24) // pick(1, 1, 2)
            y = g.conv(x, c, out, k, group, bool(random.integers(2)), pads, strides=[stride] * 2, dilations=[dilation] * 2)
            add(y, out, h2, w2)
        elif kind == "pool":
            if min(h, w) < 3:
                continue
            name, stride = pick("MaxPool", "AveragePool"), pick(1, 2)
            y = g.op(name, x, kernel_shape=[3, 3], pads=[1] * 4, strides=[stride] * 2)
            add(y, c, (h - 1) // stride + 1, (w - 1) // stride + 1)
        elif kind == "unary":
            add(g.op(pick("Relu", "Sigmoid", "HardSwish", "Tanh", "Abs"), x), c, h, w)
        elif kind == "add":
            same = [v for v in values if v[1:] == (c, h, w)]
            other = same[random.integers(len(same))][0]
            unread.discard(other)
            add(g.op(pick("Add", "Mul", "Max", "Sub"), *pick((x, other), (other, x))), c, h, w)
        elif kind == "concat":
            same = [v for v in values if v[2:] == (h, w)]
            other = same[random.integers(len(same))]
            if c + other[1] > 64:
                continue
            unread.discard(other[0])
            add(g.op("Concat", x, other[0], axis=1), c + other[1], h, w)
        elif kind == "scale":
            add(g.op(pick("Mul", "Add", "Min"), x, g.floats(*pick((1,), (), (c, 1, 1), (1, 1, h, w), (w,)))), c, h, w)
        elif kind == "gate":
            mean = g.op("GlobalAveragePool", x)
            add(g.op("Mul", x, g.op("Sigmoid", g.conv(mean, c, c, 1))), c, h, w)
        else:
            add(g.op("Transpose", x, perm=[0, 1, 3, 2]), c, w, h)
    outputs = sorted(unread | {values[len(values) // 2][0]} - {"x0"})
    return f"random {seed}", g, outputs


class Failure(Exception):
    pass


def call(tenon, *words):
    done = subprocess.run([tenon, *map(str, words)], capture_output=True, text=True, timeout=120)
    if done.returncode:
        raise Failure(f"exit status {done.returncode} of '{words[0]}': {done.stderr.strip()[-300:]}")


def check(tenon, model, inputs, outputs, flags, folder, texts):
    """Raises Failure, with what is wrong."""
    (folder / "m.onnx").write_bytes(model.SerializeToString())
    words = list(flags)
    feeds = []
    for name, array in inputs.items():
        np.save(folder / f"{name}.npy", array)
        feeds += ["--input", f"{name}={folder / name}.npy"]

    def run(path, *more):
        out = folder / "out"
        shutil.rmtree(out, ignore_errors=True)
        call(tenon, "run", path, *feeds, *more, "--output-dir", out)
        return [np.load(out / f"output_{i}.npy") for i in range(outputs)]

    if onnxruntime:
        session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
        want = session.run(None, inputs)
    else:
        want = run(folder / "m.onnx", "--reference")
    got = run(folder / "m.onnx", *words)
    for i, (x, y) in enumerate(zip(got, want)):
        if x.shape != y.shape or x.dtype != y.dtype:
            raise Failure(f"output {i} is {x.dtype}{x.shape}, expected {y.dtype}{y.shape}")
        scale = max(1.0, float(np.nanmax(np.abs(y), initial=0)))
        if not np.allclose(x, y, rtol=TOLERANCE, atol=TOLERANCE * scale, equal_nan=True):
            raise Failure(f"output {i} differs by up to {np.nanmax(np.abs(x.astype(np.float64) - y)):.3g}")
    for phase in texts:
        text = folder / f"{phase}.mlir"
        call(tenon, "compile", folder / "m.onnx", "--to", phase, *words, "-o", text)
        for i, (x, y) in enumerate(zip(run(text, *words), got)):
            if not np.array_equal(x, y, equal_nan=True):
                raise Failure(f"output {i} is another one by way of {phase}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tenon", default=ROOT / "build/bin/tenon")
    parser.add_argument("--filter", default="")
    parser.add_argument("--flags", default="", help="options of `tenon run` and `tenon compile`, such as '--target x86-64'")
    parser.add_argument("--texts", default=",".join(TEXT_PHASES), help="phases to pass through as text")
    parser.add_argument("--random", type=int, default=10, help="number of random models")
    parser.add_argument("--seed", type=int, default=0, help="the first of them")
    parser.add_argument("--keep", type=pathlib.Path, help="folder for what fails")
    options = parser.parse_args()
    if not onnxruntime:
        print("NOTE: no onnxruntime; the reference is Tenon's own")
    seeds = range(options.seed, options.seed + options.random)

    def check_case(number, name, graph, outputs):
        with tempfile.TemporaryDirectory() as folder:
            try:
                # The text of every phase for every fifth case; the others take turns.
                texts = [t for t in options.texts.split(",") if t]
                texts = texts if number % 5 == 0 or options.filter else texts[number % 5 - 1 : number % 5]
                check(str(options.tenon), graph.model(*outputs), graph.inputs, len(outputs), options.flags.split(), pathlib.Path(folder), texts)
            except Failure as failure:
                if options.keep:
                    shutil.copytree(folder, options.keep / re.sub(r"\W+", "_", name), dirs_exist_ok=True)
                return failure
        return None

    all_cases = enumerate([*cases(), *map(random_case, seeds)])
    check_cases(((name, partial(check_case, number, name, *case)) for number, (name, *case) in all_cases), options.filter)


if __name__ == "__main__":
    main()

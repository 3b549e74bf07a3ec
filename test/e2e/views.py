"""Models of concatenations, slices, borders and element-wise operators go through compiled code as through onnxruntime,
on one and on two threads: values that lie in parts of others, results that are written where an operand is read, windows
that take borders in. Some must come out as views, others must not.

Usage: views.py [--tenon build/bin/tenon] [--filter REGEX] [--flags FLAGS] [--random N] [--seed N]

Without onnxruntime, the reference is `tenon run --reference`.
"""

import argparse
import pathlib
import re
import subprocess
import tempfile
from functools import partial

import numpy as np
from harness import check_cases
from layouts import Failure, Graph, check

ROOT = pathlib.Path(__file__).resolve().parents[2]


def branches(g, x, channels, widths, kernel=3):
    return [g.relu(g.conv(x, channels, width, kernel, pads=kernel // 2)) for width in widths]


def cases():
    """(name, graph, outputs, counts of operators that must be views, or None)"""
    size = 9
    for batch in (1, 3):
        for channels in (32, 12):
            views = {"nn.concat": 1} if batch == 1 else {}
            suffix = f"batch {batch}, {channels} channels"
            g = Graph((batch, channels, size, size))
            joined = g.op("Concat", *branches(g, "x0", channels, (channels, 2 * channels, channels)), axis=1)
            yield f"concat, {suffix}", g, [g.conv(joined, 4 * channels, 16, pads=1)], views
            g = Graph((batch, channels, size, size))
            parts = branches(g, "x0", channels, (channels, channels))
            joined = g.op("Concat", *parts, axis=1)
            # Readers of a part, which want borders of their own.
            more = [g.conv(parts[0], channels, 16, 5, pads=2), g.relu(parts[1]), g.conv(parts[1], channels, channels, 1)]
            yield f"concat of what others read, {suffix}", g, [g.conv(joined, 2 * channels, 16, pads=1), *more], views
            g = Graph((batch, channels, size, size))
            a, b, c = branches(g, "x0", channels, (channels,) * 3)
            inner = g.op("Concat", a, b, axis=1)
            outer = g.op("Concat", inner, c, axis=1)
            yield f"concat of concat, {suffix}", g, [g.conv(inner, 2 * channels, 16), g.conv(outer, 3 * channels, 16, pads=1)], (
                {"nn.concat": 2} if batch == 1 else {})
            g = Graph((batch, channels, size, size))
            a, b = branches(g, "x0", channels, (channels, channels))
            yield f"concat with the input, {suffix}", g, [
                g.conv(g.op("Concat", a, "x0", b, axis=1), 3 * channels, 16, pads=1)], views
            g = Graph((batch, channels, size, size))
            a, b = branches(g, "x0", channels, (channels, channels))
            yield f"concat of one value twice, {suffix}", g, [g.conv(g.op("Concat", a, b, a, axis=1), 3 * channels, 16)], views
            g = Graph((batch, channels, size, size))
            a, b, c = branches(g, "x0", channels, (channels,) * 3)
            yield f"value of two concats, {suffix}", g, [
                g.conv(g.op("Concat", a, b, axis=1), 2 * channels, 16, pads=1), g.conv(g.op("Concat", a, c, axis=1), 2 * channels, 16)], (
                {"nn.concat": 2} if batch == 1 else {})
            g = Graph((batch, channels, size, size))
            parts = branches(g, "x0", channels, (channels, channels))
            for k in range(2, 5):
                parts += branches(g, g.op("Concat", *parts, axis=1), k * channels, (channels,))
            joined = g.op("Concat", *parts, axis=1)
            yield f"dense block, {suffix}", g, [g.conv(joined, 5 * channels, 16, 5, pads=2)], {"nn.concat": 4} if batch == 1 else {}
            g = Graph((batch, channels, size, size))
            a, b = branches(g, "x0", channels, (channels, channels))
            yield f"part that is returned, {suffix}", g, [a, g.conv(g.op("Concat", a, b, axis=1), 2 * channels, 16)], None
            g = Graph((batch, channels, size, size))
            a, b = branches(g, "x0", channels, (channels, channels))
            joined = g.op("Concat", a, b, axis=1)
            yield f"concat that is returned, {suffix}", g, [joined, g.conv(joined, 2 * channels, 16, pads=1)], None
            g = Graph((batch, channels, size, size))
            pool = g.op("MaxPool", "x0", kernel_shape=[3, 3], strides=[1, 1], pads=[1] * 4)
            yield f"concat of rows that is returned, {suffix}", g, [g.op("Concat", g.relu("x0"), pool, axis=1)], views
            g = Graph((batch, channels, size, size))
            a = g.relu(g.conv("x0", channels, 2 * channels, pads=1))
            lower, upper = (g.op("Slice", a, np.int64([i]), np.int64([i + channels]), np.int64([1])) for i in (0, channels))
            yield f"halves of the channels, {suffix}", g, [
                g.conv(lower, channels, 16, pads=1), g.op("Concat", g.relu(upper), g.conv(lower, channels, channels, 1), axis=1)], (
                {"nn.slice": 2, "nn.concat": 1} if batch == 1 and channels == 32 else None)
            g = Graph((batch, channels, size, size))
            shuffled = g.op("Concat", *branches(g, "x0", channels, (channels, channels)), axis=1)
            for _ in range(2):
                five = g.op("Reshape", shuffled, np.int64([batch, 2, channels, size, size]))
                shuffled = g.op("Reshape", g.op("Transpose", five, perm=[0, 2, 1, 3, 4]), np.int64([batch, 2 * channels, size, size]))
                lower, upper = (g.op("Slice", shuffled, np.int64([i]), np.int64([i + channels]), np.int64([1])) for i in (0, channels))
                shuffled = g.op("Concat", lower, g.relu(g.conv(upper, channels, channels, pads=1)), axis=1)
            yield f"shuffled channels, {suffix}", g, [shuffled], None
            g = Graph((batch, channels, size, size))
            a = g.relu(g.conv("x0", channels, channels, pads=1))
            b = g.relu(g.op("Add", g.conv(a, channels, channels, pads=1), a))
            c = g.op("Sub", b, g.conv(g.op("Sigmoid", b), channels, channels, 5, pads=2))
            yield f"residuals, {suffix}", g, [g.conv(c, channels, 16, pads=1)], None
            g = Graph((batch, channels, size, size))
            a = g.relu(g.conv("x0", channels, channels, pads=1))
            b = g.op("Mul", g.op("Add", g.conv(a, channels, channels, pads=1), a), a)
            yield f"residual read twice, {suffix}", g, [g.conv(g.op("Tanh", b), channels, 16)], None
            g = Graph((batch, channels, size, size))
            a = g.relu(g.conv("x0", channels, channels, pads=1))
            b = g.op("Add", g.op("Softmax", a, axis=1), a)
            yield f"residual of a softmax, {suffix}", g, [g.op("Exp", b)], None

    # Accumulators of this convolution would lie in the output between passes: not where the residual lies.
    g = Graph((1, 512, 14, 14))
    a = g.relu(g.conv("x0", 512, 512, 1, strides=[2, 2]))
    b = g.conv(a, 512, 16, 1)
    yield "residual after many channels", g, [b, g.relu(g.op("Add", g.conv("x0", 512, 512, pads=1, strides=[2, 2]), a))], None
    g = Graph((1, 128, 28, 28))
    a = g.relu(g.conv("x0", 128, 128, 1))
    b = g.relu(g.op("Add", g.conv(a, 128, 128, pads=1), a))
    yield "residual after Winograd's", g, [g.conv(g.relu(g.op("Add", g.conv(b, 128, 128, pads=1), b)), 128, 16, 5, pads=2)], None

    for rows in (1, 4):
        g = Graph((rows, 37))
        a = g.op("MatMul", "x0", g.floats(37, 50))
        b, c, d = (g.op("Slice", a, np.int64([i]), np.int64([j]), np.int64([1])) for i, j in ((0, 7), (7, 30), (30, 50)))
        yield f"columns of {rows} rows", g, [g.op("MatMul", c, g.floats(23, 5)), g.op("Concat", g.relu(d), g.op("Exp", b), axis=1)], (
            {"nn.slice": 3, "nn.concat": 1} if rows == 1 else {})
        g = Graph((rows, 2, 30))
        a = g.op("Slice", "x0", np.int64([1]), np.int64([2]), np.int64([1]))
        yield f"an element of {rows} inputs", g, [g.op("Sigmoid", a), g.op("Gather", g.relu("x0"), np.int64(-1), axis=1)], None
        g = Graph((rows, 64), (rows, 64))
        a = g.op("Exp", g.op("Add", "x0", "x1"))
        b = g.op("Add", a, g.op("MatMul", a, g.floats(64, 64)))
        c = g.op("Mul", b, g.op("MatMul", g.op("Tanh", b), g.floats(64, 64)))
        yield f"chain of {rows} rows", g, [g.op("Cast", g.op("Less", c, np.float32(0)), to=1), g.op("Sub", g.op("MatMul", c, g.floats(64, 64)), c)], None
    g = Graph((1, 4, 16, 16))
    a = g.op("Exp", "x0")
    b = g.conv(g.op("Reshape", a, np.int64([1, 1, 32, 32])), 1, 4, 2, strides=[2, 2])
    yield "a value that is also the image", g, [g.op("Softmax", g.op("Add", b, a), axis=3)], None
    g = Graph((3, 5, 8))
    a = g.op("Concat", g.relu("x0"), g.op("Exp", "x0"), axis=0)
    yield "concat of the outermost dimension", g, [g.op("MatMul", a, g.floats(8, 8)), g.op("Gather", a, np.int64(2), axis=0)], {"nn.concat": 1, "nn.slice": 1}

    for count, pads in enumerate(([1, 1, 1, 1], [0, 1, 2, 0], [2, 2, 1, 1])):
        g = Graph((1 + count % 2, 16, size, size))
        border = lambda x, value=None: g.op("Pad", x, np.int64([0, 0, *pads[:2], 0, 0, *pads[2:]]), *([] if value is None else [np.float32(value)]))
        a = g.relu(g.conv("x0", 16, 16, pads=1))
        pool = lambda kind, x, **more: g.op(kind, x, kernel_shape=[3, 3], strides=[2, 2], **more)
        outputs = [
            g.conv(border(a), 16, 16, strides=[2, 2]), g.conv(border("x0", 0), 16, 16, 5, 16, pads=[0, 1, 0, 1]),
            g.conv(border(a, 0.5), 16, 8), pool("MaxPool", border(a, -np.inf)), pool("MaxPool", border(a)),
            pool("MaxPool", border(a, -np.inf), ceil_mode=1), pool("MaxPool", border(a, -np.inf), pads=[2 - max(pads)] * 4),
            pool("AveragePool", border(a)), pool("AveragePool", border(a), count_include_pad=1, pads=[1, 0, 0, 1]),
            pool("AveragePool", border(a), pads=[1, 0, 0, 1]), pool("AveragePool", border(a), ceil_mode=1), border(a),
        ]
        yield f"borders of {pads}", g, outputs, None
    for shift in (1, -1):
        g = Graph((1, 16, size, size + 1))
        a = g.relu(g.conv("x0", 16, 16, pads=1))
        moved = g.op("Pad", a, np.int64([0, 0, shift, shift, 0, 0, -shift, -shift]))
        points = g.op("AveragePool", moved, kernel_shape=[1, 1], strides=[2, 2])
        other = g.op("MaxPool", a, kernel_shape=[1, 1], strides=[2, 3])
        yield f"single points moved by {shift}", g, [g.conv(points, 16, 8, 1), g.conv(other, 16, 8, 1), g.conv(other, 16, 8, pads=1)], None
    g = Graph((1, 16, size, size))
    a = g.op("Pad", g.conv("x0", 16, 16, pads=1), np.int64([0, 0, 2, 2, 0, 0, 2, 2]), mode="reflect")
    yield "slices of borders", g, [g.op("Slice", a, np.int64([3, 11]), np.int64([8, 2]), np.int64([2, 3]), np.int64([2, -2])),
                                   g.op("Slice", a, np.int64([0, 3]), np.int64([8, 9]), np.int64([2, 3]))], None


def random_case(seed):
    """A graph of a dozen operators that join, cut and overwrite values, each on any of those before it."""
    random = np.random.default_rng(seed)
    pick = lambda *choices: choices[random.integers(len(choices))]
    unit, height, width = pick(4, 16, 16, 32), int(random.integers(4, 12)), int(random.integers(4, 12))
    g = Graph((pick(1, 1, 1, 2), unit, height, width), seed=seed)
    values, unread = [("x0", unit)], set()
    for _ in range(14):
        x, c = values[-1] if random.random() < 0.5 else values[random.integers(len(values))]
        kind = pick("conv", "conv", "concat", "concat", "slice", "unary", "add", "residual")
        others = [v for v in values if v[1] == c]
        read = [x]
        if kind == "conv":
            k, width = pick(1, 3, 5), unit * pick(1, 2)
            result, c = g.conv(x, c, width, k, pads=k // 2), width
        elif kind == "concat":
            chosen = [values[random.integers(len(values))] for _ in range(pick(1, 2))]
            if c + sum(v[1] for v in chosen) > 8 * unit:
                continue
            read += [v[0] for v in chosen]
            result, c = g.op("Concat", *read, axis=1), c + sum(v[1] for v in chosen)
        elif kind == "slice":
            if c == unit:
                continue
            start = int(random.integers(c // unit)) * unit
            result, c = g.op("Slice", x, np.int64([start]), np.int64([start + unit]), np.int64([1])), unit
        elif kind == "unary":
            result = g.op(pick("Relu", "Sigmoid", "Tanh", "Abs"), x)
        else:
            other = others[random.integers(len(others))][0]
            read.append(other)
            y = g.conv(x, c, c, 3, pads=1) if kind == "residual" else x
            result = g.op(pick("Add", "Mul", "Sub"), *pick((y, other), (other, y)))
        unread.difference_update(read)
        unread.add(result)
        values.append((result, c))
    return f"random {seed}", g, sorted(unread | {values[len(values) // 2][0]} - {"x0"}), None


def count_views(tenon, path, flags):
    text = subprocess.run([tenon, "inspect", path, *flags], capture_output=True, text=True, check=True).stdout
    part = re.search(r"\nviews\n((?: .*\n)*)", text)
    return {name: int(count) for count, name in re.findall(r"(\d+) +(\S+)", part[1] if part else "")}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tenon", default=ROOT / "build/bin/tenon")
    parser.add_argument("--filter", default="")
    parser.add_argument("--flags", default="", help="options of `tenon run`, such as '--target x86-64'")
    parser.add_argument("--random", type=int, default=15, help="number of random models")
    parser.add_argument("--seed", type=int, default=0, help="the first of them")
    options = parser.parse_args()
    flags = options.flags.split()

    def check_case(name, graph, outputs, views):
        with tempfile.TemporaryDirectory() as folder:
            folder = pathlib.Path(folder)
            model = graph.model(*outputs)
            try:
                check(str(options.tenon), model, graph.inputs, len(outputs), flags, folder, ("schedule",))
                check(str(options.tenon), model, graph.inputs, len(outputs), [*flags, "--threads", "2"], folder, ())
            except Failure as failure:
                return failure
            found = count_views(options.tenon, folder / "m.onnx", flags) if views is not None else {}
            found = {name: found.get(name, 0) for name in ("nn.concat", "nn.slice")}
            expected = {"nn.concat": 0, "nn.slice": 0} | (views or {})
            return None if views is None or found == expected else f"{found} are views, expected {expected}"

    seeds = range(options.seed, options.seed + options.random)
    check_cases(((case[0], partial(check_case, *case)) for case in [*cases(), *map(random_case, seeds)]), options.filter)


if __name__ == "__main__":
    main()

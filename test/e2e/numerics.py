"""How far results are from those in f64, in both modes of --numerics. A strict convolution, product or sum errs at most
twice as much as adding one product after the other in f32 does; a fast one, as a strict one if no Winograd transform
helps, and by at most 1e-3 of the largest result in any case. Whole models are held to the latter against the same model
with f64 weights, evaluated by the reference of the onnx package.

Usage: numerics.py [--tenon build/bin/tenon] [--filter REGEX] [MODEL.onnx...]

With models, only these are measured, and onnxruntime beside them; without, the operators and the models in examples/.
"""

import argparse
import pathlib
from functools import partial

import numpy as np
import onnx
from harness import check_cases, find_models, run_model, tensor_model
from layouts import Graph
from onnx import TensorProto, numpy_helper
from onnx.reference import ReferenceEvaluator
from onnx.reference.op_run import OpRun

ROOT = pathlib.Path(__file__).resolve().parents[2]
FAST = 1e-3  # of the largest result


def products():
    """(name, graph, output, rows, columns): result number i is the product of rows[i] and columns[i], all f32."""
    def conv(channels, outputs, size, kernel, stride=1):
        g = Graph((1, channels, size, size), seed=channels)
        height, width = kernel if isinstance(kernel, tuple) else (kernel, kernel)
        pads = [height // 2, width // 2]
        y = g.conv("x0", channels, outputs, (height, width), bias=False, pads=pads * 2, strides=[stride, stride])
        x, w = np.pad(g.inputs["x0"][0], ((0, 0), *((pad, pad) for pad in pads))), g.constants[0][1]
        windows = np.lib.stride_tricks.sliding_window_view(x, (height, width), axis=(1, 2))[:, ::stride, ::stride]
        rows = windows.transpose(1, 2, 0, 3, 4).reshape(-1, channels * height * width)
        columns = w.reshape(outputs, -1)
        name = f"convolution of {channels} channels, {height}x{width}, stride {stride}, {size}x{size}"
        pixels = len(rows)
        return name, g, y, np.tile(rows, (outputs, 1)), np.repeat(columns, pixels, axis=0)

    def matmul(m, k, n):
        g = Graph((m, k), seed=k)
        w = g.floats(k, n)
        y = g.op("MatMul", "x0", w)
        return f"product {m} x {k} x {n}", g, y, np.repeat(g.inputs["x0"], n, axis=0), np.tile(w.T, (m, 1))

    yield conv(64, 16, 14, 3)
    yield conv(256, 16, 7, 3)
    for kernel in ((1, 3), (3, 1), (1, 5), (5, 1), (1, 7), (7, 1), 5):
        yield conv(64, 32, 17, kernel)
    yield conv(256, 16, 14, 1)
    yield conv(512, 16, 14, 3, 2)  # in passes over the channels
    yield conv(3, 16, 32, 7, 2)
    yield matmul(16, 768, 64)
    yield matmul(24, 3072, 48)
    yield matmul(1, 4096, 64)
    g = Graph((16, 10000))
    yield "sum of 10000", g, g.op("ReduceSum", "x0", np.int64([1])), g.inputs["x0"], np.ones((16, 10000), np.float32)


def check_product(tenon, graph, output, rows, columns):
    """What is wrong, or None."""
    exact = np.einsum("ik,ik->i", rows, columns, dtype=np.float64)
    sequential = np.array([np.cumsum(r * c, dtype=np.float32)[-1] for r, c in zip(rows, columns)])
    allowed = 2 * np.sqrt(np.mean((sequential - exact) ** 2))
    model = tensor_model(graph.nodes, [(n, list(x.shape)) for n, x in graph.inputs.items()], [output], graph.constants)
    for mode in ("strict", "fast"):
        results, error = run_model(tenon, model, graph.inputs, ["--numerics", mode])
        if error:
            return error
        wrong = results[0].reshape(-1).astype(np.float64) - exact
        if mode == "strict" and np.sqrt(np.mean(wrong**2)) > allowed:
            return f"strict errs by {np.sqrt(np.mean(wrong ** 2)):.2e} (root of mean square), allowed are {allowed:.2e}"
        if np.abs(wrong).max() > FAST * np.abs(exact).max():
            return f"{mode} errs by {np.abs(wrong).max() / np.abs(exact).max():.2e} of the largest result"
    return None


def to_double(graph):
    """Makes all f32 of a graph f64, in place."""
    def convert(tensor):
        if tensor.data_type == TensorProto.FLOAT:
            tensor.CopyFrom(numpy_helper.from_array(numpy_helper.to_array(tensor).astype(np.float64), tensor.name))
    for tensor in graph.initializer:
        convert(tensor)
    for value in [*graph.input, *graph.output]:
        if value.type.tensor_type.elem_type == TensorProto.FLOAT:
            value.type.tensor_type.elem_type = TensorProto.DOUBLE
    del graph.value_info[:]
    for node in graph.node:
        for attribute in node.attribute:
            if attribute.type == onnx.AttributeProto.TENSOR:
                convert(attribute.t)
            elif attribute.type == onnx.AttributeProto.GRAPH:
                to_double(attribute.g)
            elif attribute.name in ("to", "dtype") and attribute.i == TensorProto.FLOAT:
                attribute.i = TensorProto.DOUBLE


def random_inputs(model):
    """Seeded inputs; symbolic dimensions are 1."""
    random = np.random.default_rng(1)
    inputs, flags = {}, []
    constant = {tensor.name for tensor in model.graph.initializer}
    for value in model.graph.input:
        if value.name in constant:
            continue
        shape = [dim.dim_value or 1 for dim in value.type.tensor_type.shape.dim]
        flags += [word for dim in value.type.tensor_type.shape.dim if dim.dim_param for word in ("--dim", f"{dim.dim_param}=1")]
        if value.type.tensor_type.elem_type == TensorProto.FLOAT:
            inputs[value.name] = random.standard_normal(shape).astype(np.float32)
        else:
            inputs[value.name] = random.integers(0, 2, shape)
    return inputs, flags


class MaxPool(OpRun):
    """Instead of the reference's own, which makes images of another size where it rounds up (onnx 1.23)."""

    def _run(self, x, auto_pad=None, ceil_mode=None, dilations=None, kernel_shape=None, pads=None, storage_order=None, strides=None):
        assert auto_pad in (None, "NOTSET") and not storage_order
        rank = len(kernel_shape)
        strides, dilations, pads = strides or [1] * rank, dilations or [1] * rank, pads or [0] * 2 * rank
        widths, wide, sizes = [(0, 0)] * 2, [], []
        for extent, kernel, stride, dilation, low, high in zip(x.shape[2:], kernel_shape, strides, dilations, pads, pads[rank:]):
            span = (kernel - 1) * dilation + 1
            size = (extent + low + high - span + (stride - 1 if ceil_mode else 0)) // stride + 1
            # A window that would begin beside the image does not count.
            size -= bool(ceil_mode and (size - 1) * stride >= extent + low)
            widths.append((low, max(0, (size - 1) * stride + span - extent - low)))
            wide.append(span)
            sizes.append(size)
        windows = np.lib.stride_tricks.sliding_window_view(np.pad(x, widths, constant_values=-np.inf), wide,
                                                           axis=tuple(range(2, 2 + rank)))
        outer = tuple(slice(None, (size - 1) * stride + 1, stride) for size, stride in zip(sizes, strides))
        inner = tuple(slice(None, None, dilation) for dilation in dilations)
        return (windows[(slice(None),) * 2 + outer + inner].max(axis=tuple(range(-rank, 0))),)


class Pad(OpRun):
    """Instead of the reference's own, which takes no negative pads: those crop."""

    def _run(self, data, pads, constant_value=None, axes=None, mode=None):
        assert mode in (None, "constant")
        axes = list(range(data.ndim)) if axes is None else list(axes)
        for i, axis in enumerate(axes):
            low, high = int(pads[i]), int(pads[len(axes) + i])
            crop = [slice(None)] * data.ndim
            crop[axis] = slice(max(0, -low), data.shape[axis] - max(0, -high))
            widths = [(0, 0)] * data.ndim
            widths[axis] = (max(0, low), max(0, high))
            data = np.pad(data[tuple(crop)], widths, constant_values=0 if constant_value is None else np.ravel(constant_value)[0])
        return (data,)


class GatherElements(OpRun):
    """Instead of the reference's own, which fails where the axis has more than 64 elements."""

    def _run(self, data, indices, axis=None):
        return (np.take_along_axis(data, indices, 0 if axis is None else axis),)


def errors(results, exact):
    """Per output, the largest error over the largest magnitude; the worst of them."""
    return max((np.abs(got - want).max() / np.abs(want).max() for got, want in zip(results, exact)
                if want.size and want.any()), default=0.0)


def measure_model(tenon, path, systems):
    """Errors by system, and what is wrong, or None."""
    model = onnx.load(path)
    inputs, flags = random_inputs(model)
    double = onnx.ModelProto()
    double.CopyFrom(model)
    to_double(double.graph)
    try:
        exact = ReferenceEvaluator(double, new_ops=[MaxPool, Pad, GatherElements]).run(None, {name: array.astype(np.float64) if array.dtype == np.float32 else array
                                                      for name, array in inputs.items()})
    except Exception as error:  # whatever an operator of the oracle stumbles over
        return {}, f"onnx's reference fails: {error}"
    found = {}
    for system in systems:
        if system == "onnxruntime":
            import onnxruntime
            found[system] = errors(onnxruntime.InferenceSession(str(path)).run(None, inputs), exact)
            continue
        results, error = run_model(tenon, model, inputs, [*flags, "--numerics", system])
        if error:
            return found, error
        found[system] = errors(results, exact)
        if found[system] > FAST:
            return found, f"{system} errs by {found[system]:.2e} of the largest result"
    return found, None


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tenon", default=ROOT / "build/bin/tenon")
    parser.add_argument("--filter", default="")
    parser.add_argument("models", nargs="*", type=pathlib.Path, metavar="MODEL.onnx")
    options = parser.parse_args()
    tenon = str(options.tenon)
    systems = ("strict", "fast", "onnxruntime") if options.models else ("strict", "fast")

    def check_model(path):
        found, problem = measure_model(tenon, path, systems)
        print(f"{path.stem}: " + ", ".join(f"{system} {error:.1e}" for system, error in found.items()), flush=True)
        return problem

    cases = [(name, partial(check_product, tenon, *case)) for name, *case in (() if options.models else products())]
    cases += [(path.stem, partial(check_model, path)) for path in options.models or find_models(ROOT)]
    check_cases(cases, options.filter)


if __name__ == "__main__":
    main()

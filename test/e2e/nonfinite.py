"""NaN, infinities and zeros of either sign go through compiled code as through the operators' references.

Usage: nonfinite.py [--tenon build/bin/tenon] [--filter REGEX]

Each case is a model of one node. `tenon run` and `tenon run --reference` must agree in which elements are NaN,
which are infinite and of which sign, and where an operator only passes values on, in the signs of zeros.
"""

import argparse
import concurrent.futures
import pathlib
import re
import sys

import numpy as np
from harness import run_model, tensor_model
from onnx import TensorProto, helper

ROOT = pathlib.Path(__file__).resolve().parents[2]
NAN, INF = float("nan"), float("inf")
SPECIAL = np.array([NAN, INF, -INF, 0.0, -0.0, 1.0, -1.0, 3e38, -3e38, 1e-45, -1e-45, 89.0, -104.0, 0.5], np.float32)
# Sums of the largest floats overflow on the way or not, depending on precision; products of the smallest vanish.
MODERATE = np.array([NAN, INF, -INF, 0.0, -0.0, 1.0, -1.0, 89.0, -104.0, 0.5], np.float32)


def values(rows, columns=37, seed=0):
    """Rows of ordinary numbers with special ones sprinkled in: some rows with one kind only, one with none.
    37 columns: whole vectors and a remainder."""
    random = np.random.default_rng(seed)
    x = random.standard_normal((rows, columns)).astype(np.float32)
    for row in range(rows - 1):
        special = MODERATE if row % 2 else MODERATE[[row // 2 % 5]]
        places = random.choice(columns, 5, replace=False)
        x[row, places] = random.choice(special, 5)
    return x


def pairs():
    """All pairs of special numbers."""
    a, b = np.meshgrid(SPECIAL, SPECIAL)
    return {"x": a.reshape(-1).copy(), "z": b.reshape(-1).copy()}


def cases():
    """(name, model, inputs, signs of zeros count)"""

    def case(op, inputs, names=None, outputs=("y",), constants=(), signs=False, label=None, **attributes):
        node = helper.make_node(op, names or list(inputs), list(outputs), **attributes)
        types = {np.dtype(np.float32): TensorProto.FLOAT, np.dtype(np.bool_): TensorProto.BOOL, np.dtype(np.int64): TensorProto.INT64,
                 np.dtype(np.float16): TensorProto.FLOAT16, np.dtype(np.float64): TensorProto.DOUBLE}
        infos = [(name, list(array.shape), types[array.dtype]) for name, array in inputs.items()]
        return label or op, tensor_model([node], infos, outputs, constants), inputs, signs

    special = {"x": np.concatenate([SPECIAL, values(3).reshape(-1)])}
    for op in ("Relu", "Neg", "Abs", "Identity"):
        for type in (np.float32, np.float16, np.float64):
            with np.errstate(over="ignore"):
                converted = {"x": special["x"].astype(type)}
            # The larger of 0 and -0 is either.
            yield case(op, converted, signs=op != "Relu", label=f"{op} {np.dtype(type)}")
    # The circular functions of huge arguments are not asked to be right.
    for op in ("Sin", "Cos", "Tan"):
        yield case(op, {"x": values(5)})
    for op in ("Sigmoid", "Tanh", "Exp", "Log", "Sqrt", "Reciprocal", "Erf", "Asin", "Acos", "Atan", "Sinh", "Cosh", "Asinh",
               "Acosh", "Atanh", "Softplus", "Softsign", "HardSigmoid", "HardSwish", "Elu", "Selu", "Celu", "LeakyRelu", "Gelu", "Mish",
               "ThresholdedRelu", "Shrink", "IsNaN", "IsInf"):
        yield case(op, special)
    for op in ("Floor", "Ceil", "Round", "Sign"):
        yield case(op, special)
    for op in ("Add", "Sub", "Mul", "Div", "Pow", "Max", "Min", "PRelu", "Equal", "Less", "Greater", "LessOrEqual", "GreaterOrEqual"):
        yield case(op, pairs())
    yield case("Mod", pairs(), fmod=1)
    yield case("Clip", special, ["x", "lo", "hi"], constants=[("lo", np.float32(-1)), ("hi", np.float32(2))])
    yield case("Clip", special, ["x", "lo"], constants=[("lo", np.float32(0))], label="Clip below")
    yield case("Clip", special, ["x", "", "hi"], constants=[("hi", np.float32(6))], label="Clip above")
    condition = np.arange(SPECIAL.size**2) % 3 == 0
    yield case("Where", {"c": condition, **pairs()}, signs=True)
    yield case("Cast", special, to=TensorProto.DOUBLE, signs=True, label="Cast to double")
    yield case("Cast", special, to=TensorProto.FLOAT16, signs=True, label="Cast to float16")
    yield case("Cast", special, to=TensorProto.BFLOAT16, label="Cast to bfloat16")
    yield case("Cast", special, to=TensorProto.BOOL, label="Cast to bool")
    yield case("Transpose", {"x": values(9)}, signs=True)
    yield case("Concat", {"x": values(4), "z": values(3, seed=1)}, axis=0, signs=True)
    yield case("Gather", {"x": values(9)}, ["x", "i"], constants=[("i", np.array([3, 0, 8]))], signs=True)

    rows = {"x": values(13)}
    axes = [("a", np.array([1]))]
    for op in ("ReduceMax", "ReduceMin", "ReduceSum", "ReduceMean", "ReduceProd", "ReduceL1", "ReduceL2", "ReduceSumSquare", "ReduceLogSum", "ReduceLogSumExp"):
        yield case(op, rows, ["x", "a"], constants=axes)
        yield case(op, rows, ["x", "a"], constants=[("a", np.array([0]))], label=f"{op} of columns")
    for op in ("Softmax", "LogSoftmax"):
        yield case(op, rows, axis=1)
        yield case(op, rows, axis=0, label=f"{op} of columns")
    for op in ("ArgMax", "ArgMin"):
        yield case(op, rows, axis=1)
        yield case(op, rows, axis=0, select_last_index=1, label=f"{op} of columns, last")
    yield case("CumSum", rows, ["x", "a"], constants=[("a", np.array(1))])
    yield case("TopK", rows, ["x", "k"], ("y", "i"), constants=[("k", np.array([7]))])
    yield case("TopK", rows, ["x", "k"], ("y", "i"), constants=[("k", np.array([7]))], largest=0, label="TopK smallest")
    scale = np.linspace(-1, 2, 37).astype(np.float32)
    yield case("LayerNormalization", rows, ["x", "s", "b"], constants=[("s", scale), ("b", scale)])
    yield case("RMSNormalization", rows, ["x", "s"], constants=[("s", scale)])
    image = {"x": values(12, 81).reshape(1, 12, 9, 9)}
    for op in ("MaxPool", "AveragePool"):
        yield case(op, image, kernel_shape=[3, 3], pads=[1] * 4, strides=[2, 2])
    for op in ("GlobalMaxPool", "GlobalAveragePool"):
        yield case(op, image)
    channel = np.linspace(0.1, 2, 12).astype(np.float32)
    yield case("BatchNormalization", image, ["x", "s", "s", "s", "s"], constants=[("s", channel)])
    yield case("InstanceNormalization", image, ["x", "s", "s"], constants=[("s", channel)])
    weights = np.random.default_rng(3).standard_normal((5, 12, 3, 3)).astype(np.float32)
    yield case("Conv", image, ["x", "w"], constants=[("w", weights)], pads=[1] * 4)
    yield case("Conv", image, ["x", "w"], constants=[("w", weights[:, :1].repeat(3, 0)[:12])], group=12, label="Conv depthwise")
    yield case("ConvTranspose", image, ["x", "w"], constants=[("w", np.ascontiguousarray(weights.transpose(1, 0, 2, 3)))], strides=[2, 2])
    few = values(6, 37, 5)
    matrix = np.random.default_rng(4).standard_normal((37, 19)).astype(np.float32)
    yield case("MatMul", {"x": few, "z": matrix})
    zeros = matrix.copy()
    zeros[::3] = 0
    yield case("MatMul", {"x": few, "z": zeros}, label="MatMul with zeros")
    yield case("Gemm", {"x": few, "z": matrix, "c": values(6, 19, 6)}, alpha=0.5, beta=2.0)
    yield case("Gemm", {"x": few, "z": matrix, "c": values(6, 19, 6)}, alpha=0.5, beta=0.0, label="Gemm without c")
    yield case("Resize", image, ["x", "", "", "s"], constants=[("s", np.array([1, 12, 14, 14]))], mode="nearest", signs=True)


def differences(got, want, signs):
    if got.shape != want.shape or got.dtype != want.dtype:
        return f"{got.dtype}{got.shape}, expected {want.dtype}{want.shape}"
    bad = np.zeros(got.shape, bool)
    if got.dtype.kind != "f":
        bad = got != want
    else:
        bad |= np.isnan(got) != np.isnan(want)
        bad |= (np.isinf(got) | np.isinf(want)) & ~np.isnan(got) & (got != want)
        with np.errstate(all="ignore"):
            error = np.abs(got.astype(np.float64) - want.astype(np.float64))
            size = np.maximum(np.abs(want.astype(np.float64)), np.abs(got.astype(np.float64)))
        finite = np.isfinite(got) & np.isfinite(want)
        # Sums of large numbers lose what is small beside them.
        scale = max(1.0, float(np.max(np.abs(want[finite]), initial=0)))
        bad |= finite & ~(error <= 1e-3 * size + 1e-5 * scale)
        if signs:
            bad |= finite & (np.signbit(got) != np.signbit(want))
    if not bad.any():
        return None
    where = tuple(int(i) for i in np.argwhere(bad)[0]) if bad.ndim else ()
    return f"{int(bad.sum())} of {bad.size} elements differ; first at {where}: {got[where]!r}, expected {want[where]!r}"


def check(tenon, case):
    name, model, inputs, signs = case
    got, problem = run_model(tenon, model, inputs, ["--numerics", "strict"])
    if problem:
        return name, problem
    want, problem = run_model(tenon, model, inputs, ["--reference"])
    if problem:
        return name, f"reference: {problem}"
    for a, b in zip(got, want):
        problem = differences(a, b, signs)
        if problem:
            return name, problem
    return name, None


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--tenon", default=str(ROOT / "build" / "bin" / "tenon"))
    parser.add_argument("--filter", default="")
    arguments = parser.parse_args()
    chosen = [case for case in cases() if re.search(arguments.filter, case[0])]
    failures = 0
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        for name, problem in pool.map(lambda case: check(arguments.tenon, case), chosen):
            if problem:
                failures += 1
                print(f"FAILED {name}: {problem}")
    print(f"{len(chosen)} cases, {failures} failures")
    sys.exit(1 if failures or not chosen else 0)


if __name__ == "__main__":
    main()

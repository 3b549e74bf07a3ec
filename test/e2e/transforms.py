"""Fourier transforms, determinants and windows of images go through compiled code as through their references,
where the ONNX tests have no case: symbolic and empty extents, lengths that cut or continue, singular matrices,
integers, groups, samples far outside of the image.

Usage: transforms.py [--tenon build/bin/tenon] [--filter REGEX]

Each case is a model of one node; `tenon run` and `tenon run --reference` must agree.
"""

import argparse
import pathlib
from functools import partial

import numpy as np
from harness import check_cases, run_model, tensor_model
from onnx import TensorProto, helper

ROOT = pathlib.Path(__file__).resolve().parents[2]
TYPES = {"float32": TensorProto.FLOAT, "float16": TensorProto.FLOAT16, "float64": TensorProto.DOUBLE, "int32": TensorProto.INT32}
random = np.random.default_rng(1)


def floats(*shape):
    return random.standard_normal(shape).astype(np.float32)


def cases():
    """(name, model, inputs, tolerance)"""

    def case(name, op, inputs, names=None, constants=(), symbolic=(), opset=20, tolerance=1e-4, **attributes):
        symbolic = dict(symbolic)
        infos = [(key, symbolic.get(key, list(array.shape)), TYPES[str(array.dtype)]) for key, array in inputs.items()]
        constants = [(key, np.asarray(value)) for key, value in constants]
        node = helper.make_node(op, names or [*inputs, *(key for key, _ in constants)], ["y"], **attributes)
        return name, tensor_model([node], infos, initializers=constants, opset=opset), inputs, tolerance

    def dft(name, x, length, symbolic=None, tolerance=1e-4, **attributes):
        constants = [("length", np.int64(length)), ("axis", np.int64(1))]
        return case(f"dft {name}", "DFT", {"x": x}, constants=constants, symbolic={"x": symbolic or list(x.shape)},
                    tolerance=tolerance, **attributes)

    yield dft("long", floats(2, 1000, 1), 1000, ["B", 1000, 1])
    yield dft("continued by zeros, other dimensions inside", floats(3, 17, 5, 2), 23, ["B", 17, "C", 2])
    yield dft("cut", floats(3, 17, 2), 6)
    yield dft("many, sharing their roots", floats(20, 30, 2), 30, inverse=1)
    yield dft("of nothing", floats(20, 0, 1), 16)
    yield dft("none", floats(0, 30, 2), 30)
    yield dft("one point", floats(9, 1, 2), 1)
    yield dft("inverse of half a spectrum, even", floats(3, 9, 5, 2), 16, inverse=1, onesided=1)
    yield dft("inverse of half a spectrum, odd", floats(3, 9, 5, 2), 15, inverse=1, onesided=1)
    yield dft("f16", floats(3, 64, 1).astype(np.float16), 64, tolerance=1e-2, onesided=1)
    yield dft("f64", random.standard_normal((3, 64, 2)), 64, tolerance=1e-10)
    window = np.hanning(128).astype(np.float32)
    yield case("stft of a symbolic length", "STFT", {"x": floats(2, 500, 1)}, ["x", "step", "window"],
               [("step", np.int64(37)), ("window", window)], {"x": ["B", "L", 1]}, opset=17)
    yield case("stft of complex numbers", "STFT", {"x": floats(2, 300, 2)}, ["x", "step", "", "length"],
               [("step", np.int64(16)), ("length", np.int64(65))], opset=17, onesided=0)

    singular = floats(5, 6, 6)
    singular[1, 3] = singular[1, 2]
    singular[2] = 0
    singular[3, 0, 0] = np.nan
    singular[4] = np.eye(6)[[1, 0, 2, 3, 5, 4]]
    yield case("det of singular and permuted matrices", "Det", {"x": singular})
    yield case("det of a symbolic number", "Det", {"x": floats(3, 2, 5, 5)}, symbolic={"x": ["B", 2, 5, 5]})
    yield case("det of one matrix", "Det", {"x": floats(64, 64) / 4}, tolerance=1e-3)
    yield case("det of numbers", "Det", {"x": floats(7, 1, 1)})
    yield case("det of nothing", "Det", {"x": floats(3, 0, 0)})
    yield case("det of none", "Det", {"x": floats(0, 3, 3)})
    yield case("det f64", "Det", {"x": random.standard_normal((9, 9))}, tolerance=1e-10)

    yield case("col2im with strides and uneven pads", "Col2Im", {"x": floats(2, 18, 60)}, symbolic={"x": ["B", 18, 60]},
               constants=[("image", [11, 10]), ("block", [2, 3])], pads=[1, 0, 1, 2], strides=[2, 1])
    yield case("col2im with dilations", "Col2Im", {"x": floats(1, 4, 25)}, constants=[("image", [5, 5]), ("block", [2, 2])],
               dilations=[2, 2], pads=[1] * 4)
    yield case("col2im of integers", "Col2Im", {"x": random.integers(-9, 9, (1, 4, 16)).astype(np.int32)},
               constants=[("image", [5, 5]), ("block", [2, 2])])
    yield case("col2im of none", "Col2Im", {"x": floats(0, 4, 16)}, constants=[("image", [5, 5]), ("block", [2, 2])])

    sampled = {"x": floats(2, 8, 9, 11), "offset": 2 * floats(2, 36, 4, 5)}
    yield case("deform_conv in groups", "DeformConv", sampled, ["x", "w", "offset", "b", "mask"],
               [("w", floats(6, 4, 3, 3)), ("b", floats(6)), ("mask", np.abs(floats(2, 18, 4, 5)))],
               strides=[2, 2], pads=[1, 0, 0, 0], group=2, offset_group=2)
    wild = floats(1, 18, 7, 7)
    for start, value in enumerate((np.nan, 1e30, -np.inf, 3e9)):
        wild.reshape(-1)[start::7] = value
    yield case("deform_conv far outside", "DeformConv", {"x": floats(1, 3, 9, 9), "offset": wild}, ["x", "w", "offset"],
               [("w", floats(6, 3, 3, 3))], {"x": ["B", 3, 9, 9], "offset": ["B", 18, 7, 7]})
    yield case("deform_conv of a symbolic image", "DeformConv", {"x": floats(1, 3, 9, 9), "offset": floats(1, 18, 7, 7)},
               ["x", "w", "offset"], [("w", floats(6, 3, 3, 3))], {"x": ["B", 3, "H", "H"], "offset": ["B", 18, "P", "P"]})


def check(tenon, model, inputs, tolerance):
    want, error = run_model(tenon, model, inputs, ["--reference"])
    if error:
        return f"the reference: {error}"
    got, error = run_model(tenon, model, inputs, [])
    if error:
        return error
    (want,), (got,) = want, got
    if got.shape != want.shape or got.dtype != want.dtype:
        return f"{got.dtype}{got.shape}, expected {want.dtype}{want.shape}"
    if not np.allclose(got, want, rtol=tolerance, atol=tolerance, equal_nan=True):
        return f"values differ by up to {np.nanmax(np.abs(got.astype(np.float64) - want)):.3g}"
    return None


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tenon", default=ROOT / "build/bin/tenon")
    parser.add_argument("--filter", default="")
    options = parser.parse_args()
    tenon = str(options.tenon)
    check_cases(((name, partial(check, tenon, *case)) for name, *case in cases()), options.filter)


if __name__ == "__main__":
    main()

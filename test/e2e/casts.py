"""Casts of f64 to narrower floats round once: through f32 first, what lies next to the middle of two numbers would round
to even.

Usage: casts.py [--tenon build/bin/tenon]

Compiled code and reference are compared with the quotient by the spacing of the target's numbers, rounded: numbers of
every magnitude, next to the middle of two neighbours on either side, at the ends of the range, and special ones.
"""

import argparse
import pathlib
import subprocess
import sys
import tempfile

import numpy as np
from harness import tensor_model
from onnx import TensorProto, helper

ROOT = pathlib.Path(__file__).resolve().parents[2]
INF, NAN = np.inf, np.nan

# type: bits of precision, exponent of the least normal number, largest number, what is beyond unless saturated
FORMATS = {
    "FLOAT16": (11, -14, 65504.0, INF),
    "BFLOAT16": (8, -126, float.fromhex("0x1.fep127"), INF),
    "FLOAT8E4M3FN": (4, -6, 448.0, NAN),
    "FLOAT8E4M3FNUZ": (4, -7, 240.0, NAN),
    "FLOAT8E5M2": (3, -14, 57344.0, INF),
    "FLOAT8E5M2FNUZ": (3, -15, 57344.0, NAN),
    "FLOAT4E2M1": (2, 0, 6.0, None),
}


def saturates(name, saturate):
    return name == "FLOAT4E2M1" or (name.startswith("FLOAT8") and saturate)


def values(name):
    precision, least, largest, _ = FORMATS[name]
    ulp = 2.0 ** (1 - precision)
    # What f32 cannot hold beside 1.
    tiny = (0, 2.0**-40, -(2.0**-40), 2.0**-52)
    ones = [1 + (i + 0.5) * ulp + e for i in range(4) for e in tiny] + [1 + i * ulp for i in range(4)]
    top = int(np.log2(largest))
    result = [m * 2.0**e for m in ones for e in (0, 1, top - 1, top, least, least - 1, least - 2, least - precision)]
    middle = largest * (1 + 0.5 * ulp / (largest / 2.0**top))
    result += [largest, middle, middle * (1 - 2.0**-40), middle * (1 + 2.0**-40), 1e300, 1e-300, 5e-324, 0.0, INF]
    result = np.array(result)
    return np.concatenate([result, -result, [] if name == "FLOAT4E2M1" else [NAN]])


def rounded(x, name, saturate):
    """In float64, which holds every number of the targets and every quotient exactly."""
    precision, least, largest, beyond = FORMATS[name]
    with np.errstate(all="ignore"):
        exponent = np.frexp(np.where(np.isfinite(x), x, 1))[1] - 1
        spacing = np.ldexp(1.0, np.maximum(exponent, least) - (precision - 1))
        y = np.rint(x / spacing) * spacing  # to even
        limit = largest if saturates(name, saturate) else beyond
        y = np.where(np.abs(y) > largest, np.copysign(limit, x), y)
    return np.where(np.isnan(x), x, y)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tenon", default=str(ROOT / "build/bin/tenon"))
    arguments = parser.parse_args()
    tenon = pathlib.Path(arguments.tenon).resolve()
    failures = distorted = 0
    with tempfile.TemporaryDirectory() as scratch:
        folder = pathlib.Path(scratch)
        for name in FORMATS:
            for saturate in (1, 0) if name.startswith("FLOAT8") else (1,):
                x = values(name)
                attributes = {"saturate": saturate} if name.startswith("FLOAT8") else {}
                nodes = [helper.make_node("Cast", ["x"], ["t"], to=getattr(TensorProto, name), **attributes),
                         helper.make_node("Cast", ["t"], ["y"], to=TensorProto.DOUBLE)]
                model = tensor_model(nodes, [("x", list(x.shape), TensorProto.DOUBLE)], opset=23)
                (folder / "m.onnx").write_bytes(model.SerializeToString())
                np.save(folder / "x.npy", x)
                expected = rounded(x, name, saturate)
                if not np.array_equal(expected, rounded(x.astype(np.float32).astype(np.float64), name, saturate),
                                      equal_nan=True):
                    distorted += 1
                else:
                    print(f"FAIL {name}: no value shows double rounding")
                for flags in ([], ["--reference"]):
                    subprocess.run([tenon, "run", "m.onnx", "--input", "x=x.npy", "--output-dir", "out", *flags], cwd=folder,
                                   check=True)
                    y = np.load(folder / "out/output_0.npy")
                    wrong = ~((y == expected) | (np.isnan(y) & np.isnan(expected)))
                    for value, got, right in list(zip(x[wrong], y[wrong], expected[wrong]))[:4]:
                        print(f"FAIL {name} saturate={saturate} {' '.join(flags)}: {value.hex()} -> {got}, expected {right}")
                    failures += bool(wrong.any())
    print(f"{distorted} casts, {failures} failures")
    return 1 if failures or distorted != len(FORMATS) + 4 else 0


if __name__ == "__main__":
    sys.exit(main())

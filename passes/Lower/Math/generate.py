#!/usr/bin/env python3
"""Writes the .mlir files of this room: `python3 generate.py` (needs mpmath; takes half a minute).

The files are committed: building Tenon needs neither Python nor mpmath.
"""
import pathlib
import sys
import functions as F
import conversions as C
from emitter import argument, convert, function

HEAD = "// Written by generate.py from {source}.py: change it there.\n"


def unary_pair(name, f, wide):
    """The f32 and the f64 version of f; `wide`: the f32 version computes in f64 and rounds once."""
    x32, x64 = argument("x", "f32"), argument("x", "f64")
    if wide:
        narrow = convert("truncf", f(convert("extf", x32, "f64"), F.WIDE), "f32")
    else:
        narrow = f(x32, F.NATIVE["f32"])
    yield function(f"tenon_{name}_f32", [x32], narrow)
    yield function(f"tenon_{name}_f64", [x64], f(x64, F.NATIVE["f64"]))


def binary_pair(name, narrow, wide):
    x32, y32 = argument("x", "f32"), argument("y", "f32")
    x64, y64 = argument("x", "f64"), argument("y", "f64")
    result = narrow(convert("extf", x32, "f64"), convert("extf", y32, "f64"))
    yield function(f"tenon_{name}_f32", [x32, y32], convert("truncf", result, "f32"))
    yield function(f"tenon_{name}_f64", [x64, y64], wide(x64, y64))


def powers():
    return binary_pair("pow", lambda x, y: F.pow(x, y, F.WIDE), lambda x, y: F.pow(x, y, F.NATIVE["f64"]))


def remainders():
    # f32 operands are up to 2^277 apart, f64 operands are trusted up to 2^104.
    return binary_pair("fmod", lambda x, y: F.fmod(x, y, range(260, -1, -52)),
                       lambda x, y: F.fmod(x, y, (52, 0)))


def narrow_floats():
    x, b, w, d = argument("x", "f32"), argument("b", "i8"), argument("b", "i16"), argument("x", "f64")
    for name in C.FORMATS:
        yield function(f"tenon_f32_to_{name}_sat", [x], C.from_f32(x, name, True))
        # f4e2m1 has neither NaN nor infinity: it saturates under both names.
        yield function(f"tenon_f32_to_{name}", [x], C.from_f32(x, name, name == "f4e2m1"))
        yield function(f"tenon_{name}_to_f32", [b], C.to_f32(b, name))
    yield function("tenon_f32_to_bf16", [x], C.f32_to_bf16(x))
    yield function("tenon_bf16_to_f32", [w], C.bf16_to_f32(w))
    yield function("tenon_f64_to_f32_odd", [d], C.f64_to_f32_odd(d))
    yield function("tenon_f64_to_f16", [d], C.f64_to_f16(d))


FILES = {
    "exp": [("exp", F.exp, False), ("exp2", F.exp2, False), ("expm1", F.expm1, False)],
    "hyperbolic": [("sinh", F.sinh, True), ("cosh", F.cosh, True), ("tanh", F.tanh, False)],
    "log": [("log", F.log, False), ("log1p", F.log1p, False), ("log2", F.log2, True)],
    "area": [("asinh", F.asinh, True), ("acosh", F.acosh, True), ("atanh", F.atanh, True)],
    "trig": [("sin", F.sin, True), ("cos", F.cos, True), ("tan", F.tan, True)],
    "arc": [("asin", F.asin, True), ("acos", F.acos, True), ("atan", F.atan, True)],
    "erf": [("erf", F.erf, False)],
    "pow": [powers, remainders],
    "convert": [narrow_floats],
}


def main():
    here = pathlib.Path(__file__).parent
    for name in sys.argv[1:] or FILES:
        source = "conversions" if name == "convert" else "functions"
        texts = []
        for entry in FILES[name]:
            texts += unary_pair(*entry) if isinstance(entry, tuple) else entry()
        (here / f"{name}.mlir").write_text(HEAD.format(source=source) + "\n" + "\n".join(texts))
        print(f"{name}.mlir: {len(texts)} functions")


if __name__ == "__main__":
    main()

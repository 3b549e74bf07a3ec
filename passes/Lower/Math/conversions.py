"""Conversions between f32 or f64 and the narrow floats, as integer expressions; rounding is to nearest even."""
from mpmath import mpf
from emitter import *

# name: exponent bits, mantissa bits, exponent bias, largest finite code, NaN code without the sign,
# infinity code (or None), whether 0x80 is the NaN (and there is no -0)
FORMATS = {
    "f8e4m3fn": (4, 3, 7, 0x7E, 0x7F, None, False),
    "f8e4m3fnuz": (4, 3, 8, 0x7F, 0x80, None, True),
    "f8e5m2": (5, 2, 15, 0x7B, 0x7E, 0x7C, False),
    "f8e5m2fnuz": (5, 2, 16, 0x7F, 0x80, None, True),
    "f4e2m1": (2, 1, 1, 0x7, None, None, False),
}


def from_f32(x, format, saturate):
    exponent, mantissa, bias, largest, nan_code, inf_code, unsigned_zero = FORMATS[format]
    width = exponent + mantissa
    bits = bitcast(x)
    magnitude = bits & 0x7FFFFFFF
    sign = (bits >> (31 - width)) & (1 << width)
    drop = 23 - mantissa
    # Normal results: round half to even by adding just under half, plus the last kept bit.
    odd = (magnitude >> drop) & 1
    normal = ((magnitude + odd + ((1 << (drop - 1)) - 1)) >> drop) - ((127 - bias) << mantissa)
    # Subnormal results: adding a power of two whose ulp is the format's smallest number rounds for us.
    anchor = mpf(2)**(1 - bias - mantissa + 23)
    small = bitcast(bitcast(magnitude, "f32") + anchor) - raw(bits_of(anchor, "f32"), "i32")
    is_small = magnitude.cmp("slt", (128 - bias) << 23)
    code = select(is_small, small, normal)
    over = code.cmp("sgt", largest)
    if saturate:
        code = select(over, largest, code)
    else:
        code = select(over, nan_code if inf_code is None else inf_code, code)
    if nan_code is not None:
        nan_bits = nan_code
    else:
        # Without a NaN, -0, as ml_dtypes has it (and so the ONNX tests): 0 with the sign inverted.
        sign = select(x.is_nan(), sign ^ (1 << width), sign)
        nan_bits = 0
    code = select(x.is_nan(), nan_bits, code)
    code = select(code.eq(0), 0, code | sign) if unsigned_zero else code | sign
    return convert("trunci", code, "i8")


def to_f32(b, format):
    exponent, mantissa, bias, largest, nan_code, inf_code, unsigned_zero = FORMATS[format]
    width = exponent + mantissa
    bits = convert("extui", b, "i32")
    magnitude = bits & ((1 << width) - 1)
    normal = bitcast((magnitude << (23 - mantissa)) + ((127 - bias) << 23), "f32")
    small = convert("sitofp", magnitude, "f32") * mpf(2)**(1 - bias - mantissa)
    value = bitcast(select(magnitude.cmp("slt", 1 << mantissa), small, normal))
    if inf_code is not None:
        value = select(magnitude.cmp("sge", inf_code), select(magnitude.eq(inf_code), 0x7F800000, 0x7FC00000, "i32"),
                       value)
    elif nan_code is not None and not unsigned_zero:
        value = select(magnitude.eq(nan_code), 0x7FC00000, value)
    value = value | ((bits & (1 << width)) << (31 - width))
    if unsigned_zero:
        value = select(bits.eq(nan_code), 0x7FC00000, value)
    return bitcast(value, "f32")


def f32_to_bf16(x):
    bits = bitcast(x)
    odd = (bits >> 16) & 1
    code = (bits + odd + 0x7FFF) >> 16
    quiet = ((bits >> 16) & 0x8000) | 0x7FC0
    return convert("trunci", select(x.is_nan(), quiet, code), "i16")


def bf16_to_f32(b):
    return bitcast(convert("extui", b, "i32") << 16, "f32")


def f64_to_f32_odd(x):
    """Rounds to odd, so that a second rounding to 22 bits or fewer is as if it were the only one."""
    f = convert("truncf", x, "f32")
    back = convert("extf", f, "f64")
    bits = bitcast(f)
    # Towards zero first, where the conversion rounded away from it; then an odd last bit.
    away = absf(back).gt(absf(x))
    bits = bits - convert("extui", away, "i32")
    inexact = Node("arith.cmpf", (back, x), "i1", "one")
    return bitcast(bits | convert("extui", inexact, "i32"), "f32")


def f64_to_f16(x):
    return convert("truncf", f64_to_f32_odd(x), "f16")

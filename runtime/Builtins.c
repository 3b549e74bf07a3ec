/* Conversions to and from 16-bit floats that code generation calls where the target has no instruction for
 * them. They belong to the compiler's support library, which a compiled model does not depend on. Hidden and
 * weak: a program that has them already uses its own.
 *
 * Narrowing rounds to nearest, ties to even, once, from the exact source value. */
#include <stdint.h>

#define BUILTIN __attribute__((weak, visibility("hidden"), used))

static uint32_t float_bits(float value) {
  uint32_t bits;
  __builtin_memcpy(&bits, &value, sizeof bits);
  return bits;
}

static uint64_t double_bits(double value) {
  uint64_t bits;
  __builtin_memcpy(&bits, &value, sizeof bits);
  return bits;
}

/* Narrows a float64 to a binary format of `exponent_bits` and `mantissa_bits`, 16 bits in all. */
static uint16_t narrow(uint64_t bits, int exponent_bits, int mantissa_bits) {
  const int bias = (1 << (exponent_bits - 1)) - 1, largest = (1 << exponent_bits) - 1;
  const uint16_t sign = (uint16_t)(bits >> 63 << 15);
  const uint16_t infinity = (uint16_t)(largest << mantissa_bits);
  uint64_t magnitude = bits & ~(UINT64_C(1) << 63);
  if (magnitude > UINT64_C(0x7ff) << 52) /* NaN: quiet, with the payload's upper bits */
    return sign | infinity | (uint16_t)(1 << (mantissa_bits - 1)) |
           (uint16_t)((magnitude >> (52 - mantissa_bits)) & ((1u << mantissa_bits) - 1));
  int exponent = (int)(magnitude >> 52) - 1023 + bias;
  if (exponent >= largest)
    return sign | infinity;
  uint64_t mantissa = (magnitude & ((UINT64_C(1) << 52) - 1)) | (magnitude >> 52 ? UINT64_C(1) << 52 : 0);
  int drop = 52 - mantissa_bits;
  if (exponent <= 0) { /* subnormal in the result */
    drop += 1 - exponent;
    exponent = 0;
    if (drop > 54)
      return sign;
  }
  uint64_t kept = mantissa >> drop;
  uint64_t rest = mantissa & ((UINT64_C(1) << drop) - 1), half = UINT64_C(1) << (drop - 1);
  kept += rest > half || (rest == half && (kept & 1));
  /* The implicit bit of `kept`, where it has one, adds the one that `exponent - 1` leaves out; a carry does
   * it again. */
  uint64_t base = exponent ? (uint64_t)(exponent - 1) << mantissa_bits : 0;
  return sign | (uint16_t)(base + kept);
}

static uint64_t widen_float(float value) {
  return double_bits((double)value);
}

static _Float16 as_half(uint16_t bits) {
  _Float16 value;
  __builtin_memcpy(&value, &bits, sizeof value);
  return value;
}

static __bf16 as_bfloat(uint16_t bits) {
  __bf16 value;
  __builtin_memcpy(&value, &bits, sizeof value);
  return value;
}

BUILTIN _Float16 __truncdfhf2(double value) {
  return as_half(narrow(double_bits(value), 5, 10));
}
BUILTIN _Float16 __truncsfhf2(float value) {
  return as_half(narrow(widen_float(value), 5, 10));
}
BUILTIN __bf16 __truncdfbf2(double value) {
  return as_bfloat(narrow(double_bits(value), 8, 7));
}
BUILTIN __bf16 __truncsfbf2(float value) {
  return as_bfloat(narrow(widen_float(value), 8, 7));
}

BUILTIN float __extendhfsf2(_Float16 value) {
  uint16_t half;
  __builtin_memcpy(&half, &value, sizeof half);
  uint32_t sign = (uint32_t)(half >> 15) << 31, exponent = (half >> 10) & 31, mantissa = half & 1023;
  uint32_t bits;
  if (exponent == 31) {
    bits = sign | 0x7f800000u | mantissa << 13 | (mantissa ? 0x400000u : 0);
  } else if (exponent) {
    bits = sign | (exponent + 112) << 23 | mantissa << 13;
  } else {
    bits = sign | float_bits((float)(int32_t)mantissa * 0x1p-24f);
  }
  float result;
  __builtin_memcpy(&result, &bits, sizeof result);
  return result;
}

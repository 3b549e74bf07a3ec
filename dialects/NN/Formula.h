#pragma once

#include "lib/Support/HostTensor.h"
#include <cmath>

/// Functions that the formulas of ElementwiseOps.td are written with.
namespace tenon::nn {

/// Product modulo 2^128: its low 64 bits are those of any narrower product.
inline Int multiply(Int x, Int y) {
  return Int((unsigned __int128)x * (unsigned __int128)y);
}

/// Power by squaring, modulo 2^128. Negative exponents round the true value towards zero (0 stays 0).
inline Int power(Int x, Int exponent) {
  if (exponent < 0)
    return x == 1 ? 1 : x == -1 ? (exponent % 2 == 0 ? 1 : -1) : 0;
  Int result = 1;
  for (Int base = x; exponent > 0; exponent >>= 1, base = multiply(base, base))
    if (exponent & 1)
      result = multiply(result, base);
  return result;
}

/// Remainder with the sign of a nonzero divisor.
inline Int floorMod(Int x, Int y) {
  Int remainder = x % y;
  return remainder != 0 && (remainder < 0) != (y < 0) ? remainder + y : remainder;
}
/// Same; a zero remainder has the divisor's sign, too.
inline double floorMod(double x, double y) {
  double remainder = std::fmod(x, y);
  if (remainder == 0)
    return std::copysign(0.0, y);
  return (remainder < 0) != (y < 0) ? remainder + y : remainder;
}

/// Nearest number in [0, 1]; NaN stays.
inline double clamp01(double x) {
  return x < 0 ? 0 : x > 1 ? 1 : x;
}

/// A float attribute as a C++ number.
inline double getAttrDouble(mlir::Attribute attr) {
  return llvm::cast<mlir::FloatAttr>(attr).getValueAsDouble();
}

/// Stores `value` in element `i` of a float tensor as nn.cast does: 8-bit floats saturate or not, f8E8M0FNU
/// rounds as `rounding` says.
void storeFloat(HostTensor &y, int64_t i, double value, bool saturate, llvm::StringRef rounding = "up");

} // namespace tenon::nn

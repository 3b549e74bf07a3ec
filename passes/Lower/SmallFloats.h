#pragma once

#include "passes/Lower/Lowering.h"

/// Floats of 4, 6 and 8 bits as arithmetic on their bits.
namespace tenon::lower {

/// Whether this file's conversions are the ones for `type`: f8E8M0FNU and floats of 6 bits.
bool isUnpackedFloat(mlir::Type type);

/// The f32 that the bits (an i8) stand for.
mlir::Value unpackFloat(ScalarBuilder &s, mlir::Value bits, mlir::Type type);

/// The bits (an i8) of an f32 rounded to `type` as nn.cast does.
mlir::Value packFloat(ScalarBuilder &s, mlir::Value x, mlir::Type type, bool saturate,
                      llvm::StringRef rounding);

} // namespace tenon::lower

#pragma once

#include "dialects/NN/NN.h"

/// Operators that exporters write out in several, found again: each function takes the last one and, where it
/// ends what it looks for, has its uses use one operator instead. What is then unused is left.
namespace tenon {

/// The value of a constant of one element; nullopt of anything else.
std::optional<double> getNumber(mlir::Value value);

/// A matrix product of a softmax of a matrix product, with a scale and a mask between, as nn.attention; with
/// it, heads that are moved to the front for it and back. `fast`: a causal mask need not be infinite.
bool recognizeAttention(mlir::Operation *op, bool fast);

/// (x - mean) / sqrt(mean of squares + epsilon) * scale + bias as nn.layer_norm, and without the mean and
/// bias as nn.rms_norm.
bool recognizeNorm(mlir::Operation *op);

/// exp(x - max) / sum as nn.softmax.
bool recognizeSoftmax(mlir::Operation *op);

} // namespace tenon

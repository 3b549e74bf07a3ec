#pragma once

#include "dialects/NN/Windows.h"
#include "lib/Import/Translate.h"

namespace tenon::onnx_import {

/// Reads kernel_shape, strides, dilations, pads and auto_pad of a convolution or pooling node over the
/// dimensions of `x` behind the first two, with ONNX's defaults; `auto_pad` is resolved to pads. `weights` is
/// the weight tensor of a convolution, null for pools. Checks only what the resolution relies on: the op's
/// constraints check the rest.
mlir::FailureOr<nn::Windows> readWindows(NodeImporter &n, mlir::Value x, mlir::Value weights);

/// The attributes `strides`, `pads` and `dilations`.
llvm::SmallVector<mlir::NamedAttribute> windowAttrs(NodeImporter &n, const nn::Windows &windows);

/// What a convolution node says: its operands, and the attributes `strides`, `pads`, `dilations` and `group`.
struct Convolution {
  mlir::Value x, weights;
  llvm::SmallVector<mlir::NamedAttribute> attrs;
};

/// Reads a convolution node whose input is operand `x` and whose weights are operand `weights`.
mlir::FailureOr<Convolution> readConvolution(NodeImporter &n, size_t x, size_t weights);

} // namespace tenon::onnx_import

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

} // namespace tenon::onnx_import

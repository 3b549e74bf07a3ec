#pragma once

#include "passes/Lower/Lowering.h"

namespace tenon::lower {

/// A convolution of stride 1 whose weights lie transformed (LayoutAttr::getWinograd): blocks of rows of
/// tiles go through the input's transform, one matrix product per point, and the output's transform. Tiles
/// that reach beyond the image write into the halo.
mlir::LogicalResult lowerWinograd(nn::ConvOp op, TaskBuilder &task);

} // namespace tenon::lower

#pragma once

#include "passes/Substitute/Search/Explore.h"

namespace tenon::substitute {

/// A fast estimate from shapes, in nanoseconds of one thread at 3 GHz: arithmetic of whole vectors at what
/// the kernels reach, or the bytes that are moved, whichever takes longer. Element-wise operators are taken
/// to be computed with a product or sum that comes before them, and parts that are one piece of memory, of
/// whole blocks of channels, to be views.
class AnalyticOperatorCost : public OperatorCost {
public:
  /// `winograd`: convolutions may take fewer products.
  AnalyticOperatorCost(int64_t lanes, int64_t l2Bytes, bool winograd)
      : lanes(lanes), l2Bytes(l2Bytes), winograd(winograd) {}
  double of(OpKind op, llvm::ArrayRef<int64_t> params, llvm::ArrayRef<OperandInfo> operands,
            llvm::ArrayRef<ShapeOf<int64_t>> results) const override;

private:
  double cycles(OpKind op, llvm::ArrayRef<int64_t> params, llvm::ArrayRef<OperandInfo> operands,
                llvm::ArrayRef<ShapeOf<int64_t>> results) const;
  double product(double arithmetic, double image, double weights) const;
  int64_t lanes, l2Bytes;
  bool winograd;
};

} // namespace tenon::substitute

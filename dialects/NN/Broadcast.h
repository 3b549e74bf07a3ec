#pragma once

#include "lib/Support/HostTensor.h"

namespace tenon::nn {

/// Maps row-major positions of a result shape to positions of a tensor broadcast to it.
class BroadcastIndex {
public:
  BroadcastIndex(llvm::ArrayRef<int64_t> from, llvm::ArrayRef<int64_t> to) : shape(to.begin(), to.end()) {
    llvm::SmallVector<int64_t> own = rowMajorStrides(from);
    strides.assign(to.size(), 0);
    for (size_t i = 0; i < from.size(); ++i)
      if (from[i] != 1)
        strides[to.size() - from.size() + i] = own[i];
  }
  /// Position in the broadcast tensor of the result's element `linear`.
  int64_t operator()(int64_t linear) const {
    int64_t offset = 0;
    for (int64_t i = int64_t(shape.size()) - 1; i >= 0; --i) {
      offset += linear % shape[i] * strides[i];
      linear /= shape[i];
    }
    return offset;
  }

private:
  llvm::SmallVector<int64_t> shape, strides;
};

} // namespace tenon::nn

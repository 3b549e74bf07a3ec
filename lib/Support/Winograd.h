#pragma once

#include "llvm/ADT/ArrayRef.h"
#include <cstdint>

namespace tenon {

/// The matrices of Winograd's minimal filtering F(m x m, 3 x 3): a tile of m x m outputs of a convolution is
/// A' [(G g G') * (B' d B)] A, with a product per point (Lavin and Gray, Fast Algorithms for Convolutional
/// Neural Networks, 2015).
struct Winograd {
  int64_t m;                 ///< outputs per tile and dimension
  int64_t alpha;             ///< inputs per tile and dimension, m + 2
  llvm::ArrayRef<double> bt; ///< alpha x alpha, of the input
  llvm::ArrayRef<double> g;  ///< alpha x 3, of the weights
  llvm::ArrayRef<double> at; ///< m x alpha, of the output

  /// F(m x m, 3 x 3) for m = 2 or 4, null for others.
  static const Winograd *get(int64_t m);
  int64_t points() const { return alpha * alpha; }
  /// u = G w G' for one 3 x 3 filter: `points` numbers.
  void transformFilter(const float *w, float *u, int64_t stride) const;
};

} // namespace tenon

#pragma once

#include <cstdint>
#include <vector>

namespace tenon {

/// The matrices of Winograd's minimal filtering F(m, r): `m` outputs of a filter of `r` taps are
/// y = A' [(G w) * (B' d)], with a product per point (Winograd, Arithmetic Complexity of Computations, 1980).
/// They are made by the construction of Toom and Cook from points at which polynomials are evaluated, 0, 1,
/// -1, 2, -2, ... and infinity. Two dimensions are filtered one after the other (Lavin and Gray, Fast
/// Algorithms for Convolutional Neural Networks, 2015); F(1, 1), which does nothing, stands for one that has
/// no taps.
struct Winograd {
  /// F(m, r), of which supports(m, r) is true.
  Winograd(int64_t m, int64_t r);
  /// Whether there are points enough that results stay near those in f64: m + r - 1 is at most 10.
  static bool supports(int64_t m, int64_t r);

  int64_t m;              ///< outputs per tile
  int64_t r;              ///< taps
  int64_t alpha;          ///< inputs per tile, and points: m + r - 1
  std::vector<double> bt; ///< alpha x alpha, of the input
  std::vector<double> g;  ///< alpha x r, of the weights
  std::vector<double> at; ///< m x alpha, of the output
};

/// u = G w G' for one filter `w` of rows.r x columns.r taps: the rows.alpha * columns.alpha points, `stride`
/// elements from each other.
void transformFilter(const Winograd &rows, const Winograd &columns, const float *w, float *u, int64_t stride);

} // namespace tenon

#include "lib/Support/Winograd.h"
#include <algorithm>
#include <iterator>

using namespace tenon;

/// All but the one at infinity. Pairs of a number and its negative share most of the arithmetic; powers of
/// two and their like keep the matrices exact. The last pair has the smallest error of F(4, 7) among those of
/// such numbers.
static constexpr double kPoints[] = {0, 1, -1, 2, -2, 0.5, -0.5, 0.75, -0.75};

bool Winograd::supports(int64_t m, int64_t r) {
  constexpr int64_t kMost = std::size(kPoints) + 1;
  return m >= 1 && r >= 1 && m <= kMost && r <= kMost && m + r - 1 <= kMost && (m == 1) == (r == 1);
}

Winograd::Winograd(int64_t m, int64_t r)
    : m(m), r(r), alpha(m + r - 1), bt(alpha * alpha), g(alpha * r), at(m * alpha) {
  int64_t points = alpha - 1;
  // Coefficients of the product of (x - p) over all points but number `left`, from the constant one upwards.
  auto product = [&](int64_t left) {
    std::vector<double> polynomial = {1};
    for (int64_t j = 0; j < points; ++j) {
      if (j == left)
        continue;
      polynomial.insert(polynomial.begin(), 0);
      for (size_t k = 0; k + 1 < polynomial.size(); ++k)
        polynomial[k] -= kPoints[j] * polynomial[k + 1];
    }
    return polynomial;
  };
  for (int64_t j = 0; j < points; ++j) {
    std::vector<double> row = product(j);
    std::copy(row.begin(), row.end(), bt.begin() + j * alpha);
    double scale = 1, power = 1;
    for (int64_t k = 0; k < points; ++k)
      scale *= k == j ? 1 : kPoints[j] - kPoints[k];
    for (int64_t k = 0; k < std::max(m, r); ++k, power *= kPoints[j]) {
      if (k < r)
        g[j * r + k] = power / scale;
      if (k < m)
        at[k * alpha + j] = power;
    }
  }
  // Infinity takes the highest coefficients.
  std::vector<double> row = product(-1);
  std::copy(row.begin(), row.end(), bt.begin() + points * alpha);
  g.back() = at.back() = 1;
}

void tenon::transformFilter(const Winograd &rows, const Winograd &columns, const float *w, float *u,
                            int64_t stride) {
  for (int64_t i = 0; i < rows.alpha; ++i)
    for (int64_t j = 0; j < columns.alpha; ++j) {
      double sum = 0;
      for (int64_t a = 0; a < rows.r; ++a)
        for (int64_t b = 0; b < columns.r; ++b)
          sum += rows.g[i * rows.r + a] * double(w[a * columns.r + b]) * columns.g[j * columns.r + b];
      u[(i * columns.alpha + j) * stride] = float(sum);
    }
}

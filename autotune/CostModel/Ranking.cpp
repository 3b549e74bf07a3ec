#include "autotune/CostModel/Ranking.h"
#include "llvm/ADT/STLExtras.h"
#include <cmath>
#include <numeric>
#include <vector>

using namespace tenon;

static std::vector<double> ranksOf(llvm::ArrayRef<double> values) {
  std::vector<size_t> order(values.size());
  std::iota(order.begin(), order.end(), 0);
  llvm::sort(order, [&](size_t x, size_t y) { return values[x] < values[y]; });
  std::vector<double> ranks(values.size());
  for (size_t i = 0; i < order.size();) {
    size_t end = i;
    while (end < order.size() && values[order[end]] == values[order[i]])
      ++end;
    for (size_t k = i; k < end; ++k)
      ranks[order[k]] = double(i + end - 1) / 2;
    i = end;
  }
  return ranks;
}

double autotune::rankCorrelation(llvm::ArrayRef<double> a, llvm::ArrayRef<double> b) {
  std::vector<double> x = ranksOf(a), y = ranksOf(b);
  double mean = double(x.size() - 1) / 2, xy = 0, xx = 0, yy = 0;
  for (auto [p, q] : llvm::zip_equal(x, y)) {
    xy += (p - mean) * (q - mean);
    xx += (p - mean) * (p - mean);
    yy += (q - mean) * (q - mean);
  }
  return xx > 0 && yy > 0 ? xy / std::sqrt(xx * yy) : 0;
}

double autotune::bestOfTop(llvm::ArrayRef<double> scores, llvm::ArrayRef<double> nanoseconds, size_t count) {
  std::vector<size_t> order(scores.size());
  std::iota(order.begin(), order.end(), 0);
  // Of equal scores, the first point.
  llvm::sort(order, [&](size_t x, size_t y) { return std::pair(-scores[x], x) < std::pair(-scores[y], y); });
  auto bestOf = [&](llvm::ArrayRef<size_t> points) {
    double best = 0;
    for (size_t i : points)
      if (nanoseconds[i] > 0 && (best == 0 || nanoseconds[i] < best))
        best = nanoseconds[i];
    return best;
  };
  double top = bestOf(llvm::ArrayRef(order).take_front(count));
  return top > 0 ? bestOf(order) / top : 0;
}

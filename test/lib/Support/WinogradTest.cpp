#include "lib/Support/Winograd.h"
#include <cmath>
#include <gtest/gtest.h>
#include <random>

using namespace tenon;

namespace {
std::vector<double> multiply(const std::vector<double> &matrix, const std::vector<double> &x) {
  std::vector<double> y(matrix.size() / x.size(), 0);
  for (size_t i = 0; i < matrix.size(); ++i)
    y[i / x.size()] += matrix[i] * x[i % x.size()];
  return y;
}

class WinogradTest : public ::testing::Test {
protected:
  template <typename T>
  std::vector<T> floats(int64_t count) {
    std::vector<T> values(count);
    for (T &value : values)
      value = std::normal_distribution<T>()(random);
    return values;
  }

  std::mt19937 random{1};
};

TEST_F(WinogradTest, IsAFilterForAllSizes) {
  int64_t sizes = 0;
  for (int64_t m = 1; m <= 10; ++m)
    for (int64_t r = 1; r <= 10; ++r) {
      if (!Winograd::supports(m, r))
        continue;
      ++sizes;
      Winograd w(m, r);
      EXPECT_EQ(w.alpha, m + r - 1);
      std::vector<double> d = floats<double>(w.alpha), filter = floats<double>(r);
      std::vector<double> inputs = multiply(w.bt, d), weights = multiply(w.g, filter);
      for (int64_t j = 0; j < w.alpha; ++j)
        inputs[j] *= weights[j];
      std::vector<double> y = multiply(w.at, inputs);
      for (int64_t i = 0; i < m; ++i) {
        double want = 0;
        for (int64_t k = 0; k < r; ++k)
          want += filter[k] * d[i + k];
        EXPECT_NEAR(y[i], want, 1e-9) << "F(" << m << ", " << r << ")[" << i << "]";
      }
    }
  EXPECT_EQ(sizes, 1 + 36); // F(1, 1), and all from 2 on whose sum is at most 11
}

TEST_F(WinogradTest, HasTheMatricesOfLavinAndGray) {
  Winograd w(4, 3);
  EXPECT_EQ(w.bt, (std::vector<double>{4, 0,  -5, 0, 1, 0, 0, -4, -4, 1,  1, 0, 0, 4, -4, -1, 1, 0,
                                       0, -2, -1, 2, 1, 0, 0, 2,  -1, -2, 1, 0, 0, 4, 0,  -5, 0, 1}));
  EXPECT_EQ(w.at, (std::vector<double>{1, 1, 1, 1, 1, 0, 0, 1, -1, 2, -2, 0,
                                       0, 1, 1, 4, 4, 0, 0, 1, -1, 8, -8, 1}));
}

TEST_F(WinogradTest, SupportsOneTapOnlyUntransformed) {
  EXPECT_TRUE(Winograd::supports(1, 1));
  EXPECT_TRUE(Winograd::supports(4, 7));
  EXPECT_FALSE(Winograd::supports(4, 1));
  EXPECT_FALSE(Winograd::supports(1, 3));
  EXPECT_FALSE(Winograd::supports(5, 7));
  EXPECT_FALSE(Winograd::supports(0, 3));
  EXPECT_FALSE(Winograd::supports(INT64_MAX, INT64_MAX));
}

TEST_F(WinogradTest, TransformsFiltersAlongBothDimensions) {
  for (auto [m, r, n, s] : {std::array<int64_t, 4>{4, 3, 2, 5}, {1, 1, 4, 7}, {4, 7, 1, 1}}) {
    Winograd rows(m, r), columns(n, s);
    std::vector<float> filter = floats<float>(r * s);
    constexpr int64_t kStride = 3;
    std::vector<float> u(rows.alpha * columns.alpha * kStride, -1);
    transformFilter(rows, columns, filter.data(), u.data(), kStride);
    for (int64_t i = 0; i < rows.alpha; ++i)
      for (int64_t j = 0; j < columns.alpha; ++j) {
        double want = 0;
        for (int64_t a = 0; a < r; ++a)
          for (int64_t b = 0; b < s; ++b)
            want += rows.g[i * r + a] * columns.g[j * s + b] * double(filter[a * s + b]);
        int64_t at = (i * columns.alpha + j) * kStride;
        EXPECT_NEAR(u[at], want, 1e-6);
        EXPECT_EQ(u[at + 1], -1);
      }
  }
}
} // namespace

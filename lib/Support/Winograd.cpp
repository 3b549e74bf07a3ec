#include "lib/Support/Winograd.h"

using namespace tenon;

const Winograd *Winograd::get(int64_t m) {
  // clang-format off
  static const double bt2[] = {1, 0, -1, 0,  0, 1, 1, 0,  0, -1, 1, 0,  0, 1, 0, -1};
  static const double g2[] = {1, 0, 0,  0.5, 0.5, 0.5,  0.5, -0.5, 0.5,  0, 0, 1};
  static const double at2[] = {1, 1, 1, 0,  0, 1, -1, -1};
  static const double bt4[] = {4,  0, -5,  0, 1, 0,   0, -4, -4,  1, 1, 0,   0, 4, -4, -1, 1, 0,
                               0, -2, -1,  2, 1, 0,   0,  2, -1, -2, 1, 0,   0, 4,  0, -5, 0, 1};
  static const double g4[] = {1. / 4, 0, 0,  -1. / 6, -1. / 6, -1. / 6,  -1. / 6, 1. / 6, -1. / 6,
                              1. / 24, 1. / 12, 1. / 6,  1. / 24, -1. / 12, 1. / 6,  0, 0, 1};
  static const double at4[] = {1, 1, 1, 1, 1, 0,   0, 1, -1, 2, -2, 0,
                               0, 1, 1, 4, 4, 0,   0, 1, -1, 8, -8, 1};
  // clang-format on
  static const Winograd two = {2, 4, bt2, g2, at2}, four = {4, 6, bt4, g4, at4};
  return m == 2 ? &two : m == 4 ? &four : nullptr;
}

void Winograd::transformFilter(const float *w, float *u, int64_t stride) const {
  for (int64_t i = 0; i < alpha; ++i)
    for (int64_t j = 0; j < alpha; ++j) {
      double sum = 0;
      for (int64_t a = 0; a < 3; ++a)
        for (int64_t b = 0; b < 3; ++b)
          sum += g[i * 3 + a] * double(w[a * 3 + b]) * g[j * 3 + b];
      u[(i * alpha + j) * stride] = float(sum);
    }
}

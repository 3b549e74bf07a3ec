#include "tools/tenon-runner/Runner.h"
#include "gtest/gtest.h"
#include <cmath>
#include <cstring>
#include <random>
#include <vector>

namespace {

summary of(std::vector<double> samples) {
  return summarize(samples.data(), static_cast<int64_t>(samples.size()));
}

TEST(Statistics, MedianAndScatter) {
  EXPECT_EQ(of({3}).median, 3);
  EXPECT_EQ(of({3}).noise, 0);
  EXPECT_EQ(of({4, 1}).median, 2.5);
  summary s = of({5, 1, 4, 2, 1000});
  EXPECT_EQ(s.median, 4);
  EXPECT_DOUBLE_EQ(s.noise, 1.4826 * 2 / 4); // of deviations 0, 1, 2, 3, 996
  // So few samples leave nothing out.
  EXPECT_EQ(s.low, 1);
  EXPECT_EQ(s.high, 1000);
  std::vector<double> eleven;
  for (int i = 11; i > 0; --i)
    eleven.push_back(i);
  // P(at most 1 of 11 coins) = 0.6 %, P(at most 2) = 3.3 %.
  EXPECT_EQ(of(eleven).low, 2);
  EXPECT_EQ(of(eleven).high, 10);
}

TEST(Statistics, TheIntervalHoldsTheMedianInNearlyAllCases) {
  std::mt19937_64 random(3);
  std::lognormal_distribution<double> skewed(0, 0.5); // with median 1
  for (int count : {6, 11, 30, 100, 1000}) {
    int held = 0, trials = 2000;
    for (int trial = 0; trial < trials; ++trial) {
      std::vector<double> samples;
      for (int i = 0; i < count; ++i)
        samples.push_back(skewed(random));
      summary s = of(samples);
      held += s.low <= 1 && 1 <= s.high;
    }
    EXPECT_GE(held, trials * 94 / 100) << count;
    // It is no wider than it must be.
    if (count >= 30)
      EXPECT_LE(held, trials * 98 / 100) << count;
  }
}

TEST(Statistics, NoiseIsTheStandardDeviationOverTheMedian) {
  std::mt19937_64 random(5);
  for (double sigma : {0.5, 2.0, 10.0}) {
    std::normal_distribution<double> normal(100, sigma);
    std::vector<double> samples;
    for (int i = 0; i < 4096; ++i)
      samples.push_back(normal(random));
    EXPECT_NEAR(of(samples).noise, sigma / 100, sigma / 1000);
    // What an interrupt adds to few of them changes nothing.
    for (int i = 0; i < 100; ++i)
      samples[i] += 10000;
    EXPECT_NEAR(of(samples).noise, sigma / 100, sigma / 1000);
  }
}

TEST(Check, ComparesWithinTolerances) {
  auto differs = [](int64_t type, auto actual, auto expected, std::vector<float> tolerance) {
    double got, want;
    return tn_first_difference(type, reinterpret_cast<const char *>(actual.data()),
                               reinterpret_cast<const char *>(expected.data()), tolerance.data(),
                               static_cast<int64_t>(actual.size() * sizeof actual[0]), &got, &want);
  };
  using Floats = std::vector<float>;
  const float inf = INFINITY;
  EXPECT_EQ(differs(TENON_FLOAT32, Floats{1, 2, 3}, Floats{1, 2, 3.5}, {0, 0, 0.5f}), -1);
  EXPECT_EQ(differs(TENON_FLOAT32, Floats{1, 2, 3}, Floats{1, 2, 3.5}, {0, 0, 0.4f}), 2);
  EXPECT_EQ(differs(TENON_FLOAT32, Floats{1, NAN, 3}, Floats{1, 2, 3}, {9, 9, 9}), 1);
  EXPECT_EQ(differs(TENON_FLOAT32, Floats{1, 2, 3}, Floats{1, NAN, 3}, {9, 9, 9}), 1);
  EXPECT_EQ(differs(TENON_FLOAT32, Floats{-NAN, 0}, Floats{NAN, -0.0f}, {0, 0}), -1);
  EXPECT_EQ(differs(TENON_FLOAT32, Floats{inf, -inf}, Floats{inf, inf}, {0, 9}), 1);
  EXPECT_EQ(differs(TENON_FLOAT32, Floats{NAN, 7}, Floats{1, 2}, {inf, inf}), -1);
  EXPECT_EQ(
      differs(TENON_INT64, std::vector<int64_t>{INT64_MAX}, std::vector<int64_t>{INT64_MAX - 512}, {511}), 0);
  EXPECT_EQ(differs(TENON_INT8, std::vector<int8_t>{-128, 3}, std::vector<int8_t>{-128, 4}, {0, 1}), -1);
  EXPECT_EQ(differs(TENON_INT8, std::vector<int8_t>{-128, 3}, std::vector<int8_t>{127, 3}, {254, 0}), 0);
  EXPECT_EQ(differs(TENON_UINT8, std::vector<uint8_t>{200}, std::vector<uint8_t>{201}, {0}), 0);
  // 1 and the next number of each type, and infinity.
  EXPECT_EQ(differs(TENON_FLOAT16, std::vector<uint16_t>{0x3c01, 0x7c00},
                    std::vector<uint16_t>{0x3c00, 0x7c00}, {0.001f, 0}),
            -1);
  EXPECT_EQ(differs(TENON_FLOAT16, std::vector<uint16_t>{0x3c01}, std::vector<uint16_t>{0x3c00}, {0.0009f}),
            0);
  EXPECT_EQ(differs(TENON_FLOAT16, std::vector<uint16_t>{0x0001}, std::vector<uint16_t>{0x8001}, {1.1e-7f}),
            0);
  EXPECT_EQ(differs(TENON_BFLOAT16, std::vector<uint16_t>{0x3f81}, std::vector<uint16_t>{0x3f80}, {0.008f}),
            -1);
  EXPECT_EQ(differs(TENON_BFLOAT16, std::vector<uint16_t>{0x3f81}, std::vector<uint16_t>{0x3f80}, {0.0077f}),
            0);
  // Real and imaginary part have one tolerance.
  EXPECT_EQ(differs(TENON_COMPLEX64, Floats{1, 2, 3, 4}, Floats{1, 2, 3, 5}, {0, 1}), -1);
  EXPECT_EQ(differs(TENON_COMPLEX64, Floats{1, 2, 3, 4}, Floats{1, 2, 3, 5}, {1, 0}), 1);
}

TEST(Check, MemoryIsGuarded) {
  for (size_t bytes : {0, 1, 63, 64, 4000, 4096, 5000})
    for (size_t alignment : {1, 64, 256, 4096}) {
      guarded memory = {};
      ASSERT_EQ(guarded_allocate(&memory, bytes, alignment), 0);
      EXPECT_EQ(reinterpret_cast<uintptr_t>(memory.data) % alignment, 0u);
      std::memset(memory.data, 7, bytes);
      EXPECT_TRUE(guarded_intact(&memory));
      // The first byte behind is the other page, or one that is looked at.
      if (memory.data + bytes != memory.inside + memory.inside_bytes) {
        memory.data[bytes] ^= 1;
        EXPECT_FALSE(guarded_intact(&memory));
        memory.data[bytes] ^= 1;
      }
      if (memory.data != memory.inside) {
        memory.data[-1] ^= 1;
        EXPECT_FALSE(guarded_intact(&memory));
      }
      guarded_free(&memory);
    }
  guarded memory = {};
  EXPECT_NE(guarded_allocate(&memory, SIZE_MAX - 100, 64), 0);
  EXPECT_NE(guarded_allocate(&memory, 1, 1 << 20), 0);
}

} // namespace

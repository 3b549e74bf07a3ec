#include "lib/Support/ArenaPlan.h"
#include "gtest/gtest.h"
#include <random>

using namespace tenon;

namespace {

bool together(const Lifetime &a, const Lifetime &b) {
  return a.first < b.end && b.first < a.end;
}

/// No two buffers that live at the same time overlap, all are aligned, and all lie within the arena.
void expectValid(const std::vector<Lifetime> &buffers, const ArenaPlan &plan, int64_t alignment) {
  ASSERT_EQ(plan.offsets.size(), buffers.size());
  for (size_t i = 0; i < buffers.size(); ++i) {
    EXPECT_EQ(plan.offsets[i] % alignment, 0);
    EXPECT_GE(plan.offsets[i], 0);
    EXPECT_LE(plan.offsets[i] + buffers[i].bytes, plan.bytes);
    for (size_t j = 0; j < i; ++j) {
      bool apart = plan.offsets[i] + buffers[i].bytes <= plan.offsets[j] ||
                   plan.offsets[j] + buffers[j].bytes <= plan.offsets[i];
      EXPECT_TRUE(apart || !together(buffers[i], buffers[j])) << "buffers " << i << " and " << j;
    }
  }
}

/// The most bytes that live at one step: no plan can need less.
int64_t lowerBound(const std::vector<Lifetime> &buffers) {
  int64_t most = 0;
  for (const Lifetime &at : buffers) {
    int64_t sum = 0;
    for (const Lifetime &other : buffers)
      if (other.first <= at.first && at.first < other.end)
        sum += other.bytes;
    most = std::max(most, sum);
  }
  return most;
}

TEST(ArenaPlan, NothingNeedsNothing) {
  ArenaPlan plan = planArena({});
  EXPECT_TRUE(plan.offsets.empty());
  EXPECT_EQ(plan.bytes, 0);
}

TEST(ArenaPlan, SizesAreRoundedUpToTheAlignment) {
  std::vector<Lifetime> buffers = {{0, 2, 100}, {0, 2, 1}};
  ArenaPlan plan = planArena(buffers);
  EXPECT_EQ(plan.offsets, (std::vector<int64_t>{0, 128}));
  EXPECT_EQ(plan.bytes, 192);
  plan = planArena(buffers, 4);
  EXPECT_EQ(plan.offsets, (std::vector<int64_t>{0, 100}));
  EXPECT_EQ(plan.bytes, 104);
}

TEST(ArenaPlan, AChainAlternatesBetweenTwoPlaces) {
  // Step t reads buffer t - 1 and writes buffer t.
  std::vector<Lifetime> buffers;
  for (int64_t t = 0; t < 10; ++t)
    buffers.push_back({t, t + 2, 64});
  ArenaPlan plan = planArena(buffers);
  expectValid(buffers, plan, 64);
  EXPECT_EQ(plan.bytes, 128);
}

TEST(ArenaPlan, LifetimesThatOnlyTouchShareMemory) {
  ArenaPlan plan = planArena({{0, 3, 256}, {3, 5, 256}});
  EXPECT_EQ(plan.bytes, 256);
  plan = planArena({{0, 4, 256}, {3, 5, 256}});
  EXPECT_EQ(plan.bytes, 512);
}

TEST(ArenaPlan, TheLowestGapThatFitsIsTaken) {
  // By decreasing size: 0 at [0, 512); 1 above it at [512, 896); 2 fits below 1, beside it in time, where 0
  // is gone.
  std::vector<Lifetime> buffers = {{0, 2, 512}, {1, 4, 384}, {2, 4, 320}, {2, 4, 192}};
  ArenaPlan plan = planArena(buffers);
  EXPECT_EQ(plan.offsets, (std::vector<int64_t>{0, 512, 0, 320}));
  EXPECT_EQ(plan.bytes, 896);
}

TEST(ArenaPlan, EmptyBuffersTakeNoMemory) {
  std::vector<Lifetime> buffers = {{0, 5, 0}, {0, 5, 64}, {0, 5, 0}};
  ArenaPlan plan = planArena(buffers);
  expectValid(buffers, plan, 64);
  EXPECT_EQ(plan.bytes, 64);
}

TEST(ArenaPlan, LargeSizesDoNotOverflow) {
  std::vector<Lifetime> buffers = {{0, 2, int64_t(1) << 40}, {1, 3, int64_t(1) << 40}};
  ArenaPlan plan = planArena(buffers);
  EXPECT_EQ(plan.bytes, int64_t(1) << 41);
}

TEST(ArenaPlan, RandomPlansAreValidAndNearTheLowerBound) {
  std::mt19937 random(7);
  for (int round = 0; round < 200; ++round) {
    std::vector<Lifetime> buffers;
    for (int i = 0, count = 1 + random() % 60; i < count; ++i) {
      int64_t first = random() % 30;
      buffers.push_back({first, first + 1 + int64_t(random() % 8), 64 * int64_t(random() % 100)});
    }
    ArenaPlan plan = planArena(buffers);
    expectValid(buffers, plan, 64);
    EXPECT_GE(plan.bytes, lowerBound(buffers));
    EXPECT_LE(plan.bytes, 2 * lowerBound(buffers));
  }
}

} // namespace

#include "lib/Support/MinCut.h"
#include <gtest/gtest.h>
#include <random>

using namespace tenon;

TEST(MinCut, FollowsTheCheaperLabel) {
  MinCut cut;
  int a = cut.addNode(), b = cut.addNode();
  cut.addCost(MinCut::kFirst, a, 5);  // a second
  cut.addCost(a, MinCut::kSecond, 3); // a first
  cut.addCost(MinCut::kFirst, b, 1);
  cut.addCost(b, MinCut::kSecond, 4);
  EXPECT_EQ(cut.solve(), 4);
  EXPECT_TRUE(cut.isFirst(a));
  EXPECT_FALSE(cut.isFirst(b));
}

TEST(MinCut, SaysThatThereIsNoFiniteWay) {
  MinCut cut;
  int a = cut.addNode();
  cut.addCost(MinCut::kFirst, a, MinCut::kInfinite);
  cut.addCost(a, MinCut::kSecond, MinCut::kInfinite);
  EXPECT_GE(cut.solve(), MinCut::kInfinite);
}

// Against all labellings of small random problems.
TEST(MinCut, IsTheMinimum) {
  std::mt19937 random(1);
  for (int round = 0; round < 200; ++round) {
    int nodes = 1 + int(random() % 8);
    struct Cost {
      int u, v;
      int64_t cost;
    };
    std::vector<Cost> costs;
    MinCut cut;
    for (int i = 0; i < nodes; ++i)
      cut.addNode();
    for (int i = 0; i < 3 * nodes; ++i) {
      costs.push_back({int(random() % (nodes + 2)), int(random() % (nodes + 2)), int64_t(random() % 10)});
      cut.addCost(costs.back().u, costs.back().v, costs.back().cost);
    }
    auto price = [&](auto isFirst) {
      int64_t sum = 0;
      for (const Cost &c : costs)
        sum += c.u != c.v && isFirst(c.u) && !isFirst(c.v) ? c.cost : 0;
      return sum;
    };
    int64_t least = INT64_MAX;
    for (int labels = 0; labels < 1 << nodes; ++labels)
      least = std::min(least, price([&](int node) {
                         return node == MinCut::kFirst ||
                                (node != MinCut::kSecond && ((labels >> (node - 2)) & 1));
                       }));
    EXPECT_EQ(cut.solve(), least);
    EXPECT_EQ(price([&](int node) { return cut.isFirst(node); }), least);
  }
}

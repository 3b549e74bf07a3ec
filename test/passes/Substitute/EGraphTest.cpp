#include "passes/Substitute/Match.h"
#include "passes/Substitute/RuleText.h"
#include "gtest/gtest.h"

using namespace tenon::substitute;
using ClassId = EGraph::ClassId;

static std::vector<Rule> rulesOf(const char *text) {
  auto rules = parseRules(text);
  EXPECT_TRUE(bool(rules)) << (rules ? "" : llvm::toString(rules.takeError()));
  return rules ? std::move(*rules) : std::vector<Rule>();
}

static const char *const associates = R"(
rule "associates"
  x: [*, m, k]
  y: [*, k, n]
  z: [*, n, p]
  source
    a = matmul(x, y)
    b = matmul(a, z)
    yield b
  target
    a = matmul(y, z)
    b = matmul(x, a)
    yield b
end
)";

TEST(EGraph, EqualOperatorsAreOne) {
  EGraph graph;
  ClassId x = graph.addInput(0, {2, 3}), y = graph.addInput(1, {2, 3});
  EXPECT_EQ(graph.add(OpKind::Add, {}, {x, y}), graph.add(OpKind::Add, {}, {y, x}))
      << "addition has no order";
  EXPECT_NE(graph.add(OpKind::Sub, {}, {x, y}), graph.add(OpKind::Sub, {}, {y, x}));
  EXPECT_FALSE(graph.add(OpKind::MatMul, {}, {x, y})) << "undefined on these shapes";
}

TEST(EGraph, CongruenceIsRestoredUpwards) {
  EGraph graph;
  ClassId x = graph.addInput(0, {2}), y = graph.addInput(1, {2}), z = graph.addInput(2, {2});
  ClassId a = *graph.add(OpKind::Relu, {}, {x}), b = *graph.add(OpKind::Relu, {}, {y});
  ClassId c = *graph.add(OpKind::Add, {}, {a, z}), d = *graph.add(OpKind::Add, {}, {b, z});
  ClassId e = *graph.add(OpKind::Mul, {}, {c, d}), f = *graph.add(OpKind::Mul, {}, {c, c});
  EXPECT_NE(graph.find(e), graph.find(f));
  EXPECT_TRUE(graph.merge(x, y));
  EXPECT_FALSE(graph.merge(x, y));
  graph.rebuild();
  EXPECT_EQ(graph.find(a), graph.find(b));
  EXPECT_EQ(graph.find(c), graph.find(d));
  EXPECT_EQ(graph.find(e), graph.find(f));
  EXPECT_EQ(graph[c].nodes.size(), 1u) << "members that became equal are one";
}

TEST(EGraph, OpaqueOperatorsTakePartInCongruence) {
  EGraph graph;
  ClassId x = graph.addInput(0, {2}), y = graph.addInput(1, {2});
  ClassId a = graph.addOpaque(7, {x}, {{4}}), b = graph.addOpaque(7, {y}, {{4}}),
          c = graph.addOpaque(8, {y}, {{4}});
  graph.merge(x, y);
  graph.rebuild();
  EXPECT_EQ(graph.find(a), graph.find(b));
  EXPECT_NE(graph.find(a), graph.find(c));
}

TEST(Match, LiftedRulesMatchAnyLeadingDimensions) {
  std::vector<Rule> rules = rulesOf(associates);
  EGraph graph;
  ClassId x = graph.addInput(0, {4, 2, 5, 6}), y = graph.addInput(1, {4, 2, 6, 7}),
          z = graph.addInput(2, {7, 8});
  ClassId a = *graph.add(OpKind::MatMul, {}, {x, y}), b = *graph.add(OpKind::MatMul, {}, {a, z});
  graph.rebuild();
  std::vector<Match> matches = findMatches(graph, rules[0], 10);
  ASSERT_EQ(matches.size(), 1u);
  EXPECT_EQ(matches[0].outputs[0], b);
  EXPECT_TRUE(applyMatch(graph, rules[0], matches[0]));
  graph.rebuild();
  EXPECT_EQ(graph[b].nodes.size(), 2u);
  EXPECT_FALSE(applyMatch(graph, rules[0], matches[0])) << "nothing is new the second time";
}

TEST(Match, ConditionsAreCheckedAtEveryMatch) {
  std::vector<Rule> rules = rulesOf(R"(
rule "together"
  x: [m, k]
  y: [n, l]
  where k == l
  source
    a = relu(x)
    b = relu(y)
    yield a, b
  target
    a = concat(x, y) axis=-2
    b = relu(a)
    c, d = split(b) axis=-2 sizes=[m, n]
    yield c, d
end
)");
  EGraph graph;
  ClassId a = *graph.add(OpKind::Relu, {}, {graph.addInput(0, {2, 3})});
  ClassId b = *graph.add(OpKind::Relu, {}, {graph.addInput(1, {4, 3})});
  graph.add(OpKind::Relu, {}, {graph.addInput(2, {2, 5})});
  graph.rebuild();
  std::vector<Match> matches = findMatches(graph, rules[0], 100);
  // Each of the two with itself and with the other, and the third with itself.
  EXPECT_EQ(matches.size(), 5u);
  for (const Match &match : matches)
    EXPECT_TRUE(applyMatch(graph, rules[0], match));
  graph.rebuild();
  EXPECT_GE(graph[a].nodes.size(), 2u);
  EXPECT_GE(graph[b].nodes.size(), 2u);
}

TEST(Match, SaturationEnds) {
  std::vector<Rule> rules = rulesOf(associates);
  EGraph graph;
  std::vector<ClassId> factors;
  for (int64_t i = 0; i < 5; ++i)
    factors.push_back(graph.addInput(i, {i + 2, i + 3}));
  ClassId left = factors[0], right = factors[4];
  for (int i = 1; i < 5; ++i)
    left = *graph.add(OpKind::MatMul, {}, {left, factors[i]});
  for (int i = 3; i >= 0; --i)
    right = *graph.add(OpKind::MatMul, {}, {factors[i], right});
  SaturationLimits limits;
  EXPECT_TRUE(saturate(graph, {&rules[0]}, limits));
  EXPECT_EQ(graph.find(left), graph.find(right));
  // Every parenthesis of a product of five: as many classes as it has parts.
  size_t classes = 0;
  for (ClassId id = 0; id < graph.numIds(); ++id)
    classes += graph.find(id) == id;
  EXPECT_EQ(classes, 15u);
}

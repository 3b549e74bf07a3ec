#include "passes/Substitute/Generate/Library.h"
#include "lib/Support/HostTensor.h"
#include "passes/Substitute/RuleText.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/MemoryBuffer.h"
#include "gtest/gtest.h"
#include <map>

using namespace tenon;
using namespace tenon::substitute;

static std::vector<Rule> shippedRules() {
  std::vector<Rule> rules;
  for (const char *name : {"generated", "windows"}) {
    auto buffer =
        llvm::MemoryBuffer::getFile(std::string(TENON_SOURCE "/passes/Substitute/Rules/") + name + ".rules");
    EXPECT_TRUE(bool(buffer)) << name;
    if (!buffer)
      continue;
    auto parsed = parseRules((*buffer)->getBuffer());
    EXPECT_TRUE(bool(parsed)) << (parsed ? "" : llvm::toString(parsed.takeError()));
    if (parsed)
      llvm::append_range(rules, *parsed);
  }
  return rules;
}

/// What the file says is what can be proven of the text in it, without help.
TEST(ShippedRules, AreProvenWithTheirClass) {
  std::vector<Rule> rules = shippedRules();
  EXPECT_GE(rules.size(), 100u);
  for (const Rule &rule : rules) {
    Proof proof = prove(rule);
    ASSERT_EQ(proof.verdict, Verdict::Proven) << toString(rule) << proof.reason;
    EXPECT_EQ(rule.status, RuleStatus::Proven) << rule.name;
    EXPECT_EQ(proof.rule.ruleClass, rule.ruleClass) << rule.name;
  }
}

namespace {

/// Random graphs of up to three operators of TASO's kinds on matrices of symbolic shapes: two of m x k, two
/// of k x k.
class RandomGraphs {
public:
  RandomGraphs() {
    m = Poly::symbol(symbols.add("m", 1));
    k = Poly::symbol(symbols.add("k", 1));
    for (int i = 0; i < 4; ++i)
      inputs.push_back({i < 2 ? m : k, k});
  }

  struct Drawn {
    Graph graph;
    ValueRef result;
  };
  Drawn draw(Random &random) {
    while (true) {
      Drawn drawn;
      std::vector<Known> known;
      for (unsigned i = 0; i < inputs.size(); ++i)
        known.push_back({ValueRef::input(i), inputs[i], {}});
      for (int64_t size = random.in(1, 3); int64_t(drawn.graph.size()) < size;)
        addNode(drawn.graph, known, random);
      drawn.result = {int(drawn.graph.size()) - 1, 0};
      if (isUsed(drawn))
        return drawn;
    }
  }

  Symbols symbols;
  Poly m, k;
  std::vector<Shape> inputs;

private:
  struct Known {
    ValueRef ref;
    Shape shape;
    /// Sizes of the parts along each axis, where a split would undo a concatenation.
    std::map<int, std::pair<Poly, Poly>> parts;
  };

  void addNode(Graph &graph, std::vector<Known> &known, Random &random) {
    auto any = [&]() -> Known & { return known[random.in(0, known.size() - 1)]; };
    const Known a = any(), b = any();
    int axis = random.in(-2, -1);
    Node node{OpKind::Relu, {a.ref}, {}};
    Known result{{int(graph.size()), 0}, a.shape, {}};
    switch (random.in(0, 5)) {
    case 0:
      node.op = OpKind::MatMul;
      node.operands.push_back(b.ref);
      if (a.shape[1] != b.shape[0])
        return;
      result.shape[1] = b.shape[1];
      break;
    case 1:
    case 2:
      node.op = random.in(0, 1) ? OpKind::Add : OpKind::Mul;
      node.operands.push_back(b.ref);
      if (a.shape != b.shape)
        return;
      break;
    case 3:
      node.op = OpKind::Concat;
      node.operands.push_back(b.ref);
      node.params.push_back(Poly(axis));
      if (a.shape[axis == -1 ? 0 : 1] != b.shape[axis == -1 ? 0 : 1])
        return;
      result.shape[2 + axis] = a.shape[2 + axis] + b.shape[2 + axis];
      result.parts[axis] = {a.shape[2 + axis], b.shape[2 + axis]};
      break;
    case 4: {
      auto part = a.parts.find(axis);
      if (part == a.parts.end())
        return;
      node.op = OpKind::Split;
      node.params = {Poly(axis), part->second.first, part->second.second};
      graph.push_back(node);
      for (int output = 0; output < 2; ++output) {
        Known half{{int(graph.size()) - 1, output}, a.shape, {}};
        half.shape[2 + axis] = output ? part->second.second : part->second.first;
        known.push_back(half);
      }
      return;
    }
    default:
      result.parts = a.parts;
      break;
    }
    graph.push_back(node);
    known.push_back(result);
  }

  /// Whether the result depends on every operator.
  static bool isUsed(const Drawn &drawn) {
    std::vector<bool> used(drawn.graph.size());
    used.back() = true;
    for (size_t i = drawn.graph.size(); i-- > 0;)
      for (ValueRef ref : drawn.graph[i].operands)
        if (used[i] && !ref.isInput())
          used[ref.node] = true;
    return llvm::all_of(used, [](bool u) { return u; });
  }
};

} // namespace

TEST(ShippedRules, DeriveEveryEqualPairOfRandomGraphs) {
  std::vector<Rule> rules = shippedRules();
  std::vector<const Rule *> pointers;
  for (const Rule &rule : rules)
    pointers.push_back(&rule);
  RandomGraphs source;
  Random random(6);
  std::vector<RandomGraphs::Drawn> graphs;
  while (graphs.size() < 300)
    graphs.push_back(source.draw(random));

  // Values on twenty shapes.
  std::map<std::vector<int64_t>, std::vector<size_t>> classes;
  std::vector<std::vector<int64_t>> values(graphs.size());
  for (int shape = 0; shape < 20; ++shape) {
    Values numbers = {random.in(1, 5), random.in(1, 5)};
    std::vector<IntTensor> inputs;
    for (const Shape &symbolic : source.inputs) {
      IntTensor tensor;
      for (const Poly &extent : symbolic)
        tensor.shape.push_back(*extent.evaluate(numbers));
      for (int64_t i = 0; i < numElements(tensor.shape); ++i)
        tensor.data.push_back(random.in(-4, 4));
      inputs.push_back(tensor);
    }
    for (size_t i = 0; i < graphs.size(); ++i) {
      auto nodes = evaluateGraph(graphs[i].graph, inputs, numbers);
      ASSERT_TRUE(nodes);
      const IntTensor &result = valueOf(graphs[i].result, inputs, *nodes);
      llvm::append_range(values[i], result.shape);
      llvm::append_range(values[i], result.data);
    }
  }
  for (size_t i = 0; i < graphs.size(); ++i)
    classes[values[i]].push_back(i);

  unsigned pairs = 0;
  Values generic = {7, 11};
  auto number = [&](Graph graph) {
    for (Node &node : graph)
      for (Poly &param : node.params)
        param = Poly(*param.evaluate(generic));
    return graph;
  };
  for (auto &[value, members] : classes)
    for (size_t other : llvm::drop_begin(members)) {
      const auto &a = graphs[members[0]], &b = graphs[other];
      GraphPair pair{
          {{7, 11}, {7, 11}, {11, 11}, {11, 11}}, number(a.graph), number(b.graph), {{a.result, b.result}}};
      SaturationLimits limits = derivationLimits();
      limits.nodes = 2000;
      pairs += !derives({}, pair, limits);
      Rule shown;
      for (const Shape &shape : source.inputs)
        shown.inputs.push_back({"x" + std::to_string(shown.inputs.size()), shape});
      shown.symbols = source.symbols;
      shown.source = a.graph;
      shown.target = b.graph;
      shown.outputs = pair.outputs;
      EXPECT_TRUE(derives(pointers, pair, limits)) << toString(shown);
    }
  // Pairs that are not the same graph to begin with.
  EXPECT_GE(pairs, 10u);
}

TEST(Library, GenerationIsTheSameOnAnyNumberOfThreads) {
  std::string texts[2];
  for (unsigned threads : {1, 2}) {
    GenerateOptions options;
    options.operators = 2;
    options.threads = threads;
    GenerateStats stats;
    for (const Rule &rule : generateRules(options, stats))
      texts[threads - 1] += toString(rule);
    EXPECT_GT(stats.proven, 0u);
  }
  EXPECT_EQ(texts[0], texts[1]);
  EXPECT_NE(texts[0], "");
}

TEST(Library, WhatFollowsIsDropped) {
  const char *text = R"(
rule "a" exact proven
  x: [*]
  source
    a = relu(x)
    b = relu(a)
    yield b
  target
    a = relu(x)
    yield a
end
rule "b" exact proven
  x: [*]
  source
    a = relu(x)
    b = relu(a)
    c = relu(b)
    yield c
  target
    a = relu(x)
    yield a
end
)";
  auto rules = parseRules(text);
  ASSERT_TRUE(bool(rules)) << llvm::toString(rules.takeError());
  std::vector<Equation> equations;
  for (const Rule &rule : *rules)
    equations.push_back({rule, std::nullopt});
  minimize(equations, derivationLimits(), 1, nullptr);
  ASSERT_EQ(equations.size(), 1u);
  EXPECT_EQ(equations[0].rule.name, "a");
}

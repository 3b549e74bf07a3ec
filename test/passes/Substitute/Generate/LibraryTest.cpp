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

/// Random graphs of up to three operators on inputs of symbolic shapes.
class RandomGraphs {
public:
  virtual ~RandomGraphs() = default;
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
      for (int64_t size = random.in(1, 3); int64_t(drawn.graph.size()) < size;) {
        const Known a = known[random.in(0, known.size() - 1)], b = known[random.in(0, known.size() - 1)];
        addNode(drawn.graph, known, a, b, random);
      }
      drawn.result = {int(drawn.graph.size()) - 1, 0};
      if (isUsed(drawn))
        return drawn;
    }
  }
  /// Small values of the symbols.
  virtual Values drawShape(Random &random) const = 0;

  Symbols symbols;
  std::vector<Shape> inputs;
  /// Values of the symbols so that nothing is equal by chance.
  Values generic;

protected:
  struct Known {
    ValueRef ref;
    Shape shape;
    /// Sizes of the parts along each axis, where a split would undo a concatenation.
    std::map<int, std::pair<Poly, Poly>> parts;
  };
  /// Adds an operator on these values, if there is one that is defined.
  virtual void addNode(Graph &graph, std::vector<Known> &known, const Known &a, const Known &b,
                       Random &random) const = 0;

  static void add(Graph &graph, std::vector<Known> &known, Node node, Known result) {
    result.ref = {int(graph.size()), 0};
    graph.push_back(std::move(node));
    known.push_back(std::move(result));
  }
  static Poly &extentOf(Shape &shape, int axis) { return shape[shape.size() + axis]; }

  static void addElementwise(Graph &graph, std::vector<Known> &known, OpKind op, const Known &a,
                             const Known &b) {
    if (a.shape == b.shape)
      add(graph, known, {op, {a.ref, b.ref}, {}}, {{}, a.shape, {}});
  }
  static void addRelu(Graph &graph, std::vector<Known> &known, const Known &a) {
    add(graph, known, {OpKind::Relu, {a.ref}, {}}, a);
  }
  static void addConcat(Graph &graph, std::vector<Known> &known, const Known &a, const Known &b, int axis) {
    Known result{{}, a.shape, {}};
    Shape other = b.shape;
    Poly first = extentOf(result.shape, axis), second = extentOf(other, axis);
    extentOf(other, axis) = first;
    if (other != a.shape)
      return;
    extentOf(result.shape, axis) = first + second;
    result.parts[axis] = {first, second};
    add(graph, known, {OpKind::Concat, {a.ref, b.ref}, {Poly(axis)}}, result);
  }
  static void addSplit(Graph &graph, std::vector<Known> &known, const Known &a, int axis) {
    auto part = a.parts.find(axis);
    if (part == a.parts.end())
      return;
    auto [first, second] = part->second;
    graph.push_back({OpKind::Split, {a.ref}, {Poly(axis), first, second}});
    for (int output = 0; output < 2; ++output) {
      Known half{{int(graph.size()) - 1, output}, a.shape, {}};
      extentOf(half.shape, axis) = output ? second : first;
      known.push_back(half);
    }
  }

private:
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

/// On matrices: two of m x k, two of k x k.
class RandomMatrices : public RandomGraphs {
public:
  RandomMatrices() {
    Poly m = Poly::symbol(symbols.add("m", 1)), k = Poly::symbol(symbols.add("k", 1));
    inputs = {{m, k}, {m, k}, {k, k}, {k, k}};
    generic = {7, 11};
  }
  Values drawShape(Random &random) const override { return {random.in(1, 5), random.in(1, 5)}; }

protected:
  void addNode(Graph &graph, std::vector<Known> &known, const Known &a, const Known &b,
               Random &random) const override {
    int axis = random.in(-2, -1);
    switch (random.in(0, 5)) {
    case 0:
      if (a.shape[1] == b.shape[0])
        add(graph, known, {OpKind::MatMul, {a.ref, b.ref}, {}}, {{}, {a.shape[0], b.shape[1]}, {}});
      return;
    case 1:
      return addElementwise(graph, known, OpKind::Add, a, b);
    case 2:
      return addElementwise(graph, known, OpKind::Mul, a, b);
    case 3:
      return addConcat(graph, known, a, b, axis);
    case 4:
      return addSplit(graph, known, a, axis);
    default:
      return addRelu(graph, known, a);
    }
  }
};

/// On images: two of them, and two kernels of 2*p+1 x 2*p+1, with a pad of p.
class RandomImages : public RandomGraphs {
public:
  RandomImages() {
    for (const char *name : {"b", "c", "h", "w", "p"})
      symbols.add(name, 1);
    Poly b = Poly::symbol(0), c = Poly::symbol(1), h = Poly::symbol(2), w = Poly::symbol(3);
    kernel = pad * 2 + 1;
    inputs = {{b, c, h, w}, {b, c, h, w}, {c, c, kernel, kernel}, {c, c, kernel, kernel}};
    generic = {5, 7, 11, 13, 3};
  }
  Values drawShape(Random &random) const override {
    return {random.in(1, 3), random.in(1, 3), random.in(1, 5), random.in(1, 5), random.in(1, 2)};
  }

protected:
  void addNode(Graph &graph, std::vector<Known> &known, const Known &a, const Known &b,
               Random &random) const override {
    bool isImage = a.shape[2] != kernel, hasBorder = a.shape[2] != inputs[0][2];
    int axis = random.in(-4, -3);
    // What has a border already gets no other one.
    Poly p = hasBorder ? Poly(0) : pad, shrunk = hasBorder ? pad * 2 : Poly(0);
    Known result{{}, a.shape, a.parts};
    result.shape[2] = a.shape[2] - shrunk;
    result.shape[3] = a.shape[3] - shrunk;
    switch (random.in(0, 9)) {
    case 0:
    case 1:
      if (!isImage || b.shape[2] != kernel || a.shape[1] != b.shape[1])
        return;
      result.shape[1] = b.shape[0];
      result.parts.erase(-3);
      if (auto part = b.parts.find(-4); part != b.parts.end())
        result.parts[-3] = part->second;
      return add(graph, known,
                 {OpKind::Conv, {a.ref, b.ref}, {kernel, kernel, 1, 1, 1, 1, p, p, p, p, 1, random.in(0, 1)}},
                 result);
    case 2:
      return addElementwise(graph, known, OpKind::Add, a, b);
    case 3:
      return addElementwise(graph, known, OpKind::Sub, a, b);
    case 4:
      return addConcat(graph, known, a, b, axis);
    case 5:
      return addSplit(graph, known, a, axis);
    case 6:
    case 7:
      if (isImage)
        add(graph, known,
            {random.in(0, 1) ? OpKind::MaxPool : OpKind::AvgPool,
             {a.ref},
             {kernel, kernel, 1, 1, p, p, p, p}},
            result);
      return;
    case 8:
      if (!isImage || hasBorder)
        return;
      result.shape[2] = a.shape[2] + pad * 2;
      result.shape[3] = a.shape[3] + pad * 2;
      return add(graph, known, {OpKind::Enlarge, {a.ref}, {pad, pad, pad, pad}}, result);
    default:
      return addRelu(graph, known, a);
    }
  }

private:
  Poly pad = Poly::symbol(4), kernel;
};

} // namespace

/// Draws 300 graphs, compares their values on twenty shapes, and derives what is equal there; returns how
/// many pairs were not the same graph to begin with.
static unsigned deriveEqualPairs(RandomGraphs &source, uint64_t seed) {
  std::vector<Rule> rules = shippedRules();
  std::vector<const Rule *> pointers;
  for (const Rule &rule : rules)
    pointers.push_back(&rule);
  Random random(seed);
  std::vector<RandomGraphs::Drawn> graphs;
  while (graphs.size() < 300)
    graphs.push_back(source.draw(random));

  std::map<std::vector<int64_t>, std::vector<size_t>> classes;
  std::vector<std::vector<int64_t>> values(graphs.size());
  for (int shape = 0; shape < 20; ++shape) {
    Values numbers = source.drawShape(random);
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
      EXPECT_TRUE(nodes);
      if (!nodes)
        return 0;
      const IntTensor &result = valueOf(graphs[i].result, inputs, *nodes);
      llvm::append_range(values[i], result.shape);
      llvm::append_range(values[i], result.data);
    }
  }
  for (size_t i = 0; i < graphs.size(); ++i)
    classes[values[i]].push_back(i);

  unsigned pairs = 0;
  auto number = [&](Graph graph) {
    for (Node &node : graph)
      for (Poly &param : node.params)
        param = Poly(*param.evaluate(source.generic));
    return graph;
  };
  for (auto &[value, members] : classes)
    for (size_t other : llvm::drop_begin(members)) {
      const auto &a = graphs[members[0]], &b = graphs[other];
      GraphPair pair{{}, number(a.graph), number(b.graph), {{a.result, b.result}}};
      Rule shown;
      for (const Shape &shape : source.inputs) {
        pair.shapes.emplace_back();
        for (const Poly &extent : shape)
          pair.shapes.back().push_back(*extent.evaluate(source.generic));
        shown.inputs.push_back({"x" + std::to_string(shown.inputs.size()), shape});
      }
      SaturationLimits limits = derivationLimits();
      limits.nodes = 2000;
      pairs += !derives({}, pair, limits);
      shown.symbols = source.symbols;
      shown.source = a.graph;
      shown.target = b.graph;
      shown.outputs = pair.outputs;
      EXPECT_TRUE(derives(pointers, pair, limits)) << toString(shown);
    }
  return pairs;
}

TEST(ShippedRules, DeriveEveryEqualPairOfRandomGraphsOfMatrices) {
  RandomMatrices source;
  EXPECT_GE(deriveEqualPairs(source, 8), 10u);
}

TEST(ShippedRules, DeriveEveryEqualPairOfRandomGraphsOfImages) {
  RandomImages source;
  EXPECT_GE(deriveEqualPairs(source, 7), 10u);
}

/// What generation finds follows from the file.
TEST(ShippedRules, DeriveEveryPairThatCanBeProven) {
  std::vector<Rule> rules = shippedRules();
  std::vector<const Rule *> pointers;
  for (const Rule &rule : rules)
    pointers.push_back(&rule);
  unsigned derived = 0;
  for (const Family &family : defaultFamilies(3)) {
    EnumerationStats stats;
    for (const Candidate &candidate : enumerate(family, stats)) {
      bool follows = derives(pointers, pairOf(candidate), derivationLimits());
      derived += follows;
      EXPECT_TRUE(follows || !proveCandidate(candidate)) << toString(candidate.rule);
    }
  }
  EXPECT_GE(derived, 2000u);
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

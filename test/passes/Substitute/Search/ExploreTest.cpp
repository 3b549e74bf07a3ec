#include "passes/Substitute/Evaluate.h"
#include "passes/Substitute/Prove.h"
#include "passes/Substitute/RuleText.h"
#include "passes/Substitute/Search/ModelRules.h"
#include "passes/Substitute/Search/OperatorCost.h"
#include "gtest/gtest.h"
#include <cmath>
#include <functional>
#include <map>
#include <set>

using namespace tenon::substitute;
using llvm::ArrayRef;
using ClassId = EGraph::ClassId;

namespace {

std::vector<Rule> rules() {
  return llvm::cantFail(parseRules(getModelRules()));
}
/// Beside these, the generated ones that the pass takes.
std::vector<Rule> allRules() {
  std::vector<Rule> all = rules();
  for (Rule &rule : llvm::cantFail(parseRules(getGeneratedRules())))
    if (leavesLess(rule))
      all.push_back(rule);
  return all;
}
std::vector<const Rule *> pointers(ArrayRef<Rule> rules) {
  std::vector<const Rule *> list;
  for (const Rule &rule : rules)
    list.push_back(&rule);
  return list;
}

/// Builds graphs of random operators on matrices and images of few sizes, so that rules find something.
class RandomModel {
public:
  explicit RandomModel(uint64_t seed) : random(seed) {
    bool isImage = random.in(0, 1);
    addInput(isImage ? ArrayRef<int64_t>{1, 4, 5, 5} : ArrayRef<int64_t>{3, 4}, false);
    for (int i = 0; i < 8; ++i)
      isImage ? addImageOperator() : addMatrixOperator();
    for (size_t i = values.size() > 3 ? values.size() - 3 : 0; i < values.size(); ++i)
      model.roots.push_back(values[i]);
    model.graph.rebuild();
  }
  ModelGraph model;
  std::vector<llvm::SmallVector<int64_t, 4>> shapes; ///< of inputs

private:
  ClassId addInput(ArrayRef<int64_t> shape, bool isConstant) {
    ClassId id = model.graph.addInput(int64_t(shapes.size()), shape);
    shapes.emplace_back(shape.begin(), shape.end());
    model.isConstant.push_back(isConstant);
    if (!isConstant)
      values.push_back(id);
    return id;
  }
  ClassId pick() { return values[random.in(0, int64_t(values.size()) - 1)]; }
  void take(std::optional<ClassId> id) {
    if (id)
      values.push_back(*id);
  }
  llvm::SmallVector<int64_t, 4> shapeOf(ClassId id) {
    ArrayRef<int64_t> shape = model.graph.shape(id);
    return {shape.begin(), shape.end()};
  }
  void addMatrixOperator() {
    ClassId x = pick();
    auto shape = shapeOf(x);
    switch (random.in(0, 3)) {
    case 0:
    case 1:
      return take(
          model.graph.add(OpKind::MatMul, {}, {x, addInput({shape[1], random.in(0, 1) ? 4 : 2}, true)}));
    case 2:
      return take(model.graph.add(OpKind::BiasAdd, {-1}, {x, addInput({shape[1]}, true)}));
    default:
      return take(model.graph.add(OpKind::Add, {}, {x, pick()}));
    }
  }
  void addImageOperator() {
    ClassId x = pick();
    auto shape = shapeOf(x);
    switch (random.in(0, 7)) {
    case 0:
    case 1: {
      int64_t rows = random.in(0, 1) ? 3 : 1, columns = random.in(0, 1) ? 3 : 1, above = rows / 2,
              beside = columns / 2;
      ClassId w = addInput({4, shape[1], rows, columns}, true);
      return take(model.graph.add(OpKind::Conv,
                                  {rows, columns, 1, 1, 1, 1, above, beside, above, beside, 1, 0}, {x, w}));
    }
    case 2:
      return take(model.graph.add(OpKind::BiasAdd, {-3}, {x, addInput({shape[1]}, true)}));
    case 3:
      return take(model.graph.add(OpKind::Relu, {}, {x}));
    case 4:
      return take(model.graph.add(random.in(0, 1) ? OpKind::MaxPool : OpKind::AvgPool,
                                  {3, 3, 1, 1, 1, 1, 1, 1}, {x}));
    case 5:
      return take(model.graph.add(OpKind::Concat, {-3}, {x, pick()}));
    default:
      return take(model.graph.add(OpKind::Add, {}, {x, pick()}));
    }
  }
  Random random;
  std::vector<ClassId> values;
};

/// The roots' values on integers.
std::vector<IntTensor> evaluate(const ModelGraph &model, ArrayRef<llvm::SmallVector<int64_t, 4>> shapes,
                                uint64_t seed) {
  Random random(seed);
  std::vector<IntTensor> inputs;
  for (auto &shape : shapes) {
    IntTensor tensor{shape, {}};
    int64_t size = 1;
    for (int64_t extent : shape)
      size *= extent;
    for (int64_t i = 0; i < size; ++i)
      tensor.data.push_back(random.in(-3, 3));
    inputs.push_back(tensor);
  }
  std::map<ClassId, std::vector<IntTensor>> known;
  std::function<const std::vector<IntTensor> &(ClassId)> valueOf =
      [&](ClassId id) -> const std::vector<IntTensor> & {
    id = model.graph.find(id);
    auto it = known.find(id);
    if (it != known.end())
      return it->second;
    const EGraph::ENode &node = model.graph.node(model.graph[id].nodes.front());
    std::vector<IntTensor> result;
    if (node.op == EGraph::opInput) {
      result = {inputs[node.params[0]]};
    } else if (node.op == EGraph::opOutput) {
      result = {valueOf(node.children[0])[node.params[0]]};
    } else {
      std::vector<const IntTensor *> operands;
      for (ClassId child : node.children)
        operands.push_back(&valueOf(child)[0]);
      result = *evaluateOperator(OpKind(node.op), operands, node.params);
    }
    return known[id] = std::move(result);
  };
  std::vector<IntTensor> results;
  for (ClassId root : model.roots)
    results.push_back(valueOf(root)[0]);
  return results;
}

TEST(ModelRules, AreProven) {
  for (const Rule &rule : rules()) {
    Proof proof = prove(rule);
    EXPECT_EQ(proof.verdict, Verdict::Proven) << rule.name;
    EXPECT_EQ(proof.rule.ruleClass, rule.ruleClass) << rule.name;
    EXPECT_EQ(rule.status, RuleStatus::Proven) << rule.name;
  }
}

/// Every graph that a search proposes computes what the original one does, exactly; the e-graph's costs at
/// most what backtracking's costs; and nothing costs more than the original.
TEST(Search, AgreesOnRandomGraphs) {
  std::vector<Rule> all = allRules();
  std::vector<const Rule *> list = pointers(all);
  AnalyticOperatorCost cost(8, 1 << 20, false);
  const char *more = std::getenv("TENON_RANDOM_GRAPHS");
  unsigned rewritten = 0, optimal = 0, count = more ? unsigned(std::atoi(more)) : 60;
  for (uint64_t seed = 0; seed < count; ++seed) {
    RandomModel random(seed);
    std::vector<IntTensor> expected = evaluate(random.model, random.shapes, seed);
    SearchOptions options;
    options.budget = 1000;
    SearchStats stats;
    std::vector<Proposal> found = searchEGraph(random.model, list, cost, options, stats);
    bool isComplete = stats.complete;
    options.budget = 20;
    std::vector<Proposal> others = searchBacktracking(random.model, list, cost, options, stats);
    rewritten += !found.front().rewrites.empty();
    EXPECT_LE(found.front().cost, found.back().cost * (1 + 1e-9));
    // Where nothing was left out.
    if (isComplete && found.front().bound >= found.front().cost) {
      ++optimal;
      EXPECT_LE(found.front().cost, others.front().cost * (1 + 1e-5)) << seed;
    }
    for (const auto *proposals : {&found, &others})
      for (const Proposal &proposal : *proposals)
        EXPECT_TRUE(evaluate(proposal.model, random.shapes, seed) == expected) << seed;
  }
  EXPECT_GT(rewritten, count / 3);
  EXPECT_GT(optimal, count / 3);
}

/// Any rule at any place, one after the other, not only where a search would use it.
TEST(Rewrites, RandomOnesKeepTheValues) {
  std::vector<Rule> all = rules();
  for (Rule &rule : llvm::cantFail(parseRules(getGeneratedRules())))
    all.push_back(std::move(rule));
  constexpr size_t kLargest = 200;
  unsigned rewrites = 0;
  std::set<std::string> used;
  for (uint64_t seed = 0; rewrites < 1000; ++seed) {
    RandomModel drawn(seed);
    std::vector<IntTensor> expected = evaluate(drawn.model, drawn.shapes, seed);
    Random random(seed);
    ModelGraph model = drawn.model;
    for (unsigned i = 0; i < 10; ++i) {
      std::vector<std::pair<const Rule *, Match>> places;
      for (const Rule &rule : all)
        for (Match &match : findMatches(model.graph, rule, 10))
          places.push_back({&rule, std::move(match)});
      if (places.empty())
        break;
      auto &[rule, match] = places[random.in(0, int64_t(places.size()) - 1)];
      std::optional<ModelGraph> next = rewrite(model, *rule, match);
      if (!next || next->graph.numNodes() > kLargest)
        continue;
      ASSERT_TRUE(evaluate(*next, drawn.shapes, seed) == expected) << rule->name << ", seed " << seed;
      model = std::move(*next);
      used.insert(rule->name);
      ++rewrites;
    }
  }
  EXPECT_GT(used.size(), 60u);
}

TEST(Search, IsTheSameEachTime) {
  std::vector<Rule> all = rules();
  AnalyticOperatorCost cost(8, 1 << 20, false);
  RandomModel random(7);
  SearchStats stats;
  auto once = [&] {
    std::vector<std::pair<double, size_t>> costs;
    for (const Proposal &proposal : searchEGraph(random.model, pointers(all), cost, {}, stats))
      costs.push_back({proposal.cost, proposal.model.graph.numNodes()});
    return costs;
  };
  EXPECT_EQ(once(), once());
}

/// The greedy choice bills a product twice whose parts are both read; the exact one takes the merge.
TEST(Extract, BillsWhatIsSharedOnce) {
  std::vector<Rule> all = rules();
  ModelGraph model;
  ClassId x = model.graph.addInput(0, {1, 64}), u = model.graph.addInput(1, {64, 64}),
          v = model.graph.addInput(2, {64, 64});
  model.isConstant = {0, 1, 1};
  model.roots = {*model.graph.add(OpKind::MatMul, {}, {x, u}), *model.graph.add(OpKind::MatMul, {}, {x, v})};
  model.graph.rebuild();
  SaturationLimits limits;
  limits.iterations = 2;
  EGraph graph = model.graph;
  saturate(graph, pointers(all), limits);
  AnalyticOperatorCost cost(8, 1 << 20, false);
  NodeCosts costs = costsOf(graph, model, cost);
  std::optional<Selection> greedy = extractGreedily(graph, model.roots, costs);
  ASSERT_TRUE(greedy);
  Selection exact = extractExactly(graph, model.roots, costs, *greedy, 1000);
  EXPECT_LT(exact.cost, greedy->cost);
  EXPECT_EQ(exact.bound, exact.cost);
}

/// Two members that each need the other class: one of the two inputs must be taken.
TEST(Extract, HasNoCycles) {
  EGraph graph;
  ClassId a = graph.addInput(0, {4}), b = graph.addInput(1, {4});
  ClassId reluA = *graph.add(OpKind::Relu, {}, {a}), reluB = *graph.add(OpKind::Relu, {}, {b});
  graph.merge(reluA, b);
  graph.merge(reluB, a);
  graph.rebuild();
  NodeCosts costs(graph.numNodes(), 1);
  // Node 0 and 1 are the inputs.
  costs[0] = 10;
  costs[1] = 20;
  std::vector<ClassId> roots = {graph.find(a), graph.find(b)};
  std::optional<Selection> greedy = extractGreedily(graph, roots, costs);
  ASSERT_TRUE(greedy);
  EXPECT_EQ(extractExactly(graph, roots, costs, *greedy, 1000).cost, 11);
}

} // namespace

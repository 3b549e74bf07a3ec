#include "passes/Substitute/Match.h"
#include "llvm/ADT/STLExtras.h"

using namespace tenon::substitute;
using ClassId = EGraph::ClassId;

namespace {

class RuleMatcher {
public:
  RuleMatcher(const EGraph &graph, const Rule &rule, size_t limit)
      : graph(graph), rule(rule), limit(limit), inputs(rule.inputs.size()), nodes(rule.source.size()),
        members(rule.source.size()) {}

  std::vector<Match> run() {
    matchOutputs(0);
    return std::move(matches);
  }

private:
  using Continue = llvm::function_ref<void()>;

  bool isFull() const { return matches.size() >= limit || steps > 200 * limit; }

  /// Results from `position` on: those that others determined are looked up, the rest are searched.
  void matchOutputs(size_t position) {
    if (isFull())
      return;
    if (position == rule.outputs.size())
      return finish();
    ValueRef root = rule.outputs[position].first;
    if (root.isInput()) {
      if (inputs[root.inputIndex()])
        return matchOutputs(position + 1);
      // A rule from an input alone: every class is a place.
      for (ClassId id = 0; id < graph.numIds(); ++id)
        if (graph.find(id) == id && graph[id].shapes.size() == 1)
          matchValue(root, id, [&] { matchOutputs(position + 1); });
      return;
    }
    if (nodes[root.node] != 0)
      return matchOutputs(position + 1);
    for (ClassId id : graph.classesWith(EGraph::Op(rule.source[root.node].op)))
      matchNode(root.node, id, [&] { matchOutputs(position + 1); });
  }

  /// The value is of this class.
  void matchValue(ValueRef value, ClassId id, Continue next) {
    if (value.isInput()) {
      std::optional<ClassId> &input = inputs[value.inputIndex()];
      if (input) {
        if (*input == id)
          next();
        return;
      }
      if (graph[id].shapes.size() != 1)
        return;
      size_t rank = graph.shape(id).size(), wanted = rule.inputs[value.inputIndex()].shape.size();
      if (rule.lifted ? rank < wanted : rank != wanted)
        return;
      input = id;
      next();
      input.reset();
      return;
    }
    if (getOperator(rule.source[value.node].op).outputs == 1)
      return matchNode(value.node, id, next);
    for (EGraph::NodeId member : graph[id].nodes) {
      const EGraph::ENode &node = graph.node(member);
      if (node.op == EGraph::opOutput && node.params[0] == value.output)
        matchNode(value.node, graph.find(node.children[0]), next);
    }
  }

  /// Operator `position` of the source is a member of this class.
  void matchNode(int position, ClassId id, Continue next) {
    if (isFull())
      return;
    ++steps;
    if (nodes[position]) {
      if (nodes[position] - 1 == id)
        next();
      return;
    }
    const Node &pattern = rule.source[position];
    nodes[position] = id + 1;
    for (EGraph::NodeId member : graph[id].nodes) {
      const EGraph::ENode &node = graph.node(member);
      if (node.op != EGraph::Op(pattern.op) || node.params.size() != pattern.params.size())
        continue;
      bool fits = true;
      for (auto [wanted, actual] : llvm::zip_equal(pattern.params, node.params))
        if (auto number = wanted.constant())
          fits &= *number == actual;
      if (!fits)
        continue;
      members[position] = &node;
      matchOperands(pattern, node, false, 0, next);
      if (getOperator(pattern.op).commutative && node.children[0] != node.children[1])
        matchOperands(pattern, node, true, 0, next);
    }
    nodes[position] = 0;
  }

  void matchOperands(const Node &pattern, const EGraph::ENode &node, bool swapped, size_t i, Continue next) {
    if (i == pattern.operands.size())
      return next();
    ClassId child = graph.find(node.children[swapped ? 1 - i : i]);
    matchValue(pattern.operands[i], child, [&] { matchOperands(pattern, node, swapped, i + 1, next); });
  }

  /// The structure matches: now shapes and conditions.
  void finish() {
    Match match;
    match.values.resize(rule.symbols.size());
    std::vector<std::pair<const Poly *, int64_t>> open;
    for (size_t i = 0; i < rule.source.size(); ++i) {
      if (!nodes[i])
        return;
      for (auto [pattern, actual] : llvm::zip_equal(rule.source[i].params, members[i]->params))
        open.push_back({&pattern, actual});
    }
    std::vector<llvm::SmallVector<int64_t, 4>> extents;
    llvm::ArrayRef<int64_t> leading;
    for (size_t i = 0; i < inputs.size(); ++i) {
      if (!inputs[i])
        return;
      llvm::ArrayRef<int64_t> shape = graph.shape(*inputs[i]);
      size_t extra = shape.size() - rule.inputs[i].shape.size();
      // Leading dimensions are the same ones, or there are none.
      if (extra && !leading.empty() && leading != shape.take_front(extra))
        return;
      if (extra)
        leading = shape.take_front(extra);
      extents.emplace_back(shape.drop_front(extra));
      match.inputs.push_back(*inputs[i]);
    }
    // Parameters may need symbols of shapes, and the other way round.
    for (size_t i = 0; i < inputs.size(); ++i)
      for (auto [pattern, actual] : llvm::zip_equal(rule.inputs[i].shape, extents[i]))
        open.push_back({&pattern, actual});
    for (bool changed = true; changed && !open.empty();) {
      changed = false;
      std::vector<std::pair<const Poly *, int64_t>> left;
      for (auto [pattern, actual] : open) {
        std::optional<bool> bound = bindPattern(*pattern, actual, match.values);
        if (bound == false)
          return;
        changed |= bound.has_value();
        if (!bound)
          left.push_back({pattern, actual});
      }
      open = std::move(left);
    }
    if (!open.empty() || !checkConditions(rule, match.values))
      return;
    for (auto [from, to] : rule.outputs) {
      if (from.isInput()) {
        match.outputs.push_back(*inputs[from.inputIndex()]);
        continue;
      }
      ClassId id = nodes[from.node] - 1;
      if (graph[id].shapes.size() == 1) {
        match.outputs.push_back(id);
        continue;
      }
      // The projection must be there: else nobody reads this output.
      std::optional<ClassId> output;
      for (auto [parent, owner] : graph[id].parents)
        if (graph.node(parent).op == EGraph::opOutput && graph.node(parent).params[0] == from.output)
          output = graph.find(owner);
      if (!output)
        return;
      match.outputs.push_back(*output);
    }
    matches.push_back(match);
  }

  const EGraph &graph;
  const Rule &rule;
  size_t limit, steps = 0;
  std::vector<std::optional<ClassId>> inputs;
  /// The class of each operator of the source, plus 1; 0 where it has none yet.
  std::vector<ClassId> nodes;
  std::vector<const EGraph::ENode *> members;
  std::vector<Match> matches;
};

} // namespace

std::vector<Match> tenon::substitute::findMatches(const EGraph &graph, const Rule &rule, size_t limit) {
  return RuleMatcher(graph, rule, limit).run();
}

bool tenon::substitute::applyMatch(EGraph &graph, const Rule &rule, const Match &match) {
  size_t before = graph.numNodes();
  std::vector<ClassId> built;
  auto classOf = [&](ValueRef ref) {
    return ref.isInput() ? graph.find(match.inputs[ref.inputIndex()])
                         : graph.project(built[ref.node], ref.output);
  };
  for (const Node &node : rule.target) {
    llvm::SmallVector<int64_t, 12> params;
    for (const Poly &param : node.params) {
      std::optional<int64_t> value = param.evaluate(match.values);
      if (!value)
        return false;
      params.push_back(*value);
    }
    llvm::SmallVector<ClassId, 2> children;
    for (ValueRef ref : node.operands)
      children.push_back(classOf(ref));
    std::optional<ClassId> id = graph.add(node.op, params, children);
    if (!id)
      return false;
    built.push_back(*id);
  }
  for (auto [output, id] : llvm::zip_equal(rule.outputs, match.outputs))
    if (graph.shape(classOf(output.second)) != graph.shape(id))
      return false;
  bool merged = false;
  for (auto [output, id] : llvm::zip_equal(rule.outputs, match.outputs))
    merged |= graph.merge(classOf(output.second), id);
  return merged || graph.numNodes() != before;
}

bool tenon::substitute::saturate(EGraph &graph, llvm::ArrayRef<const Rule *> rules,
                                 const SaturationLimits &limits, llvm::function_ref<bool()> done) {
  graph.rebuild();
  for (unsigned i = 0; i < limits.iterations; ++i) {
    std::vector<std::pair<const Rule *, Match>> all;
    for (const Rule *rule : rules) {
      auto isMissing = [&](const Node &node) { return graph.classesWith(EGraph::Op(node.op)).empty(); };
      if (llvm::any_of(rule->source, isMissing))
        continue;
      for (Match &match : findMatches(graph, *rule, limits.matches))
        all.push_back({rule, std::move(match)});
    }
    bool changed = false;
    for (auto &[rule, match] : all) {
      if (graph.numNodes() > limits.nodes)
        break;
      changed |= applyMatch(graph, *rule, match);
    }
    graph.rebuild();
    if (!changed)
      return true;
    if (graph.numNodes() > limits.nodes || (done && done()))
      return false;
  }
  return false;
}

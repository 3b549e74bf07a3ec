#include "passes/Substitute/Search/Explore.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/xxhash.h"
#include <cmath>
#include <numeric>
#include <queue>
#include <set>

using namespace tenon::substitute;
using llvm::ArrayRef;
using ClassId = EGraph::ClassId;
using NodeId = EGraph::NodeId;

/// How many operators compute much.
static size_t countCostly(const Graph &graph) {
  return llvm::count_if(graph, [](const Node &node) {
    return node.op == OpKind::MatMul || node.op == OpKind::Conv || node.op == OpKind::MaxPool ||
           node.op == OpKind::AvgPool || node.op == OpKind::BatchNorm;
  });
}

bool tenon::substitute::leavesLess(const Rule &rule) {
  size_t before = countCostly(rule.source), after = countCostly(rule.target);
  return after < before || (after == before && rule.target.size() < rule.source.size());
}

/// Whether each class is a constant: an input that is one, or an operator of constants.
static std::vector<char> findConstants(const EGraph &graph, const ModelGraph &model) {
  std::vector<char> constant(graph.numIds(), 0);
  for (bool changed = true; changed;) {
    changed = false;
    for (ClassId id = 0; id < graph.numIds(); ++id) {
      if (graph.find(id) != id || constant[id])
        continue;
      for (NodeId member : graph[id].nodes) {
        const EGraph::ENode &node = graph.node(member);
        bool known = node.op == EGraph::opInput
                         ? model.isConstant[node.params[0]]
                         : node.op != EGraph::opOpaque && llvm::all_of(node.children, [&](ClassId child) {
                             return constant[graph.find(child)];
                           });
        if (known) {
          constant[id] = changed = true;
          break;
        }
      }
    }
  }
  return constant;
}

/// As costsOf, of a graph with these constants; what computes an operand is the member that `selection` has,
/// where it has one.
static NodeCosts costsIn(const EGraph &graph, ArrayRef<char> constant, const OperatorCost &cost,
                         const Selection *selection) {
  // Costs are positive, so that nothing is computed in vain.
  constexpr double kLeast = 1e-3, kConstant = 1e-9;
  NodeCosts costs(graph.numNodes(), INFINITY);
  auto infoOf = [&](ClassId id) {
    OperandInfo info{graph.shape(id)};
    NodeId chosen = selection ? selection->nodeOf[graph.find(id)] : Selection::none;
    for (NodeId member : graph[id].nodes) {
      if (chosen != Selection::none && member != chosen)
        continue;
      EGraph::Op op = graph.node(member).op;
      info.isComputed |= llvm::is_contained({OpKind::MatMul, OpKind::Conv, OpKind::Add, OpKind::Mul,
                                             OpKind::Sub, OpKind::BiasAdd, OpKind::Relu},
                                            OpKind(op));
      info.isConcat |= op == EGraph::Op(OpKind::Concat);
    }
    return info;
  };
  for (ClassId id = 0; id < graph.numIds(); ++id) {
    if (graph.find(id) != id)
      continue;
    for (NodeId member : graph[id].nodes) {
      const EGraph::ENode &node = graph.node(member);
      if (node.op >= numOpKinds) {
        costs[member] = kLeast;
        continue;
      }
      llvm::SmallVector<OperandInfo, 4> operands;
      bool known = true;
      for (ClassId child : node.children) {
        operands.push_back(infoOf(child));
        known &= constant[graph.find(child)];
      }
      double own = cost.of(OpKind(node.op), node.params, operands, graph[id].shapes);
      // What a constant is computed from must be constant.
      if (constant[id])
        costs[member] = known ? kConstant * (1 + own) : INFINITY;
      else
        costs[member] = kLeast + own;
    }
  }
  return costs;
}

NodeCosts tenon::substitute::costsOf(const EGraph &graph, const ModelGraph &model, const OperatorCost &cost) {
  return costsIn(graph, findConstants(graph, model), cost, nullptr);
}

/// The graph of a selection by itself, and the class of each of its classes.
static ModelGraph compact(const EGraph &graph, const ModelGraph &model, const Selection &selection,
                          ArrayRef<ClassId> roots) {
  ModelGraph result;
  result.isConstant = model.isConstant;
  std::vector<ClassId> to(graph.numIds(), 0);
  std::vector<char> done(graph.numIds(), 0);
  std::vector<std::pair<ClassId, size_t>> stack;
  for (ClassId root : roots) {
    root = graph.find(root);
    if (!done[root])
      stack.push_back({root, 0});
    while (!stack.empty()) {
      auto &[id, next] = stack.back();
      const EGraph::ENode &node = graph.node(selection.nodeOf[id]);
      if (next < node.children.size()) {
        ClassId child = graph.find(node.children[next++]);
        if (!done[child])
          stack.push_back({child, 0});
        continue;
      }
      llvm::SmallVector<ClassId, 4> children;
      for (ClassId child : node.children)
        children.push_back(to[graph.find(child)]);
      ClassId made = id;
      if (node.op == EGraph::opInput)
        to[made] = result.graph.addInput(node.params[0], graph.shape(made));
      else if (node.op == EGraph::opOpaque)
        to[made] = result.graph.addOpaque(node.params[0], children, graph[made].shapes);
      else if (node.op == EGraph::opOutput)
        to[made] = result.graph.project(children[0], unsigned(node.params[0]));
      else
        to[made] = *result.graph.add(OpKind(node.op), node.params, children);
      done[made] = 1;
      stack.pop_back();
    }
    result.roots.push_back(to[root]);
  }
  result.graph.rebuild();
  return result;
}

/// The one member of every class.
static std::vector<NodeId> onlyMembers(const EGraph &graph) {
  std::vector<NodeId> choice(graph.numIds(), Selection::none);
  for (ClassId id = 0; id < graph.numIds(); ++id)
    if (graph.find(id) == id)
      choice[id] = graph[id].nodes.front();
  return choice;
}

/// What a graph costs by itself. In an e-graph, what comes before an operator is less certain.
static double costOfGraph(const ModelGraph &model, const OperatorCost &cost) {
  std::optional<Selection> all =
      select(model.graph, model.roots, costsOf(model.graph, model, cost), onlyMembers(model.graph));
  assert(all && "a model has no cycle");
  return all->cost;
}

/// Matches of a rule, those left out that differ in the order of the results alone, or whose results are one.
static std::vector<Match> distinctMatches(const EGraph &graph, const Rule &rule, size_t limit) {
  std::vector<Match> matches = findMatches(graph, rule, limit);
  if (rule.outputs.size() < 2)
    return matches;
  std::set<std::vector<ClassId>> seen;
  llvm::erase_if(matches, [&](const Match &match) {
    std::vector<ClassId> outputs, inputs(match.inputs.begin(), match.inputs.end());
    for (ClassId id : match.outputs)
      outputs.push_back(graph.find(id));
    llvm::sort(outputs);
    llvm::sort(inputs);
    bool isOne = std::adjacent_find(outputs.begin(), outputs.end()) != outputs.end();
    llvm::append_range(outputs, inputs);
    return isOne || !seen.insert(outputs).second;
  });
  return matches;
}

static bool mayMatch(const EGraph &graph, const Rule &rule) {
  return !rule.source.empty() && llvm::none_of(rule.source, [&](const Node &node) {
    return graph.classesWith(EGraph::Op(node.op)).empty();
  });
}

/// Iterations in which a rule is applied.
static unsigned iterationsOf(const Rule &rule, const SearchOptions &options) {
  bool multiplies = rule.outputs.size() > 1 || countCostly(rule.target) < countCostly(rule.source);
  return multiplies ? options.jointIterations : options.iterations;
}

constexpr size_t kMatches = 2000; // of one rule at a time

std::vector<Proposal> tenon::substitute::searchEGraph(const ModelGraph &model, ArrayRef<const Rule *> rules,
                                                      const OperatorCost &cost, const SearchOptions &options,
                                                      SearchStats &stats) {
  stats = {};
  EGraph graph = model.graph;
  graph.rebuild();
  size_t originals = graph.numNodes(), most = originals + options.budget;
  std::vector<int> ruleOf(originals, -1);
  // A rule that matches very often waits for twice as many iterations, and may match twice as often, each
  // time (as in egg): sums of many operands have very many orders.
  std::vector<size_t> mostMatches(rules.size(), std::max<size_t>(64, originals / 8));
  std::vector<unsigned> waits(rules.size(), 0), waitsFor(rules.size(), 1);
  for (unsigned i = 0; i < options.iterations && !stats.complete && graph.numNodes() < most; ++i) {
    // What is computed when the model is compiled costs nothing in any form.
    std::vector<char> constant = findConstants(graph, model);
    std::vector<std::pair<int, Match>> all;
    stats.complete = true;
    for (auto [number, rule] : llvm::enumerate(rules)) {
      if (!mayMatch(graph, *rule))
        continue;
      if (i >= iterationsOf(*rule, options)) {
        stats.complete = false;
        continue;
      }
      if (waits[number] > 0) {
        --waits[number];
        stats.complete = false;
        continue;
      }
      std::vector<Match> matches = distinctMatches(graph, *rule, kMatches);
      llvm::erase_if(matches, [&](const Match &match) {
        return llvm::all_of(match.outputs, [&](ClassId id) { return constant[graph.find(id)]; });
      });
      if (matches.size() > mostMatches[number]) {
        waits[number] = waitsFor[number];
        waitsFor[number] *= 2;
        mostMatches[number] *= 2;
        stats.complete = false;
        continue;
      }
      for (Match &match : matches)
        all.push_back({int(number), std::move(match)});
    }
    for (auto &[number, match] : all) {
      if (graph.numNodes() >= most)
        break;
      if (applyMatch(graph, *rules[number], match))
        stats.complete = false;
      ruleOf.resize(graph.numNodes(), number);
    }
    graph.rebuild();
  }
  stats.nodes = graph.numNodes();
  std::vector<char> constant = findConstants(graph, model);
  NodeCosts costs = costsIn(graph, constant, cost, nullptr);
  // The original graph is a graph of the e-graph, and a start.
  std::vector<NodeId> choice(graph.numIds(), Selection::none);
  for (ClassId id = 0; id < graph.numIds(); ++id)
    if (graph.find(id) == id)
      choice[id] = *std::min_element(graph[id].nodes.begin(), graph[id].nodes.end());
  std::optional<Selection> original = select(graph, model.roots, costs, choice);
  std::vector<Proposal> proposals;
  ModelGraph unchanged = model;
  unchanged.graph.rebuild();
  Proposal before{model, costOfGraph(unchanged, cost), 0, {}};
  if (!original) {
    // Operators became equal in a circle; nothing is gained then.
    proposals.push_back(std::move(before));
    return proposals;
  }
  SolvedParts solved;
  auto extract = [&](const NodeCosts &costs) {
    std::optional<Selection> greedy = extractGreedily(graph, model.roots, costs);
    const Selection &start = greedy && greedy->cost < original->cost ? *greedy : *original;
    return extractExactly(graph, model.roots, costs, start, options.extraction, constant, &solved);
  };
  auto rulesIn = [&](const Selection &selection) {
    std::set<int> used;
    for (NodeId node : selection.nodeOf)
      if (node != Selection::none && ruleOf[node] >= 0)
        used.insert(ruleOf[node]);
    return used;
  };
  // No graph costs less: the first costs are those of the best that may come before each operator.
  std::optional<double> bound;
  // The graph of other costs of each rule's operators, unless it was looked at before.
  std::set<std::vector<NodeId>> seen;
  auto propose = [&](ArrayRef<double> factors) -> std::optional<std::pair<Selection, Proposal>> {
    NodeCosts scaled = costs;
    // Of equal graphs, the one that was found first: too little to matter tells them apart.
    double later = 1e-7 * original->cost;
    for (NodeId node = 0; node < ruleOf.size(); ++node)
      if (ruleOf[node] >= 0)
        scaled[node] = scaled[node] * factors[ruleOf[node]] + later * double(node) / double(ruleOf.size());
    // What an operator costs where another member computes its operand is known only then.
    constexpr unsigned kRounds = 4;
    std::optional<Selection> selection;
    double least = INFINITY;
    for (unsigned round = 0; round < kRounds; ++round) {
      Selection next = extract(scaled);
      if (!bound)
        bound = next.bound;
      NodeCosts actual = costsIn(graph, constant, cost, &next);
      double sum = 0;
      bool isKnown = true;
      for (NodeId node : next.nodeOf) {
        if (node == Selection::none)
          continue;
        sum += actual[node];
        double factor = ruleOf[node] >= 0 ? factors[ruleOf[node]] : 1;
        if (actual[node] * factor > scaled[node] * (1 + 1e-6)) {
          scaled[node] = actual[node] * factor;
          isKnown = false;
        }
      }
      if (sum < least) {
        least = sum;
        selection = std::move(next);
      }
      if (isKnown)
        break;
    }
    if (!seen.insert(selection->nodeOf).second)
      return std::nullopt;
    Proposal proposal{compact(graph, model, *selection, model.roots), 0, 0, {}};
    proposal.cost = costOfGraph(proposal.model, cost);
    for (int number : rulesIn(*selection))
      proposal.rewrites.push_back({rules[number]->name, 0});
    return std::make_pair(std::move(*selection), std::move(proposal));
  };
  std::vector<double> factors(rules.size(), 1);
  auto first = propose(factors);
  std::set<int> used = rulesIn(first->first);
  Proposal best = std::move(first->second);
  auto valueOf = [](const Proposal &proposal) { return proposal.nanoseconds.value_or(proposal.cost); };
  unsigned judgments = 0;
  auto judge = [&](Proposal &proposal) {
    return !options.judge || (judgments++ < options.judgments && options.judge(proposal));
  };
  bool isJudged = (!best.rewrites.empty() || options.judge) && judge(best) && judge(before);
  std::set<int> known(ruleOf.begin(), ruleOf.end());
  known.erase(-1);
  // Made so much cheaper, a rule is applied where the estimate does not know.
  constexpr double kCheaper = 0.85;
  for (int number : isJudged ? known : std::set<int>()) {
    for (double factor : {double(INFINITY), kCheaper}) {
      if ((factor > 1 && !used.count(number)) || (factor < 1 && !options.judge))
        continue;
      std::vector<double> changed = factors;
      changed[number] = factor;
      auto found = propose(changed);
      if (!found || !judge(found->second))
        continue;
      Proposal other = std::move(found->second);
      if (valueOf(other) < valueOf(best)) {
        std::swap(best, other);
        used = rulesIn(found->first);
        factors = changed;
      }
      if (factor > 1)
        for (Rewrite &rewrite : best.rewrites)
          if (rewrite.rule == rules[number]->name)
            rewrite.gain = valueOf(other) - valueOf(best);
      if (!other.rewrites.empty())
        proposals.push_back(std::move(other));
    }
  }
  if (!best.rewrites.empty())
    proposals.push_back(std::move(best));
  // What the original is not slower than may be smaller.
  llvm::erase_if(proposals, [&](const Proposal &proposal) {
    return valueOf(proposal) >= valueOf(before) && (!proposal.nanoseconds || proposal.bytes >= before.bytes);
  });
  llvm::stable_sort(proposals, [&](const Proposal &a, const Proposal &b) { return valueOf(a) < valueOf(b); });
  proposals.push_back(std::move(before));
  for (Proposal &proposal : proposals)
    proposal.bound = *bound;
  return proposals;
}

namespace {
/// A graph that backtracking has seen: that of `parent`, with a rule applied at a place. It is made when it
/// is needed, as most are never taken from the queue.
struct State {
  double cost = 0;
  size_t parent = 0;
  const Rule *rule = nullptr; ///< none for the original graph
  Match match;
  std::optional<ModelGraph> model = std::nullopt;
};

/// A graph in which a match's target stands in place of its source, in the e-graph of both.
struct Replaced {
  EGraph graph;
  Selection selection;
};
} // namespace

/// The target's operators take the place of those that computed the results; nullopt as for `rewrite`.
static std::optional<Replaced> replaceMatch(const ModelGraph &model, const Rule &rule, const Match &match) {
  EGraph next = model.graph;
  std::vector<NodeId> before = onlyMembers(next);
  std::vector<std::pair<ClassId, NodeId>> replaced;
  for (ClassId output : match.outputs)
    replaced.push_back({output, before[next.find(output)]});
  size_t count = next.numNodes();
  if (!applyMatch(next, rule, match))
    return std::nullopt;
  next.rebuild();
  std::vector<NodeId> choice = onlyMembers(next);
  for (auto [output, old] : replaced)
    for (NodeId member : next[output].nodes)
      if (member != old && (member >= count || choice[next.find(output)] == old))
        choice[next.find(output)] = member;
  std::optional<Selection> selection = select(next, model.roots, NodeCosts(next.numNodes(), 0), choice);
  if (!selection)
    return std::nullopt;
  return Replaced{std::move(next), std::move(*selection)};
}

std::optional<ModelGraph> tenon::substitute::rewrite(const ModelGraph &model, const Rule &rule,
                                                     const Match &match) {
  std::optional<Replaced> made = replaceMatch(model, rule, match);
  if (!made)
    return std::nullopt;
  return compact(made->graph, model, made->selection, model.roots);
}

/// Graphs are equal if they are written equally.
static llvm::XXH128_hash_t hashOf(const ModelGraph &model) {
  std::vector<int64_t> key(model.roots.begin(), model.roots.end());
  for (NodeId id = 0; id < model.graph.numNodes(); ++id) {
    const EGraph::ENode &node = model.graph.node(id);
    key.push_back(-1 - int64_t(node.op));
    key.insert(key.end(), node.params.begin(), node.params.end());
    key.insert(key.end(), node.children.begin(), node.children.end());
  }
  return llvm::xxh3_128bits(
      ArrayRef(reinterpret_cast<const uint8_t *>(key.data()), key.size() * sizeof(int64_t)));
}

std::vector<Proposal> tenon::substitute::searchBacktracking(const ModelGraph &model,
                                                            ArrayRef<const Rule *> rules,
                                                            const OperatorCost &cost,
                                                            const SearchOptions &options,
                                                            SearchStats &stats) {
  stats = {};
  EGraph whole = model.graph;
  whole.rebuild();
  std::optional<Selection> original =
      select(whole, model.roots, NodeCosts(whole.numNodes(), 0), onlyMembers(whole));
  assert(original && "a model has no cycle");
  std::vector<State> states(1);
  states[0].model = compact(whole, model, *original, model.roots);
  states[0].cost = costOfGraph(*states[0].model, cost);
  std::set<std::pair<uint64_t, uint64_t>> seen;
  auto isNew = [&](const ModelGraph &graph) {
    llvm::XXH128_hash_t hash = hashOf(graph);
    return seen.insert({hash.high64, hash.low64}).second;
  };
  isNew(*states[0].model);
  auto costlier = [&](size_t a, size_t b) {
    return states[a].cost != states[b].cost ? states[a].cost > states[b].cost : a > b;
  };
  std::priority_queue<size_t, std::vector<size_t>, decltype(costlier)> queue(costlier);
  queue.push(0);
  auto make = [&](State &state) {
    if (state.model)
      return;
    state.model = rewrite(*states[state.parent].model, *state.rule, state.match);
  };
  size_t best = 0, mostOperators = 2 * states[0].model->graph.numNodes();
  while (stats.taken < options.budget && !queue.empty()) {
    size_t current = queue.top();
    queue.pop();
    stats.complete = states[current].cost > options.alpha * states[best].cost;
    if (stats.complete) // all that are left cost as much
      break;
    ++stats.taken;
    make(states[current]);
    const ModelGraph from = *states[current].model;
    for (const Rule *rule : rules) {
      if (!mayMatch(from.graph, *rule))
        continue;
      for (Match &match : distinctMatches(from.graph, *rule, kMatches)) {
        std::optional<Replaced> made = replaceMatch(from, *rule, match);
        if (!made)
          continue;
        // What came before an operator may come before it again after the next rule, and counts as if it did.
        NodeCosts costs = costsOf(made->graph, model, cost);
        double sum = 0;
        for (NodeId node : made->selection.nodeOf)
          sum += node == Selection::none ? 0 : costs[node];
        if (sum >= options.alpha * states[best].cost)
          continue;
        ModelGraph graph = compact(made->graph, model, made->selection, from.roots);
        if (graph.graph.numNodes() > mostOperators || !isNew(graph))
          continue;
        states.push_back({sum, current, rule, std::move(match)});
        queue.push(states.size() - 1);
        if (sum < states[best].cost)
          best = states.size() - 1;
      }
    }
  }
  stats.nodes = states.size();
  stats.complete |= queue.empty();
  std::vector<size_t> order(states.size());
  std::iota(order.begin(), order.end(), 0);
  llvm::stable_sort(order, [&](size_t a, size_t b) { return states[a].cost < states[b].cost; });
  std::vector<Proposal> proposals;
  for (size_t i : order) {
    if (proposals.size() == options.judgments)
      break;
    if (i == 0)
      continue;
    make(states[i]);
    Proposal proposal{*states[i].model, costOfGraph(*states[i].model, cost), 0, {}};
    for (size_t at = i; at; at = states[at].parent)
      proposal.rewrites.push_back({states[at].rule->name, states[states[at].parent].cost - states[at].cost});
    std::reverse(proposal.rewrites.begin(), proposal.rewrites.end());
    proposals.push_back(std::move(proposal));
  }
  llvm::stable_sort(proposals, [](const Proposal &a, const Proposal &b) { return a.cost < b.cost; });
  proposals.push_back({std::move(*states[0].model), states[0].cost, 0, {}});
  return proposals;
}

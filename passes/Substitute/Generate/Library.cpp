#include "passes/Substitute/Generate/Library.h"
#include "passes/Substitute/Facts.h"
#include "llvm/ADT/STLExtras.h"
#include <atomic>
#include <map>
#include <numeric>
#include <thread>

using namespace tenon::substitute;
using llvm::ArrayRef;

SaturationLimits tenon::substitute::derivationLimits() {
  SaturationLimits limits;
  limits.iterations = 8;
  limits.nodes = 4000;
  limits.matches = 200;
  return limits;
}

GraphPair tenon::substitute::pairOf(const Candidate &candidate) {
  return {candidate.shapes, candidate.rule.source, candidate.rule.target, candidate.rule.outputs};
}

std::optional<GraphPair> tenon::substitute::pairOf(const Rule &rule, uint64_t seed) {
  static const int64_t primes[] = {2,  3,  5,  7,  11, 13, 17, 19, 23, 29, 31,
                                   37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79};
  Random random(seed);
  Facts facts(rule.symbols);
  for (const Constraint &condition : rule.conditions)
    if (condition.equal && !facts.assume(condition))
      return std::nullopt;
  for (unsigned attempt = 0; attempt < 400; ++attempt) {
    Values values(rule.symbols.size());
    std::vector<int64_t> left(std::begin(primes), std::end(primes));
    // Windows need small kernels and large images: a wider choice in every attempt.
    size_t choice = std::min<size_t>(left.size(), 6 + attempt / 10 + values.size());
    for (size_t s = 0; s < values.size(); ++s) {
      // Conditions determine some.
      if (facts.resolve(Poly::symbol(s)) != Poly::symbol(s))
        continue;
      size_t i = random.in(0, std::min(choice, left.size()) - 1);
      values[s] = left[i];
      if (left.size() > 1)
        left.erase(left.begin() + i);
    }
    facts.complete(values);
    if (!checkConditions(rule, values))
      continue;
    GraphPair pair;
    bool good = true;
    EGraph graph;
    std::vector<EGraph::ClassId> inputs;
    for (auto [i, input] : llvm::enumerate(rule.inputs)) {
      llvm::SmallVector<int64_t, 4> shape;
      for (const Poly &extent : input.shape) {
        shape.push_back(extent.evaluate(values).value_or(0));
        good &= shape.back() >= 1;
      }
      pair.shapes.push_back(shape);
      inputs.push_back(graph.addInput(i, shape));
    }
    auto number = [&](const Graph &from, Graph &to) {
      std::vector<EGraph::ClassId> built;
      for (Node node : from) {
        llvm::SmallVector<int64_t, 12> params;
        llvm::SmallVector<EGraph::ClassId, 2> operands;
        for (Poly &param : node.params) {
          params.push_back(param.evaluate(values).value_or(-1));
          param = Poly(params.back());
        }
        for (ValueRef ref : node.operands)
          operands.push_back(ref.isInput() ? inputs[ref.inputIndex()]
                                           : graph.project(built[ref.node], ref.output));
        auto id = graph.add(node.op, params, operands);
        if (!id)
          return false;
        built.push_back(*id);
        to.push_back(node);
      }
      return true;
    };
    pair.outputs = rule.outputs;
    if (good && number(rule.source, pair.source) && number(rule.target, pair.target))
      return pair;
  }
  return std::nullopt;
}

static bool derivesAtOnce(ArrayRef<const Rule *> rules, const GraphPair &pair,
                          const SaturationLimits &limits) {
  EGraph graph;
  std::vector<EGraph::ClassId> inputs;
  for (auto [i, shape] : llvm::enumerate(pair.shapes))
    inputs.push_back(graph.addInput(i, shape));
  std::vector<EGraph::ClassId> results[2];
  for (int side = 0; side < 2; ++side) {
    std::vector<EGraph::ClassId> built;
    auto classOf = [&](ValueRef ref) {
      return ref.isInput() ? inputs[ref.inputIndex()] : graph.project(built[ref.node], ref.output);
    };
    for (const Node &node : side ? pair.target : pair.source) {
      llvm::SmallVector<int64_t, 12> params;
      for (const Poly &param : node.params)
        params.push_back(*param.constant());
      llvm::SmallVector<EGraph::ClassId, 2> operands;
      for (ValueRef ref : node.operands)
        operands.push_back(classOf(ref));
      auto id = graph.add(node.op, params, operands);
      if (!id)
        return false;
      built.push_back(*id);
    }
    for (auto [from, to] : pair.outputs)
      results[side].push_back(classOf(side ? to : from));
  }
  auto isDone = [&] {
    return llvm::all_of(llvm::zip(results[0], results[1]), [&](auto both) {
      return graph.find(std::get<0>(both)) == graph.find(std::get<1>(both));
    });
  };
  if (isDone())
    return true;
  saturate(graph, rules, limits, isDone);
  return isDone();
}

bool tenon::substitute::derives(ArrayRef<const Rule *> rules, const GraphPair &pair,
                                const SaturationLimits &limits) {
  // Large rules make graphs large, and most of what they do small ones do, too.
  constexpr size_t kSmall = 5;
  std::vector<const Rule *> small;
  for (const Rule *rule : rules)
    if (rule->source.size() + rule->target.size() <= kSmall)
      small.push_back(rule);
  return (small.size() < rules.size() && derivesAtOnce(small, pair, limits)) ||
         derivesAtOnce(rules, pair, limits);
}

std::vector<const Rule *> tenon::substitute::pointers(ArrayRef<Equation> equations, const Equation *without) {
  std::vector<const Rule *> rules;
  for (const Equation &equation : equations) {
    if (&equation == without)
      continue;
    rules.push_back(&equation.rule);
    if (equation.reverse)
      rules.push_back(&*equation.reverse);
  }
  return rules;
}

/// Calls `work` with every number below `count`, on several threads.
static void parallel(size_t count, unsigned threads, llvm::function_ref<void(size_t)> work) {
  std::atomic<size_t> next{0};
  auto run = [&] {
    for (size_t i; (i = next++) < count;)
      work(i);
  };
  std::vector<std::thread> helpers;
  for (unsigned t = 1; t < threads; ++t)
    helpers.emplace_back(run);
  run();
  for (std::thread &helper : helpers)
    helper.join();
}

/// Whether the equation's rule, on two choices of shapes, follows from the rules.
static bool isDerived(ArrayRef<const Rule *> rules, const Equation &equation,
                      const SaturationLimits &limits) {
  for (uint64_t seed : {1, 2}) {
    std::optional<GraphPair> pair = pairOf(equation.rule, seed);
    if (!pair || !derives(rules, *pair, limits))
      return false;
  }
  return true;
}

static void minimizeOnce(std::vector<Equation> &equations, const SaturationLimits &limits, unsigned threads,
                         llvm::function_ref<void(const std::string &)> progress) {
  // Largest first. What the others derive is found in parallel; as they change with every one that goes, it
  // is asked again in turn.
  std::vector<const Rule *> all = pointers(equations);
  std::vector<char> droppable(equations.size());
  parallel(equations.size(), threads, [&](size_t i) {
    std::vector<const Rule *> rest = pointers(equations, &equations[i]);
    droppable[i] = isDerived(rest, equations[i], limits);
  });
  std::vector<bool> kept(equations.size(), true);
  for (size_t i = equations.size(); i-- > 0;) {
    if (!droppable[i])
      continue;
    std::vector<const Rule *> rest;
    for (size_t j = 0; j < equations.size(); ++j)
      if (j != i && kept[j]) {
        rest.push_back(&equations[j].rule);
        if (equations[j].reverse)
          rest.push_back(&*equations[j].reverse);
      }
    kept[i] = !isDerived(rest, equations[i], limits);
    if (progress && i % 50 == 0)
      progress("minimizing: " + std::to_string(i) + " to go");
  }
  std::vector<Equation> result;
  for (size_t i = 0; i < equations.size(); ++i)
    if (kept[i])
      result.push_back(std::move(equations[i]));
  equations = std::move(result);
}

void tenon::substitute::minimize(std::vector<Equation> &equations, const SaturationLimits &limits,
                                 unsigned threads, llvm::function_ref<void(const std::string &)> progress) {
  // Fewer rules derive more under the same limits.
  for (size_t before = equations.size() + 1; equations.size() < before;) {
    before = equations.size();
    minimizeOnce(equations, limits, threads, progress);
  }
}

/// A name from what the rule does: its operators, and a number where that is not enough.
static void nameRules(std::vector<Equation> &equations) {
  std::map<std::string, unsigned> counts;
  auto listOf = [](const Graph &graph) {
    std::string text;
    for (const Node &node : graph)
      text += (text.empty() ? "" : "-") + std::string(getOperator(node.op).name);
    return text.empty() ? std::string("input") : text;
  };
  for (Equation &equation : equations) {
    std::string name = listOf(equation.rule.source) + "/" + listOf(equation.rule.target);
    unsigned count = counts[name]++;
    if (count)
      name += "-" + std::to_string(count + 1);
    equation.rule.name = name;
    if (equation.reverse)
      equation.reverse->name = name + "/back";
  }
}

std::vector<Rule> tenon::substitute::generateRules(const GenerateOptions &options, GenerateStats &stats) {
  auto say = [&](const std::string &text) {
    if (options.progress)
      options.progress(text);
  };
  std::vector<Candidate> candidates;
  for (const Family &family : defaultFamilies(options.operators)) {
    if (!options.families.empty() && !llvm::is_contained(options.families, family.name))
      continue;
    say(std::string("enumerating ") + family.name + ", up to " + std::to_string(family.maxOperators) +
        " operators");
    llvm::append_range(candidates, enumerate(family, stats.enumeration));
  }
  // Small ones first, and of these the ones with most inputs: most of the others follow from them.
  std::vector<size_t> order(candidates.size());
  std::iota(order.begin(), order.end(), 0);
  llvm::sort(order, [&](size_t a, size_t b) {
    const Candidate &x = candidates[a], &y = candidates[b];
    if (x.size != y.size)
      return x.size < y.size;
    return x.shapes.size() != y.shapes.size() ? x.shapes.size() > y.shapes.size() : a < b;
  });

  SaturationLimits limits = derivationLimits();
  std::vector<Equation> equations;
  std::vector<bool> holds(order.size());
  const size_t batch = 256;
  size_t minimal = 50;
  for (size_t start = 0; start < order.size(); start += batch) {
    size_t count = std::min(batch, order.size() - start);
    std::vector<const Rule *> rules = pointers(equations);
    std::vector<char> derived(count);
    std::vector<std::optional<Equation>> proven(count);
    parallel(count, options.threads, [&](size_t i) {
      const Candidate &candidate = candidates[order[start + i]];
      derived[i] = derives(rules, pairOf(candidate), limits);
      if (!derived[i])
        proven[i] = proveCandidate(candidate);
    });
    size_t before = equations.size();
    for (size_t i = 0; i < count; ++i) {
      if (!derived[i] && !proven[i]) {
        ++stats.dropped;
        continue;
      }
      holds[start + i] = true;
      ++(proven[i] ? stats.proven : stats.derived);
      // Others of the batch may have made it superfluous.
      if (proven[i] && (equations.size() == before ||
                        !derives(pointers(equations), pairOf(candidates[order[start + i]]), limits)))
        equations.push_back(std::move(*proven[i]));
    }
    // Fewer rules derive faster.
    if (equations.size() > 2 * minimal) {
      minimize(equations, limits, options.threads, nullptr);
      minimal = std::max(minimal, equations.size());
    }
    if (start / batch % 8 == 0)
      say(std::to_string(start + count) + " of " + std::to_string(order.size()) + " candidates, " +
          std::to_string(equations.size()) + " rules");
  }
  say("minimizing " + std::to_string(equations.size()) + " rules");
  minimize(equations, limits, options.threads, options.progress);

  // Derivations have limits: what only followed from a rule that followed itself comes back.
  say("deriving all candidates from " + std::to_string(equations.size()) + " rules");
  std::vector<const Rule *> rest = pointers(equations);
  std::vector<char> missing(order.size());
  parallel(order.size(), options.threads,
           [&](size_t i) { missing[i] = holds[i] && !derives(rest, pairOf(candidates[order[i]]), limits); });
  for (size_t i = 0; i < order.size(); ++i)
    if (missing[i] && !derives(pointers(equations), pairOf(candidates[order[i]]), limits))
      if (std::optional<Equation> equation = proveCandidate(candidates[order[i]])) {
        equations.push_back(std::move(*equation));
        ++stats.restored;
      }

  nameRules(equations);
  stats.left = equations.size();
  std::vector<Rule> result;
  for (Equation &equation : equations) {
    result.push_back(std::move(equation.rule));
    if (equation.reverse)
      result.push_back(std::move(*equation.reverse));
  }
  return result;
}

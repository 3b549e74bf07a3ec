#include "passes/Substitute/Prove.h"
#include "passes/Substitute/Equality.h"
#include "llvm/ADT/STLExtras.h"

using namespace tenon::substitute;
using llvm::ArrayRef;

namespace {

using NodeShapes = std::vector<std::vector<Shape>>;

/// Shape checks of the target: what the source implies is fine, what determines a symbol of the target alone
/// does so, and the rest are conditions.
class RequireShapes : public ShapeChecks<Poly> {
public:
  RequireShapes(Facts &facts, std::vector<bool> targetOnly)
      : facts(facts), targetOnly(std::move(targetOnly)) {}

  bool equal(const Poly &a, const Poly &b) override {
    pending.push_back(a - b);
    return settle();
  }
  bool atLeast(const Poly &a, int64_t least) override {
    Poly poly = facts.resolve(a - least);
    if (isOpen(poly)) {
      pendingBounds.push_back(poly);
      return true;
    }
    return require({poly, false});
  }
  Poly floorDiv(const Poly &a, const Poly &b) override { return facts.floorDiv(a, b); }
  std::optional<Poly> exactDiv(const Poly &a, const Poly &b) override {
    Poly numerator = facts.resolve(a), denominator = facts.resolve(b);
    if (auto quotient = numerator.divide(denominator))
      return quotient;
    Symbol quotient = facts.symbols.add("m" + std::to_string(facts.symbols.size()), 1);
    targetOnly.resize(facts.symbols.size());
    targetOnly[quotient] = true;
    if (!equal(numerator, denominator * Poly::symbol(quotient)))
      return std::nullopt;
    return facts.resolve(Poly::symbol(quotient));
  }

  /// What is left: whether every symbol of the target was determined. False if bounds cannot be required.
  bool finish() {
    if (!settle() || !pending.empty())
      return false;
    for (const Poly &bound : std::vector<Poly>(std::move(pendingBounds))) {
      Poly poly = facts.resolve(bound);
      if (isOpen(poly) || !require({poly, false}))
        return false;
    }
    pendingBounds.clear();
    return true;
  }

  std::vector<Constraint> conditions;

private:
  bool isTargetOnly(Symbol s) const { return s < targetOnly.size() && targetOnly[s]; }
  bool isOpen(const Poly &poly) const {
    return llvm::any_of(poly.symbols(), [&](Symbol s) { return isTargetOnly(s); });
  }
  bool hasQuotient(const Poly &poly) const {
    return llvm::any_of(poly.symbols(), [&](Symbol s) {
      return llvm::any_of(facts.getDivisions(), [&](const Division &d) { return d.quotient == s; });
    });
  }

  bool require(const Constraint &constraint) {
    if (facts.implies({}, constraint))
      return true;
    if (auto value = constraint.poly.constant())
      return constraint.equal ? *value == 0 : *value >= 0;
    if (hasQuotient(constraint.poly)) {
      // The extents of two windows are equal if what they are quotients of is; other conditions on quotients
      // cannot be written.
      if (!constraint.equal || constraint.poly.getTerms().size() != 2)
        return false;
      std::vector<const Division *> found;
      for (const Poly::Term &term : constraint.poly.getTerms())
        for (const Division &d : facts.getDivisions())
          if (term.first.size() == 1 && term.first[0] == d.quotient)
            found.push_back(&d);
      if (found.size() != 2 || found[0]->denominator != found[1]->denominator)
        return false;
      Poly difference = found[0]->numerator - found[1]->numerator;
      return !hasQuotient(difference) && require({difference, true});
    }
    conditions.push_back(constraint);
    return facts.assume(constraint);
  }

  bool settle() {
    for (bool changed = true; changed;) {
      changed = false;
      std::vector<Poly> left;
      std::vector<Poly> work = std::move(pending);
      pending.clear();
      for (const Poly &raw : work) {
        Poly poly = facts.withoutPositiveFactors(facts.resolve(raw));
        if (auto value = poly.constant()) {
          if (*value)
            return false;
          continue;
        }
        if (!isOpen(poly)) {
          if (!require({poly, true}))
            return false;
          changed = true;
          continue;
        }
        auto solution = facts.findSolution(poly, [&](Symbol s) { return isTargetOnly(s); });
        if (!solution)
          solution = findByAssumption(poly);
        if (!solution || isOpen(solution->second)) {
          left.push_back(poly);
          continue;
        }
        // The bound of the symbol is a requirement as well.
        if (!require({solution->second - facts.symbols.least(solution->first), false}))
          return false;
        facts.solve(solution->first, solution->second);
        changed = true;
      }
      pending = std::move(left);
    }
    return true;
  }

  /// A symbol of the source that solves an equation because the source assumes the same one of it.
  std::optional<std::pair<Symbol, Poly>> findByAssumption(const Poly &poly) const {
    for (Symbol open : poly.symbols()) {
      if (!isTargetOnly(open))
        continue;
      auto parts = poly.linearIn(open);
      // Else other values would solve it, too.
      if (!parts ||
          !(parts->first.lowerBound(facts.symbols) >= 1 || (-parts->first).lowerBound(facts.symbols) >= 1))
        continue;
      for (const Constraint &assumed : facts.assumptions())
        for (Symbol known : assumed.poly.symbols()) {
          Poly tried = poly.substitute(open, Poly::symbol(known));
          if (assumed.equal && !isTargetOnly(known) && (tried == assumed.poly || tried == -assumed.poly))
            return std::make_pair(open, Poly::symbol(known));
        }
    }
    return std::nullopt;
  }

  Facts &facts;
  std::vector<bool> targetOnly;
  std::vector<Poly> pending, pendingBounds;
};

/// The shape that a reference means.
const Shape &shapeOf(ValueRef ref, ArrayRef<Shape> inputs, const NodeShapes &nodes) {
  return ref.isInput() ? inputs[ref.inputIndex()] : nodes[ref.node][ref.output];
}

/// The shapes of a graph's values; nullopt if some operator is undefined.
std::optional<NodeShapes> inferGraph(const Graph &graph, ArrayRef<Shape> inputs, Facts &facts,
                                     ShapeChecks<Poly> &checks) {
  NodeShapes nodes;
  for (const Node &node : graph) {
    std::vector<Shape> operands;
    for (ValueRef ref : node.operands)
      operands.push_back(facts.resolve(shapeOf(ref, inputs, nodes)));
    llvm::SmallVector<Poly, 12> params;
    for (const Poly &param : node.params)
      params.push_back(facts.resolve(param));
    const OperatorInfo &info = getOperator(node.op);
    size_t position = 0;
    for (const ParamInfo &param : info.params)
      for (size_t i = 0, e = param.count < 0 ? params.size() : param.count; i < e; ++i, ++position)
        if (!param.literal && !checks.atLeast(params[position], param.least))
          return std::nullopt;
    auto shapes = info.inferSymbols(operands, params, checks);
    if (!shapes)
      return std::nullopt;
    nodes.push_back(*shapes);
  }
  return nodes;
}

/// One attempt to prove a rule, under extra assumptions.
struct Attempt {
  Facts facts;
  std::vector<Constraint> conditions;
  NodeShapes source, target;
  bool defined = false;

  explicit Attempt(const Facts &facts) : facts(facts) {}

  bool inferTarget(const Rule &rule, ArrayRef<Shape> inputs, const std::vector<bool> &targetOnly) {
    RequireShapes require(facts, targetOnly);
    auto shapes = inferGraph(rule.target, inputs, facts, require);
    if (!shapes)
      return false;
    target = *shapes;
    for (auto [from, to] : rule.outputs) {
      Shape a = shapeOf(from, inputs, source), b = shapeOf(to, inputs, target);
      if (a.size() != b.size())
        return false;
      for (auto [x, y] : llvm::zip_equal(a, b))
        if (!require.equal(x, y))
          return false;
    }
    if (!require.finish())
      return false;
    conditions = require.conditions;
    defined = true;
    return true;
  }

  bool proveOutputs(const Rule &rule, ArrayRef<Shape> inputs, Arithmetic arithmetic) const {
    for (auto [from, to] : rule.outputs) {
      Facts local = facts;
      Shape shape = local.resolve(shapeOf(from, inputs, source));
      Shape index;
      std::vector<Constraint> context;
      for (const Poly &extent : shape) {
        index.push_back(Poly::symbol(local.symbols.add("i" + std::to_string(index.size()), 0)));
        context.push_back({extent - 1 - index.back(), false});
      }
      ExprBuilder build(local, arithmetic);
      Expr a = denote(rule.source, source, inputs, from, index, build);
      Expr b = denote(rule.target, target, inputs, to, index, build);
      if (build.failed || !proveEqual(local, a, b, context, arithmetic == Arithmetic::Full))
        return false;
    }
    return true;
  }
};

/// Whether an operator multiplies by zeros that its graph would not have without it.
bool hasStructuralZeros(const Graph &graph) {
  return llvm::any_of(graph, [](const Node &node) {
    return node.op == OpKind::Enlarge || node.op == OpKind::Zeros || node.op == OpKind::Identity ||
           node.op == OpKind::IdentityKernel;
  });
}

} // namespace

Expr tenon::substitute::denote(const Graph &graph, ArrayRef<std::vector<Shape>> shapes,
                               ArrayRef<Shape> inputs, ValueRef value, ArrayRef<Poly> index,
                               ExprBuilder &build) {
  if (value.isInput())
    return build.element(value.inputIndex(), index);
  const Node &node = graph[value.node];
  std::vector<Shape> operands;
  for (ValueRef ref : node.operands)
    operands.push_back(
        build.facts.resolve(ref.isInput() ? inputs[ref.inputIndex()] : shapes[ref.node][ref.output]));
  llvm::SmallVector<Poly, 12> params;
  for (const Poly &param : node.params)
    params.push_back(build.facts.resolve(param));
  auto at = [&](unsigned operand, ArrayRef<Poly> position) {
    return denote(graph, shapes, inputs, node.operands[operand], position, build);
  };
  IndexNotation notation{build, params, operands, value.output, index, at, {}};
  getOperator(node.op).denote(notation);
  return notation.result;
}

/// Sets of conditions under which convolutions with groups may still be alike, weakest first.
static std::vector<std::vector<Constraint>>
groupConditions(const Rule &rule, const Facts &facts, const NodeShapes &source, ArrayRef<Shape> inputs) {
  std::vector<Constraint> ungrouped, alike;
  std::vector<Poly> perGroup;
  for (const Node &node : rule.source) {
    if (node.op != OpKind::Conv)
      continue;
    Poly groups = facts.resolve(node.params[conv::Groups]);
    if (groups != Poly(1))
      ungrouped.push_back({groups - 1, true});
    if (auto quotient = facts.resolve(shapeOf(node.operands[1], inputs, source)[0]).divide(groups))
      perGroup.push_back(*quotient);
  }
  for (size_t i = 1; i < perGroup.size(); ++i)
    if (perGroup[i] != perGroup[0])
      alike.push_back({perGroup[i] - perGroup[0], true});
  std::vector<std::vector<Constraint>> sets = {{}};
  if (!alike.empty())
    sets.push_back(alike);
  if (!ungrouped.empty())
    sets.push_back(ungrouped);
  if (!alike.empty() && !ungrouped.empty()) {
    llvm::append_range(alike, ungrouped);
    sets.push_back(alike);
  }
  return sets;
}

/// The rule with what its source says of shapes put in, so that the inputs' shapes show it.
static Rule generalized(const Rule &rule, const Facts &sourceFacts) {
  Rule result = rule;
  result.symbols = sourceFacts.symbols;
  auto resolveAll = [&](llvm::MutableArrayRef<Poly> polys) {
    for (Poly &poly : polys)
      poly = sourceFacts.resolve(poly);
  };
  for (Input &input : result.inputs)
    resolveAll(input.shape);
  for (Node &node : result.source)
    resolveAll(node.params);
  for (Constraint &condition : result.conditions)
    condition = sourceFacts.resolve(condition);
  llvm::erase_if(result.conditions, [&](const Constraint &c) {
    return c.equal ? c.poly.isZero() : c.poly.lowerBound(result.symbols) >= 0;
  });
  return result;
}

/// Whether a match of the source gives every symbol a value that the target or a condition mentions.
static bool isBound(const Rule &rule) {
  std::vector<bool> bound(rule.symbols.size());
  auto bind = [&](const Poly &poly) {
    for (Symbol s : poly.symbols())
      bound[s] = true;
  };
  auto isKnown = [&](const Poly &poly) {
    return llvm::all_of(poly.symbols(), [&](Symbol s) { return bound[s]; });
  };
  for (const Input &input : rule.inputs)
    llvm::for_each(input.shape, bind);
  for (const Node &node : rule.source)
    llvm::for_each(node.params, bind);
  return llvm::all_of(rule.conditions, [&](const Constraint &c) { return isKnown(c.poly); }) &&
         llvm::all_of(rule.target, [&](const Node &node) { return llvm::all_of(node.params, isKnown); });
}

Proof tenon::substitute::prove(const Rule &rule, const ProveOptions &options) {
  Proof proof;
  proof.rule = rule;
  std::vector<Shape> inputs;
  for (const Input &input : rule.inputs)
    inputs.push_back(input.shape);

  Facts sourceFacts(rule.symbols);
  AssumeShapes assume(sourceFacts);
  auto source = inferGraph(rule.source, inputs, sourceFacts, assume);
  bool possible = source.has_value();
  Facts given = sourceFacts;
  for (const Constraint &condition : rule.conditions)
    possible = possible && given.assume(condition);
  if (!possible || given.contradict({})) {
    proof.reason = "the source is never well-formed";
    return proof;
  }

  // Symbols that no part of the source has must be determined by the target.
  std::vector<bool> targetOnly(sourceFacts.symbols.size(), true);
  auto bind = [&](const Poly &poly) {
    for (Symbol s : poly.symbols())
      targetOnly[s] = false;
  };
  for (const Shape &shape : inputs)
    llvm::for_each(shape, bind);
  for (const Node &node : rule.source)
    llvm::for_each(node.params, bind);
  for (size_t s = rule.symbols.size(); s < targetOnly.size(); ++s)
    targetOnly[s] = false;

  uint64_t seed = 1;
  // The rule with those parameters of the target that could be determined.
  Rule determined = rule;
  auto findInstance = [&](const std::vector<Constraint> &conditions, unsigned count,
                          bool onlyDefined = false) {
    Rule restricted = determined;
    llvm::append_range(restricted.conditions, conditions);
    return refute(restricted, given, count, seed++, onlyDefined);
  };

  std::vector<std::vector<Constraint>> sets = {{}};
  if (options.derive)
    sets = groupConditions(rule, given, *source, inputs);
  std::vector<Constraint> weakest;
  bool targetDefined = false;
  for (const std::vector<Constraint> &extra : sets) {
    Attempt attempt(given);
    attempt.source = *source;
    bool consistent = true;
    for (const Constraint &constraint : extra)
      consistent = consistent && attempt.facts.assume(constraint);
    if (!consistent || !attempt.inferTarget(rule, inputs, targetOnly) || attempt.facts.contradict({}))
      continue;
    if (!targetDefined) {
      weakest = attempt.conditions;
      for (Node &node : determined.target)
        for (Poly &param : node.params)
          param = attempt.facts.resolve(param);
    }
    targetDefined = true;
    if (!attempt.conditions.empty() && !options.derive)
      break;
    std::vector<Constraint> all = extra;
    llvm::append_range(all, attempt.conditions);
    if (findInstance(all, 12))
      continue;
    for (Arithmetic arithmetic : {Arithmetic::Exact, Arithmetic::Regroup, Arithmetic::Full}) {
      if (!attempt.proveOutputs(rule, inputs, arithmetic))
        continue;
      Rule result = generalized(rule, given);
      result.symbols = attempt.facts.symbols;
      for (Node &node : result.target)
        for (Poly &param : node.params)
          param = attempt.facts.resolve(given.resolve(param));
      llvm::append_range(result.conditions, all);
      if (!isBound(result))
        break;
      proof.verdict = Verdict::Proven;
      proof.rule = result;
      proof.derived = all;
      proof.rule.status = RuleStatus::Proven;
      proof.rule.ruleClass = RuleClass(unsigned(arithmetic));
      if (arithmetic == Arithmetic::Regroup &&
          (hasStructuralZeros(rule.source) || hasStructuralZeros(rule.target)))
        proof.rule.ruleClass = RuleClass::Risky;
      if (!all.empty())
        proof.counterexample = findInstance({}, options.instances / 5, true);
      if (!all.empty() && !proof.counterexample)
        proof.counterexample = findInstance({}, options.instances / 5);
      return proof;
    }
  }
  if (options.derive && targetDefined)
    proof.counterexample = findInstance(weakest, options.instances);
  if (!proof.counterexample)
    proof.counterexample = findInstance({}, options.instances);
  if (proof.counterexample)
    proof.verdict = Verdict::Refuted;
  else
    proof.reason = "neither a proof nor a counterexample was found";
  return proof;
}

std::optional<Instance> tenon::substitute::findCounterexample(const Rule &rule, unsigned count) {
  std::vector<Shape> inputs;
  for (const Input &input : rule.inputs)
    inputs.push_back(input.shape);
  Facts facts(rule.symbols);
  AssumeShapes assume(facts);
  if (!inferGraph(rule.source, inputs, facts, assume))
    return std::nullopt;
  for (const Constraint &condition : rule.conditions)
    if (!facts.assume(condition))
      return std::nullopt;
  return refute(rule, facts, count, 1);
}

#include "passes/Substitute/Generate/Generalize.h"
#include "passes/Substitute/Generate/Taso.h"
#include "passes/Substitute/Operators.h"
#include "llvm/ADT/STLExtras.h"
#include <map>
#include <set>

using namespace tenon::substitute;

static std::set<unsigned> inputsOf(const Rule &rule, const Graph &graph, bool source) {
  std::set<unsigned> found;
  auto use = [&](ValueRef ref) {
    if (ref.isInput())
      found.insert(ref.inputIndex());
  };
  for (const Node &node : graph)
    llvm::for_each(node.operands, use);
  for (auto [from, to] : rule.outputs)
    use(source ? from : to);
  return found;
}

Rule tenon::substitute::reversed(const Rule &rule) {
  Rule result = rule;
  std::swap(result.source, result.target);
  for (auto &output : result.outputs)
    std::swap(output.first, output.second);
  result.status = RuleStatus::Unproven;
  result.ruleClass = RuleClass::Risky;
  return result;
}

namespace {

/// Replaces a candidate's numbers by symbols.
class Generalizer {
public:
  Generalizer(const Candidate &candidate, bool windows) : windows(windows) {
    untyped.rule = candidate.rule;
    for (const auto &shape : candidate.shapes)
      untyped.ranks.push_back(shape.size());
  }

  std::optional<Rule> run() {
    Rule &rule = untyped.rule;
    if (!assignShapes(untyped))
      return std::nullopt;
    for (Graph *graph : {&rule.source, &rule.target})
      for (Node &node : *graph)
        generalizeNode(node, graph == &rule.source);
    return rule;
  }

private:
  Poly fresh(const char *name, int64_t least) {
    return Poly::symbol(untyped.rule.symbols.add(name + std::to_string(untyped.rule.symbols.size()), least));
  }
  /// The same symbol for the same number of the same window.
  Poly shared(const std::vector<int64_t> &window, unsigned position, const char *name, int64_t least) {
    auto [entry, isNew] = known.try_emplace({window, position});
    if (isNew)
      entry->second = fresh(name, least);
    return entry->second;
  }

  /// Positions in windows of convolutions, of pools, and of borders.
  enum { OfConv = 0, OfPool = 100, OfBorder = 200 };

  /// A number of a window in the target, from those of the source: the same one, or, for a pad, one with a
  /// border more or less. The proof tells whether that was right. `base` says which kind of window it is;
  /// pads are from position `pad` on.
  Poly derived(const std::vector<int64_t> &window, unsigned base, unsigned i, unsigned pad, const char *name,
               int64_t least) {
    unsigned position = base + i;
    if (known.count({window, position}))
      return known[{window, position}];
    std::optional<Poly> widened;
    for (auto &[key, symbol] : known) {
      auto &[other, place] = key;
      if (place != position || other.size() != window.size())
        continue;
      if (i >= pad)
        for (auto &[border, width] : known) {
          unsigned side = i - pad;
          if (border.second != OfBorder + side)
            continue;
          // Of weights, or of the image.
          if (base == OfConv && other[i] - border.first[side] == window[i])
            return symbol - width * known[{other, conv::Dilation + side % 2}];
          if (other[i] + border.first[side] == window[i])
            widened = symbol + width;
        }
      if (other[i] == window[i])
        return symbol;
    }
    return widened ? *widened : shared(window, position, name, least);
  }

  Poly number(const std::vector<int64_t> &window, unsigned base, unsigned i, unsigned pad, bool isSource) {
    const char *name = i < pad ? "s" : "p";
    int64_t least = i < pad ? 1 : 0;
    return isSource ? shared(window, base + i, name, least) : derived(window, base, i, pad, name, least);
  }

  void generalizeNode(Node &node, bool isSource) {
    std::vector<int64_t> numbers;
    for (const Poly &param : node.params)
      numbers.push_back(*param.constant());
    switch (node.op) {
    case OpKind::Conv: {
      std::vector<int64_t> window(numbers.begin(), numbers.begin() + conv::Groups);
      node.params[conv::Groups] = fresh("g", 1);
      if (!windows)
        break;
      for (unsigned i = 0; i < conv::Groups; ++i) {
        // The kernel is that of the weights.
        if (i < conv::Stride)
          node.params[i] = fresh("k", 1);
        else
          node.params[i] = number(window, OfConv, i, conv::Pad, isSource);
      }
      break;
    }
    case OpKind::MaxPool:
    case OpKind::AvgPool:
      if (!windows)
        break;
      for (unsigned i = 0; i < pool::Count; ++i)
        node.params[i] = number(numbers, OfPool, i, pool::Pad, isSource);
      break;
    case OpKind::Split:
      node.params[1] = fresh("n", 1);
      node.params[2] = fresh("n", 1);
      break;
    case OpKind::Reshape:
    case OpKind::Zeros:
    case OpKind::Ones:
    case OpKind::Identity:
    case OpKind::PoolKernel:
      for (auto [i, param] : llvm::enumerate(node.params))
        if (windows || node.op != OpKind::PoolKernel || i == 0)
          param = fresh("n", 1);
      break;
    case OpKind::IdentityKernel:
      node.params[0] = fresh("n", 1);
      break;
    case OpKind::Enlarge:
      for (unsigned i = 0; i < 4; ++i)
        if (windows && (isSource || known.count({numbers, OfBorder + i})))
          node.params[i] = shared(numbers, OfBorder + i, "e", 0);
      break;
    default:
      break;
    }
  }

  bool windows;
  Untyped untyped;
  std::map<std::pair<std::vector<int64_t>, unsigned>, Poly> known;
};

} // namespace

std::vector<Rule> tenon::substitute::generalize(const Candidate &candidate) {
  Candidate directed = candidate;
  std::set<unsigned> source = inputsOf(candidate.rule, candidate.rule.source, true);
  std::set<unsigned> target = inputsOf(candidate.rule, candidate.rule.target, false);
  if (!std::includes(source.begin(), source.end(), target.begin(), target.end())) {
    if (!std::includes(target.begin(), target.end(), source.begin(), source.end()))
      return {};
    directed.rule = reversed(candidate.rule);
  }
  std::vector<Rule> rules;
  for (bool windows : {true, false})
    if (auto rule = Generalizer(directed, windows).run())
      rules.push_back(*rule);
  // Without windows, both are the same.
  auto hasWindow = [](const Graph &graph) {
    return llvm::any_of(graph, [](const Node &node) {
      return node.op == OpKind::Conv || node.op == OpKind::MaxPool || node.op == OpKind::AvgPool ||
             node.op == OpKind::Enlarge || node.op == OpKind::PoolKernel || node.op == OpKind::IdentityKernel;
    });
  };
  if (rules.size() == 2 && !hasWindow(directed.rule.source) && !hasWindow(directed.rule.target))
    rules.pop_back();
  return rules;
}

std::optional<Equation> tenon::substitute::proveCandidate(const Candidate &candidate) {
  ProveOptions options;
  options.derive = true;
  options.instances = 0;
  for (const Rule &rule : generalize(candidate)) {
    Proof proof = prove(rule, options);
    if (proof.verdict != Verdict::Proven)
      continue;
    Equation equation{proof.rule, std::nullopt};
    // A source that is an input alone would match everything, one that lacks inputs of the target says too
    // little.
    Rule backward = reversed(proof.rule);
    std::set<unsigned> has = inputsOf(backward, backward.source, true);
    if (!backward.source.empty() && has == inputsOf(backward, backward.target, false)) {
      Proof back = prove(backward, options);
      if (back.verdict == Verdict::Proven)
        equation.reverse = back.rule;
    }
    nameSymbols(equation.rule);
    if (equation.reverse)
      nameSymbols(*equation.reverse);
    return equation;
  }
  return std::nullopt;
}

void tenon::substitute::nameSymbols(Rule &rule) {
  std::vector<std::optional<Symbol>> renamed(rule.symbols.size());
  Symbols named;
  std::map<std::string, unsigned> counts;
  auto name = [&](const Poly &poly, const std::string &prefix) {
    for (Symbol s : poly.symbols()) {
      if (renamed[s])
        continue;
      std::string text = prefix;
      if (prefix.empty()) {
        // Extents are a, b, c, ...; letters that parameters use are left out.
        static const char letters[] = "abcdfhijlmnoqrtuvwxyz";
        unsigned i = counts[prefix]++;
        text = std::string(1, letters[i % 21]) + (i < 21 ? "" : std::to_string(i / 21));
      } else {
        text += std::to_string(counts[prefix]++);
      }
      renamed[s] = named.add(text, rule.symbols.least(s));
    }
  };
  auto nameParams = [&](const Graph &graph) {
    for (const Node &node : graph) {
      size_t position = 0;
      for (const ParamInfo &param : getOperator(node.op).params)
        for (size_t i = 0, e = param.count < 0 ? node.params.size() : param.count; i < e; ++i, ++position)
          if (llvm::StringRef(param.name) != "sizes" && llvm::StringRef(param.name) != "shape")
            name(node.params[position], std::string(1, param.name[0]));
    }
  };
  nameParams(rule.source);
  for (const Input &input : rule.inputs)
    for (const Poly &extent : input.shape)
      name(extent, "");
  for (const Node &node : rule.source)
    for (const Poly &param : node.params)
      name(param, "");
  auto rename = [&](Poly &poly) {
    Poly result;
    for (const Poly::Term &term : poly.getTerms()) {
      Poly single(term.second);
      for (Symbol s : term.first)
        single = single * Poly::symbol(*renamed[s]);
      result = result + single;
    }
    poly = result;
  };
  for (Input &input : rule.inputs)
    llvm::for_each(input.shape, rename);
  for (Graph *graph : {&rule.source, &rule.target})
    for (Node &node : *graph)
      llvm::for_each(node.params, rename);
  for (Constraint &condition : rule.conditions)
    rename(condition.poly);
  rule.symbols = named;
}

#include "passes/Substitute/RuleText.h"
#include "passes/Substitute/Operators.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringMap.h"

using namespace tenon::substitute;
using llvm::StringRef;

static const char *const classNames[] = {"exact", "reassociating", "risky"};
static const char *const statusNames[] = {"unproven", "proven"};

const char *tenon::substitute::toString(RuleClass ruleClass) {
  return classNames[unsigned(ruleClass)];
}

// Printing

static std::string listOf(llvm::ArrayRef<Poly> list, const Symbols &symbols, bool lifted = false) {
  std::string text = lifted ? "[*" : "[";
  for (size_t i = 0; i < list.size(); ++i)
    text += (i || lifted ? ", " : "") + list[i].str(symbols);
  return text + "]";
}

static std::string printGraph(const Rule &rule, const Graph &graph, llvm::ArrayRef<ValueRef> results) {
  std::vector<std::vector<std::string>> names;
  unsigned count = 0;
  for (const Node &node : graph) {
    names.emplace_back();
    for (int i = 0; i < getOperator(node.op).outputs; ++i)
      names.back().push_back("%" + std::to_string(count++));
  }
  auto nameOf = [&](ValueRef value) {
    return value.isInput() ? rule.inputs[value.inputIndex()].name : names[value.node][value.output];
  };
  std::string text;
  for (size_t i = 0; i < graph.size(); ++i) {
    const Node &node = graph[i];
    const OperatorInfo &info = getOperator(node.op);
    text += "    " + llvm::join(names[i], ", ") + " = " + info.name + "(";
    for (size_t k = 0; k < node.operands.size(); ++k)
      text += (k ? ", " : "") + nameOf(node.operands[k]);
    text += ")";
    size_t position = 0;
    for (const ParamInfo &param : info.params) {
      size_t size = param.count < 0 ? node.params.size() : param.count;
      llvm::ArrayRef<Poly> values = llvm::ArrayRef(node.params).slice(position, size);
      position += size;
      if (param.byDefault && llvm::all_of(values, [&](const Poly &p) { return p == Poly(*param.byDefault); }))
        continue;
      text += std::string(" ") + param.name + "=";
      text += param.count == 1 ? values[0].str(rule.symbols) : listOf(values, rule.symbols);
    }
    text += "\n";
  }
  text += "    yield";
  for (size_t i = 0; i < results.size(); ++i)
    text += (i ? ", " : " ") + nameOf(results[i]);
  return text + "\n";
}

std::string tenon::substitute::toString(const Rule &rule) {
  std::string text = "rule \"" + rule.name + "\" " + toString(rule.ruleClass) + " " +
                     statusNames[unsigned(rule.status)] + "\n";
  for (const Input &input : rule.inputs)
    text += "  " + input.name + ": " + listOf(input.shape, rule.symbols, rule.lifted) + "\n";
  std::vector<std::string> bounds;
  std::vector<bool> used(rule.symbols.size());
  auto use = [&](const Poly &poly) {
    for (Symbol s : poly.symbols())
      used[s] = true;
  };
  for (const Input &input : rule.inputs)
    llvm::for_each(input.shape, use);
  for (const Graph *graph : {&rule.source, &rule.target})
    for (const Node &node : *graph)
      llvm::for_each(node.params, use);
  for (size_t s = 0; s < rule.symbols.size(); ++s)
    if (used[s] && rule.symbols.least(s) != 1)
      bounds.push_back(rule.symbols.name(s) + " >= " + std::to_string(rule.symbols.least(s)));
  if (!bounds.empty())
    text += "  with " + llvm::join(bounds, ", ") + "\n";
  std::vector<std::string> conditions;
  for (const Constraint &condition : rule.conditions) {
    // Negative terms go to the other side.
    Poly left, right;
    for (const Poly::Term &term : condition.poly.getTerms()) {
      Poly single(std::abs(term.second));
      for (Symbol s : term.first)
        single = single * Poly::symbol(s);
      (term.second > 0 ? left : right) = (term.second > 0 ? left : right) + single;
    }
    conditions.push_back(left.str(rule.symbols) + (condition.equal ? " == " : " >= ") +
                         right.str(rule.symbols));
  }
  if (!conditions.empty())
    text += "  where " + llvm::join(conditions, ", ") + "\n";
  std::vector<ValueRef> source, target;
  for (auto [from, to] : rule.outputs) {
    source.push_back(from);
    target.push_back(to);
  }
  text += "  source\n" + printGraph(rule, rule.source, source);
  text += "  target\n" + printGraph(rule, rule.target, target);
  return text + "end\n";
}

// Parsing

namespace {

/// A parser of one file: words, numbers and punctuation, line by line where lines matter.
class Parser {
public:
  explicit Parser(StringRef text) : text(text) { advance(); }

  llvm::Expected<std::vector<Rule>> parse() {
    std::vector<Rule> rules;
    skipLines();
    while (error.empty() && token != "") {
      rules.emplace_back();
      parseRule(rules.back());
      skipLines();
    }
    if (!error.empty())
      return llvm::createStringError("line " + llvm::Twine(errorLine) + ": " + error);
    return rules;
  }

private:
  using Scope = llvm::StringMap<ValueRef>;

  void fail(const std::string &message) {
    if (error.empty()) {
      error = message;
      errorLine = line;
    }
    token = "";
    text = "";
  }
  void failExpected(const std::string &what) {
    fail("expected " + what + ", but got " +
         (token == "\n" ? "the end of the line"
          : token == "" ? "the end of the file"
                        : "'" + token.str() + "'"));
  }

  /// Moves `token` on: a name, a number, a string in quotes, a line's end, an operator, or nothing at the
  /// end.
  void advance() {
    if (token == "\n")
      ++line;
    text = text.ltrim(" \t\r");
    if (text.starts_with("#"))
      text = text.drop_until([](char c) { return c == '\n'; });
    size_t size = std::min<size_t>(1, text.size());
    auto isWord = [](char c) { return llvm::isAlnum(c) || c == '_' || c == '%'; };
    if (text.starts_with("\"")) {
      size = text.find_first_of("\"\n", 1);
      size = size == StringRef::npos || text[size] == '\n' ? 1 : size + 1;
    } else if (!text.empty() && isWord(text[0])) {
      size = text.take_while(isWord).size();
    } else if (text.starts_with("==") || text.starts_with(">=")) {
      size = 2;
    }
    token = text.take_front(size);
    text = text.drop_front(size);
  }
  bool accept(StringRef expected) {
    if (token != expected || token == "")
      return false;
    advance();
    return true;
  }
  void expect(StringRef expected) {
    if (!accept(expected))
      failExpected(expected == "\n" ? "the end of the line" : "'" + expected.str() + "'");
  }
  void skipLines() {
    while (accept("\n"))
      ;
  }
  bool isName() const {
    return !token.empty() && (llvm::isAlpha(token[0]) || token[0] == '_' || token[0] == '%');
  }
  std::string name(const char *what) {
    std::string result = token.str();
    if (!isName()) {
      failExpected(what);
      return "";
    }
    advance();
    return result;
  }

  /// sum := product {("+" | "-") product}; product := factor {"*" factor}
  Poly parseSum() {
    bool negative = accept("-");
    Poly sum = parseProduct();
    if (negative)
      sum = -sum;
    while (token == "+" || token == "-") {
      bool minus = token == "-";
      advance();
      Poly next = parseProduct();
      sum = minus ? sum - next : sum + next;
    }
    return sum;
  }
  Poly parseProduct() {
    Poly product = parseFactor();
    while (accept("*")) {
      product = product * parseFactor();
      limit(product);
    }
    return product;
  }
  Poly parseFactor() {
    if (++depth > 64) {
      fail("expected at most 64 parentheses inside each other");
      return {};
    }
    Poly result;
    int64_t number;
    if (accept("(")) {
      result = parseSum();
      expect(")");
    } else if (!token.empty() && llvm::isDigit(token[0]) && !token.getAsInteger(10, number) &&
               number < 1000000) {
      result = Poly(number);
      advance();
    } else if (isName() && token[0] != '%') {
      result = Poly::symbol(symbolOf(name("a symbol")));
    } else {
      failExpected("a number below 1000000 or a symbol");
    }
    --depth;
    limit(result);
    return result;
  }
  /// Keeps hostile products small.
  void limit(Poly &poly) {
    bool small = poly.getTerms().size() <= 64;
    for (const Poly::Term &term : poly.getTerms())
      small &= term.first.size() <= 16 && std::abs(term.second) <= 1000000000;
    if (small)
      return;
    fail("expected a polynomial of at most 64 terms, degree 16 and coefficients of at most 1000000000");
    poly = Poly();
  }
  Symbol symbolOf(const std::string &name) {
    if (std::optional<Symbol> known = rule->symbols.find(name))
      return *known;
    if (rule->symbols.size() >= 256) {
      fail("expected at most 256 symbols in a rule");
      return 0;
    }
    return rule->symbols.add(name, 1);
  }
  llvm::SmallVector<Poly, 4> parseList() {
    llvm::SmallVector<Poly, 4> list;
    expect("[");
    while (error.empty() && token != "]") {
      if (!list.empty())
        expect(",");
      list.push_back(parseSum());
      if (list.size() > 16)
        fail("expected at most 16 entries in a list");
    }
    expect("]");
    return list;
  }

  void parseRule(Rule &result) {
    rule = &result;
    expect("rule");
    if (!token.starts_with("\"") || token.size() < 3)
      return failExpected("the rule's name in quotes");
    rule->name = token.drop_front().drop_back().str();
    advance();
    while (token != "\n" && error.empty())
      parseWord();
    Scope inputs;
    bool first = true;
    for (skipLines(); error.empty() && token != "source" && token != "with" && token != "where";
         skipLines()) {
      std::string input = name("an input, 'with', 'where' or 'source'");
      if (!inputs.try_emplace(input, ValueRef::input(rule->inputs.size())).second)
        return fail("expected a new name, but got '" + input + "' again");
      expect(":");
      expect("[");
      bool lifted = accept("*");
      if (lifted && token != "]")
        expect(",");
      if (!first && lifted != rule->lifted)
        return fail("expected '*' in the shapes of all inputs or of none");
      rule->lifted = lifted;
      first = false;
      Shape shape;
      while (error.empty() && token != "]") {
        if (!shape.empty())
          expect(",");
        shape.push_back(parseSum());
        if (shape.size() > 8)
          fail("expected at most 8 dimensions");
      }
      expect("]");
      expect("\n");
      rule->inputs.push_back({input, shape});
      if (rule->inputs.size() > 32)
        fail("expected at most 32 inputs");
    }
    if (accept("with"))
      parseBounds();
    skipLines();
    if (accept("where"))
      parseConditions();
    skipLines();
    std::vector<ValueRef> source, target;
    parseGraph("source", rule->source, source, inputs);
    size_t bound = rule->symbols.size();
    parseGraph("target", rule->target, target, inputs);
    if (error.empty() && rule->symbols.size() != bound)
      return fail("expected a symbol of the source, but got '" + rule->symbols.name(bound) + "'");
    if (error.empty() && (source.empty() || source.size() != target.size()))
      return fail("expected as many results of the target as of the source, " +
                  std::to_string(source.size()) + ", but got " + std::to_string(target.size()));
    expect("end");
    for (size_t i = 0; i < source.size() && i < target.size(); ++i)
      rule->outputs.push_back({source[i], target[i]});
    if (error.empty() && rule->lifted)
      for (const Graph *graph : {&rule->source, &rule->target})
        for (const Node &node : *graph)
          if (!getOperator(node.op).liftable)
            return fail(std::string("expected no '*' in the shapes of a rule with ") +
                        getOperator(node.op).name);
  }
  void parseWord() {
    for (size_t i = 0; i < std::size(classNames); ++i)
      if (accept(classNames[i])) {
        rule->ruleClass = RuleClass(i);
        return;
      }
    for (size_t i = 0; i < std::size(statusNames); ++i)
      if (accept(statusNames[i])) {
        rule->status = RuleStatus(i);
        return;
      }
    failExpected("exact, reassociating, risky, proven or unproven");
  }
  void parseBounds() {
    Symbols narrowed;
    do {
      std::string symbol = name("a symbol");
      symbolOf(symbol);
      expect(">=");
      std::optional<int64_t> least = parseSum().constant();
      if (!least || *least < 0)
        return fail("expected a bound that is a number and not negative");
      // Symbols are 1 at least unless this line says 0.
      for (size_t s = 0; s < rule->symbols.size(); ++s)
        narrowed.add(rule->symbols.name(s),
                     rule->symbols.name(s) == symbol ? *least : rule->symbols.least(s));
      rule->symbols = narrowed;
      narrowed = Symbols();
    } while (accept(","));
    expect("\n");
  }
  void parseConditions() {
    do {
      Poly left = parseSum();
      bool equal = token == "==";
      if (!equal && token != ">=")
        return failExpected("'==' or '>='");
      advance();
      rule->conditions.push_back({left - parseSum(), equal});
    } while (accept(","));
    expect("\n");
  }

  void parseGraph(const char *keyword, Graph &graph, std::vector<ValueRef> &results, const Scope &inputs) {
    Scope scope = inputs;
    expect(keyword);
    expect("\n");
    for (skipLines(); error.empty() && token != "yield"; skipLines()) {
      if (graph.size() >= 64)
        return fail("expected at most 64 operators");
      parseNode(graph, scope);
    }
    expect("yield");
    do {
      std::string value = name("a value");
      auto found = scope.find(value);
      if (found == scope.end())
        return fail("expected a value, but got '" + value + "'");
      results.push_back(found->second);
    } while (accept(","));
    expect("\n");
    skipLines();
  }

  void parseNode(Graph &graph, Scope &scope) {
    std::vector<std::string> names;
    do
      names.push_back(name("a value's name or 'yield'"));
    while (accept(","));
    expect("=");
    std::string op = name("an operator");
    const OperatorInfo *info = findOperator(op);
    if (!info)
      return fail("expected an operator, but got '" + op + "'");
    Node node{info->kind, {}, {}};
    expect("(");
    while (error.empty() && token != ")") {
      if (!node.operands.empty())
        expect(",");
      std::string value = name("a value");
      auto found = scope.find(value);
      if (found == scope.end())
        return fail("expected a value, but got '" + value + "'");
      node.operands.push_back(found->second);
    }
    expect(")");
    if (error.empty() && (int(node.operands.size()) != info->operands || int(names.size()) != info->outputs))
      return fail("expected " + std::to_string(info->operands) + " operands and " +
                  std::to_string(info->outputs) + " results of " + op + ", but got " +
                  std::to_string(node.operands.size()) + " and " + std::to_string(names.size()));
    parseParams(*info, node);
    for (size_t i = 0; i < names.size(); ++i)
      if (!scope.try_emplace(names[i], ValueRef{int(graph.size()), int(i)}).second)
        return fail("expected a new name, but got '" + names[i] + "' again");
    graph.push_back(node);
  }

  void parseParams(const OperatorInfo &info, Node &node) {
    std::vector<std::optional<llvm::SmallVector<Poly, 4>>> given(info.params.size());
    while (error.empty() && token != "\n") {
      std::string param = name("a parameter");
      size_t i = 0;
      while (i < info.params.size() && param != info.params[i].name)
        ++i;
      if (i == info.params.size() || given[i])
        return fail(std::string("expected a parameter of ") + info.name + ", but got '" + param + "'");
      expect("=");
      given[i].emplace();
      if (info.params[i].count == 1)
        given[i]->push_back(parseSum());
      else
        *given[i] = parseList();
      if (error.empty() && info.params[i].count >= 0 && int(given[i]->size()) != info.params[i].count)
        return fail("expected " + std::to_string(info.params[i].count) + " entries of " + param +
                    ", but got " + std::to_string(given[i]->size()));
      for (const Poly &value : *given[i])
        if (info.params[i].literal && !value.constant())
          return fail("expected a number for " + param);
    }
    for (size_t i = 0; i < info.params.size() && error.empty(); ++i) {
      if (!given[i] && !info.params[i].byDefault)
        return fail(std::string("expected ") + info.params[i].name + "=... of " + info.name);
      if (given[i])
        node.params.append(given[i]->begin(), given[i]->end());
      else
        node.params.append(info.params[i].count, Poly(*info.params[i].byDefault));
    }
    expect("\n");
  }

  StringRef text, token = "";
  unsigned line = 1, errorLine = 0, depth = 0;
  std::string error;
  Rule *rule = nullptr;
};

} // namespace

llvm::Expected<std::vector<Rule>> tenon::substitute::parseRules(StringRef text) {
  return Parser(text).parse();
}

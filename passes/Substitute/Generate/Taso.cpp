#include "passes/Substitute/Generate/Taso.h"
#include "passes/Substitute/Operators.h"
#include "llvm/Support/JSON.h"
#include <map>

using namespace tenon::substitute;
using llvm::json::Array;
using llvm::json::Object;

bool tenon::substitute::assignShapes(Untyped &untyped) {
  Rule &rule = untyped.rule;
  std::vector<int> ranks = untyped.ranks;
  ranks.resize(rule.inputs.size(), -1);
  std::vector<int> nodeRanks[2] = {std::vector<int>(rule.source.size(), -1),
                                   std::vector<int>(rule.target.size(), -1)};
  bool possible = true, changed = true;
  auto unify = [&](int &a, int &b) {
    if (a == b)
      return;
    if (a >= 0 && b >= 0)
      possible = false;
    (a < 0 ? a : b) = a < 0 ? b : a;
    changed = true;
  };
  auto rankOf = [&](int side, ValueRef ref) -> int & {
    return ref.isInput() ? ranks[ref.inputIndex()] : nodeRanks[side][ref.node];
  };
  while (changed && possible) {
    changed = false;
    for (int side = 0; side < 2; ++side) {
      const Graph &graph = side ? rule.target : rule.source;
      for (size_t i = 0; i < graph.size(); ++i) {
        const Node &node = graph[i];
        int matrix = 2, image = 4, vector = 1;
        auto constrain = [&](int &rank, int value) { unify(rank, value); };
        switch (node.op) {
        case OpKind::MatMul:
          for (ValueRef ref : node.operands)
            constrain(rankOf(side, ref), matrix);
          constrain(nodeRanks[side][i], matrix);
          break;
        case OpKind::BatchNorm:
          for (ValueRef ref : llvm::ArrayRef(node.operands).drop_front())
            constrain(rankOf(side, ref), vector);
          constrain(rankOf(side, node.operands[0]), image);
          constrain(nodeRanks[side][i], image);
          break;
        case OpKind::Conv:
        case OpKind::Enlarge:
        case OpKind::MaxPool:
        case OpKind::AvgPool:
        case OpKind::IdentityKernel:
        case OpKind::PoolKernel:
          for (ValueRef ref : node.operands)
            constrain(rankOf(side, ref), image);
          constrain(nodeRanks[side][i], image);
          break;
        case OpKind::Identity:
          constrain(nodeRanks[side][i], matrix);
          break;
        case OpKind::Zeros:
        case OpKind::Ones:
        case OpKind::Reshape:
          constrain(nodeRanks[side][i], node.params.size());
          break;
        case OpKind::Transpose:
          constrain(rankOf(side, node.operands[0]), node.params.size());
          constrain(nodeRanks[side][i], node.params.size());
          break;
        case OpKind::Add:
        case OpKind::Mul:
        case OpKind::Sub:
        case OpKind::Relu:
        case OpKind::Concat:
        case OpKind::Split:
          for (ValueRef ref : node.operands)
            unify(rankOf(side, ref), nodeRanks[side][i]);
          break;
        }
      }
    }
    for (auto [from, to] : rule.outputs)
      unify(rankOf(0, from), rankOf(1, to));
  }
  if (!possible)
    return false;
  rule.lifted = true;
  for (const Graph *graph : {&rule.source, &rule.target})
    for (const Node &node : *graph)
      rule.lifted &= getOperator(node.op).liftable;
  for (size_t i = 0; i < rule.inputs.size(); ++i) {
    Input &input = rule.inputs[i];
    int rank = ranks[i] >= 0 ? ranks[i] : rule.lifted ? 0 : 4;
    for (int d = 0; d < rank; ++d)
      input.shape.push_back(Poly::symbol(rule.symbols.add(input.name + "_" + std::to_string(d), 1)));
  }
  return true;
}

namespace {

/// Reads one rule; `error` says what was wrong.
class TasoReader {
public:
  Untyped untyped;
  std::string error;

  bool read(const Object &object) {
    const Array *src = object.getArray("src"), *dst = object.getArray("dst"),
                *outputs = object.getArray("outputs");
    if (!src || !dst || !outputs)
      return fail("expected 'src', 'dst' and 'outputs'");
    if (!readGraph(*src, rule().source) || !readGraph(*dst, rule().target))
      return false;
    for (const llvm::json::Value &entry : *outputs) {
      const Array *four = entry.getAsArray();
      if (!four || four->size() != 4)
        return fail("expected four numbers in 'outputs'");
      int numbers[4];
      for (int i = 0; i < 4; ++i)
        numbers[i] = (*four)[i].getAsInteger().value_or(-1);
      ValueRef from{numbers[0], numbers[1]}, to{numbers[2], numbers[3]};
      if (!exists(from, rule().source) || !exists(to, rule().target))
        return fail("expected outputs of operators that exist");
      rule().outputs.push_back({from, to});
    }
    if (!assignShapes(untyped))
      return fail("expected ranks that fit");
    for (int side = 0; side < 2; ++side)
      if (!setSplitSizes(side ? rule().target : rule().source))
        return false;
    return true;
  }

private:
  Rule &rule() { return untyped.rule; }
  bool fail(const char *message) {
    error = message;
    return false;
  }
  static bool exists(ValueRef ref, const Graph &graph) {
    return ref.node >= 0 && ref.node < int(graph.size()) && ref.output >= 0 &&
           ref.output < getOperator(graph[ref.node].op).outputs;
  }

  bool readGraph(const Array &list, Graph &graph) {
    for (const llvm::json::Value &entry : list) {
      const Object *object = entry.getAsObject();
      if (!object || !object->getArray("inputs") || !object->getObject("params") || !object->getString("op"))
        return fail("expected operators with 'op', 'inputs' and 'params'");
      const Object &params = *object->getObject("params");
      auto number = [&](llvm::StringRef name) { return params.getInteger(name).value_or(0); };
      llvm::StringRef name = *object->getString("op");
      Node node{OpKind::Relu, {}, {}};
      if (name == "matmul" && number("acti") == 0) {
        node.op = OpKind::MatMul;
      } else if (name == "ew_add") {
        node.op = OpKind::Add;
      } else if (name == "ew_mul") {
        node.op = OpKind::Mul;
      } else if (name == "relu") {
        node.op = OpKind::Relu;
      } else if (name == "concat" && number("num_inputs") == 2) {
        node.op = OpKind::Concat;
        int64_t rank = number("numdim"), axis = number("axis");
        if (rank < 1 || axis < 0 || axis >= rank)
          return fail("expected an axis of the concatenation inside of its rank");
        node.params.push_back(Poly(axis - rank));
        concatRanks.push_back({&graph, graph.size(), rank});
      } else if (name == "split" && number("num_outputs") == 2) {
        node.op = OpKind::Split;
        // Counts from the front until the rank is known.
        node.params = {Poly(number("axis")), Poly(0), Poly(0)};
      } else if (name == "conv2d" && number("stride_h") == 1 && number("stride_w") == 1 &&
                 number("pad") == 0 && number("kernel_h") % 2 == 1 && number("kernel_w") % 2 == 1) {
        node.op = OpKind::Conv;
        int64_t kh = number("kernel_h"), kw = number("kernel_w");
        for (int64_t value :
             {kh, kw, int64_t(1), int64_t(1), int64_t(1), int64_t(1), kh / 2, kw / 2, kh / 2, kw / 2})
          node.params.push_back(Poly(value));
        Symbol groups = rule().symbols.add("g" + std::to_string(++groupCount), 1);
        node.params.push_back(Poly::symbol(groups));
        node.params.push_back(Poly(number("acti") == 2));
      } else {
        error = "expected an operator that is known with these parameters, but got '" + name.str() + "'";
        return false;
      }
      for (const llvm::json::Value &operand : *object->getArray("inputs")) {
        const Array *pair = operand.getAsArray();
        if (!pair || pair->size() != 2)
          return fail("expected inputs as pairs of numbers");
        ValueRef ref{int((*pair)[0].getAsInteger().value_or(0)), int((*pair)[1].getAsInteger().value_or(0))};
        if (ref.node < 0)
          ref = inputOf(ref.node);
        else if (!exists(ref, graph))
          return fail("expected inputs that come before their reader");
        node.operands.push_back(ref);
      }
      if (int(node.operands.size()) != getOperator(node.op).operands)
        return fail("expected another number of inputs");
      graph.push_back(node);
    }
    for (auto [owner, position, rank] : concatRanks)
      if (owner == &graph)
        for (ValueRef ref : graph[position].operands)
          if (ref.isInput())
            untyped.ranks[ref.inputIndex()] = rank;
    return true;
  }

  ValueRef inputOf(int id) {
    auto [entry, isNew] = inputs.try_emplace(id, rule().inputs.size());
    if (isNew) {
      rule().inputs.push_back({"x" + std::to_string(-id), {}});
      untyped.ranks.push_back(-1);
    }
    return ValueRef::input(entry->second);
  }

  /// A split undoes the last concatenation along its axis of what it reads: its sizes are those of the
  /// operands.
  bool setSplitSizes(Graph &graph) {
    std::vector<Shape> shapes;
    for (Node &node : graph) {
      if (node.op != OpKind::Split)
        continue;
      int64_t axis = *node.params[0].constant();
      std::optional<unsigned> concat;
      int64_t fromEnd = 0;
      for (auto [owner, position, rank] : concatRanks)
        if (owner == &graph && reaches(graph, node.operands[0], position)) {
          fromEnd = axis - rank;
          // The axis of the weights' outputs is that of the result's channels.
          bool outputs =
              *graph[position].params[0].constant() == -4 && axis == 1 && feedsWeights(graph, position);
          if (*graph[position].params[0].constant() == fromEnd || outputs)
            concat = position;
        }
      if (!concat)
        return fail("expected a concatenation that the split undoes");
      int64_t concatAxis = *graph[*concat].params[0].constant();
      node.params[0] = Poly(fromEnd);
      for (int i = 0; i < 2; ++i) {
        ValueRef part = graph[*concat].operands[i];
        if (!part.isInput())
          return fail("expected a concatenation of free inputs before the split");
        const Shape &shape = rule().inputs[part.inputIndex()].shape;
        node.params[1 + i] = shape[shape.size() + concatAxis];
      }
    }
    return true;
  }
  static bool reaches(const Graph &graph, ValueRef from, unsigned node) {
    if (from.isInput())
      return false;
    return from.node == int(node) ||
           llvm::any_of(graph[from.node].operands, [&](ValueRef ref) { return reaches(graph, ref, node); });
  }
  static bool feedsWeights(const Graph &graph, unsigned node) {
    return llvm::any_of(graph, [&](const Node &reader) {
      return reader.op == OpKind::Conv && reader.operands[1] == ValueRef{int(node), 0};
    });
  }

  std::map<int, unsigned> inputs;
  unsigned groupCount = 0;
  std::vector<std::tuple<const Graph *, size_t, int64_t>> concatRanks;
};

} // namespace

llvm::Expected<std::vector<Rule>> tenon::substitute::parseTasoRules(llvm::StringRef text) {
  llvm::Expected<llvm::json::Value> json = llvm::json::parse(text);
  if (!json)
    return json.takeError();
  const Array *list = json->getAsArray();
  if (!list)
    return llvm::createStringError("expected a list of rules");
  std::vector<Rule> rules;
  for (auto [index, entry] : llvm::enumerate(*list)) {
    TasoReader reader;
    const Object *object = entry.getAsObject();
    if (!object || !reader.read(*object))
      return llvm::createStringError("rule " + llvm::Twine(index) + ": " +
                                     (object ? reader.error : "expected an object"));
    reader.untyped.rule.name = "taso-" + std::to_string(index);
    rules.push_back(reader.untyped.rule);
  }
  return rules;
}

#include "passes/Substitute/Generate/Enumerate.h"
#include "lib/Support/HostTensor.h"
#include "passes/Substitute/Evaluate.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringSet.h"
#include <unordered_map>

using namespace tenon;
using namespace tenon::substitute;
using llvm::ArrayRef;

static constexpr unsigned numSamples = 2, mostOperators = 4;

namespace {

using ValueId = uint32_t;
using Params = llvm::SmallVector<int64_t, 12>;

/// One output of an operator, or an input.
struct Value {
  uint32_t expression;
  uint8_t output;
  uint64_t hash;
};

/// An operator on values. Its graph is itself and what it reads.
struct Expression {
  OpKind op;
  uint8_t numOperands;
  uint16_t params;
  ValueId operands[5];
  /// The first of its values; the others follow.
  ValueId firstValue;
  /// All operators of its graph, itself last; sorted.
  uint8_t size;
  uint32_t members[mostOperators];
};

constexpr uint32_t noExpression = ~uint32_t(0);

uint64_t mix(uint64_t hash, uint64_t value) {
  hash ^= value + 0x9E3779B97F4A7C15u + (hash << 6) + (hash >> 2);
  hash *= 0xBF58476D1CE4E5B9u;
  return hash ^ (hash >> 31);
}

using Samples = std::array<IntTensor, numSamples>;

uint64_t hashOf(const Samples &samples) {
  uint64_t hash = samples[0].shape.size();
  for (int64_t extent : samples[0].shape)
    hash = mix(hash, extent);
  for (const IntTensor &tensor : samples)
    for (int64_t value : tensor.data)
      hash = mix(hash, uint64_t(value));
  return hash;
}

class Enumerator {
public:
  Enumerator(const Family &family, EnumerationStats &stats) : family(family), stats(stats) {}

  std::vector<Candidate> run() {
    addInputs();
    for (unsigned size = 1; size <= family.maxOperators; ++size)
      addLevel(size);
    collect();
    return std::move(candidates);
  }

private:
  // Building

  void addInputs() {
    Random random(1);
    for (auto [i, shape] : llvm::enumerate(family.inputs)) {
      Samples samples;
      for (IntTensor &tensor : samples) {
        tensor.shape.assign(shape.begin(), shape.end());
        for (int64_t e = 0, n = numElements(shape); e < n; ++e)
          tensor.data.push_back(random.in(-4, 4));
      }
      addValue(noExpression, i, std::move(samples), true);
    }
  }

  void addValue(uint32_t expression, unsigned output, Samples samples, bool keep) {
    values.push_back({expression, uint8_t(output), hashOf(samples)});
    splits.emplace_back();
    if (keep)
      tensors.push_back(std::move(samples));
  }

  uint16_t paramsId(const Params &params) {
    auto [entry, isNew] =
        paramIds.try_emplace(std::vector<int64_t>(params.begin(), params.end()), allParams.size());
    if (isNew)
      allParams.push_back(params);
    return entry->second;
  }

  ArrayRef<int64_t> shapeOf(ValueId value) const { return tensors[value][0].shape; }
  unsigned sizeOf(ValueId value) const {
    uint32_t e = values[value].expression;
    return e == noExpression ? 0 : expressions[e].size;
  }

  /// Images are larger than kernels: no tensor is both.
  static bool isImage(ArrayRef<int64_t> shape) { return shape.size() == 4 && shape[2] > 3; }
  /// Whether an image has a border, so that its extents are those of no input: then windows add none.
  bool hasBorder(ArrayRef<int64_t> shape) const {
    return llvm::none_of(family.inputs, [&](ArrayRef<int64_t> input) {
      return input.size() == 4 && input.take_back(2) == shape.take_back(2);
    });
  }

  /// The parameters with which an operator is tried on these operands.
  std::vector<Params> choices(OpKind op, ArrayRef<ValueId> operands) const {
    std::vector<Params> found;
    ArrayRef<int64_t> shape = operands.empty() ? ArrayRef<int64_t>() : shapeOf(operands[0]);
    size_t rank = shape.size();
    switch (op) {
    case OpKind::Concat:
      // Of images, batches (or outputs of weights) and channels.
      for (int64_t axis = 0; axis < int64_t(std::min<size_t>(rank, 2)); ++axis)
        found.push_back({axis - int64_t(rank)});
      break;
    case OpKind::Split:
      for (int64_t axis = 0; axis < int64_t(std::min<size_t>(rank, 2)); ++axis)
        if (int64_t first = splitOf(operands[0], axis); first && first < shape[axis])
          found.push_back({axis - int64_t(rank), first, shape[axis] - first});
      break;
    case OpKind::Conv: {
      ArrayRef<int64_t> w = shapeOf(operands[1]);
      if (!isImage(shape) || w.size() != 4 || shape[1] % w[1] || w[2] > 3 || w[3] > 3)
        break;
      for (int64_t relu = 0; relu < 2; ++relu) {
        int64_t rows = hasBorder(shape) ? 0 : w[2] / 2, columns = hasBorder(shape) ? 0 : w[3] / 2;
        found.push_back({w[2], w[3], 1, 1, 1, 1, rows, columns, rows, columns, shape[1] / w[1], relu});
      }
      break;
    }
    case OpKind::MaxPool:
    case OpKind::AvgPool:
      if (rank == 4) {
        int64_t pad = hasBorder(shape) ? 0 : 1;
        found.push_back({3, 3, 1, 1, pad, pad, pad, pad});
      }
      break;
    case OpKind::Transpose:
      if (rank == 2)
        found.push_back({1, 0});
      break;
    case OpKind::Reshape:
      if (rank == 2)
        found.push_back({shape[0] * shape[1]});
      if (rank == 1)
        for (ArrayRef<int64_t> other : distinctShapes())
          if (other.size() == 2 && other[0] * other[1] == shape[0])
            found.push_back({other[0], other[1]});
      break;
    case OpKind::Enlarge:
      if (rank == 4 && shape[2] <= 3 && shape[3] <= 3 && (shape[2] < 3 || shape[3] < 3))
        found.push_back({(3 - shape[2]) / 2, (3 - shape[3]) / 2, (3 - shape[2]) / 2, (3 - shape[3]) / 2});
      if (isImage(shape) && !hasBorder(shape))
        found.push_back({1, 1, 1, 1});
      break;
    case OpKind::Zeros:
    case OpKind::Ones:
      for (ArrayRef<int64_t> other : distinctShapes())
        if (other.size() == 2 || isImage(other))
          found.push_back({other.begin(), other.end()});
      break;
    case OpKind::Identity:
      for (ArrayRef<int64_t> other : distinctShapes())
        if (other.size() == 2 && other[0] == other[1])
          found.push_back({other[0]});
      break;
    case OpKind::IdentityKernel:
      for (ArrayRef<int64_t> other : distinctShapes())
        if (other.size() == 4 && other[2] == 3 && other[3] == 3 && other[0] == other[1])
          found.push_back({other[0], 3, 3, 1, 1});
      break;
    case OpKind::PoolKernel:
      for (ArrayRef<int64_t> other : distinctShapes())
        if (isImage(other))
          found.push_back({other[1], 3, 3});
      break;
    default:
      found.push_back({});
    }
    return found;
  }
  std::vector<ArrayRef<int64_t>> distinctShapes() const {
    std::vector<ArrayRef<int64_t>> shapes;
    for (const auto &shape : family.inputs)
      if (!llvm::is_contained(shapes, ArrayRef<int64_t>(shape)))
        shapes.push_back(shape);
    return shapes;
  }

  /// Where a split along one of the first two axes would undo the last concatenation; 0: nowhere.
  int64_t splitOf(ValueId value, unsigned axis) const { return splits[value][axis]; }

  void setSplits(const Expression &e, ValueId value, ArrayRef<int64_t> params) {
    std::array<int64_t, 2> &result = splits[value];
    auto from = [&](unsigned operand, unsigned axis) { return splitOf(e.operands[operand], axis); };
    switch (e.op) {
    case OpKind::Concat: {
      size_t rank = shapeOf(e.operands[0]).size();
      unsigned axis = rank + params[0];
      result = splits[e.operands[0]];
      result[axis] = shapeOf(e.operands[0])[axis];
      break;
    }
    case OpKind::Add:
    case OpKind::Mul:
    case OpKind::Sub:
      for (unsigned axis = 0; axis < 2; ++axis)
        result[axis] = from(0, axis) ? from(0, axis) : from(1, axis);
      break;
    case OpKind::MatMul:
      result = {from(0, 0), from(1, 1)};
      break;
    case OpKind::Conv:
      result = {from(0, 0), from(1, 0)};
      break;
    case OpKind::Transpose:
      result = {from(0, 1), from(0, 0)};
      break;
    case OpKind::Relu:
    case OpKind::MaxPool:
    case OpKind::AvgPool:
    case OpKind::BatchNorm:
    case OpKind::Enlarge:
      result = splits[e.operands[0]];
      break;
    default:
      break;
    }
  }

  /// The operators of a graph that ends in an operator on these values; false if they are more than `most`.
  bool unite(ArrayRef<ValueId> operands, unsigned most, Expression &e) const {
    uint32_t all[5 * mostOperators];
    unsigned count = 0;
    for (ValueId value : operands) {
      uint32_t source = values[value].expression;
      if (source == noExpression)
        continue;
      const Expression &other = expressions[source];
      for (unsigned i = 0; i < other.size; ++i)
        if (!llvm::is_contained(ArrayRef(all, count), other.members[i]))
          all[count++] = other.members[i];
    }
    if (count + 1 > most)
      return false;
    llvm::sort(llvm::MutableArrayRef(all, count));
    std::copy_n(all, count, e.members);
    e.size = count + 1;
    return true;
  }

  void tryOperands(OpKind op, ArrayRef<ValueId> operands, unsigned size) {
    Expression e{};
    e.op = op;
    if (!unite(operands, size, e) || e.size != size)
      return;
    e.numOperands = operands.size();
    llvm::copy(operands, e.operands);
    for (const Params &params : choices(op, operands)) {
      std::vector<IntTensor> results[numSamples];
      bool defined = true;
      for (unsigned s = 0; s < numSamples && defined; ++s) {
        const IntTensor *in[5];
        for (size_t i = 0; i < operands.size(); ++i)
          in[i] = &tensors[operands[i]][s];
        auto outputs = evaluateOperator(op, ArrayRef(in, operands.size()), params);
        defined = outputs.has_value();
        if (defined)
          results[s] = std::move(*outputs);
      }
      if (!defined)
        continue;
      ++stats.graphs;
      e.params = paramsId(params);
      e.firstValue = values.size();
      e.members[e.size - 1] = expressions.size();
      expressions.push_back(e);
      for (unsigned output = 0; output < results[0].size(); ++output) {
        Samples samples;
        for (unsigned s = 0; s < numSamples; ++s)
          samples[s] = std::move(results[s][output]);
        ValueId value = values.size();
        addValue(expressions.size() - 1, output, std::move(samples), size < family.maxOperators);
        if (size < family.maxOperators)
          setSplits(expressions.back(), value, params);
      }
    }
  }

  void tryPair(OpKind op, ValueId a, ValueId b, unsigned size) {
    // Most pairs are not of one kind: the ranks tell soonest.
    if (shapeOf(a).size() != shapeOf(b).size())
      return;
    if (!getOperator(op).commutative)
      tryOperands(op, {a, b}, size);
    else
      tryOperands(op, {std::min(a, b), std::max(a, b)}, size);
  }

  /// All pairs of operands before `end` whose graphs make one of `size` operators with the operator.
  void tryPairs(OpKind op, unsigned size, ValueId end) {
    bool ordered = !getOperator(op).commutative;
    std::vector<ValueId> small;
    for (ValueId a = 0; a < end; ++a) {
      if (sizeOf(a) + 1 < size) {
        small.push_back(a);
        continue;
      }
      // One operand is as large as can be: the other is part of it.
      if (sizeOf(a) + 1 > size)
        continue;
      std::vector<ValueId> parts;
      for (ValueId input = 0; input < family.inputs.size(); ++input)
        parts.push_back(input);
      if (uint32_t source = values[a].expression; source != noExpression)
        for (uint32_t member : ArrayRef(expressions[source].members, expressions[source].size)) {
          const Expression &part = expressions[member];
          for (int output = 0; output < getOperator(part.op).outputs; ++output)
            parts.push_back(part.firstValue + output);
        }
      for (ValueId b : parts) {
        // Two of the largest size meet twice, from either side.
        if (sizeOf(b) + 1 == size && b < a)
          continue;
        tryPair(op, a, b, size);
        if (ordered && a != b)
          tryPair(op, b, a, size);
      }
    }
    for (ValueId a : small)
      for (ValueId b : small)
        if ((ordered || a <= b) && sizeOf(a) + sizeOf(b) + 1 >= size)
          tryPair(op, a, b, size);
  }

  /// All graphs of exactly `size` operators with one last operator.
  void addLevel(unsigned size) {
    ValueId end = values.size();
    for (OpKind op : family.operators) {
      const OperatorInfo &info = getOperator(op);
      if (info.operands == 0) {
        if (size == 1)
          tryOperands(op, {}, size);
      } else if (info.operands == 1) {
        for (ValueId a = 0; a < end; ++a)
          if (sizeOf(a) + 1 == size)
            tryOperands(op, {a}, size);
      } else if (info.operands == 2) {
        tryPairs(op, size, end);
      } else {
        // Batch normalization: its vectors are the last four inputs.
        ValueId vectors = family.inputs.size() - 4;
        for (ValueId a = 0; a < end; ++a)
          if (sizeOf(a) + 1 == size && shapeOf(a).size() == 4)
            tryOperands(op, {a, vectors, vectors + 1, vectors + 2, vectors + 3}, size);
      }
    }
  }

  // Pairing

  void collect() {
    std::vector<uint64_t> order;
    for (ValueId v = 0; v < values.size(); ++v) {
      auto [entry, isNew] = classes.try_emplace(values[v].hash);
      if (isNew)
        order.push_back(values[v].hash);
      entry->second.push_back(v);
    }
    for (uint64_t hash : order) {
      ArrayRef<ValueId> members = classes[hash];
      for (ValueId other : members.drop_front()) {
        ++stats.pairs;
        addPair({{other, members[0]}});
      }
    }
    // Splits of something: each output alone says less than both together.
    for (const Expression &e : expressions) {
      if (e.op != OpKind::Split)
        continue;
      ValueId first = classes[values[e.firstValue].hash][0],
              second = classes[values[e.firstValue + 1].hash][0];
      if (values[first].expression == noExpression || values[second].expression == noExpression ||
          first == e.firstValue || second == e.firstValue + 1)
        continue;
      ++stats.pairs;
      addPair({{first, e.firstValue}, {second, e.firstValue + 1}});
    }
  }

  bool hasCommonPart(ArrayRef<std::pair<ValueId, ValueId>> pair) {
    if (pair.size() != 1)
      return false;
    uint32_t a = values[pair[0].first].expression, b = values[pair[0].second].expression;
    if (a == noExpression || b == noExpression)
      return false;
    const Expression &x = expressions[a], &y = expressions[b];
    // The last operator is the same on equal operands.
    if (x.op == y.op && x.params == y.params && x.numOperands == y.numOperands &&
        values[pair[0].first].output == values[pair[0].second].output) {
      bool same = true, swapped = x.numOperands == 2 && getOperator(x.op).commutative;
      for (unsigned i = 0; i < x.numOperands; ++i) {
        same &= values[x.operands[i]].hash == values[y.operands[i]].hash;
        swapped = swapped && values[x.operands[i]].hash == values[y.operands[1 - i]].hash;
      }
      if (same || swapped)
        return true;
    }
    // A part that both have: if the graphs are equal for any value of it, it says nothing.
    for (unsigned i = 0; i < x.size; ++i)
      if (llvm::is_contained(ArrayRef(y.members, y.size), x.members[i]) &&
          isEqualWithout(pair[0], x.members[i]))
        return true;
    return false;
  }

  /// Whether an operand of the graph's last operator is equal to an earlier graph that would do in its place:
  /// then that one makes a pair, and this follows from it.
  bool isSubsumed(ArrayRef<std::pair<ValueId, ValueId>> pair) {
    if (pair.size() != 1)
      return false;
    const Expression &e = expressions[values[pair[0].first].expression];
    if (e.op == OpKind::Split)
      return false;
    llvm::SmallVector<ValueId, 5> operands;
    for (ValueId operand : ArrayRef(e.operands, e.numOperands))
      operands.push_back(representative(operand));
    Expression other{};
    return ArrayRef(operands) != ArrayRef(e.operands, e.numOperands) &&
           unite(operands, family.maxOperators, other);
  }
  ValueId representative(ValueId value) const { return classes.find(values[value].hash)->second[0]; }

  /// Whether two graphs stay equal if the values of an operator are other ones.
  bool isEqualWithout(std::pair<ValueId, ValueId> pair, uint32_t part) {
    Random random(part + 77);
    std::map<ValueId, IntTensor> replaced;
    for (int output = 0; output < getOperator(expressions[part].op).outputs; ++output) {
      ValueId value = expressions[part].firstValue + output;
      if (value >= tensors.size())
        return false;
      IntTensor tensor = tensors[value][0];
      for (int64_t &element : tensor.data)
        element = random.in(-4, 4);
      replaced[value] = tensor;
    }
    std::optional<IntTensor> a = evaluateWith(pair.first, replaced), b = evaluateWith(pair.second, replaced);
    return a && b && *a == *b;
  }
  std::optional<IntTensor> evaluateWith(ValueId value, std::map<ValueId, IntTensor> &known) {
    if (values[value].expression == noExpression)
      return tensors[value][0];
    auto found = known.find(value);
    if (found != known.end())
      return found->second;
    const Expression &e = expressions[values[value].expression];
    std::vector<IntTensor> operands;
    for (unsigned i = 0; i < e.numOperands; ++i) {
      auto operand = evaluateWith(e.operands[i], known);
      if (!operand)
        return std::nullopt;
      operands.push_back(*operand);
    }
    std::vector<const IntTensor *> pointers;
    for (const IntTensor &operand : operands)
      pointers.push_back(&operand);
    auto results = evaluateOperator(e.op, pointers, allParams[e.params]);
    if (!results)
      return std::nullopt;
    return (*results)[values[value].output];
  }

  /// Adds the operators of a value's graph, and its free inputs in the order of their first use.
  ValueRef build(ValueId value, Graph &graph, std::map<uint32_t, int> &built, std::vector<ValueId> &inputs) {
    uint32_t source = values[value].expression;
    if (source == noExpression) {
      auto found = llvm::find(inputs, value);
      if (found == inputs.end())
        found = inputs.insert(inputs.end(), value);
      return ValueRef::input(found - inputs.begin());
    }
    if (auto found = built.find(source); found != built.end())
      return {found->second, values[value].output};
    const Expression &e = expressions[source];
    Node node{e.op, {}, {}};
    for (unsigned i = 0; i < e.numOperands; ++i)
      node.operands.push_back(build(e.operands[i], graph, built, inputs));
    for (int64_t param : allParams[e.params])
      node.params.push_back(Poly(param));
    graph.push_back(node);
    built[source] = graph.size() - 1;
    return {int(graph.size()) - 1, values[value].output};
  }

  void addPair(ArrayRef<std::pair<ValueId, ValueId>> pair) {
    Candidate candidate;
    std::vector<ValueId> inputs;
    std::map<uint32_t, int> builtSource, builtTarget;
    Rule &rule = candidate.rule;
    for (auto [from, to] : pair)
      rule.outputs.push_back({build(from, rule.source, builtSource, inputs), {}});
    for (size_t i = 0; i < pair.size(); ++i)
      rule.outputs[i].second = build(pair[i].second, rule.target, builtTarget, inputs);
    if (!seen.insert(keyOf(rule)).second)
      return;
    ++stats.renamed;
    if (hasCommonPart(pair))
      return;
    ++stats.distinct;
    if (isSubsumed(pair))
      return;
    ++stats.kept;
    for (auto [i, value] : llvm::enumerate(inputs)) {
      rule.inputs.push_back({"x" + std::to_string(i), {}});
      candidate.shapes.emplace_back(shapeOf(value));
    }
    candidate.size = rule.source.size() + rule.target.size();
    candidates.push_back(std::move(candidate));
  }

  /// What tells rules apart whose inputs are named by first use.
  static std::string keyOf(const Rule &rule) {
    std::string key;
    auto number = [&](int64_t value) { key.append(reinterpret_cast<const char *>(&value), 2); };
    for (const Graph *graph : {&rule.source, &rule.target}) {
      for (const Node &node : *graph) {
        number(int64_t(node.op));
        for (ValueRef ref : node.operands) {
          number(ref.node);
          number(ref.output);
        }
        for (const Poly &param : node.params)
          number(*param.constant());
      }
      number(-1000);
    }
    for (auto [from, to] : rule.outputs) {
      number(from.node * 2 + from.output);
      number(to.node * 2 + to.output);
    }
    return key;
  }

  const Family &family;
  EnumerationStats &stats;
  std::unordered_map<uint64_t, std::vector<ValueId>> classes;
  std::vector<Value> values;
  std::vector<std::array<int64_t, 2>> splits;
  std::vector<Samples> tensors;
  std::vector<Expression> expressions;
  std::map<std::vector<int64_t>, uint16_t> paramIds;
  std::vector<Params> allParams;
  llvm::StringSet<> seen;
  std::vector<Candidate> candidates;
};

} // namespace

std::vector<Candidate> tenon::substitute::enumerate(const Family &family, EnumerationStats &stats) {
  return Enumerator(family, stats).run();
}

std::vector<Family> tenon::substitute::defaultFamilies(unsigned operators) {
  using K = OpKind;
  unsigned fewer = operators - 1;
  return {
      {"matrices",
       {{2, 3}, {2, 3}, {2, 3}, {3, 3}, {3, 3}, {3, 3}},
       {K::MatMul, K::Add, K::Mul, K::Relu, K::Concat, K::Split},
       operators},
      {"images",
       {{1, 2, 5, 4}, {1, 2, 5, 4}, {2, 2, 3, 3}, {2, 2, 3, 3}},
       {K::Conv, K::Add, K::Mul, K::Relu, K::Concat, K::Split},
       operators},
      // Rules such as a*b and c*d side by side have more inputs than would do for larger graphs.
      {"matrices-wide",
       {{2, 3}, {2, 3}, {2, 3}, {2, 3}, {3, 3}, {3, 3}},
       {K::MatMul, K::Add, K::Mul, K::Sub, K::Relu, K::Concat, K::Split},
       fewer},
      {"images-wide",
       {{1, 2, 5, 4}, {1, 2, 5, 4}, {1, 2, 5, 4}, {1, 2, 5, 4}, {2, 2, 3, 3}, {2, 2, 3, 3}},
       {K::Conv, K::Add, K::Mul, K::Sub, K::Relu, K::Concat, K::Split},
       fewer},
      {"matrices-all",
       {{2, 3}, {2, 3}, {3, 3}, {3, 3}},
       {K::MatMul, K::Add, K::Mul, K::Sub, K::Relu, K::Concat, K::Split, K::Transpose, K::Reshape, K::Zeros,
        K::Ones, K::Identity},
       fewer},
      {"images-all",
       {{1, 2, 5, 4}, {1, 2, 5, 4}, {2, 2, 3, 3}, {2, 2, 3, 1}, {2, 1, 3, 3}, {2}, {2}, {2}, {2}},
       {K::Conv, K::Add, K::Sub, K::Relu, K::Concat, K::Split, K::Enlarge, K::MaxPool, K::AvgPool,
        K::BatchNorm, K::Zeros, K::IdentityKernel, K::PoolKernel},
       fewer},
  };
}

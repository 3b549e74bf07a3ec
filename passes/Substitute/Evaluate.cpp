#include "passes/Substitute/Evaluate.h"
#include "lib/Support/HostTensor.h"
#include "passes/Substitute/Facts.h"

using namespace tenon;
using namespace tenon::substitute;
using llvm::ArrayRef;

/// Larger tensors tell nothing more.
static constexpr int64_t maxElements = 4096;

const IntTensor &tenon::substitute::valueOf(ValueRef ref, ArrayRef<IntTensor> inputs,
                                            ArrayRef<std::vector<IntTensor>> nodes) {
  return ref.isInput() ? inputs[ref.inputIndex()] : nodes[ref.node][ref.output];
}

std::optional<std::vector<std::vector<IntTensor>>>
tenon::substitute::evaluateGraph(const Graph &graph, ArrayRef<IntTensor> inputs, const Values &values) {
  std::vector<std::vector<IntTensor>> nodes;
  for (const Node &node : graph) {
    std::vector<const IntTensor *> operands;
    for (ValueRef ref : node.operands)
      operands.push_back(&valueOf(ref, inputs, nodes));
    llvm::SmallVector<int64_t> params;
    for (auto [i, poly] : llvm::enumerate(node.params)) {
      std::optional<int64_t> value = poly.evaluate(values);
      if (!value && node.op == OpKind::Conv) {
        const IntTensor &x = *operands[0], &w = *operands[1];
        bool images = x.shape.size() == 4 && w.shape.size() == 4;
        if (images && i == conv::Groups && x.shape[1] % w.shape[1] == 0)
          value = x.shape[1] / w.shape[1];
        if (images && i < conv::Stride)
          value = w.shape[2 + i];
      }
      if (!value)
        return std::nullopt;
      params.push_back(*value);
    }
    std::vector<ShapeOf<int64_t>> shapes;
    for (const IntTensor *operand : operands)
      shapes.push_back(operand->shape);
    auto results = inferShapes(node.op, shapes, params);
    if (!results || llvm::any_of(*results, [](ArrayRef<int64_t> s) { return numElements(s) > maxElements; }))
      return std::nullopt;
    auto outputs = evaluateOperator(node.op, operands, params);
    nodes.push_back(std::move(*outputs));
  }
  return nodes;
}

std::optional<Instance> tenon::substitute::sampleInstance(const Rule &rule, const Facts &facts,
                                                          Random &random, unsigned attempts,
                                                          bool withConditions) {
  std::vector<bool> determined(facts.symbols.size());
  for (size_t s = 0; s < determined.size(); ++s)
    determined[s] = facts.resolve(Poly::symbol(s)) != Poly::symbol(s);
  for (const Division &division : facts.getDivisions())
    determined[division.quotient] = true;
  // Symbols of the target alone have no value here.
  std::vector<bool> used(facts.symbols.size());
  auto use = [&](const Poly &poly) {
    for (Symbol s : facts.resolve(poly).symbols())
      used[s] = true;
  };
  for (const Input &input : rule.inputs)
    llvm::for_each(input.shape, use);
  for (const Node &node : rule.source)
    llvm::for_each(node.params, use);
  for (unsigned attempt = 0; attempt < attempts; ++attempt) {
    Instance instance;
    instance.values.resize(facts.symbols.size());
    // Some instances are tiny, as many equations have solutions only there.
    int64_t spread = random.in(1, 3);
    for (size_t s = 0; s < determined.size(); ++s)
      if (!determined[s] && used[s])
        instance.values[s] = facts.symbols.least(s) + random.in(0, spread);
    facts.complete(instance.values);
    bool legal = true;
    for (size_t s = 0; s < rule.symbols.size() && legal; ++s)
      legal = !instance.values[s] || *instance.values[s] >= rule.symbols.least(s);
    for (const Constraint &condition : rule.conditions)
      if (withConditions)
        legal = legal && condition.evaluate(instance.values) == true;
    for (const Input &input : rule.inputs) {
      if (!legal)
        break;
      IntTensor tensor;
      int64_t size = 1;
      for (const Poly &extent : input.shape) {
        std::optional<int64_t> value = extent.evaluate(instance.values);
        legal = legal && value && *value >= 1 && *value <= maxElements && size <= maxElements;
        tensor.shape.push_back(value.value_or(1));
        size *= legal ? *value : 1;
      }
      if (!legal || size > maxElements)
        legal = false;
      else
        for (int64_t i = 0; i < size; ++i)
          tensor.data.push_back(random.in(-4, 4));
      instance.inputs.push_back(std::move(tensor));
    }
    if (legal && evaluateGraph(rule.source, instance.inputs, instance.values))
      return instance;
  }
  return std::nullopt;
}

static std::string shapeText(ArrayRef<int64_t> shape) {
  std::string text;
  for (size_t i = 0; i < shape.size(); ++i)
    text += (i ? "x" : "") + std::to_string(shape[i]);
  return text.empty() ? "scalar" : text;
}

std::optional<Instance> tenon::substitute::refute(const Rule &rule, const Facts &facts, unsigned count,
                                                  uint64_t seed, bool onlyDefined) {
  Random random(seed);
  for (unsigned i = 0; i < count; ++i) {
    std::optional<Instance> instance = sampleInstance(rule, facts, random, 40, true);
    if (!instance)
      continue;
    auto source = evaluateGraph(rule.source, instance->inputs, instance->values);
    auto target = evaluateGraph(rule.target, instance->inputs, instance->values);
    if (!target && onlyDefined)
      continue;
    if (!target) {
      instance->difference = "the target is undefined";
      return instance;
    }
    for (auto [index, output] : llvm::enumerate(rule.outputs)) {
      const IntTensor &a = valueOf(output.first, instance->inputs, *source);
      const IntTensor &b = valueOf(output.second, instance->inputs, *target);
      std::string which = "result " + std::to_string(index);
      if (a.shape != b.shape) {
        instance->difference = which + " has shape " + shapeText(a.shape) + " in the source and " +
                               shapeText(b.shape) + " in the target";
        return instance;
      }
      for (size_t e = 0; e < a.data.size(); ++e)
        if (a.data[e] != b.data[e]) {
          instance->difference = which + " has " + std::to_string(a.data[e]) + " at element " +
                                 std::to_string(e) + " in the source and " + std::to_string(b.data[e]) +
                                 " in the target";
          return instance;
        }
    }
  }
  return std::nullopt;
}

std::string tenon::substitute::toString(const Instance &instance, const Rule &rule) {
  std::string text = instance.difference;
  for (auto [input, tensor] : llvm::zip_equal(rule.inputs, instance.inputs)) {
    text += "; " + input.name + ": " + shapeText(tensor.shape) + " = [";
    for (size_t i = 0; i < tensor.data.size(); ++i) {
      if (i == 16) {
        text += ", ...";
        break;
      }
      text += (i ? ", " : "") + std::to_string(tensor.data[i]);
    }
    text += "]";
  }
  return text;
}

#include "passes/Substitute/Generate/Mutate.h"

using namespace tenon::substitute;

/// Changes a parameter of an operator; false if there is none to change.
static bool changeParameter(Node &node, Random &random) {
  auto add = [&](unsigned position, int64_t difference) {
    node.params[position] = node.params[position] + Poly(difference);
  };
  switch (node.op) {
  case OpKind::Concat:
  case OpKind::Split:
    if (node.op == OpKind::Split && random.in(0, 1)) {
      std::swap(node.params[1], node.params[2]);
      return node.params[1] != node.params[2];
    }
    // Both neighbours of the axis are mistakes that happen.
    add(0, *node.params[0].constant() == -1 || random.in(0, 1) ? -1 : 1);
    return true;
  case OpKind::Conv:
    switch (random.in(0, 4)) {
    case 0:
      add(conv::Pad + random.in(0, 3), 1);
      return true;
    case 1:
      add(conv::Stride + random.in(0, 1), 1);
      return true;
    case 2:
      add(conv::Dilation + random.in(0, 1), 1);
      return true;
    case 3:
      // A symbol is not a choice: the groups follow from the shapes.
      if (!node.params[conv::Groups].constant())
        return false;
      node.params[conv::Groups] = node.params[conv::Groups] * Poly(2);
      return true;
    default:
      node.params[conv::Activation] = Poly(1) - node.params[conv::Activation];
      return true;
    }
  default:
    return false;
  }
}

std::optional<Rule> tenon::substitute::mutate(const Rule &rule, Random &random) {
  Rule result = rule;
  size_t position = random.in(0, result.target.size() - 1);
  Node &node = result.target[position];
  switch (random.in(0, 4)) {
  case 0:
    if (!changeParameter(node, random))
      return std::nullopt;
    break;
  case 1:
    if (node.operands.size() < 2 || node.operands[0] == node.operands[1])
      return std::nullopt;
    std::swap(node.operands[0], node.operands[1]);
    break;
  case 2: {
    if (node.op != OpKind::Add && node.op != OpKind::Mul)
      return std::nullopt;
    const OpKind others[] = {OpKind::Add, OpKind::Mul, OpKind::Sub};
    OpKind other = others[random.in(0, 2)];
    if (other == node.op)
      return std::nullopt;
    node.op = other;
    break;
  }
  case 3: {
    ValueRef &operand = node.operands[random.in(0, node.operands.size() - 1)];
    ValueRef other = ValueRef::input(random.in(0, result.inputs.size() - 1));
    if (other == operand)
      return std::nullopt;
    operand = other;
    break;
  }
  default:
    if (result.outputs.size() < 2)
      return std::nullopt;
    std::swap(result.outputs[0].second, result.outputs[1].second);
    break;
  }
  return result;
}

#pragma once

#include "passes/Substitute/Evaluate.h"

namespace tenon::substitute {

/// A copy of `rule` with one mistake in its target, of those that people make: another axis, swapped
/// operands, another number (pad, stride, dilation, groups, activation, sizes of a split), another operator
/// of the same kind, another operand, or results in another order. nullopt if the mistake drawn is not
/// possible in the rule.
std::optional<Rule> mutate(const Rule &rule, Random &random);

} // namespace tenon::substitute

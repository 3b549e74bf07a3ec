#pragma once

#include "passes/Substitute/Rule.h"

namespace tenon::substitute {

/// What one enumeration draws from: inputs of fixed small shapes, and operators.
struct Family {
  const char *name;
  std::vector<llvm::SmallVector<int64_t, 4>> inputs;
  std::vector<OpKind> operators;
  /// Graphs of at most this many operators.
  unsigned maxOperators;
};

/// The families that the shipped rules come from: up to `operators` operators of TASO's kinds (matrix
/// products, convolutions, sums and products, ReLU, concatenation, split) on matrices and on images, and one
/// fewer of all kinds, and on more inputs.
std::vector<Family> defaultFamilies(unsigned operators);

/// Two graphs that have equal values on the samples, with free inputs in the order of their first use. Their
/// parameters are numbers; the rule's inputs have no shapes, `shapes` are those of the samples.
struct Candidate {
  Rule rule;
  std::vector<llvm::SmallVector<int64_t, 4>> shapes;
  /// How many operators both graphs have.
  unsigned size = 0;
};

struct EnumerationStats {
  /// Graphs evaluated, and pairs of graphs with equal values before and after each pruning.
  uint64_t graphs = 0, pairs = 0, renamed = 0, distinct = 0, kept = 0;
};

/// Enumerates all graphs of a family, compares their values on samples of small integers, and pairs every
/// graph with the first of equal value. As in TASO (Jia et al., SOSP 2019), pairs that differ in the names of
/// inputs only are kept once, and a pair with a subgraph in common is dropped: where both read the same
/// subgraph and are equal for any value of it, and where both end in the same operator on operands that are
/// equal themselves.
std::vector<Candidate> enumerate(const Family &family, EnumerationStats &stats);

} // namespace tenon::substitute

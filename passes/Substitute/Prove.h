#pragma once

#include "passes/Substitute/Evaluate.h"

namespace tenon::substitute {

enum class Verdict { Proven, Refuted, Unknown };

struct Proof {
  Verdict verdict = Verdict::Unknown;
  /// Proven: the rule as general as it was proven, with its conditions, class and status. Else as it was
  /// given.
  Rule rule;
  /// Conditions that the proof needs and the rule did not have, in the symbols of `rule`.
  std::vector<Constraint> derived;
  /// Refuted: the sides differ here. Proven with derived conditions: they differ here, where some do not
  /// hold; absent if none was found.
  std::optional<Instance> counterexample;
  /// Unknown: how far the proof came.
  std::string reason;
};

struct ProveOptions {
  /// Add conditions under which the target is defined, and, where that is not enough, ones on groups.
  bool derive = false;
  /// How many instances are tried before a rule that has no proof is given up, and to show that conditions
  /// are needed. A dozen is tried in any case, as wrong rules are refuted sooner than a proof is sought in
  /// vain.
  unsigned instances = 2000;
};

/// Proves a rule for all shapes, or finds an instance on which its sides differ. docs/substitution.md has the
/// argument why a proof can be trusted.
Proof prove(const Rule &rule, const ProveOptions &options = {});

/// Searches `count` instances of the source, with the conditions met, for one on which the sides differ.
std::optional<Instance> findCounterexample(const Rule &rule, unsigned count);

/// The element of a value of a graph in index notation, at indices for each of its dimensions.
class ExprBuilder;
struct Term;
std::vector<Term> denote(const Graph &graph, llvm::ArrayRef<std::vector<Shape>> shapes,
                         llvm::ArrayRef<Shape> inputs, ValueRef value, llvm::ArrayRef<Poly> index,
                         ExprBuilder &build);

} // namespace tenon::substitute

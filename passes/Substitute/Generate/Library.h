#pragma once

#include "passes/Substitute/Generate/Generalize.h"
#include "passes/Substitute/Match.h"

namespace tenon::substitute {

/// Two graphs on inputs of fixed shapes, to be derived equal.
struct GraphPair {
  std::vector<llvm::SmallVector<int64_t, 4>> shapes;
  Graph source, target;
  std::vector<std::pair<ValueRef, ValueRef>> outputs;
};
/// The pair of a candidate, and one of a rule with numbers for its symbols: different ones where the rule
/// allows it, so that nothing holds by chance. nullopt if no numbers were found.
GraphPair pairOf(const Candidate &candidate);
std::optional<GraphPair> pairOf(const Rule &rule, uint64_t seed);

/// Whether saturation with the rules makes the results of both graphs equal.
bool derives(llvm::ArrayRef<const Rule *> rules, const GraphPair &pair, const SaturationLimits &limits);

/// How rules are generated.
struct GenerateOptions {
  unsigned operators = 4;
  unsigned threads = 2;
  /// Keep only families whose names are in this list, if it is not empty.
  std::vector<std::string> families;
  /// Gets lines that say how far the generation is.
  llvm::function_ref<void(const std::string &)> progress = nullptr;
};

struct GenerateStats {
  EnumerationStats enumeration;
  /// Of the candidates: proven for all shapes, following from rules that were, and neither (false for other
  /// shapes, or not provable).
  uint64_t proven = 0, derived = 0, dropped = 0;
  /// Rules that minimizing dropped and that candidates turned out to need.
  uint64_t restored = 0;
  /// Rules in the end, a rule and its reverse as one.
  uint64_t left = 0;
};

/// The rules that are left when everything that saturation derives from the rest is dropped, sorted and
/// named; all are proven. Equal options give equal rules.
std::vector<Rule> generateRules(const GenerateOptions &options, GenerateStats &stats);

/// Drops every equation that saturation with the rest derives.
void minimize(std::vector<Equation> &equations, const SaturationLimits &limits, unsigned threads,
              llvm::function_ref<void(const std::string &)> progress);

/// `rules` as pointers, with their reverses.
std::vector<const Rule *> pointers(llvm::ArrayRef<Equation> equations, const Equation *without = nullptr);

/// The limits under which rules are derived.
SaturationLimits derivationLimits();

} // namespace tenon::substitute

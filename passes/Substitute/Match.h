#pragma once

#include "passes/Substitute/EGraph.h"

/// Rules on e-graphs: where they match, and what they add.
namespace tenon::substitute {

/// A place where a rule's source occurs, with its shapes and conditions met.
struct Match {
  Values values;
  /// The classes of the free inputs, and of the results to be replaced.
  llvm::SmallVector<EGraph::ClassId, 4> inputs, outputs;
};

/// All matches of a rule, up to `limit`, in an order that depends on the e-graph alone. After `rebuild`.
/// Sources of several results are matched jointly.
std::vector<Match> findMatches(const EGraph &graph, const Rule &rule, size_t limit);

/// Adds a match's target and merges its results with those of the source. True if something was new. False
/// also if the target is undefined there (leading dimensions of a lifted rule that do not fit).
bool applyMatch(EGraph &graph, const Rule &rule, const Match &match);

struct SaturationLimits {
  unsigned iterations = 10;
  size_t nodes = 10000;
  /// Matches of one rule in one iteration.
  size_t matches = 2000;
};
/// Applies rules until nothing is new or a limit is reached. `done`, if given, is asked after every
/// iteration. True if nothing more can be added.
bool saturate(EGraph &graph, llvm::ArrayRef<const Rule *> rules, const SaturationLimits &limits,
              llvm::function_ref<bool()> done = nullptr);

} // namespace tenon::substitute

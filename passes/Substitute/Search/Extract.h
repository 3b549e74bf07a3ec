#pragma once

#include "passes/Substitute/EGraph.h"
#include <map>

/// The cheapest graph of those that an e-graph holds.
namespace tenon::substitute {

/// What every operator costs, by its id; infinite for one that must not be taken. Operators of classes that
/// are constants cost next to nothing: they are computed when the model is compiled.
using NodeCosts = std::vector<double>;

/// One graph of those in an e-graph: which member computes each class that is needed.
struct Selection {
  static constexpr EGraph::NodeId none = ~EGraph::NodeId(0);
  /// By class; `none` for those that are not needed.
  std::vector<EGraph::NodeId> nodeOf;
  /// Sum over the operators, each once.
  double cost = 0;
  /// No graph is cheaper than this; equal to `cost` for an optimum.
  double bound = 0;
};

/// The graph of `choice` (a member per class) that computes `roots`, and what it costs; nullopt if it has a
/// cycle or lacks a member.
std::optional<Selection> select(const EGraph &graph, llvm::ArrayRef<EGraph::ClassId> roots,
                                const NodeCosts &costs, llvm::ArrayRef<EGraph::NodeId> choice);

/// In every class the member whose operands cost least, as if nothing was shared. Fast, never cyclic, but it
/// bills what two members share twice: it misses merges.
std::optional<Selection> extractGreedily(const EGraph &graph, llvm::ArrayRef<EGraph::ClassId> roots,
                                         const NodeCosts &costs);

/// The solution of a part of a 0/1 program, and the parts that were solved, by all their numbers.
struct SolvedPart {
  std::vector<char> taken; ///< by column
  double gap = 0;
};
using SolvedParts = std::map<std::vector<double>, SolvedPart>;

/// The cheapest graph, by a 0/1 program: a member for each needed class, its operands needed too, every
/// operator billed once however often its results are read, no cycles. Classes that every graph needs divide
/// the program into parts, and members are left out that cost more than another way to their class. `start`
/// is a graph to begin with. The search ends after `budget` nodes of its tree in each part, and fewer where
/// it is large; `bound` says how far from an optimum the result may be. The members of classes that are
/// `constant`, if given, are chosen as if nothing was shared: they cost next to nothing.
Selection extractExactly(const EGraph &graph, llvm::ArrayRef<EGraph::ClassId> roots, const NodeCosts &costs,
                         const Selection &start, unsigned budget, llvm::ArrayRef<char> constant = {},
                         SolvedParts *solved = nullptr);

} // namespace tenon::substitute

#pragma once

#include "passes/Substitute/Match.h"
#include "passes/Substitute/Search/Extract.h"
#include <functional>

/// Searching the graphs that rules lead to, without knowing what becomes of them.
namespace tenon::substitute {

/// What a cost may know of an operand: its shape, and what computes it.
struct OperandInfo {
  llvm::ArrayRef<int64_t> shape;
  /// An operator that can go on with each element while it has it, as a product or a sum does.
  bool isComputed = false;
  /// A concatenation.
  bool isConcat = false;
};

/// What an operator costs, in nanoseconds, from shapes and what comes before it; see OperatorCost.h.
class OperatorCost {
public:
  virtual ~OperatorCost() = default;
  virtual double of(OpKind op, llvm::ArrayRef<int64_t> params, llvm::ArrayRef<OperandInfo> operands,
                    llvm::ArrayRef<ShapeOf<int64_t>> results) const = 0;
};

/// A graph to be improved: an e-graph in which every class has one member, and what it computes.
struct ModelGraph {
  EGraph graph;
  std::vector<EGraph::ClassId> roots;
  /// By id of an input: whether it is known when the model is compiled.
  std::vector<char> isConstant;
};

/// Whether a rule's target has fewer operators that compute much (products, convolutions, pools,
/// normalizations), or as many, and fewer of all.
bool leavesLess(const Rule &rule);

/// The costs of all operators of an e-graph of the model's. What depends on constants alone costs next to
/// nothing.
NodeCosts costsOf(const EGraph &graph, const ModelGraph &model, const OperatorCost &cost);

/// A rewrite that was chosen: the rule, and by how much the graph would cost more without it.
struct Rewrite {
  std::string rule;
  double gain = 0;
};

/// A graph that a search found.
struct Proposal {
  ModelGraph model;
  double cost = 0, bound = 0;
  std::vector<Rewrite> rewrites;
  /// What a judge said, if one was asked: nanoseconds, and bytes of weights and arena.
  std::optional<double> nanoseconds = std::nullopt;
  int64_t bytes = 0;
};

/// Fills in what is known of a proposal when all of the model is planned; false if it cannot be planned.
using Judge = std::function<bool(Proposal &)>;

/// The graph with a match's target in place of its source; nullopt if that is undefined, or reads itself.
std::optional<ModelGraph> rewrite(const ModelGraph &model, const Rule &rule, const Match &match);

struct SearchOptions {
  /// Costs of operators are not costs of graphs: fusion and layouts come later. A judge, if there is one, is
  /// asked about so many graphs.
  Judge judge;
  unsigned judgments = 20;
  /// Operators that the e-graph may have; states that backtracking takes from its queue.
  unsigned budget = 10000;
  /// Nodes of the tree of each part of the extraction.
  unsigned extraction = 500;
  unsigned iterations = 12;
  /// Rules of several results multiply, and those that make one costly operator of several: they are applied
  /// in the first iterations only.
  unsigned jointIterations = 3;
  /// Backtracking goes on from graphs that cost less than this times the best.
  double alpha = 1.05;
};

struct SearchStats {
  size_t nodes = 0;      ///< of the e-graph, or graphs that backtracking saw
  size_t taken = 0;      ///< graphs that backtracking took from its queue
  bool complete = false; ///< nothing was left to be done
};

/// By equality saturation: the best graph, others that were looked at, and the original graph as the last.
/// Never empty. With a judge, the cheapest graph is where it begins; then each rule is left out or made
/// cheaper, one after the other, as long as the judge finds that better.
std::vector<Proposal> searchEGraph(const ModelGraph &model, llvm::ArrayRef<const Rule *> rules,
                                   const OperatorCost &cost, const SearchOptions &options,
                                   SearchStats &stats);

/// By backtracking, as in TASO (Jia et al., SOSP 2019): the cheapest graph that was not looked at yet is
/// taken from a queue, every rule is applied at every place, and what is new and costs less than alpha times
/// the best is put into the queue.
std::vector<Proposal> searchBacktracking(const ModelGraph &model, llvm::ArrayRef<const Rule *> rules,
                                         const OperatorCost &cost, const SearchOptions &options,
                                         SearchStats &stats);

} // namespace tenon::substitute

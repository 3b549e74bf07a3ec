#ifndef TENON_PASSES_SUBSTITUTE_SEARCH_SEARCH_TD
#define TENON_PASSES_SUBSTITUTE_SEARCH_SEARCH_TD

include "mlir/Pass/PassBase.td"

def Substitute : Pass<"tenon-substitute", "::mlir::ModuleOp"> {
  let summary = "Replace parts of the graph by cheaper ones, by proven rules";
  let description = [{
    `@main` is replaced by the cheapest graph that the rules lead to. `search` says how it is found: `egraph` by equality
    saturation and exact extraction, `backtrack` as in TASO. `budget` counts operators that rules may add to the e-graph, or
    graphs that backtracking takes from its queue: equal inputs have equal results.

    `rules` is a file of rules beside those that are built in; `none` switches the pass off. A rule of a file that is not
    marked as proven is proven first, or refused with an instance on which its sides differ.

    With `strict`, only rules are used that keep every bit. Rules that may overflow, or multiply infinities by zeros, where the
    model does not, need an `error-budget` above 0: each use counts as a relative error of 1e-6.

    Where proposals are planned, those plans of which no other one is both faster and smaller become an attribute of the
    module, `tenon.plans`: how long each takes, the bytes of its weights and arena, and which one was chosen. That is the fastest, and
    of equally fast ones the smallest; with `memory-limit`, of those that need no more, or else the smallest of all.

    With `report`, the rewrites that were chosen are remarks: the rule, and by how much the graph would cost more without it.

    Example: see test/passes/Substitute/Search/substitute.mlir.
  }];
  let options = [
    Option<"search", "search", "std::string", "\"egraph\"", "egraph or backtrack">,
    Option<"budget", "budget", "unsigned", "12000", "Operators that rules may add, or graphs that backtracking looks at">,
    Option<"rules", "rules", "std::string", "\"\"", "File of further rules; none: no substitution">,
    Option<"strict", "strict", "bool", "false", "Only rules that keep every bit">,
    Option<"errorBudget", "error-budget", "double", "0", "Relative error that risky rules may add">,
    Option<"memoryLimit", "memory-limit", "int64_t", "0", "Bytes of weights and arena that a plan may have; 0: any">,
    Option<"vectorBytes", "vector-bytes", "int64_t", "32", "Bytes of a vector register">,
    Option<"l2Bytes", "l2-bytes", "int64_t", "524288", "Bytes of a core's second cache">,
    Option<"winograd", "winograd", "bool", "true", "Convolutions may be Winograd's">,
    Option<"report", "report", "bool", "false", "Tell what was chosen">
  ];
  let dependentDialects = ["::tenon::nn::NNDialect"];
}

#endif

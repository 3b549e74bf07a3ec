#include "dialects/NN/NN.h"
#include "lib/Support/TaskCost.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "passes/Substitute/Prove.h"
#include "passes/Substitute/RuleText.h"
#include "passes/Substitute/Search/Convert.h"
#include "passes/Substitute/Search/ModelRules.h"
#include "passes/Substitute/Search/OperatorCost.h"
#include "passes/Substitute/Search/Search.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/MemoryBuffer.h"
#include <cmath>

namespace tenon {
#define GEN_PASS_DEF_SUBSTITUTE
#include "passes/Substitute/Search/Search.h.inc"
} // namespace tenon

using namespace mlir;
using namespace tenon;
using namespace tenon::substitute;

namespace {
struct Substitute : tenon::impl::SubstituteBase<Substitute> {
  using SubstituteBase::SubstituteBase;
  explicit Substitute(const SubstituteOptions &options, GraphCost *planned)
      : SubstituteBase(options), planned(planned) {}

  void runOnOperation() override {
    ModuleOp module = getOperation();
    auto main = module.lookupSymbol<func::FuncOp>("main");
    if (rules == "none" || !main || !main.getBody().hasOneBlock())
      return;
    std::vector<Rule> loaded;
    if (failed(loadRules(loaded)))
      return signalPassFailure();
    std::vector<const Rule *> usable;
    for (const Rule &rule : loaded)
      if (mayUse(rule))
        usable.push_back(&rule);
    FunctionGraph function(main);
    AnalyticOperatorCost cost(vectorBytes / 4, l2Bytes, winograd);
    SearchOptions options;
    options.budget = budget;
    if (planned)
      options.judge = [&](Proposal &proposal) { return plan(module, proposal); };
    SearchStats stats;
    std::vector<Proposal> proposals;
    if (search == "egraph") {
      proposals = searchEGraph(function.model(), usable, cost, options, stats);
    } else if (search == "backtrack") {
      proposals = searchBacktracking(function.model(), usable, cost, options, stats);
    } else {
      module.emitError("expected search = egraph or backtrack, but got ") << search;
      return signalPassFailure();
    }
    llvm::erase_if(proposals, [&](const Proposal &proposal) { return exceedsBudget(proposal, loaded); });
    const Proposal &chosen = proposals[options.judge ? chooseJudged(proposals, options) : 0];
    std::vector<const Proposal *> best = findBestPlans(proposals);
    keep(best, chosen);
    if (report)
      tell(main, chosen, proposals.back(), best, stats);
    if (!chosen.rewrites.empty() && failed(function.replace(chosen.model)))
      return signalPassFailure();
  }

private:
  /// The rules that are built in, and those of a file.
  LogicalResult loadRules(std::vector<Rule> &loaded) {
    auto own = parseRules(getModelRules());
    if (!own)
      return getOperation().emitError("the rules that are built in cannot be read: ")
             << llvm::toString(own.takeError());
    loaded = std::move(*own);
    auto generated = parseRules(getGeneratedRules());
    if (!generated)
      return getOperation().emitError("the rules that were generated cannot be read: ")
             << llvm::toString(generated.takeError());
    // The others say in which orders something can be computed: they multiply the graphs to choose from,
    // which takes seconds, and no model that was tried gains by them.
    for (Rule &rule : *generated)
      if (leavesLess(rule))
        loaded.push_back(std::move(rule));
    if (rules.empty())
      return success();
    auto text = llvm::MemoryBuffer::getFile(rules);
    if (!text)
      return getOperation().emitError("expected a file of rules, but got ") << rules;
    auto given = parseRules((*text)->getBuffer());
    if (!given)
      return getOperation().emitError() << rules << ": " << llvm::toString(given.takeError());
    for (Rule &rule : *given) {
      if (rule.status != RuleStatus::Proven) {
        Proof proof = prove(rule);
        if (proof.verdict != Verdict::Proven)
          return getOperation().emitError()
                 << rules << ": expected rules that hold, but '" << rule.name << "' "
                 << (proof.counterexample ? "does not: " + toString(*proof.counterexample, rule)
                                          : "cannot be proven: " + proof.reason);
        rule = std::move(proof.rule);
      }
      loaded.push_back(std::move(rule));
    }
    return success();
  }

  bool mayUse(const Rule &rule) const {
    switch (rule.ruleClass) {
    case RuleClass::Exact:
      return true;
    case RuleClass::Reassociating:
      return !strict;
    case RuleClass::Risky:
      return !strict && errorBudget > 0;
    }
    return false;
  }

  /// Whether the risky rules of a proposal may add more error than is allowed.
  bool exceedsBudget(const Proposal &proposal, ArrayRef<Rule> loaded) const {
    constexpr double kPerUse = 1e-6;
    double error = 0;
    for (const Rewrite &rewrite : proposal.rewrites)
      for (const Rule &rule : loaded)
        if (rule.name == rewrite.rule && rule.ruleClass == RuleClass::Risky)
          error += kPerUse;
    return error > errorBudget;
  }

  /// Asks what the plan of a proposal costs.
  bool plan(ModuleOp module, Proposal &proposal) {
    OwningOpRef<ModuleOp> copy(cast<ModuleOp>(module->clone()));
    FunctionGraph function((*copy).lookupSymbol<func::FuncOp>("main"));
    if (!proposal.rewrites.empty() && failed(function.replace(proposal.model, /*withValues=*/false)))
      return false;
    std::optional<GraphEstimate> estimate = planned->estimate(*copy);
    if (!estimate)
      return false;
    proposal.nanoseconds = estimate->nanoseconds;
    proposal.bytes = estimate->bytes;
    return true;
  }

  /// Whether two plans take equally long, as equal tasks in another order do: they are added up in that
  /// order.
  static bool isAsFast(const Proposal &a, const Proposal &b) {
    constexpr double kRounding = 1e-9;
    return std::fabs(*a.nanoseconds - *b.nanoseconds) <= kRounding * *b.nanoseconds;
  }
  /// Whether a plan is better than another: faster, or as fast and smaller; the operators tell equal ones
  /// apart.
  static bool isBetter(const Proposal &a, const Proposal &b) {
    return isAsFast(a, b) ? std::pair(a.bytes, a.cost) < std::pair(b.bytes, b.cost)
                          : *a.nanoseconds < *b.nanoseconds;
  }

  /// The proposal whose plan is the best of those that fit into memory, or the smallest if none does. An
  /// original graph that fits stays unless another one is as fast and smaller, or clearly faster: what an
  /// estimate tells apart is not what a machine does.
  size_t chooseJudged(std::vector<Proposal> &proposals, const SearchOptions &options) const {
    constexpr double kClearly = 0.997;
    size_t original = proposals.size() - 1;
    const Proposal &before = proposals[original];
    if (!before.nanoseconds && !options.judge(proposals[original]))
      return original;
    auto fits = [&](const Proposal &plan) { return memoryLimit <= 0 || plan.bytes <= memoryLimit; };
    size_t best = original, smallest = original;
    for (size_t i = 0; i < original && i < options.judgments; ++i) {
      Proposal &plan = proposals[i];
      if (!plan.nanoseconds && !options.judge(plan))
        continue;
      if (plan.bytes < proposals[smallest].bytes)
        smallest = i;
      bool isGain = !fits(before) || *plan.nanoseconds < *before.nanoseconds * kClearly ||
                    (isAsFast(plan, before) && plan.bytes < before.bytes);
      if (fits(plan) && isGain && (!fits(proposals[best]) || isBetter(plan, proposals[best])))
        best = i;
    }
    return fits(proposals[best]) ? best : smallest;
  }

  /// Of the plans, those of which no other one is both faster and smaller; the fastest first.
  static std::vector<const Proposal *> findBestPlans(ArrayRef<Proposal> proposals) {
    std::vector<const Proposal *> plans, best;
    for (const Proposal &proposal : proposals)
      if (proposal.nanoseconds)
        plans.push_back(&proposal);
    llvm::stable_sort(plans, [](const Proposal *a, const Proposal *b) { return isBetter(*a, *b); });
    for (const Proposal *plan : plans)
      if (best.empty() || plan->bytes < best.back()->bytes)
        best.push_back(plan);
    return best;
  }

  void keep(ArrayRef<const Proposal *> plans, const Proposal &chosen) {
    Builder b(&getContext());
    SmallVector<Attribute> list;
    for (const Proposal *plan : plans) {
      NamedAttrList entry;
      entry.append("nanoseconds", b.getF64FloatAttr(*plan->nanoseconds));
      entry.append("bytes", b.getI64IntegerAttr(plan->bytes));
      if (plan == &chosen)
        entry.append("chosen", b.getUnitAttr());
      list.push_back(entry.getDictionary(&getContext()));
    }
    if (!list.empty())
      getOperation()->setAttr(kPlansAttr, b.getArrayAttr(list));
  }

  static void tell(func::FuncOp main, const Proposal &chosen, const Proposal &original,
                   ArrayRef<const Proposal *> plans, const SearchStats &stats) {
    std::string text;
    llvm::raw_string_ostream os(text);
    os << llvm::format("%.1f us instead of %.1f us, ", chosen.cost / 1e3, original.cost / 1e3);
    if (chosen.nanoseconds && original.nanoseconds)
      os << llvm::format("planned %.1f us instead of %.1f us, ", *chosen.nanoseconds / 1e3,
                         *original.nanoseconds / 1e3);
    // Backtracking knows no bound.
    if (chosen.bound >= chosen.cost - 1e-6 * chosen.cost)
      os << "an optimum of " << stats.nodes << " nodes";
    else if (chosen.bound > 0)
      os << llvm::format("at most %.1f %% above an optimum of ", 100 * (chosen.cost / chosen.bound - 1))
         << stats.nodes << " nodes";
    else
      os << "the best of " << stats.nodes << " graphs, of which " << stats.taken << " were rewritten";
    os << (stats.complete ? " (complete)" : "");
    main.emitRemark(text);
    for (const Rewrite &rewrite : chosen.rewrites)
      main.emitRemark() << "'" << rewrite.rule << "' saves "
                        << llvm::formatv("{0:F1} us", rewrite.gain / 1e3).str();
    for (const Proposal *plan : plans)
      main.emitRemark() << "a plan of "
                        << llvm::formatv("{0:F1} us in {1:F2} MB", *plan->nanoseconds / 1e3,
                                         double(plan->bytes) / 1e6)
                               .str()
                        << (plan == &chosen ? ", chosen" : "");
  }

  GraphCost *planned = nullptr;
};
} // namespace

std::unique_ptr<Pass> tenon::createSubstitute(const SubstituteOptions &options, GraphCost *cost) {
  return std::make_unique<Substitute>(options, cost);
}

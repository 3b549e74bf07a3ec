#pragma once

#include "lib/Support/TaskCost.h"
#include "lib/Target/TargetSpec.h"
#include "passes/Plan/Plan.h"
#include "llvm/ADT/StringMap.h"

namespace tenon {

/// Costs of tasks by the analytic estimate: the task is lowered to loop nests, each gets the schedule that it
/// would get, and NestCost counts its cycles. Every task is lowered once, by its fingerprint.
class AnalyticTaskCost : public TaskCost {
public:
  explicit AnalyticTaskCost(TargetSpec target) : target(std::move(target)) {}
  std::optional<TaskEstimate> best(mlir::Operation *task, int threads) override;

private:
  std::optional<TaskEstimate> lower(mlir::Operation *task) const;
  TargetSpec target;
  llvm::StringMap<std::optional<TaskEstimate>> known;
};

/// Costs of models: the candidate is planned and scheduled, and its tasks' costs are added.
class PlannedGraphCost : public GraphCost {
public:
  PlannedGraphCost(TaskCost &tasks, const PlanOptions &plan) : tasks(tasks), plan(plan) {}
  std::optional<GraphEstimate> estimate(mlir::ModuleOp module) override;

private:
  TaskCost &tasks;
  PlanOptions plan;
};

} // namespace tenon

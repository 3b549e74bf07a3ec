#pragma once

#include <cstdint>
#include <optional>

namespace mlir {
class ModuleOp;
class Operation;
} // namespace mlir

/// Questions that passes ask about what comes later; lib/Driver wires the answers.
namespace tenon {

/// What a task costs under the best schedule that is known.
struct TaskEstimate {
  double nanoseconds = 0;
  int64_t scratchBytes = 0; ///< temporary buffers
};

class TaskCost {
public:
  virtual ~TaskCost() = default;
  /// `task` is a sched.task with its boundary layouts. nullopt if it cannot be lowered.
  virtual std::optional<TaskEstimate> best(mlir::Operation *task, int threads) = 0;
};

/// What a whole model costs on one thread.
struct GraphEstimate {
  double nanoseconds = 0; ///< of all tasks, one after the other
  int64_t bytes = 0;      ///< of the weights and the arena
};

class GraphCost {
public:
  virtual ~GraphCost() = default;
  /// Plans a module of `nn` operators and sums up its tasks; nullopt if that is not possible. The module
  /// stays as it is.
  virtual std::optional<GraphEstimate> estimate(mlir::ModuleOp module) = 0;
};

} // namespace tenon

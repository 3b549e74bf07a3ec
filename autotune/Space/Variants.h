#pragma once

#include "dialects/Sched/Sched.h"
#include <string>
#include <vector>

namespace tenon::autotune {

/// The name of the first variant, the task itself.
inline constexpr llvm::StringLiteral kAsPlanned = "planned";

/// A task that does the work of another one in another way: by another algorithm, or with its weights packed
/// otherwise. Each has a space, and a measured time, of its own; which one a model has is the plan's choice.
struct TaskVariant {
  std::string name; ///< "planned", "direct, blocks of 32", "winograd 4x4, blocks of 32"
  std::string text; ///< a module of the task alone, as listTasks makes it
  /// Of its arguments, then of its results; null is row-major.
  std::vector<sched::LayoutAttr> layouts;
  /// Whether only the weights lie otherwise. If not, images have wider borders, which their other readers and
  /// writers would have to do with.
  bool hasSameImages = true;
};

/// The task as planned, then its variants. `fastNumerics`: whether Winograd's algorithm is allowed.
/// `vectorBytes`: of the target.
std::vector<TaskVariant> listVariants(sched::TaskOp task, int64_t vectorBytes, bool fastNumerics);

} // namespace tenon::autotune

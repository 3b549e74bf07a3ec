#pragma once

#include "lib/Driver/TaskCompiler.h"
#include "lib/Support/HostTensor.h"
#include "lib/Support/RawTensor.h"
#include <gtest/gtest.h>

/// Runs points of a task's space beside the reference evaluation of its body.
namespace tenon::test {

/// The tasks of a text model, planned for a target.
std::vector<PlannedTask> planTasks(llvm::StringRef text, const TargetSpec &target);
/// Those of a model's file.
std::vector<PlannedTask> planFile(llvm::StringRef path, const TargetSpec &target);

/// A task with random operands and what must come of them.
class TaskRun {
public:
  explicit TaskRun(TaskCompiler &compiler, uint64_t seed = 1);

  /// Compiles a point, runs it whole and in parts, and compares.
  ::testing::AssertionResult check(const autotune::Point &point);

private:
  ::testing::AssertionResult compare(llvm::ArrayRef<RawTensor> outputs);

  TaskCompiler &compiler;
  std::vector<RawTensor> inputs;
  std::vector<HostTensor> expected;
  std::string problem;
};

} // namespace tenon::test

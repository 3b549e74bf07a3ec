#pragma once

#include "autotune/CostModel/CostModel.h"
#include "dialects/Sched/Sched.h"
#include "lib/Driver/Compile.h"
#include "tenon/Compiler.h"

/// Schedules that are not the compiler's own choice: from a tuning database, or by a learned model.
namespace tenon {

/// A schedule, as text of #sched.schedule, and where it came from.
struct ChosenSchedule {
  std::string text, origin;
};
/// The schedule that a task shall have on a target; nothing: what the compiler chooses.
using ScheduleSource = std::function<std::optional<ChosenSchedule>(sched::TaskOp, const TargetSpec &)>;

/// What `tenon tune` kept in a database ("database"), else what a model expects to be fastest ("learned").
/// `database` may be empty; `costModel` as for loadCostModel. Of a database, the schedules count of the
/// machine whose fingerprint begins with `tunedOn`; if that is empty, this machine's for targets that run
/// here, else the latest. Null if there is neither.
llvm::Expected<ScheduleSource> storedSchedules(llvm::StringRef database, llvm::StringRef costModel,
                                               llvm::StringRef tunedOn);

/// The cost model of a file, for the features of this compiler; that which comes with it for "shipped";
/// nothing for "none" and an empty path.
llvm::Expected<std::optional<autotune::CostModel>> loadCostModel(llvm::StringRef path,
                                                                 autotune::CostModelOptions options = {});

/// Why a task cannot be lowered with a schedule on a target: one line, empty if it can.
std::string misfit(sched::TaskOp task, llvm::StringRef schedule, const TargetSpec &target);

/// Gives the tasks of a planned module their schedules. Those that do not fit, such as a former version's,
/// are passed over; `warn` (may be null) hears of it.
void applySchedules(mlir::ModuleOp module, const TargetSpec &target, const ScheduleSource &source,
                    const std::function<void(const std::string &)> &warn);

/// The compilation that options describe, yet to be run. (lib/Driver/Compiler.cpp)
llvm::Expected<std::unique_ptr<Compilation>> prepareCompilation(const CompileOptions &options);

} // namespace tenon

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

/// The variant that a planned task shall be, as TaskVariant::name; nothing: as it is.
using VariantSource = std::function<std::optional<std::string>(sched::TaskOp, const TargetSpec &)>;

/// What is chosen for tasks beside the compiler; either is null where there is nothing to choose from.
struct StoredChoices {
  ScheduleSource schedules;
  VariantSource variants;
};
/// What `tenon tune` kept in a database ("database"), else, for schedules, what a model expects to be fastest
/// ("learned"). `database` may be empty; `costModel` as for loadCostModel. Of a database, what counts is that
/// of the machine whose fingerprint begins with `tunedOn`; if that is empty, this machine's for targets that
/// run here, else the latest.
llvm::Expected<StoredChoices> storedChoices(llvm::StringRef database, llvm::StringRef costModel,
                                            llvm::StringRef tunedOn);

/// The cost model of a file, for the features of this compiler; that which comes with it for "shipped";
/// nothing for "none" and an empty path.
llvm::Expected<std::optional<autotune::CostModel>> loadCostModel(llvm::StringRef path,
                                                                 autotune::CostModelOptions options = {});

/// Why a task cannot be lowered with a schedule on a target: one line, empty if it can.
std::string misfit(sched::TaskOp task, llvm::StringRef schedule, const TargetSpec &target);

/// Says which variants the tasks of a planned module become by tenon-apply-variants. One that is none of the
/// task's here, such as Winograd's under strict numerics, or that would change images, is passed over; `warn`
/// (may be null) hears of it.
void chooseVariants(mlir::ModuleOp module, const TargetSpec &target, bool fastNumerics,
                    const VariantSource &source, const std::function<void(const std::string &)> &warn);

/// Gives the tasks of a planned module their schedules. Those that do not fit, such as a former version's,
/// are passed over; `warn` (may be null) hears of it.
void applySchedules(mlir::ModuleOp module, const TargetSpec &target, const ScheduleSource &source,
                    const std::function<void(const std::string &)> &warn);

/// The compilation that options describe, yet to be run. (lib/Driver/Compiler.cpp)
llvm::Expected<std::unique_ptr<Compilation>> prepareCompilation(const CompileOptions &options);

} // namespace tenon

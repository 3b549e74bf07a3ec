#pragma once

#include "autotune/Space/NestSpace.h"
#include "dialects/Sched/Sched.h"
#include "lib/Target/TargetSpec.h"
#include <memory>

namespace tenon::autotune {

class TaskFeatures;

/// The space of a sched.task: how it becomes nests (rows of tiles that go through all of them, strips of
/// rows, the dimensions that threads split), and the schedules of these nests. The first knob says how; for
/// each of these *forms* the task is lowered once, down to nests, when the space is made. The others are
/// NestSpace's, nest after nest; nests that take next to no time have one point.
///
/// Not part of it is what makes another task of the same work: layouts, Winograd's algorithm, fusion; see
/// listVariants.
class TaskSpace : public Space {
public:
  /// Null, with a diagnostic, if the task cannot be lowered, or has extents that are known at run time only.
  static std::unique_ptr<TaskSpace> create(sched::TaskOp task, const TargetSpec &target);
  /// The space of one nest.
  static std::unique_ptr<TaskSpace> create(kernel::GenericOp nest, const TargetSpec &target);
  ~TaskSpace() override;

  uint64_t size() const override;
  Point sample(Rng &rng) const override;
  Point mutate(const Point &point, Rng &rng) const override;
  Point cross(const Point &a, const Point &b, Rng &rng) const override;
  void enumerate(llvm::function_ref<bool(const Point &)> visit) const override;
  Point analytic() const override;
  unsigned numFeatures() const override;
  void features(const Point &point, llvm::MutableArrayRef<float> out) const override;
  /// What each feature is called.
  std::vector<std::string> featureNames() const;
  std::string print(const Point &point) const override;
  std::optional<Point> parse(llvm::StringRef text) const override;

  /// The attribute of a point.
  sched::ScheduleAttr schedule(const Point &point) const;
  /// The task's module of the point's form, down to nests with the schedules that the compiler chose: what
  /// buildScheduledPipeline takes once `tenon.schedule` is the point's.
  mlir::ModuleOp form(const Point &point) const { return forms[point[0]].module.get(); }
  /// Whether there is more than one point, at once.
  bool hasChoice() const;
  size_t numForms() const { return forms.size(); }
  /// Nests of a form that have a choice.
  size_t numNests(size_t form) const { return forms[form].nests.size(); }
  const NestSpace &nest(size_t form, size_t i) const { return *forms[form].nests[i]; }
  /// Cycles by the estimate of what the compiler takes without tuning.
  double estimate() const { return forms[0].cycles; }
  bool isValid(const Point &point) const;
  bool keepsSplit(const Point &point) const override;

private:
  struct Form {
    mlir::OwningOpRef<mlir::ModuleOp> module;
    sched::ScheduleAttr chosen;
    double cycles = 0; ///< of what was chosen, by the estimate
    std::vector<std::unique_ptr<NestSpace>> nests;
    std::unique_ptr<TaskFeatures> features;
  };
  TaskSpace(mlir::MLIRContext *context, const TargetSpec &target);
  /// Lowers the task as `wanted` says; false if that is not possible or known already.
  bool addForm(mlir::ModuleOp task, sched::ScheduleAttr wanted);
  void addNests(Form form);
  void addForms(mlir::ModuleOp task);
  mlir::MutableArrayRef<uint16_t> knobs(Point &point, size_t nest) const {
    return mlir::MutableArrayRef<uint16_t>(point).slice(1 + nest * NestSpace::kKnobs, NestSpace::kKnobs);
  }
  llvm::ArrayRef<uint16_t> knobs(const Point &point, size_t nest) const {
    return llvm::ArrayRef<uint16_t>(point).slice(1 + nest * NestSpace::kKnobs, NestSpace::kKnobs);
  }
  Point analyticOf(size_t form) const;

  mlir::MLIRContext *context;
  TargetSpec target;
  std::vector<Form> forms; ///< the first is what the compiler chooses
  size_t knobCount = 1;
  mutable std::vector<double> weights; ///< points of each form, about
};

} // namespace tenon::autotune

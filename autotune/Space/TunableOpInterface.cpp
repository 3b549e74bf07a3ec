#include "autotune/Space/TunableOpInterface.h"
#include "autotune/Space/TaskSpace.h"
#include "mlir/AsmParser/AsmParser.h"

using namespace mlir;
using namespace tenon;
using namespace tenon::autotune;

#include "autotune/Space/TunableOpInterface.cpp.inc"

namespace {
struct TunableTask : TunableOpInterface::ExternalModel<TunableTask, sched::TaskOp> {
  std::unique_ptr<Space> getSpace(Operation *op, const TargetSpec &target) const {
    return TaskSpace::create(cast<sched::TaskOp>(op), target);
  }
  void applyPoint(Operation *op, const Space &space, const Point &point) const {
    cast<sched::TaskOp>(op).setScheduleAttr(
        cast<sched::ScheduleAttr>(parseAttribute(space.print(point), op->getContext())));
  }
};

struct TunableNest : TunableOpInterface::ExternalModel<TunableNest, kernel::GenericOp> {
  std::unique_ptr<Space> getSpace(Operation *op, const TargetSpec &target) const {
    return TaskSpace::create(cast<kernel::GenericOp>(op), target);
  }
  void applyPoint(Operation *op, const Space &space, const Point &point) const {
    auto schedule = cast<sched::ScheduleAttr>(parseAttribute(space.print(point), op->getContext()));
    cast<kernel::GenericOp>(op).setScheduleAttr(schedule.getNests()[0]);
  }
};
} // namespace

void tenon::autotune::registerTunableOps(DialectRegistry &registry) {
  registry.addExtension(+[](MLIRContext *context, sched::SchedDialect *, kernel::KernelDialect *) {
    sched::TaskOp::attachInterface<TunableTask>(*context);
    kernel::GenericOp::attachInterface<TunableNest>(*context);
  });
}

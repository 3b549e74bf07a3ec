#include "dialects/Sched/Sched.h"
#include "mlir/IR/DialectImplementation.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace tenon::sched;

#include "dialects/Sched/SchedDialect.cpp.inc"
#include "dialects/Sched/SchedEnums.cpp.inc"
#define GET_ATTRDEF_CLASSES
#include "dialects/Sched/SchedAttrs.cpp.inc"

void SchedDialect::initialize() {
  registerSchedDialectOperations(this);
  addAttributes<
#define GET_ATTRDEF_LIST
#include "dialects/Sched/SchedAttrs.cpp.inc"
      >();
}

LogicalResult TaskOp::verify() {
  if (!isa<YieldOp>(getBody().front().back()))
    return emitOpError("C1: expected the body to end in sched.yield");
  return success();
}

LogicalResult RunOp::verifySymbolUses(SymbolTableCollection &symbols) {
  auto task = symbols.lookupNearestSymbolFrom<TaskOp>(*this, getTaskAttr());
  if (!task)
    return emitOpError("C1: expected a task, but got ") << getTaskAttr();
  if (task.getArgumentTypes() != getInputs().getTypes() || task.getResultTypes() != getOutputs().getTypes())
    return emitOpError("C1: expected the task's type (")
           << task.getArgumentTypes() << ") -> (" << task.getResultTypes() << ")";
  if (getPlaces() && getPlaces()->size() != getNumOperands() + getNumResults())
    return emitOpError("C2: expected ")
           << getNumOperands() + getNumResults() << " places, but got " << getPlaces()->size();
  return success();
}

#include "dialects/Sched/Sched.h"
#include "lib/Support/Winograd.h"
#include "mlir/Dialect/Utils/IndexingUtils.h"
#include "mlir/IR/DialectImplementation.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace tenon;
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

sched::ScheduleAttr tenon::getSchedule(ModuleOp code) {
  return code->getAttrOfType<ScheduleAttr>(kScheduleAttr);
}

sched::ScheduleAttr ScheduleAttr::withStrips(ArrayRef<int64_t> strips) const {
  return get(getContext(), getRows(), strips, getPhases(), getNests());
}

sched::ScheduleAttr ScheduleAttr::withPhases(ArrayRef<int64_t> phases) const {
  return get(getContext(), getRows(), getStrips(), phases, getNests());
}

sched::ScheduleAttr ScheduleAttr::withNests(ArrayRef<kernel::ScheduleAttr> nests) const {
  return get(getContext(), getRows(), getStrips(), getPhases(), nests);
}

LogicalResult LayoutAttr::verify(llvm::function_ref<InFlightDiagnostic()> emitError, ArrayRef<int64_t> order,
                                 ArrayRef<int64_t> blocks, ArrayRef<int64_t> halo,
                                 ArrayRef<int64_t> winograd) {
  if (!isPermutationVector(order))
    return emitError() << "C1: expected a permutation as order";
  int64_t rank = order.size();
  if (blocks.size() % 2 != 0)
    return emitError() << "C1: expected pairs of dimension and size as blocks";
  if (!halo.empty() && int64_t(halo.size()) != rank)
    return emitError() << "C1: expected a halo per dimension";
  if (llvm::any_of(halo, [](int64_t h) { return h < 0; }))
    return emitError() << "C1: expected halos of at least 0";
  llvm::SmallDenseSet<int64_t> seen;
  for (size_t i = 0; i < blocks.size(); i += 2) {
    int64_t d = blocks[i];
    if (d < 0 || d >= rank || !seen.insert(d).second || blocks[i + 1] < 2 || (!halo.empty() && halo[d] != 0))
      return emitError() << "C1: expected blocks of different dimensions without halo, at least 2 wide";
  }
  if (!winograd.empty() && (winograd.size() != 2 || winograd[0] < 1 || winograd[1] < 1 || rank != 3))
    return emitError() << "C2: expected winograd = the rows and columns of a tile, on three dimensions";
  return success();
}

SmallVector<int64_t> LayoutAttr::getTransformedShape(ArrayRef<int64_t> shape) const {
  if (!isTransformed())
    return SmallVector<int64_t>(shape);
  int64_t points = (getWinograd()[0] + shape[2] - 1) * (getWinograd()[1] + shape[3] - 1);
  return {points, shape[0], shape[1]};
}

bool LayoutAttr::fits(ArrayRef<int64_t> shape) const {
  if (ShapedType::isDynamicShape(shape))
    return false;
  if (isTransformed())
    return shape.size() == 4 && Winograd::supports(getWinograd()[0], shape[2]) &&
           Winograd::supports(getWinograd()[1], shape[3]);
  return shape.size() == getOrder().size();
}

int64_t LayoutAttr::getBlock(int64_t d) const {
  for (size_t i = 0; i < getBlocks().size(); i += 2)
    if (getBlocks()[i] == d)
      return getBlocks()[i + 1];
  return 1;
}

AffineMap LayoutAttr::getMap() const {
  SmallVector<AffineExpr> results;
  for (int64_t d : getOrder()) {
    AffineExpr expr = getAffineDimExpr(d, getContext());
    results.push_back(getBlock(d) > 1 ? expr.floorDiv(getBlock(d)) : expr + getHaloOf(d));
  }
  for (size_t i = 0; i < getBlocks().size(); i += 2)
    results.push_back(getAffineDimExpr(getBlocks()[i], getContext()) % getBlocks()[i + 1]);
  return AffineMap::get(getOrder().size(), 0, results, getContext());
}

SmallVector<int64_t> LayoutAttr::getBufferShape(ArrayRef<int64_t> logical) const {
  SmallVector<int64_t> result, shape = getTransformedShape(logical);
  for (int64_t d : getOrder())
    result.push_back(llvm::divideCeil(shape[d] + 2 * getHaloOf(d), getBlock(d)));
  for (size_t i = 0; i < getBlocks().size(); i += 2)
    result.push_back(getBlocks()[i + 1]);
  return result;
}

LogicalResult TaskOp::verify() {
  if (!isa<YieldOp>(getBody().front().back()))
    return emitOpError("C1: expected the body to end in sched.yield");
  if (!getLayouts())
    return verifyInPlace();
  SmallVector<Type> types(getArgumentTypes());
  llvm::append_range(types, getResultTypes());
  if (getLayouts()->size() != types.size())
    return emitOpError("C2: expected ") << types.size() << " layouts, but got " << getLayouts()->size();
  for (auto [layout, type] : llvm::zip(*getLayouts(), types)) {
    if (isa<UnitAttr>(layout))
      continue;
    auto known = dyn_cast<LayoutAttr>(layout);
    auto tensor = cast<RankedTensorType>(type);
    if (!known || !known.fits(tensor.getShape()))
      return emitOpError("C2: expected a layout of the rank of a static shape, but got ")
             << layout << " of " << type;
  }
  return verifyInPlace();
}

LogicalResult TaskOp::verifyInPlace() {
  for (int64_t i : getInPlace().value_or(ArrayRef<int64_t>()))
    if (i < 0 || i >= int64_t(getArgumentTypes().size()) || getResultTypes().size() != 1 ||
        getLayout(i) != getResultLayout(0))
      return emitOpError("C3: expected one result, and arguments in its layout, but got ")
             << getInPlaceAttr();
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

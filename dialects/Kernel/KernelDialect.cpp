#include "dialects/Kernel/Kernel.h"
#include "mlir/Analysis/FlatLinearValueConstraints.h"
#include "mlir/IR/DialectImplementation.h"
#include "mlir/IR/IntegerSet.h"
#include "mlir/Interfaces/ViewLikeInterface.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace tenon::kernel;

#include "dialects/Kernel/KernelDialect.cpp.inc"
#include "dialects/Kernel/KernelEnums.cpp.inc"
#define GET_ATTRDEF_CLASSES
#include "dialects/Kernel/KernelAttrs.cpp.inc"

void KernelDialect::initialize() {
  registerKernelDialectOperations(this);
  addAttributes<
#define GET_ATTRDEF_LIST
#include "dialects/Kernel/KernelAttrs.cpp.inc"
      >();
}

int64_t ScheduleAttr::getBlock(int64_t d) const {
  for (size_t i = 0; i + 1 < getBlocks().size(); i += 2)
    if (getBlocks()[i] == d)
      return getBlocks()[i + 1];
  return 0;
}

SmallVector<OpFoldResult> GenericOp::getMixedExtents() {
  Builder b(getContext());
  return getMixedValues(getStaticExtents(), getDynamicExtents(), b);
}

SmallVector<DomainBound> GenericOp::getBounds() {
  SmallVector<DomainBound> bounds;
  if (!getDomain())
    return bounds;
  IntegerSet domain = getDomain()->getValue();
  if (int64_t(domain.getNumDims()) != getNumLoops() || domain.getNumSymbols() || domain.getNumEqualities())
    return bounds;
  for (AffineExpr expr : domain.getConstraints()) {
    SmallVector<int64_t> terms; // a factor per dimension, and the constant
    if (failed(getFlattenedAffineExpr(expr, domain.getNumDims(), 0, &terms)) ||
        int64_t(terms.size()) != getNumLoops() + 1)
      continue;
    DomainBound bound{-1, -1, 0, 0, terms.back()};
    int64_t parallels = 0, reductions = 0;
    for (int64_t d = 0; d < getNumLoops(); ++d) {
      if (terms[d] == 0)
        continue;
      bool isParallel = d < getNumParallel();
      (isParallel ? bound.parallelDim : bound.reductionDim) = d;
      (isParallel ? bound.parallelStep : bound.reductionStep) = terms[d];
      (isParallel ? parallels : reductions) += 1;
    }
    if (parallels <= 1 && reductions == 1)
      bounds.push_back(bound);
  }
  return bounds;
}

static LogicalResult checkRegion(GenericOp op, Region &region, StringRef constraint, TypeRange arguments,
                                 TypeRange results) {
  Block &block = region.front();
  if (TypeRange(block.getArgumentTypes()) != arguments)
    return op.emitOpError() << constraint << ": expected block arguments " << arguments << ", but got "
                            << block.getArgumentTypes();
  auto yield = dyn_cast<YieldOp>(block.getTerminator());
  if (!yield || TypeRange(yield.getOperandTypes()) != results)
    return op.emitOpError() << constraint << ": expected a kernel.yield of " << results;
  return success();
}

LogicalResult LoadOp::verify() {
  auto nest = (*this)->getParentOfType<GenericOp>();
  AffineMap map = getMap();
  int64_t rank = cast<MemRefType>(getBuffer().getType()).getRank();
  if (!nest || int64_t(map.getNumDims()) != nest.getNumLoops() || map.getNumSymbols() ||
      int64_t(map.getNumResults()) != rank)
    return emitOpError("C1: expected a map from the loops of a kernel.generic to ")
           << rank << " subscripts, but got " << getMapAttr();
  return success();
}

LogicalResult GenericOp::verify() {
  int64_t loops = getNumLoops(), parallel = getNumParallel();
  if (getReductions() < 0 || parallel < 0)
    return emitOpError("expected 0 to ") << loops << " reductions, but got " << getReductions();
  if (getMaps().size() != getInputs().size() + getOutputs().size())
    return emitOpError("C1: expected one map per input and output");
  SmallVector<Type> inputs, outputs, accumulators(getInits().getTypes());
  for (auto [i, buffer] : llvm::enumerate(llvm::concat<Value>(getInputs(), getOutputs()))) {
    auto type = cast<MemRefType>(buffer.getType());
    AffineMap map = getMap(i);
    if (int64_t(map.getNumDims()) != loops || map.getNumSymbols() || map.getNumResults() != type.getRank())
      return emitOpError("C1: expected a map from ")
             << loops << " loops to " << type.getRank() << " subscripts, but got " << AffineMapAttr::get(map);
    bool isInput = i < getInputs().size();
    (isInput ? inputs : outputs).push_back(type.getElementType());
    for (int64_t d = parallel; !isInput && d < loops; ++d)
      if (map.isFunctionOfDim(d))
        return emitOpError("C2: expected output maps over parallel dimensions, but got ")
               << AffineMapAttr::get(map);
  }
  if (getRange().size() != 0 && (getRange().size() != 2 || parallel == 0))
    return emitOpError("expected a range of two bounds and a parallel dimension");
  if (getDomain() && getBounds().size() != getDomain()->getValue().getNumConstraints())
    return emitOpError("C5: expected inequalities in one reduction dimension and at most one parallel "
                       "dimension each, but got ")
           << getDomainAttr();
  SmallVector<Type> arguments = inputs;
  llvm::append_range(arguments, accumulators);
  if (getReductions() == 0)
    return checkRegion(*this, getBody(), "C3", arguments, outputs);
  if (getEpilogue().empty())
    return emitOpError("C4: expected an epilogue");
  if (failed(checkRegion(*this, getBody(), "C3", arguments, accumulators)))
    return failure();
  return checkRegion(*this, getEpilogue(), "C4", accumulators, outputs);
}

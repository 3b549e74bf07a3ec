#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/IR/IntegerSet.h"
#include "mlir/IR/PatternMatch.h"
#include "passes/Lower/Expand/Access.h"
#include "passes/Lower/Expand/Expand.h"
#include "passes/Lower/Lower.h"

namespace tenon {
#define GEN_PASS_DEF_COLLAPSELOOPS
#include "passes/Lower/Expand/Expand.h.inc"
} // namespace tenon

using namespace mlir;
using namespace tenon;
using namespace tenon::kernel;

static void collapse(GenericOp op) {
  unsigned loops = op.getNumLoops();
  int64_t parallel = op.getNumParallel();
  SmallVector<LinearAccess> accesses;
  SmallVector<Value> buffers;
  for (auto [buffer, map] : getAccesses(op)) {
    auto access = getLinearAccess(cast<MemRefType>(buffer.getType()), map);
    if (!access || !access->offset || llvm::is_contained(access->step, std::nullopt))
      return;
    accesses.push_back(*access);
    buffers.push_back(buffer);
  }
  SmallVector<bool> indexed(loops, false);
  op.walk([&](IndexOp index) { indexed[index.getDim()] = true; });
  // Bounds are about one dimension of each kind.
  SmallVector<bool> bounded(loops, false);
  for (const DomainBound &bound : op.getBounds()) {
    bounded[bound.reductionDim] = true;
    if (bound.parallelDim >= 0)
      bounded[bound.parallelDim] = true;
  }

  // Groups of old dimensions that form the new ones, in order; unit dimensions are in none.
  SmallVector<SmallVector<unsigned>> groups;
  SmallVector<int64_t> extents(op.getStaticExtents());
  bool ranged = !op.getRange().empty();
  for (unsigned d = 0; d < loops; ++d) {
    bool isRange = ranged && d == 0;
    if (extents[d] == 1 && !isRange && !bounded[d])
      continue;
    if (!groups.empty() && !isRange) {
      unsigned last = groups.back().back();
      bool sameKind = (int64_t(last) < parallel) == (int64_t(d) < parallel),
           lastIsRange = ranged && groups.back().front() == 0;
      bool contiguous = sameKind && !lastIsRange && !indexed[last] && !indexed[d] && !bounded[last] &&
                        !bounded[d] && !ShapedType::isDynamic(extents[d]) &&
                        llvm::all_of(accesses, [&](LinearAccess &a) {
                          return !a.blocks[last] && !a.blocks[d] && *a.step[last] == *a.step[d] * extents[d];
                        });
      if (contiguous) {
        groups.back().push_back(d);
        continue;
      }
    }
    groups.push_back({d});
  }
  // A nest keeps a dimension of each kind that it had, so that accumulators and epilogues keep their meaning.
  auto hasKind = [&](bool wantParallel) {
    return llvm::any_of(groups, [&](auto &group) { return (int64_t(group[0]) < parallel) == wantParallel; });
  };
  if (parallel > 0 && !hasKind(true))
    groups.insert(groups.begin(), SmallVector<unsigned>{0});
  if (op.getReductions() > 0 && !hasKind(false))
    groups.push_back({loops - 1});

  OpBuilder b(op);
  Location loc = op.getLoc();
  SmallVector<OpFoldResult> mixed = op.getMixedExtents();
  SmallVector<int64_t> newExtents;
  SmallVector<Value> dynamic;
  int64_t reductions = 0;
  for (auto &group : groups) {
    int64_t fixed = 1;
    Value run;
    for (unsigned d : group) {
      if (auto value = dyn_cast<Value>(mixed[d]))
        run = run ? arith::MulIOp::create(b, loc, run, value) : value;
      else
        fixed *= extents[d];
    }
    if (run) {
      if (fixed != 1)
        run = arith::MulIOp::create(b, loc, run, arith::ConstantIndexOp::create(b, loc, fixed));
      dynamic.push_back(run);
      newExtents.push_back(ShapedType::kDynamic);
    } else {
      newExtents.push_back(fixed);
    }
    reductions += int64_t(group[0]) >= parallel;
  }
  SmallVector<Attribute> maps;
  for (auto [buffer, access] : llvm::zip(buffers, accesses)) {
    buffer = flatten(b, loc, buffer);
    LinearAccess collapsed{{}, {}, access.offset};
    for (auto &group : groups) {
      collapsed.step.push_back(access.step[group.back()]);
      collapsed.blocks.push_back(access.blocks[group.back()]);
    }
    maps.push_back(AffineMapAttr::get(AffineMap::get(groups.size(), 0, getExpr(collapsed, op.getContext()))));
  }
  IntegerSetAttr domain;
  if (IntegerSetAttr old = op.getDomainAttr()) {
    SmallVector<AffineExpr> places(loops, b.getAffineConstantExpr(0));
    for (auto [i, group] : llvm::enumerate(groups))
      places[group.back()] = b.getAffineDimExpr(i);
    domain = IntegerSetAttr::get(old.getValue().replaceDimsAndSymbols(places, {}, groups.size(), 0));
  }
  size_t inputs = op.getInputs().size(), outputs = op.getOutputs().size();
  ArrayRef<Value> all = buffers;
  auto flat = GenericOp::create(b, loc, ValueRange(dynamic), ValueRange(all.take_front(inputs)),
                                ValueRange(all.slice(inputs, outputs)), op.getInits(), op.getRange(),
                                ArrayRef<int64_t>(newExtents),
                                b.getArrayAttr(ArrayRef(maps).take_front(inputs + outputs)),
                                uint64_t(reductions), domain, ScheduleAttr());
  for (auto [i, load] : llvm::enumerate(getLoads(op))) {
    load.getBufferMutable().assign(buffers[inputs + outputs + i]);
    load.setMapAttr(cast<AffineMapAttr>(maps[inputs + outputs + i]));
  }
  if (auto old = op->getAttrOfType<AffineMapAttr>(kExtentsAttr)) {
    SmallVector<AffineExpr> exprs;
    for (auto &group : groups) {
      AffineExpr product = b.getAffineConstantExpr(1);
      for (unsigned d : group)
        product = product * old.getValue().getResult(d);
      exprs.push_back(product);
    }
    flat->setAttr(kExtentsAttr, AffineMapAttr::get(AffineMap::get(0, old.getValue().getNumSymbols(), exprs,
                                                                  b.getContext())));
  }
  if (Attribute longest = op->getAttr(kLongestRangeAttr))
    flat->setAttr(kLongestRangeAttr, longest);
  flat.getBody().takeBody(op.getBody());
  flat.getEpilogue().takeBody(op.getEpilogue());
  SmallVector<IndexOp> indices;
  flat.walk([&](IndexOp index) { indices.push_back(index); });
  for (IndexOp index : indices) {
    unsigned old = index.getDim();
    b.setInsertionPoint(index);
    auto it = llvm::find_if(groups, [&](auto &group) { return llvm::is_contained(group, old); });
    if (it == groups.end())
      index.replaceAllUsesWith(arith::ConstantIndexOp::create(b, loc, 0).getResult());
    else
      index.replaceAllUsesWith(IndexOp::create(b, loc, int64_t(it - groups.begin())).getResult());
    index.erase();
  }
  op.erase();
}

namespace {
struct CollapseLoops : tenon::impl::CollapseLoopsBase<CollapseLoops> {
  void runOnOperation() override {
    SmallVector<GenericOp> ops;
    getOperation()->walk([&](GenericOp op) { ops.push_back(op); });
    for (GenericOp op : ops)
      if (!op.getSchedule())
        collapse(op);
  }
};
} // namespace

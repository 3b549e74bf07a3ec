#include "passes/Lower/Expand/Combiners.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;

TypedAttr tenon::kernel::neutralElement(OpBuilder &b, Operation *combiner) {
  Type type = combiner->getResult(0).getType();
  if (auto floating = dyn_cast<FloatType>(type)) {
    const llvm::fltSemantics &semantics = floating.getFloatSemantics();
    if (isa<arith::MulFOp>(combiner))
      return b.getFloatAttr(type, 1.0);
    if (isa<arith::MaximumFOp>(combiner))
      return b.getFloatAttr(type, APFloat::getInf(semantics, true));
    if (isa<arith::MinimumFOp>(combiner))
      return b.getFloatAttr(type, APFloat::getInf(semantics, false));
    return b.getFloatAttr(type, 0.0);
  }
  unsigned width = type.getIntOrFloatBitWidth();
  APInt value = TypeSwitch<Operation *, APInt>(combiner)
                    .Case<arith::MulIOp>([&](auto) { return APInt(width, 1); })
                    .Case<arith::AndIOp, arith::MinUIOp>([&](auto) { return APInt::getAllOnes(width); })
                    .Case<arith::MaxSIOp>([&](auto) { return APInt::getSignedMinValue(width); })
                    .Case<arith::MinSIOp>([&](auto) { return APInt::getSignedMaxValue(width); })
                    .Default([&](auto) { return APInt(width, 0); });
  return b.getIntegerAttr(type, value);
}

vector::CombiningKind tenon::kernel::combiningKind(Operation *combiner) {
  using K = vector::CombiningKind;
  return TypeSwitch<Operation *, K>(combiner)
      .Case<arith::MulFOp, arith::MulIOp>([](auto) { return K::MUL; })
      .Case<arith::MaximumFOp>([](auto) { return K::MAXIMUMF; })
      .Case<arith::MinimumFOp>([](auto) { return K::MINIMUMF; })
      .Case<arith::MaxSIOp>([](auto) { return K::MAXSI; })
      .Case<arith::MinSIOp>([](auto) { return K::MINSI; })
      .Case<arith::MaxUIOp>([](auto) { return K::MAXUI; })
      .Case<arith::MinUIOp>([](auto) { return K::MINUI; })
      .Case<arith::AndIOp>([](auto) { return K::AND; })
      .Case<arith::OrIOp>([](auto) { return K::OR; })
      .Case<arith::XOrIOp>([](auto) { return K::XOR; })
      .Default([](auto) { return K::ADD; });
}

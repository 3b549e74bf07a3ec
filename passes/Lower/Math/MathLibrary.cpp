#include "passes/Lower/Math/MathLibrary.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/Matchers.h"
#include "mlir/Parser/Parser.h"
#include "llvm/Support/ErrorHandling.h"

using namespace mlir;

namespace tenon {

/// The .mlir files of this room, as one string each; written by CMake.
static const char *const texts[] = {
#include "passes/Lower/Math/MathText.inc"
};

/// One entry per function: its text, from `func.func` to the closing brace. Parsing a single function rather
/// than a file keeps what a small model pays to well under a millisecond.
static const llvm::StringMap<StringRef> &textOfFunctions() {
  static const llvm::StringMap<StringRef> index = [] {
    llvm::StringMap<StringRef> result;
    constexpr StringRef head = "func.func private @", tail = "\n}\n";
    for (StringRef text : texts) {
      for (size_t begin = text.find(head); begin != StringRef::npos; begin = text.find(head, begin)) {
        size_t end = text.find(tail, begin) + tail.size();
        StringRef function = text.slice(begin, end);
        result[function.drop_front(head.size()).take_until([](char c) { return c == '('; })] = function;
        begin = end;
      }
    }
    return result;
  }();
  return index;
}

MathLibrary::MathLibrary(MLIRContext *context) : context(context) {
  context->loadDialect<arith::ArithDialect, func::FuncDialect, math::MathDialect>();
}

bool MathLibrary::contains(StringRef name) {
  return textOfFunctions().contains(name);
}

std::vector<StringRef> MathLibrary::names() {
  std::vector<StringRef> result(textOfFunctions().keys().begin(), textOfFunctions().keys().end());
  llvm::sort(result);
  return result;
}

func::FuncOp MathLibrary::lookup(StringRef name) {
  std::lock_guard<std::mutex> lock(mutex);
  OwningOpRef<ModuleOp> &module = parsed[name];
  if (!module) {
    auto text = textOfFunctions().find(name);
    if (text == textOfFunctions().end())
      llvm::report_fatal_error("no math function of the name " + Twine(name));
    // Without verification: a callee is found in this library, not in the module.
    ParserConfig config(context, /*verifyAfterParse=*/false);
    module = parseSourceString<ModuleOp>(text->second, config, name);
    if (!module)
      llvm::report_fatal_error("invalid text of the math function " + Twine(name));
  }
  return *module->getOps<func::FuncOp>().begin();
}

/// `type` itself, or a vector of it in the shape of `like`.
static Type inShapeOf(VectorType like, Type type) {
  return like ? Type(VectorType::get(like.getShape(), type, like.getScalableDims())) : type;
}

Value MathLibrary::inlineCall(OpBuilder &builder, Location loc, StringRef name, ValueRange args) {
  func::FuncOp function = lookup(name);
  Block &body = function.getBody().front();
  assert(args.size() == body.getNumArguments() && "expected an argument per parameter");
  auto shape = args.empty() ? VectorType() : dyn_cast<VectorType>(args.front().getType());
  IRMapping mapping;
  for (auto [parameter, arg] : llvm::zip_equal(body.getArguments(), args)) {
    assert(arg.getType() == inShapeOf(shape, parameter.getType()) && "expected the function's types");
    mapping.map(parameter, arg);
  }
  for (Operation &op : body.without_terminator()) {
    if (auto call = dyn_cast<func::CallOp>(op)) {
      SmallVector<Value> operands;
      for (Value operand : call.getOperands())
        operands.push_back(mapping.lookup(operand));
      mapping.map(call.getResult(0), inlineCall(builder, loc, call.getCallee(), operands));
      continue;
    }
    if (auto constant = dyn_cast<arith::ConstantOp>(op); constant && shape) {
      auto type = cast<VectorType>(inShapeOf(shape, constant.getType()));
      auto splat = DenseElementsAttr::get(type, Attribute(constant.getValue()));
      mapping.map(constant.getResult(), arith::ConstantOp::create(builder, loc, splat).getResult());
      continue;
    }
    Operation *clone = builder.clone(op, mapping);
    clone->setLoc(loc);
    for (Value result : clone->getResults())
      result.setType(inShapeOf(shape, result.getType()));
  }
  return mapping.lookup(body.getTerminator()->getOperand(0));
}

/// The middle of the name of the function that computes `op`: "exp" for math.exp; empty if there is none.
static StringRef functionOf(Operation *op) {
  if (isa<arith::RemFOp>(op))
    return "fmod";
  if (isa<math::PowFOp>(op))
    return "pow";
  if (isa<math::ExpOp, math::Exp2Op, math::ExpM1Op, math::LogOp, math::Log1pOp, math::Log2Op, math::SinOp,
          math::CosOp, math::TanOp, math::AsinOp, math::AcosOp, math::AtanOp, math::SinhOp, math::CoshOp,
          math::TanhOp, math::AsinhOp, math::AcoshOp, math::AtanhOp, math::ErfOp>(op))
    return op->getName().stripDialect();
  return "";
}

/// Whether `x` is a constant without NaN.
static bool isNumber(Value x) {
  Attribute value;
  if (!matchPattern(x, m_Constant(&value)))
    return false;
  if (auto splat = dyn_cast<SplatElementsAttr>(value))
    value = splat.getSplatValue<Attribute>();
  auto number = dyn_cast<FloatAttr>(value);
  return number && !number.getValue().isNaN();
}

/// The larger (or smaller) of two floats, NaN if one is. Without the order of zeros, which LLVM's form keeps
/// at the price of more instructions: x86 has `x > y ? x : y` in one, which passes a NaN in y on.
static Value expandExtremum(OpBuilder &b, Location loc, Value x, Value y, arith::CmpFPredicate better) {
  if (isNumber(y))
    std::swap(x, y);
  Value larger = arith::SelectOp::create(b, loc, arith::CmpFOp::create(b, loc, better, x, y), x, y);
  if (isNumber(x))
    return larger;
  Value isNan = arith::CmpFOp::create(b, loc, arith::CmpFPredicate::UNO, x, x);
  return arith::SelectOp::create(b, loc, isNan, x, larger);
}

LogicalResult expandMathOps(Operation *root, MathLibrary &library) {
  SmallVector<Operation *> extrema;
  root->walk([&](Operation *op) {
    if (isa<arith::MaximumFOp, arith::MinimumFOp>(op))
      extrema.push_back(op);
  });
  for (Operation *op : extrema) {
    OpBuilder builder(op);
    auto better = isa<arith::MaximumFOp>(op) ? arith::CmpFPredicate::OGT : arith::CmpFPredicate::OLT;
    op->getResult(0).replaceAllUsesWith(
        expandExtremum(builder, op->getLoc(), op->getOperand(0), op->getOperand(1), better));
    op->erase();
  }
  SmallVector<Operation *> worklist;
  root->walk([&](Operation *op) {
    if (!functionOf(op).empty())
      worklist.push_back(op);
  });
  for (Operation *op : worklist) {
    Type type = op->getResult(0).getType(), element = getElementTypeOrSelf(type);
    if (!(element.isF32() || element.isF64()) || !(type == element || isa<VectorType>(type)))
      return op->emitOpError("expected f32, f64 or a vector of them, but got ") << type;
    OpBuilder builder(op);
    std::string name = ("tenon_" + functionOf(op) + (element.isF32() ? "_f32" : "_f64")).str();
    op->getResult(0).replaceAllUsesWith(library.inlineCall(builder, op->getLoc(), name, op->getOperands()));
    op->erase();
  }
  return success();
}

} // namespace tenon

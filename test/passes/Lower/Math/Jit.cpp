#include "test/passes/Lower/Math/Jit.h"
#include "mlir/Conversion/ArithToLLVM/ArithToLLVM.h"
#include "mlir/Conversion/ControlFlowToLLVM/ControlFlowToLLVM.h"
#include "mlir/Conversion/FuncToLLVM/ConvertFuncToLLVMPass.h"
#include "mlir/Conversion/MathToLLVM/MathToLLVM.h"
#include "mlir/Conversion/ReconcileUnrealizedCasts/ReconcileUnrealizedCasts.h"
#include "mlir/Conversion/SCFToControlFlow/SCFToControlFlow.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/ExecutionEngine/OptUtils.h"
#include "mlir/IR/Verifier.h"
#include "mlir/Pass/Pass.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Target/LLVMIR/Dialect/Builtin/BuiltinToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/LLVMIR/LLVMToLLVMIRTranslation.h"
#include "llvm/Support/TargetSelect.h"
#include <gtest/gtest.h>

using namespace mlir;

namespace tenon::test {

/// func @NAME_{1,v}(a, b, out: pointers, n: i64): the loop over `function`, for vectors if `lanes` is not 0.
static void buildLoop(OpBuilder &b, MathLibrary &library, StringRef name, int64_t lanes) {
  Location loc = b.getUnknownLoc();
  func::FuncOp function = library.lookup(name);
  Type pointer = LLVM::LLVMPointerType::get(b.getContext()), i64 = b.getI64Type();
  auto loopName = (name + (lanes ? "_v" : "_1")).str();
  auto loop = func::FuncOp::create(b, loc, loopName, b.getFunctionType({pointer, pointer, pointer, i64}, {}));
  OpBuilder::InsertionGuard guard(b);
  Block *entry = loop.addEntryBlock();
  b.setInsertionPointToStart(entry);
  Value zero = arith::ConstantOp::create(b, loc, b.getI64IntegerAttr(0));
  Value step = arith::ConstantOp::create(b, loc, b.getI64IntegerAttr(lanes ? lanes : 1));
  auto body = scf::ForOp::create(b, loc, zero, entry->getArgument(3), step);
  func::ReturnOp::create(b, loc);
  b.setInsertionPointToStart(body.getBody());
  auto at = [&](int argument, Type element) -> Value {
    return LLVM::GEPOp::create(b, loc, pointer, element, entry->getArgument(argument),
                               body.getInductionVar());
  };
  auto shaped = [&](Type element) { return lanes ? Type(VectorType::get({lanes}, element)) : element; };
  SmallVector<Value> args;
  for (auto [i, type] : llvm::enumerate(function.getArgumentTypes()))
    args.push_back(LLVM::LoadOp::create(b, loc, shaped(type), at(i, type), type.getIntOrFloatBitWidth() / 8));
  Value result = library.inlineCall(b, loc, name, args);
  Type type = function.getResultTypes()[0];
  EXPECT_EQ(result.getType(), shaped(type)) << name.str();
  LLVM::StoreOp::create(b, loc, result, at(2, type), type.getIntOrFloatBitWidth() / 8);
}

Jit::Jit(llvm::ArrayRef<std::string> names, int64_t lanes) {
  llvm::InitializeNativeTarget();
  llvm::InitializeNativeTargetAsmPrinter();
  DialectRegistry registry;
  registerBuiltinDialectTranslation(registry);
  registerLLVMDialectTranslation(registry);
  context.appendDialectRegistry(registry);
  context.loadDialect<LLVM::LLVMDialect, scf::SCFDialect>();
  MathLibrary library(&context);
  OpBuilder b(&context);
  OwningOpRef<ModuleOp> module = ModuleOp::create(b.getUnknownLoc());
  b.setInsertionPointToStart(module->getBody());
  for (const std::string &name : names)
    for (int64_t width : {int64_t(0), lanes})
      buildLoop(b, library, name, width);
  PassManager pm(&context);
  pm.addPass(createSCFToControlFlowPass());
  pm.addPass(createConvertMathToLLVMPass());
  pm.addPass(createArithToLLVMConversionPass());
  pm.addPass(createConvertControlFlowToLLVMPass());
  pm.addPass(createConvertFuncToLLVMPass());
  pm.addPass(createReconcileUnrealizedCastsPass());
  EXPECT_TRUE(succeeded(verify(*module)) && succeeded(pm.run(*module)));
  ExecutionEngineOptions options;
  auto optimize = makeOptimizingTransformer(/*optLevel=*/2, /*sizeLevel=*/0, /*targetMachine=*/nullptr);
  options.transformer = optimize;
  options.jitCodeGenOptLevel = llvm::CodeGenOptLevel::Default;
  engine = llvm::cantFail(ExecutionEngine::create(*module, options));
}

Jit::Loop Jit::find(const std::string &name) {
  return reinterpret_cast<Loop>(llvm::cantFail(engine->lookup(name)));
}

} // namespace tenon::test

#include "lib/Driver/InitAll.h"
#include "autotune/Space/TunableOpInterface.h"
#include "dialects/Kernel/Kernel.h"
#include "dialects/NN/NN.h"
#include "dialects/Sched/Sched.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/ControlFlow/IR/ControlFlow.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/UB/IR/UBOps.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Pass/PassRegistry.h"
#include "mlir/Target/LLVMIR/Dialect/Builtin/BuiltinToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/LLVMIR/LLVMToLLVMIRTranslation.h"
#include "mlir/Transforms/Passes.h"
#include "passes/Lower/Expand/Expand.h"
#include "passes/Lower/Lower.h"
#include "passes/Lower/Math/Math.h"
#include "passes/Plan/Plan.h"
#include "passes/Schedule/Schedule.h"
#include "passes/Simplify/Simplify.h"
#include "passes/Substitute/Search/Search.h"

using namespace mlir;

void tenon::registerAllDialects(DialectRegistry &registry) {
  registry.insert<nn::NNDialect, sched::SchedDialect, kernel::KernelDialect, affine::AffineDialect,
                  arith::ArithDialect, cf::ControlFlowDialect, func::FuncDialect, LLVM::LLVMDialect,
                  math::MathDialect, memref::MemRefDialect, scf::SCFDialect, ub::UBDialect,
                  vector::VectorDialect>();
  autotune::registerTunableOps(registry);
  registerBuiltinDialectTranslation(registry);
  registerLLVMDialectTranslation(registry);
}

void tenon::registerAllPasses() {
  registerExpandPasses();
  registerLowerPasses();
  registerMathPasses();
  registerPlanPasses();
  registerSchedulePasses();
  registerSearchPasses();
  registerSimplifyPasses();
  registerTransformsPasses();
  PassPipelineRegistration<>("tenon-simplify", "Folding, canonical forms and common subexpressions of @main",
                             [](OpPassManager &pm) { buildSimplifyPipeline(pm); });
  PassPipelineRegistration<>("tenon-expand", "Kernel ops of a task's module to vector code (AVX2)",
                             [](OpPassManager &pm) { buildExpandPipeline(pm, LowerOptions()); });
  PassPipelineRegistration<>("tenon-to-llvm", "A task's module to the LLVM dialect", buildToLLVMPipeline);
}

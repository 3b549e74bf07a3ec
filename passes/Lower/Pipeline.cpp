#include "dialects/NN/NN.h"
#include "dialects/Sched/Sched.h"
#include "mlir/Conversion/Passes.h"
#include "mlir/Dialect/Arith/Transforms/Passes.h"
#include "mlir/Dialect/MemRef/Transforms/Passes.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Transforms/Passes.h"
#include "passes/Lower/Expand/Expand.h"
#include "passes/Lower/Lower.h"
#include "passes/Lower/Math/Math.h"

using namespace mlir;
using namespace tenon;

static void addScheduleKernels(OpPassManager &pm, const LowerOptions &options) {
  pm.addPass(
      createScheduleKernels({options.vectorBytes, options.registers, options.l1Bytes, options.l2Bytes}));
}

void tenon::buildNestPipeline(OpPassManager &pm, const LowerOptions &options) {
  pm.addPass(createFuseKernels());
  pm.addPass(createApplyLayouts());
  pm.addPass(createFuseRows({options.l2Bytes}));
  pm.addPass(createAssignRange({options.vectorBytes}));
  pm.addPass(createCollapseLoops());
  pm.addPass(createPlanScratch());
}

void tenon::buildExpandPipeline(OpPassManager &pm, const LowerOptions &options) {
  buildNestPipeline(pm, options);
  buildScheduledPipeline(pm, options);
}

void tenon::buildScheduledPipeline(OpPassManager &pm, const LowerOptions &options) {
  addScheduleKernels(pm, options);
  pm.addPass(createExpandKernels());
  // Views and strides are full of constants.
  // There are no blocks to merge yet.
  pm.addPass(createCanonicalizerPass(
      GreedyRewriteConfig().setRegionSimplificationLevel(GreedySimplifyRegionLevel::Disabled)));
  pm.addPass(createExpandMath());
  pm.addPass(createCSEPass());
  pm.addPass(createLoopInvariantCodeMotionPass());
  VerifyVectorizedOptions verify;
  verify.lanes = options.vectorBytes / 4;
  pm.addPass(createVerifyVectorized(verify));
}

void tenon::buildTasksToNestsPipeline(OpPassManager &pm, const LowerOptions &options) {
  pm.addPass(createLowerTasks({options.l2Bytes}));
  OpPassManager &code = pm.nest<ModuleOp>();
  buildNestPipeline(code, options);
  addScheduleKernels(code, options);
}

OwningOpRef<ModuleOp> tenon::isolateTask(sched::TaskOp task) {
  OpBuilder b(task.getContext());
  OwningOpRef<ModuleOp> alone = ModuleOp::create(b, task.getLoc());
  if (auto module = task->getParentOfType<ModuleOp>())
    if (Attribute symbols = module->getAttr(nn::NNDialect::kSymbolsAttr))
      (*alone)->setAttr(nn::NNDialect::kSymbolsAttr, symbols);
  b.setInsertionPointToStart(alone->getBody());
  b.clone(*task);
  return alone;
}

void tenon::buildToLLVMPipeline(OpPassManager &pm) {
  pm.addPass(memref::createExpandStridedMetadataPass());
  pm.addPass(createLowerAffinePass());
  pm.addPass(createConvertVectorToSCFPass());
  pm.addPass(createSCFToControlFlowPass());
  ConvertVectorToLLVMPassOptions vectorOptions;
  pm.addPass(createConvertVectorToLLVMPass(vectorOptions));
  pm.addPass(createConvertMathToLLVMPass());
  pm.addPass(createFinalizeMemRefToLLVMConversionPass());
  ConvertFuncToLLVMPassOptions funcOptions;
  funcOptions.useBarePtrCallConv = true;
  pm.addPass(createConvertFuncToLLVMPass(funcOptions));
  pm.addPass(createArithToLLVMConversionPass());
  pm.addPass(createConvertControlFlowToLLVMPass());
  pm.addPass(createReconcileUnrealizedCastsPass());
}

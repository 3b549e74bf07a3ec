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
  ScheduleKernelsOptions schedule;
  schedule.vectorBytes = options.vectorBytes;
  schedule.registers = options.registers;
  schedule.l1Bytes = options.l1Bytes;
  schedule.l2Bytes = options.l2Bytes;
  pm.addPass(createScheduleKernels(schedule));
  pm.addPass(createExpandKernels());
  // Views and strides are full of constants.
  pm.addPass(createCanonicalizerPass());
  pm.addPass(createExpandMath());
  pm.addPass(createCSEPass());
  pm.addPass(createLoopInvariantCodeMotionPass());
  VerifyVectorizedOptions verify;
  verify.lanes = options.vectorBytes / 4;
  pm.addPass(createVerifyVectorized(verify));
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

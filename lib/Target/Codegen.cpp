#include "lib/Target/Codegen.h"
#include "llvm/IR/DiagnosticInfo.h"
#include "llvm/IR/DiagnosticPrinter.h"
#include "llvm/IR/LLVMContext.h"
#include "llvm/IR/LegacyPassManager.h"
#include "llvm/IR/Module.h"
#include "llvm/IR/Verifier.h"
#include "llvm/Passes/PassBuilder.h"
#include "llvm/Support/raw_ostream.h"
#include "llvm/Target/TargetMachine.h"

using namespace tenon;

void tenon::prepareModule(llvm::Module &module, const TargetSpec &target, llvm::TargetMachine &machine) {
  module.setTargetTriple(machine.getTargetTriple());
  module.setDataLayout(machine.createDataLayout());
  module.setPICLevel(llvm::PICLevel::BigPIC);
  for (llvm::Function &function : module) {
    if (function.isDeclaration())
      continue;
    function.addFnAttr("target-cpu", target.cpu);
    function.addFnAttr("tune-cpu", target.tuneCpu);
    if (!target.features.empty())
      function.addFnAttr("target-features", target.features);
    // Some processors' tuning prefers half-width vectors; kernels are written for the full width.
    function.addFnAttr("prefer-vector-width", std::to_string(target.vectorBytes * 8));
  }
}

llvm::Error tenon::optimizeModule(llvm::Module &module, llvm::TargetMachine &machine) {
  std::string problem;
  llvm::raw_string_ostream os(problem);
  if (llvm::verifyModule(module, &os))
    return llvm::createStringError("generated LLVM IR is invalid: %s", problem.c_str());
  llvm::LoopAnalysisManager loops;
  llvm::FunctionAnalysisManager functions;
  llvm::CGSCCAnalysisManager sccs;
  llvm::ModuleAnalysisManager modules;
  // Kernels come unrolled as their schedules say; more of it makes blocks that take the scheduler long.
  llvm::PipelineTuningOptions tuning;
  tuning.LoopUnrolling = false;
  llvm::PassBuilder builder(&machine, tuning);
  builder.registerModuleAnalyses(modules);
  builder.registerCGSCCAnalyses(sccs);
  builder.registerFunctionAnalyses(functions);
  builder.registerLoopAnalyses(loops);
  builder.crossRegisterProxies(loops, functions, sccs, modules);
  builder.buildPerModuleDefaultPipeline(llvm::OptimizationLevel::O3).run(module, modules);
  return llvm::Error::success();
}

namespace {
/// Turns what the code generator has to say into an error; without it, LLVM prints and exits.
class DiagnosticCollector : public llvm::DiagnosticHandler {
public:
  explicit DiagnosticCollector(std::string &errors) : errors(errors) {}
  bool handleDiagnostics(const llvm::DiagnosticInfo &info) override {
    if (info.getSeverity() == llvm::DS_Error) {
      llvm::raw_string_ostream os(errors);
      llvm::DiagnosticPrinterRawOStream printer(os);
      info.print(printer);
    }
    return true;
  }

private:
  std::string &errors;
};
} // namespace

static llvm::Error emit(llvm::Module &module, llvm::TargetMachine &machine, llvm::CodeGenFileType kind,
                        llvm::SmallVectorImpl<char> &bytes) {
  llvm::LLVMContext &context = module.getContext();
  std::string errors;
  std::unique_ptr<llvm::DiagnosticHandler> previous = context.getDiagnosticHandler();
  context.setDiagnosticHandler(std::make_unique<DiagnosticCollector>(errors));
  llvm::raw_svector_ostream os(bytes);
  llvm::legacy::PassManager passes;
  bool unsupported = machine.addPassesToEmitFile(passes, os, nullptr, kind);
  if (!unsupported)
    passes.run(module);
  context.setDiagnosticHandler(std::move(previous));
  if (unsupported)
    return llvm::createStringError("the target cannot emit this kind of file");
  if (!errors.empty())
    return llvm::createStringError("code generation failed: %s", errors.c_str());
  return llvm::Error::success();
}

llvm::Expected<ObjectBytes> tenon::emitObject(llvm::Module &module, llvm::TargetMachine &machine) {
  ObjectBytes bytes;
  if (llvm::Error error = emit(module, machine, llvm::CodeGenFileType::ObjectFile, bytes))
    return error;
  return bytes;
}

llvm::Expected<std::string> tenon::emitAssembly(llvm::Module &module, llvm::TargetMachine &machine) {
  llvm::SmallVector<char, 0> bytes;
  if (llvm::Error error = emit(module, machine, llvm::CodeGenFileType::AssemblyFile, bytes))
    return error;
  return std::string(bytes.begin(), bytes.end());
}

std::string tenon::printModule(const llvm::Module &module) {
  std::string text;
  llvm::raw_string_ostream os(text);
  module.print(os, nullptr);
  return text;
}

llvm::Expected<ObjectBytes> tenon::compileLLVMModule(llvm::Module &module, const TargetSpec &target,
                                                     llvm::TargetMachine &machine) {
  prepareModule(module, target, machine);
  if (llvm::Error error = optimizeModule(module, machine))
    return error;
  return emitObject(module, machine);
}

#ifndef TENON_LIB_TARGET_CODEGEN_H
#define TENON_LIB_TARGET_CODEGEN_H

#include "lib/Target/TargetSpec.h"
#include "llvm/ADT/SmallVector.h"
#include <string>

namespace llvm {
class Module;
} // namespace llvm

namespace tenon {

/// The bytes of an object file.
using ObjectBytes = llvm::SmallVector<char, 0>;

/// Names the module's target in the module: triple, data layout, and per function the processor, its features
/// and the preferred vector width.
void prepareModule(llvm::Module &module, const TargetSpec &target, llvm::TargetMachine &machine);

/// Runs LLVM's -O3 pipeline over a prepared module. An error is an invalid module.
llvm::Error optimizeModule(llvm::Module &module, llvm::TargetMachine &machine);

/// Generates code for an optimised module.
llvm::Expected<ObjectBytes> emitObject(llvm::Module &module, llvm::TargetMachine &machine);
llvm::Expected<std::string> emitAssembly(llvm::Module &module, llvm::TargetMachine &machine);
/// The module as text.
std::string printModule(const llvm::Module &module);

/// prepareModule, optimizeModule and emitObject.
llvm::Expected<ObjectBytes> compileLLVMModule(llvm::Module &module, const TargetSpec &target,
                                              llvm::TargetMachine &machine);

} // namespace tenon

#endif // TENON_LIB_TARGET_CODEGEN_H

#ifndef TENON_LIB_TARGET_LINKER_H
#define TENON_LIB_TARGET_LINKER_H

#include "lib/Target/Codegen.h"
#include "lib/Target/Weights.h"
#include <vector>

namespace tenon {

/// Everything a compiled model is made of, but for the runtime.
struct ModelObjects {
  /// At least one, all of one architecture.
  std::vector<TargetSpec> targets;
  std::string entrySymbol;
  std::string weightsSymbol;
  /// The tasks' objects and the program's.
  std::vector<ObjectBytes> objects;
  WeightsSource weights;
};

/// Links a shared object: the objects, the runtime and the weights. It exports entrySymbol, and `tenon_model`
/// as another name of it, and needs libc.so.6 and libm.so.6. The weights are a read-only segment of their own
/// at the end, streamed into the file after the rest is linked, so that memory holds none of them. The file
/// appears whole or not at all.
llvm::Error writeSharedObject(llvm::StringRef path, const ModelObjects &model);

/// The same as one relocatable object, for a program that links the model statically.
llvm::Error writeRelocatable(llvm::StringRef path, const ModelObjects &model);

} // namespace tenon

#endif // TENON_LIB_TARGET_LINKER_H

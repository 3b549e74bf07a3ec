#pragma once
#include "mlir/ExecutionEngine/ExecutionEngine.h"
#include "mlir/IR/MLIRContext.h"
#include "passes/Lower/Math/MathLibrary.h"

namespace tenon::test {

/// Compiles functions of the math library to loops over arrays: as they are, and cloned for vectors.
class Jit {
public:
  /// Out[i] = function(A[i], B[i]) for i < N; B is unused by unary functions, N a multiple of `lanes`.
  using Loop = void (*)(const void *a, const void *b, void *out, int64_t n);

  /// `names`: the functions to compile, each as a scalar loop and for vectors of `lanes`.
  Jit(llvm::ArrayRef<std::string> names, int64_t lanes);

  Loop scalar(llvm::StringRef name) { return find((name + "_1").str()); }
  Loop vector(llvm::StringRef name) { return find((name + "_v").str()); }

private:
  Loop find(const std::string &name);

  mlir::MLIRContext context;
  std::unique_ptr<mlir::ExecutionEngine> engine;
};

} // namespace tenon::test

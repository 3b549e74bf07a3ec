#pragma once
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"
#include "llvm/ADT/StringMap.h"
#include <mutex>

namespace tenon {

/// The math functions that kernels inline: branch-free bodies over elementwise arith and math operations,
/// without calls, memory or undefined results, so that they can be cloned for scalars and for vectors alike.
/// docs/math.md lists the functions, their methods and their measured errors.
///
/// Text is parsed when a function is first asked for, and kept for the library's life, which must lie within
/// the context's. All members may be called from several threads at once.
class MathLibrary {
public:
  /// Loads the dialects of the bodies (arith, func, math) into `context`; inside a pass, the pass must
  /// therefore declare them as dependent.
  explicit MathLibrary(mlir::MLIRContext *context);

  /// Whether there is a function of this name, such as "tenon_exp_f32".
  static bool contains(llvm::StringRef name);

  /// The names of all functions, sorted.
  static std::vector<llvm::StringRef> names();

  /// The parsed function, owned by the library. `name` must be one that `contains` knows.
  mlir::func::FuncOp lookup(llvm::StringRef name);

  /// Clones the body of `name` at the insertion point and returns its result. The arguments must have the
  /// function's types, or all be vectors of one shape with those element types; the result then is a vector
  /// of that shape. Calls in the body are expanded too.
  mlir::Value inlineCall(mlir::OpBuilder &builder, mlir::Location loc, llvm::StringRef name,
                         mlir::ValueRange args);

private:
  mlir::MLIRContext *context;
  std::mutex mutex;
  llvm::StringMap<mlir::OwningOpRef<mlir::ModuleOp>> parsed;
};

/// Replaces what would become calls of libm under `root` (`math.exp`, `math.powf`, `arith.remf`, …; scalars
/// or vectors) by the library's bodies. Operations without a body (`math.sqrt`, `math.fma`, `math.floor`,
/// which are instructions, but also functions that no operator needs, such as `math.cbrt`) stay. Fails on
/// element types other than f32 and f64.
mlir::LogicalResult expandMathOps(mlir::Operation *root, MathLibrary &library);

} // namespace tenon

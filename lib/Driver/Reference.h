#pragma once

#include "lib/Support/HostTensor.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace tenon {

/// Evaluates a function of `nn` ops by the ops' references, one op after the other; a value is freed after
/// its last use. `inputs` are the arguments in order. Fails with a diagnostic if the inputs do not fit the
/// argument types or an op's values make its result undefined.
mlir::FailureOr<llvm::SmallVector<HostTensor>> evaluateFunction(mlir::func::FuncOp function,
                                                                llvm::ArrayRef<HostTensor> inputs);

} // namespace tenon

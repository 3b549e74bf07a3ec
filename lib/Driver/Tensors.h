#pragma once

#include "lib/Support/HostTensor.h"
#include "lib/Support/RawTensor.h"

/// Between tensors as compiled models see them and as the compiler's own reasoning does.
namespace tenon {

/// MLIR element type as the runtime numbers it; Undefined if it has no number.
ElementType toElementType(mlir::Type type);
/// The other way; null for types that the IR does not have (strings, complex numbers).
mlir::Type fromElementType(mlir::MLIRContext *context, ElementType type);

/// A view that keeps `tensor` alive. Fails for element types that the IR does not have.
llvm::Expected<HostTensor> toHost(mlir::MLIRContext *context, std::shared_ptr<const RawTensor> tensor);
/// A copy.
llvm::Expected<RawTensor> toRaw(const HostTensor &tensor);
/// As an inline attribute, whatever the size (HostTensor::toAttr makes resources of larger ones).
mlir::DenseElementsAttr toInlineAttr(const HostTensor &tensor);

} // namespace tenon

#ifndef TENON_NN_BASE_TD
#define TENON_NN_BASE_TD

include "dialects/NN/NNDialect.td"
include "dialects/NN/NNInterfaces.td"
include "mlir/IR/AttrTypeBase.td"
include "mlir/IR/BuiltinAttributes.td"
include "mlir/IR/EnumAttr.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

defvar NN_Tensor = AnyRankedTensor;

/// Base of every op: pure, one meaning, one inference. Formats: all operands, then attributes, then the types.
class NN_Op<string mnemonic, list<Trait> traits = []> : Op<NN_Dialect, mnemonic, !listconcat([
    Pure, DeclareOpInterfaceMethods<ReferenceOpInterface>, DeclareOpInterfaceMethods<InferOpInterface>], traits)> {
  let assemblyFormat = "operands attr-dict `:` functional-type(operands, results)";
}

#endif

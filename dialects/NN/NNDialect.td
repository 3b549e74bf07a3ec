#ifndef TENON_NN_DIALECT_TD
#define TENON_NN_DIALECT_TD

include "mlir/IR/OpBase.td"

def NN_Dialect : Dialect {
  let name = "nn";
  let cppNamespace = "::tenon::nn";
  let summary = "What a neural network computes: tensor operators at the grain of ONNX";
  let description = [{
    Operators have value semantics on ranked tensors. A dimension is static, or *symbolic*: an expression over
    the module's symbols, kept in the tensor type's encoding as an affine map from symbols to extents, e.g.
    `tensor<?x64xf32, affine_map<()[s0] -> (s0 * 2, 64)>>`. The module's `nn.symbols` attribute gives each
    symbol a name and bounds. A symbol is bound when the model is entered, or written by an operator whose
    result size depends on data.

    What ONNX passes as shape operands (axes, pads, sizes, ...) are attributes here: they are resolved at
    import. Integer element types are signless for signed integers and `uiN` for unsigned ones; `i1` is bool.

    Every operator has exactly one definition of its meaning, `ReferenceOpInterface::evaluate`, and one
    `inferTypes` that checks its numbered constraints (C1, C2, ...) and computes its result types.
  }];
  let useDefaultAttributePrinterParser = 1;
  let dependentDialects = [];
  let hasConstantMaterializer = 1;
  let extraClassDeclaration = [{
    /// Module attribute (array of #nn.symbol) that declares the symbols of symbolic dimensions.
    static constexpr llvm::StringLiteral kSymbolsAttr = "nn.symbols";
  }];
}

#endif

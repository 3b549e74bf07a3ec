#ifndef TENON_NN_OPS_TD
#define TENON_NN_OPS_TD

include "dialects/NN/NNBase.td"

/// A symbol of the module: its position in `nn.symbols` is the position in dimension expressions.
def NN_SymbolAttr : AttrDef<NN_Dialect, "Symbol"> {
  let mnemonic = "symbol";
  let summary = "A named, bounded dimension";
  let description = [{
    `min` and `max` are inclusive. With `data` set, an operator writes the value at run time.
  }];
  let parameters = (ins StringRefParameter<"name">:$name, "int64_t":$min, "int64_t":$max, DefaultValuedParameter<"bool", "false">:$data);
  let assemblyFormat = "`<` $name `,` $min `,` $max (`,` `data` `=` $data^)? `>`";
}

def NN_ConstantOp : NN_Op<"constant", [ConstantLike]> {
  let summary = "A tensor known at compile time";
  let description = [{
    Weights are resources (`dense_resource`), small tensors are inline.

    (C1) The value's shape is static and its type, without encoding, is the result's.
  }];
  let arguments = (ins ElementsAttr:$value);
  let results = (outs NN_Tensor:$y);
  let assemblyFormat = "$value attr-dict `:` type($y)";
  let hasFolder = 1;
}

def NN_ShapeOfOp : NN_Op<"shape_of", [DeclareOpInterfaceMethods<ShapeArithmeticOpInterface>]> {
  let summary = "Dimension expressions as data";
  let description = [{
    The values of `exprs` (symbols only) as integers, one per result of the map.

    (C1) `exprs` has no dimensions, only symbols.
  }];
  let arguments = (ins AffineMapAttr:$exprs);
  let results = (outs NN_Tensor:$y);
  let assemblyFormat = "$exprs attr-dict `:` type($y)";
}

include "dialects/NN/AttentionOps.td"
include "dialects/NN/ContractionOps.td"
include "dialects/NN/ElementwiseOps.td"
include "dialects/NN/ImageOps.td"
include "dialects/NN/IndexingOps.td"
include "dialects/NN/IntegerOps.td"
include "dialects/NN/MovementOps.td"
include "dialects/NN/NormalizationOps.td"
include "dialects/NN/PoolOps.td"
include "dialects/NN/RecurrentOps.td"
include "dialects/NN/ReductionOps.td"
include "dialects/NN/SelectionOps.td"
include "dialects/NN/SignalOps.td"

#endif

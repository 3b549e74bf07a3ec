#ifndef TENON_NN_MOVEMENT_OPS_TD
#define TENON_NN_MOVEMENT_OPS_TD

include "dialects/NN/NNBase.td"

/// Ops that shape arithmetic is followed through (MovementShapes.cpp).
def NN_FollowShapes : DeclareOpInterfaceMethods<ShapeArithmeticOpInterface>;

def NN_ReshapeOp : NN_Op<"reshape", [NN_FollowShapes]> {
  let summary = "The same elements in row-major order, with another shape";
  let description = [{
    (C1) `shape` is a map of symbols only, and its static results are not negative.
    (C2) The result has as many elements as `x`, provably for all values of the symbols.
  }];
  let arguments = (ins NN_Tensor:$x, AffineMapAttr:$shape);
  let results = (outs NN_Tensor:$y);
  let hasFolder = 1;
  let hasCanonicalizer = 1;
}

def NN_TransposeOp : NN_Op<"transpose", [NN_FollowShapes]> {
  let summary = "Permutation of dimensions";
  let description = [{
    Dimension `i` of the result is dimension `perm[i]` of `x`.

    (C1) `perm` is a permutation of the dimensions of `x`.
  }];
  let arguments = (ins NN_Tensor:$x, DenseI64ArrayAttr:$perm);
  let results = (outs NN_Tensor:$y);
  let hasFolder = 1;
  let hasCanonicalizer = 1;
}

def NN_ConcatOp : NN_Op<"concat", [NN_FollowShapes]> {
  let summary = "Tensors one after another along an axis";
  let description = [{
    (C1) There is at least one operand.
    (C2) 0 <= `axis` < rank.
    (C3) All operands have the same element type and rank, and agree in all dimensions but `axis`.
    (C4) The sum of the extents along `axis` is representable.
  }];
  let arguments = (ins Variadic<NN_Tensor>:$inputs, I64Attr:$axis);
  let results = (outs NN_Tensor:$y);
  let hasFolder = 1;
  let hasCanonicalizer = 1;
}

def NN_SliceOp : NN_Op<"slice", [NN_FollowShapes]> {
  let summary = "A strided box of a tensor";
  let description = [{
    `y[i, j, ...] = x[starts[0] + i * steps[0], starts[1] + j * steps[1], ...]`, of shape `sizes`. Clamping of
    starts and ends to the tensor, as ONNX does it, is resolved at import.

    (C1) `starts`, `sizes` and `steps` have one entry per dimension of `x`; the maps use symbols only.
    (C2) No step is 0.
    (C3) No static size is negative.
    (C4) Every element read is inside of `x`, provably for all values of the symbols.
  }];
  let arguments = (ins NN_Tensor:$x, AffineMapAttr:$starts, AffineMapAttr:$sizes, DenseI64ArrayAttr:$steps);
  let results = (outs NN_Tensor:$y);
  let hasFolder = 1;
  let hasCanonicalizer = 1;
}

def NN_PadOp : NN_Op<"pad"> {
  let summary = "A border around a tensor";
  let description = [{
    `pads` counts the elements added before each dimension, then those added after each; negative ones remove
    elements (before anything is added). `mode` says where added elements come from: `constant` (`value`, or 0),
    `edge` (the nearest element), `reflect` (mirrored at the first and last element, which are not repeated),
    `wrap` (the tensor, repeated).

    (C1) `pads` has two entries per dimension of `x`.
    (C2) `mode` is one of constant, edge, reflect, wrap.
    (C3) `value` is a scalar of the element type, given only with mode constant.
    (C4) What negative pads leave is not of negative extent, and not empty where modes other than constant add to it.
    (C5) The extents of the result are representable.
    (C6) A symbolic dimension is, provably, not shorter than what `wrap` adds on a side, and longer than what `reflect` adds.
  }];
  let arguments = (ins NN_Tensor:$x, Optional<NN_Tensor>:$value, DenseI64ArrayAttr:$pads, StrAttr:$mode);
  let results = (outs NN_Tensor:$y);
  let hasFolder = 1;
  let hasCanonicalizer = 1;
}

def NN_BroadcastOp : NN_Op<"broadcast", [NN_FollowShapes]> {
  let summary = "NumPy broadcasting to a given shape";
  let description = [{
    (C1) `shape` is a map of symbols only, and its static results are not negative.
    (C2) `x` broadcasts to `shape`: aligned at the last dimension, each dimension is 1 or the same.
  }];
  let arguments = (ins NN_Tensor:$x, AffineMapAttr:$shape);
  let results = (outs NN_Tensor:$y);
  let hasFolder = 1;
  let hasCanonicalizer = 1;
}

def NN_TileOp : NN_Op<"tile", [NN_FollowShapes]> {
  let summary = "A tensor repeated along its dimensions";
  let description = [{
    `y[i] = x[i mod extent]` in every dimension.

    (C1) `repeats` is a map of symbols only, one per dimension of `x`; static ones are not negative.
    (C2) The extents of the result are representable.
  }];
  let arguments = (ins NN_Tensor:$x, AffineMapAttr:$repeats);
  let results = (outs NN_Tensor:$y);
  let hasFolder = 1;
  let hasCanonicalizer = 1;
}

#endif

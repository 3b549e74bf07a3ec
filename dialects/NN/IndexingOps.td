#ifndef TENON_NN_INDEXING_OPS_TD
#define TENON_NN_INDEXING_OPS_TD

include "dialects/NN/MovementOps.td"

def NN_GatherOp : NN_Op<"gather", [NN_FollowShapes]> {
  let summary = "Slices of a tensor, chosen by index along an axis";
  let description = [{
    `y[a..., i..., b...] = x[a..., indices[i...], b...]`. A negative index counts from the end. An index outside of
    [-extent, extent) takes the nearest valid one.

    (C1) 0 <= `axis` < rank of `x`.
    (C2) `indices` are integers.
    (C3) The axis of `x` is not empty, unless the result is.
  }];
  let arguments = (ins NN_Tensor:$x, NN_Tensor:$indices, I64Attr:$axis);
  let results = (outs NN_Tensor:$y);
}

def NN_GatherElementsOp : NN_Op<"gather_elements", [NN_FollowShapes]> {
  let summary = "Elements of a tensor, chosen by index along an axis at each position";
  let description = [{
    `y[i...] = x[i..., with indices[i...] at axis]`. Indices wrap and clamp as those of `nn.gather`.

    (C1) 0 <= `axis` < rank of `x`.
    (C2) `indices` are integers of the rank of `x`, with no larger extent in dimensions other than `axis`.
    (C3) The axis of `x` is not empty, unless the result is.
  }];
  let arguments = (ins NN_Tensor:$x, NN_Tensor:$indices, I64Attr:$axis);
  let results = (outs NN_Tensor:$y);
}

def NN_GatherNDOp : NN_Op<"gather_nd"> {
  let summary = "Slices of a tensor, chosen by tuples of indices";
  let description = [{
    The last dimension of `indices` holds tuples that select in the dimensions of `x` after the first `batch_dims`,
    which `x` and `indices` share. Indices wrap and clamp as those of `nn.gather`.

    (C1) `indices` are integers of rank at least 1, and their last extent is static.
    (C2) 0 <= `batch_dims` < the ranks of both operands, which agree in these dimensions.
    (C3) `batch_dims` + the tuples' length <= the rank of `x`.
    (C4) No indexed dimension of `x` is empty, unless the result is.
  }];
  let arguments = (ins NN_Tensor:$x, NN_Tensor:$indices, I64Attr:$batch_dims);
  let results = (outs NN_Tensor:$y);
}

def NN_ScatterElementsOp : NN_Op<"scatter_elements"> {
  let summary = "A tensor with elements replaced or combined at indices along an axis";
  let description = [{
    `y = x`, then for every position of `updates`, in row-major order, `y[i..., with indices[i...] at axis]` becomes
    its combination with `updates[i...]` by `reduction`: none (replaced), add, mul, max, min. Indices wrap and clamp
    as those of `nn.gather`.

    (C1) 0 <= `axis` < rank of `x`.
    (C2) `indices` are integers of the rank of `x`, with no larger extent in dimensions other than `axis`.
    (C3) `updates` has the shape of `indices` and the element type of `x`.
    (C4) `reduction` is one of none, add, mul, max, min; not add or mul on booleans.
    (C5) The axis of `x` is not empty, unless `indices` is.
  }];
  let arguments = (ins NN_Tensor:$x, NN_Tensor:$indices, NN_Tensor:$updates, I64Attr:$axis, StrAttr:$reduction);
  let results = (outs NN_Tensor:$y);
}

def NN_ScatterNDOp : NN_Op<"scatter_nd"> {
  let summary = "A tensor with slices replaced or combined at tuples of indices";
  let description = [{
    The last dimension of `indices` holds tuples that select a slice of `x`; in row-major order of the tuples, the
    slice of `updates` at the tuple's position is combined with it by `reduction` (see `nn.scatter_elements`).
    Indices wrap and clamp as those of `nn.gather`.

    (C1) `indices` are integers of rank at least 1, and their last extent is static and at most the rank of `x`.
    (C2) `updates` has the element type of `x`, and as shape that of `indices` without the last dimension, then that
         of a slice.
    (C3) `reduction` is one of none, add, mul, max, min; not add or mul on booleans.
    (C4) No indexed dimension of `x` is empty, unless there are no tuples.
  }];
  let arguments = (ins NN_Tensor:$x, NN_Tensor:$indices, NN_Tensor:$updates, StrAttr:$reduction);
  let results = (outs NN_Tensor:$y);
}

def NN_OneHotOp : NN_Op<"one_hot"> {
  let summary = "Indices as one-hot vectors";
  let description = [{
    A new dimension of extent `depth` is inserted at `axis`; along it, `values[1]` stands at the index and `values[0]`
    elsewhere. A negative index counts from the end; outside of [-depth, depth), all are `values[0]`. Indices may be
    of any numeric type; fractions are cut off.

    (C1) 0 <= `axis` <= rank of `indices`.
    (C2) `depth` >= 0.
    (C3) `values` has two elements, in one dimension.
  }];
  let arguments = (ins NN_Tensor:$indices, NN_Tensor:$values, I64Attr:$depth, I64Attr:$axis);
  let results = (outs NN_Tensor:$y);
}

def NN_TriluOp : NN_Op<"trilu"> {
  let summary = "Upper or lower triangle of matrices";
  let description = [{
    Elements of the last two dimensions below (`upper`) or above (not `upper`) the diagonal `k` become 0. Diagonal `k`
    are the elements with column - row = `k`.

    (C1) `x` has rank at least 2.
  }];
  let arguments = (ins NN_Tensor:$x, I64Attr:$k, BoolAttr:$upper);
  let results = (outs NN_Tensor:$y);
}

def NN_ReverseSequenceOp : NN_Op<"reverse_sequence"> {
  let summary = "Reversal of sequences of different lengths";
  let description = [{
    In each slice along `batch_axis`, the first `lengths[slice]` entries along `time_axis` are reversed. Lengths
    outside of [0, extent] take the nearest of the two.

    (C1) `batch_axis` and `time_axis` are different dimensions of `x`.
    (C2) `lengths` are integers, one per entry of `batch_axis`.
  }];
  let arguments = (ins NN_Tensor:$x, NN_Tensor:$lengths, I64Attr:$batch_axis, I64Attr:$time_axis);
  let results = (outs NN_Tensor:$y);
}

#endif

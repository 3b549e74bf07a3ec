#ifndef TENON_NN_POOL_OPS_TD
#define TENON_NN_POOL_OPS_TD

include "dialects/NN/NNBase.td"

defvar NN_WindowConstraints = [{
    Windows of extent `(kernel - 1) * dilations + 1` slide over the spatial dimensions of `x` (batch, channels, spatial...),
    padded by `pads` (all begins, then all ends). With `ceil_mode` the last window may reach beyond the end pads if it
    starts before them.

    (C1) `x` has rank 3 to 5 and an element type that the op supports.
    (C2) One kernel extent, stride and dilation per spatial dimension, all positive, and two pads, not negative and
         smaller than the window.
    (C3) A window fits into every padded spatial dimension.
    (C4) With `ceil_mode`, whether the last window starts in the end pads must not depend on a symbolic extent.
}];

def NN_MaxPoolOp : NN_Op<"max_pool"> {
  let summary = "Largest element of every window";
  let description = !strconcat([{
    The padding is smaller than every number. The optional second result holds, for the first largest element of each
    window, its position in the flattened `x`; with `column_major`, the position inside the spatial dimensions counts the
    first of them fastest. Supported are floats and integers.
  }], NN_WindowConstraints);
  let arguments = (ins NN_Tensor:$x, DenseI64ArrayAttr:$kernel, DenseI64ArrayAttr:$strides, DenseI64ArrayAttr:$pads,
    DenseI64ArrayAttr:$dilations, BoolAttr:$ceil_mode, UnitAttr:$column_major, UnitAttr:$with_indices);
  let results = (outs NN_Tensor:$y, Optional<NN_Tensor>:$indices);
}

def NN_AvgPoolOp : NN_Op<"avg_pool"> {
  let summary = "Mean of every window";
  let description = !strconcat([{
    With `count_include_pad` the padding counts as zeros (what a window covers beyond the pads never counts); otherwise the
    mean is over the elements of `x` only. An empty mean is 0. Supported are floats.
  }], NN_WindowConstraints);
  let arguments = (ins NN_Tensor:$x, DenseI64ArrayAttr:$kernel, DenseI64ArrayAttr:$strides, DenseI64ArrayAttr:$pads,
    DenseI64ArrayAttr:$dilations, BoolAttr:$ceil_mode, BoolAttr:$count_include_pad);
  let results = (outs NN_Tensor:$y);
}

def NN_LpPoolOp : NN_Op<"lp_pool"> {
  let summary = "Lp norm of every window";
  let description = !strconcat([{
    `(sum of |x|^p)^(1/p)`. Supported are floats.
  }], NN_WindowConstraints, [{
    (C5) `p` is positive.
  }]);
  let arguments = (ins NN_Tensor:$x, DenseI64ArrayAttr:$kernel, DenseI64ArrayAttr:$strides, DenseI64ArrayAttr:$pads,
    DenseI64ArrayAttr:$dilations, BoolAttr:$ceil_mode, I64Attr:$p);
  let results = (outs NN_Tensor:$y);
}

def NN_LrnOp : NN_Op<"lrn"> {
  let summary = "Local response normalisation across channels";
  let description = [{
    `y = x / (bias + alpha / size * s)^beta`, where `s` sums the squares of the `size` channels around the own one, from
    `(size - 1) / 2` before it.

    (C1) `x` is of floats and has rank 2 at least.
    (C2) `size` is positive.
  }];
  let arguments = (ins NN_Tensor:$x, I64Attr:$size, F64Attr:$alpha, F64Attr:$beta, F64Attr:$bias);
  let results = (outs NN_Tensor:$y);
}

def NN_MaxUnpoolOp : NN_Op<"max_unpool"> {
  let summary = "Spreads elements to the positions that a max_pool recorded";
  let description = [{
    Zeros, with `x[i]` at the point whose position in a row-major tensor of the default shape is `indices[i]`; the last of
    equal indices wins, a point outside is ignored. The default shape is that of `x` with spatial extents
    `default_scale * extent + default_offset`. `shape` holds the spatial extents of the result, -1 for the default.

    (C1) `indices` is of i64 and has the shape of `x`, which has rank 3 at least.
    (C2) One `shape`, `default_scale` and `default_offset` per spatial dimension; shapes are -1 or more, scales positive.
    (C3) The default extents are not negative.
  }];
  let arguments = (ins NN_Tensor:$x, NN_Tensor:$indices, DenseI64ArrayAttr:$shape, DenseI64ArrayAttr:$default_scale,
    DenseI64ArrayAttr:$default_offset);
  let results = (outs NN_Tensor:$y);
  let extraClassDeclaration = [{
    /// The shape that `indices` count in.
    Dims getDefaultDims();
  }];
}

#endif

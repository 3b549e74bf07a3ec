#ifndef TENON_NN_IMAGE_OPS_TD
#define TENON_NN_IMAGE_OPS_TD

include "dialects/NN/NNBase.td"

def NN_InterpolateOp : NN_Op<"interpolate"> {
  let summary = "Weighted sums of elements along an axis";
  let description = [{
    `y[..., o, ...] = offset[o] + sum over k of weights[o, k] * x[..., indices[o, k], ...]` with `o` along `axis`. One
    of these per axis is a resize, of any kernel: ONNX's Resize is imported so, since its interpolation is separable.
    Indices clamp to the tensor.

    (C1) 0 <= `axis` < rank of `x`, and the axis is not empty, unless the result is.
    (C2) `x` is of floats.
    (C3) `indices` are integers in two dimensions.
    (C4) `weights` have the shape of `indices` and the element type of `x`.
    (C5) `offset` has one element per row of `indices`, of the element type of `x`.
  }];
  let arguments = (ins NN_Tensor:$x, NN_Tensor:$indices, NN_Tensor:$weights, Optional<NN_Tensor>:$offset, I64Attr:$axis);
  let results = (outs NN_Tensor:$y);
}

def NN_GridSampleOp : NN_Op<"grid_sample"> {
  let summary = "Values of an image at computed points";
  let description = [{
    `x` is batches x channels x D1 x ... x Dn, `grid` is batches x E1 x ... x En x n, the result batches x channels x
    E1 x ... x En. The last dimension of `grid` holds coordinates, of the last dimension of `x` first, in which -1
    and 1 are the centers (`align_corners`) or the outer edges of the first and the last element. `mode` is `nearest`
    (halves to even), `linear` or `cubic` (convolution with a = -0.75). `padding` says what lies outside: `zeros`,
    `border` (the nearest element) or `reflection` (the image mirrored, at the centers or edges of its border).

    (C1) `x` is of floats, of rank at least 3.
    (C2) `grid` is of floats, of the rank of `x`, with the batches of `x` and as many coordinates as `x` has spatial
         dimensions.
    (C3) `mode` is one of nearest, linear, cubic; `padding` is one of zeros, border, reflection.
    (C4) There are at most 3 spatial dimensions, none of them empty, unless the result is.
  }];
  let arguments = (ins NN_Tensor:$x, NN_Tensor:$grid, StrAttr:$mode, StrAttr:$padding, BoolAttr:$align_corners);
  let results = (outs NN_Tensor:$y);
}

def NN_RoiAlignOp : NN_Op<"roi_align"> {
  let summary = "Regions of interest, resampled to a fixed size";
  let description = [{
    Each region (x1, y1, x2, y2), times `spatial_scale`, minus 0.5 with `half_pixel`, is divided into `height` x
    `width` bins, and each bin into a grid of `sampling_ratio` points per axis (0: the bin's size, rounded up; at most
    as many as the image has elements along the axis). `x` is interpolated linearly at the points, and their average
    (`mode` avg), or the largest of all the weighted neighbors (max), is the bin's value. Points more than one element
    outside of the image are 0. Without `half_pixel`, regions are at least 1 x 1. `batches` says which image a region
    is of; it wraps and clamps as the indices of `nn.gather`.

    (C1) `x` is of floats, batches x channels x height x width, with no empty dimension unless the result is empty.
    (C2) `rois` have the element type of `x` and shape regions x 4.
    (C3) `batches` are integers, one per region.
    (C4) `mode` is avg or max.
    (C5) `height` and `width` are positive, `sampling_ratio` is in [0, 4096].
  }];
  let arguments = (ins NN_Tensor:$x, NN_Tensor:$rois, NN_Tensor:$batches, StrAttr:$mode, I64Attr:$height,
    I64Attr:$width, I64Attr:$sampling_ratio, F64Attr:$spatial_scale, BoolAttr:$half_pixel);
  let results = (outs NN_Tensor:$y);
}

#endif

#ifndef TENON_NN_SIGNAL_OPS_TD
#define TENON_NN_SIGNAL_OPS_TD

include "dialects/NN/NNBase.td"

def NN_DftOp : NN_Op<"dft"> {
  let summary = "Discrete Fourier transform along one dimension";
  let description = [{
    The last dimension holds real parts (extent 1) or real and imaginary parts (extent 2). `length` points are
    transformed: `x` is cut, or continued by zeros. `y_k = sum over n of x_n e^(-2 pi i k n / length)`; with `inverse` the sign
    of the exponent changes and the result is divided by `length`. `onesided` keeps only the first `length / 2 + 1` results
    of the forward transform of reals; for the inverse, `x` holds such a half and the result is real (extent 1).

    (C1) `x` is of floats, of rank 2 at least, and its last extent is 1 or 2 (1 if `onesided` forward, 2 if `onesided` inverse).
    (C2) `axis` is a dimension but the last, of static extent.
    (C3) `length` is positive.
  }];
  let arguments = (ins NN_Tensor:$x, I64Attr:$axis, I64Attr:$length, BoolAttr:$inverse, BoolAttr:$onesided);
  let results = (outs NN_Tensor:$y);
}

def NN_StftOp : NN_Op<"stft"> {
  let summary = "Discrete Fourier transforms of the overlapping frames of a signal";
  let description = [{
    `x` is (batch, length, 1 or 2), real or complex; frame `f` is the `frame_length` elements from `f * frame_step`, multiplied by
    `window`. The result is (batch, frames, frequencies, 2); `onesided` keeps the first `frame_length / 2 + 1` frequencies.

    (C1) `x` is of floats, of rank 3, and its last extent is 1, or 2 without `onesided`.
    (C2) `frame_length` and `frame_step` are positive, and a frame fits into a static length.
    (C3) `window`, if present, has `frame_length` elements of the type of `x`.
  }];
  let arguments = (ins NN_Tensor:$x, Optional<NN_Tensor>:$window, I64Attr:$frame_step, I64Attr:$frame_length, BoolAttr:$onesided);
  let results = (outs NN_Tensor:$y);
}

def NN_DetOp : NN_Op<"det"> {
  let summary = "Determinant of every matrix of the last two dimensions";
  let description = [{
    (C1) `x` is of floats and has rank 2 at least.
    (C2) The last two extents are equal and static.
  }];
  let arguments = (ins NN_Tensor:$x);
  let results = (outs NN_Tensor:$y);
}

def NN_Col2ImOp : NN_Op<"col2im"> {
  let summary = "Sum of overlapping blocks: the adjoint of taking windows of an image";
  let description = [{
    `x` is (batch, channels * product of `kernel`, number of windows); element (n, c, k, l) is added to the image at position `k` of
    window `l`. The result is (batch, channels, image...); what falls on the padding is dropped.

    (C1) `x` is of numbers and has rank 3.
    (C2) One `image` and `kernel` extent, stride and dilation per spatial dimension, two pads; positive, pads not negative.
    (C3) A window fits into every padded extent of `image`, and the last extent of `x` is the number of windows.
    (C4) The second extent of `x` is static and a multiple of the product of `kernel`.
  }];
  let arguments = (ins NN_Tensor:$x, DenseI64ArrayAttr:$image, DenseI64ArrayAttr:$kernel, DenseI64ArrayAttr:$strides,
    DenseI64ArrayAttr:$pads, DenseI64ArrayAttr:$dilations);
  let results = (outs NN_Tensor:$y);
}

def NN_DeformConvOp : NN_Op<"deform_conv", [AttrSizedOperandSegments]> {
  let summary = "Convolution that samples its input at learned offsets";
  let description = [{
    `nn.conv`, but each product reads `x` at its usual position plus an offset, interpolated linearly between the neighbouring
    elements (0 outside), times `mask`. `offset` is (batch, offset_group * kernel... * spatial rank, result...): for every
    group of input channels and kernel position one number per spatial dimension; `mask` is
    (batch, offset_group * kernel..., result...).

    (C1), (C2), (C3), (C4), (C5), (C6) as of `nn.conv`.
    (C7) `offset_group` is positive and divides the channels.
    (C8) `offset` and `mask` have the element type of `x` and shapes as above.
    (C9) Static spatial extents of `x` are positive.
  }];
  let arguments = (ins NN_Tensor:$x, NN_Tensor:$w, NN_Tensor:$offset, Optional<NN_Tensor>:$bias, Optional<NN_Tensor>:$mask,
    DenseI64ArrayAttr:$strides, DenseI64ArrayAttr:$pads, DenseI64ArrayAttr:$dilations, I64Attr:$group, I64Attr:$offset_group);
  let results = (outs NN_Tensor:$y);
}

#endif

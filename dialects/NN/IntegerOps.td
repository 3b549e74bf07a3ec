#ifndef TENON_NN_INTEGER_OPS_TD
#define TENON_NN_INTEGER_OPS_TD

include "dialects/NN/NNBase.td"

def NN_ConvIntegerOp : NN_Op<"conv_integer", [AttrSizedOperandSegments]> {
  let summary = "Convolution of 8-bit integers with zero points, exact in i32";
  let description = [{
    `nn.conv` of `x - x_zero_point` and `w - w_zero_point`, plus `bias`; sums wrap in i32. The padding is `x_zero_point`.
    Absent zero points are 0.

    (C1) `x` and `w` have the same rank, 3 to 5, and are of i8 or ui8.
    (C2), (C3), (C4), (C6) as of `nn.conv`.
    (C5) `bias`, if present, is of i32 and has one element per output.
    (C7) Zero points have the element type of their tensor and one element; that of `w` may have one per output.
  }];
  let arguments = (ins NN_Tensor:$x, NN_Tensor:$w, Optional<NN_Tensor>:$x_zero_point, Optional<NN_Tensor>:$w_zero_point,
    Optional<NN_Tensor>:$bias, DenseI64ArrayAttr:$strides, DenseI64ArrayAttr:$pads, DenseI64ArrayAttr:$dilations, I64Attr:$group);
  let results = (outs NN_Tensor:$y);
}

def NN_MatMulIntegerOp : NN_Op<"matmul_integer", [AttrSizedOperandSegments]> {
  let summary = "Matrix product of 8-bit integers with zero points, exact in i32";
  let description = [{
    `nn.matmul` of `a - a_zero_point` and `b - b_zero_point`; sums wrap in i32. Absent zero points are 0. A zero point of
    rank 1 has one element, or one per row of `a` (per column of `b`); one of higher rank has the extents of its tensor, or 1,
    and extent 1 along the summed dimension.

    (C1) Both operands are of i8 or ui8 and are not scalars.
    (C2), (C3) as of `nn.matmul`.
    (C4) Zero points have the element type of their tensor and a shape as above.
  }];
  let arguments = (ins NN_Tensor:$a, NN_Tensor:$b, Optional<NN_Tensor>:$a_zero_point, Optional<NN_Tensor>:$b_zero_point);
  let results = (outs NN_Tensor:$y);
}

def NN_RequantizeOp : NN_Op<"requantize"> {
  let summary = "Integer sums to a quantized tensor";
  let description = [{
    `y = saturate(round_to_even(x * ((a_scale * b_scale) / y_scale)) + zero_point)`, in f32 up to the rounding. A scale or zero
    point of rank 1 with several elements runs along its entry of `axes` (for `a_scale`, `b_scale`, and both of `y`);
    others broadcast. NaN becomes the zero point.

    (C1) `x` is of i32, the scales are of floats of at most 32 bits, `zero_point` is of an integer type of at most 16 bits.
    (C2) `axes` has three entries, each a dimension of `x`.
    (C3) Scales and zero point fit `x` as described.
  }];
  let arguments = (ins NN_Tensor:$x, NN_Tensor:$a_scale, NN_Tensor:$b_scale, NN_Tensor:$y_scale, NN_Tensor:$zero_point,
    DenseI64ArrayAttr:$axes);
  let results = (outs NN_Tensor:$y);
  let extraClassDeclaration = [{
    /// Extents of a scale or the zero point (by operand number), to be broadcast to `x`.
    Dims alignedDims(unsigned operand);
  }];
}

#endif

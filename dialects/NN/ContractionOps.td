#ifndef TENON_NN_CONTRACTION_OPS_TD
#define TENON_NN_CONTRACTION_OPS_TD

include "dialects/NN/NNBase.td"

def NN_ConvOp : NN_Op<"conv"> {
  let summary = "Convolution over one to three spatial dimensions";
  let description = [{
    `y[n, o, p...] = bias[o] + sum over i, k... of x[n, g * I + i, p * strides + k * dilations - pads] * w[o, i, k...]`
    where `x` is (batch, channels, spatial...), `w` is (outputs, I = channels / group, kernel...), output `o` is in group
    `g = o / (outputs / group)`, and `x` is 0 outside its bounds. `pads` are all begins, then all ends.

    (C1) `x` and `w` have the same rank, 3 to 5, and the same float element type.
    (C2) One stride and one dilation per spatial dimension, two pads; strides and dilations are positive, pads not negative.
    (C3) The extents of `w` are static and positive; `group` is positive and divides the outputs.
    (C4) The channels of `x` are `group` times those of `w`.
    (C5) `bias`, if present, has one element per output and the element type of `x`.
    (C6) A window fits into every padded spatial dimension.
  }];
  let arguments = (ins NN_Tensor:$x, NN_Tensor:$w, Optional<NN_Tensor>:$bias, DenseI64ArrayAttr:$strides,
    DenseI64ArrayAttr:$pads, DenseI64ArrayAttr:$dilations, I64Attr:$group);
  let results = (outs NN_Tensor:$y);
}

def NN_ConvTransposeOp : NN_Op<"conv_transpose"> {
  let summary = "Transposed convolution: every input point spreads a kernel into the output";
  let description = [{
    The adjoint of `nn.conv` with respect to its input, plus `bias`: `x` is (batch, channels, spatial...), `w` is
    (channels, outputs / group, kernel...). The spatial extents of the result are
    `strides * (extent - 1) + (kernel - 1) * dilations + 1 - begin - end`. ONNX's `output_padding` and `output_shape` are
    part of the end pads, which may therefore be negative.

    (C1) `x` and `w` have the same rank, 3 to 5, and the same float element type.
    (C2) One stride and one dilation per spatial dimension, two pads; strides and dilations are positive, begins not negative.
    (C3) The extents of `w` are static and positive; `group` is positive and divides the channels.
    (C4) The channels of `x` are the first extent of `w`.
    (C5) `bias`, if present, has one element per output and the element type of `x`.
    (C6) The result's spatial extents are not negative.
  }];
  let arguments = (ins NN_Tensor:$x, NN_Tensor:$w, Optional<NN_Tensor>:$bias, DenseI64ArrayAttr:$strides,
    DenseI64ArrayAttr:$pads, DenseI64ArrayAttr:$dilations, I64Attr:$group);
  let results = (outs NN_Tensor:$y);
}

def NN_MatMulOp : NN_Op<"matmul"> {
  let summary = "Matrix product of the last two dimensions, batched over the others (NumPy)";
  let description = [{
    A rank-1 `a` is a row, a rank-1 `b` a column, and that dimension is absent from the result. The leading dimensions
    broadcast. Integers wrap.

    (C1) Both operands have the same numeric element type and are not scalars.
    (C2) The last extent of `a` is the last but one of `b` (the only one if `b` has rank 1).
    (C3) The leading dimensions broadcast.
  }];
  let arguments = (ins NN_Tensor:$a, NN_Tensor:$b);
  let results = (outs NN_Tensor:$y);
}

def NN_GemmOp : NN_Op<"gemm"> {
  let summary = "alpha * A * B + beta * C on matrices";
  let description = [{
    `A` is `a`, or its transpose with `trans_a`; `B` likewise. `c` broadcasts to the result. Integers wrap.

    (C1) `a` and `b` are matrices, `c` has rank 2 at most, and all have the same numeric element type.
    (C2) The columns of `A` are the rows of `B`.
    (C3) `c` broadcasts to the result.
    (C4) On integers, `alpha` and `beta` are integers.
  }];
  let arguments = (ins NN_Tensor:$a, NN_Tensor:$b, Optional<NN_Tensor>:$c, F64Attr:$alpha, F64Attr:$beta, BoolAttr:$trans_a,
    BoolAttr:$trans_b);
  let results = (outs NN_Tensor:$y);
}

def NN_EinsumOp : NN_Op<"einsum"> {
  let summary = "Einstein summation of one or two tensors";
  let description = [{
    `equation` names every dimension of every operand and of the result by a letter, e.g. `bij,bjk->bik`: the product of the
    operands, summed over the letters that the result lacks. A letter that an operand repeats takes its diagonal. An extent
    of 1 broadcasts. ONNX's ellipsis, implicit results and longer operand lists are resolved at import.

    (C1) One or two operands of the same numeric element type.
    (C2) `equation` is, per operand, one letter per dimension, separated by commas; then `->` and the letters of the
         result, each once and each of an operand.
    (C3) Extents with the same letter are equal or 1.
  }];
  let arguments = (ins Variadic<NN_Tensor>:$inputs, StrAttr:$equation);
  let results = (outs NN_Tensor:$y);
}

#endif

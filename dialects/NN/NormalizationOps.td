#ifndef TENON_NN_NORMALIZATION_OPS_TD
#define TENON_NN_NORMALIZATION_OPS_TD

include "dialects/NN/NNBase.td"

def NN_LayerNormOp : NN_Op<"layer_norm"> {
  let summary = "Layer normalization";
  let description = [{
    y = (x - mean) / sqrt(variance + epsilon) * scale + bias, mean and (biased) variance over the dimensions from `axis`
    on. With three results, the other two are the mean and 1 / sqrt(variance + epsilon), of element type `stash` (f32 if
    absent), with extent 1 from `axis` on.

    (C1) `axis` is in [0, rank) and the element type is a float.
    (C2) `scale` and `bias` broadcast to `x` and have its element type.
    (C3) There are one or three results, and `stash` is a float type.
  }];
  let arguments = (ins NN_Tensor:$x, NN_Tensor:$scale, Optional<NN_Tensor>:$bias, I64Attr:$axis, F64Attr:$epsilon, OptionalAttr<TypeAttr>:$stash);
  let results = (outs NN_Tensor:$y, Variadic<NN_Tensor>:$stats);
}

def NN_RMSNormOp : NN_Op<"rms_norm"> {
  let summary = "Root mean square normalization";
  let description = [{
    y = x / sqrt(mean(x^2) + epsilon) * scale, the mean over the dimensions from `axis` on.

    (C1) `axis` is in [0, rank) and the element type is a float.
    (C2) `scale` broadcasts to `x` and has its element type.
  }];
  let arguments = (ins NN_Tensor:$x, NN_Tensor:$scale, I64Attr:$axis, F64Attr:$epsilon);
  let results = (outs NN_Tensor:$y);
}

def NN_GroupNormOp : NN_Op<"group_norm"> {
  let summary = "Group normalization";
  let description = [{
    `x` is (N, C, d1, ..., dk). y = (x - mean) / sqrt(variance + epsilon) * scale + bias, mean and (biased) variance over
    C / `groups` successive channels and all of d1, ..., dk. With one group per channel this is instance normalization.
    `scale` and `bias` are per channel, or per group.

    (C1) The rank of `x` is at least 2 and the element type is a float.
    (C2) C is static, `groups` is at least 1 and divides C.
    (C3) `scale` and `bias` have shape (C) or (`groups`) and the element type of `x`.
  }];
  let arguments = (ins NN_Tensor:$x, NN_Tensor:$scale, NN_Tensor:$bias, I64Attr:$groups, F64Attr:$epsilon);
  let results = (outs NN_Tensor:$y);
}

def NN_BatchNormOp : NN_Op<"batch_norm"> {
  let summary = "Batch normalization";
  let description = [{
    `x` is (N, C, d1, ..., dk) or (N). y = (x - mean) / sqrt(variance + epsilon) * scale + bias, all four per channel.

    With three results (training), mean and (biased) variance are those of `x` over all dimensions but the channel,
    and the other results are mean * momentum + mean(x) * (1 - momentum), and the same of the variance.

    (C1) The rank of `x` is at least 1 and the element types are floats.
    (C2) `scale`, `bias`, `mean` and `variance` have shape (C), where C is 1 for rank 1.
    (C3) There are one or three results.
  }];
  let arguments = (ins NN_Tensor:$x, NN_Tensor:$scale, NN_Tensor:$bias, NN_Tensor:$mean, NN_Tensor:$variance, F64Attr:$epsilon,
    DefaultValuedAttr<F64Attr, "0.9">:$momentum);
  let results = (outs NN_Tensor:$y, Variadic<NN_Tensor>:$stats);
}

#endif

#ifndef TENON_NN_REDUCTION_OPS_TD
#define TENON_NN_REDUCTION_OPS_TD

include "dialects/NN/NNBase.td"

def NN_ReduceKind : I32EnumAttr<"ReduceKind", "What a reduction computes", [
    I32EnumAttrCase<"Sum", 0, "sum">, I32EnumAttrCase<"Mean", 1, "mean">, I32EnumAttrCase<"Max", 2, "max">,
    I32EnumAttrCase<"Min", 3, "min">, I32EnumAttrCase<"Prod", 4, "prod">, I32EnumAttrCase<"L1", 5, "l1">,
    I32EnumAttrCase<"L2", 6, "l2">, I32EnumAttrCase<"LogSum", 7, "log_sum">,
    I32EnumAttrCase<"LogSumExp", 8, "log_sum_exp">, I32EnumAttrCase<"SumSquare", 9, "sum_square">]> {
  let cppNamespace = "::tenon::nn";
  let genSpecializedAttr = 0;
}
def NN_ReduceKindAttr : EnumAttr<NN_Dialect, NN_ReduceKind, "reduce_kind"> { let assemblyFormat = "`<` $value `>`"; }

def NN_ReduceOp : NN_Op<"reduce"> {
  let summary = "Reduction over axes";
  let description = [{
    Reduces over `axes`; an axis stays with extent 1 where `keepdims` is set. Without axes, every element is a
    reduction of its own (`l2` of one element is its magnitude).

    Of no elements: sums are 0, `prod` is 1, `max` and `min` are the type's least and greatest value (infinite for
    floats), `mean` is NaN for floats and 0 for integers. `max` and `min` propagate NaN. `log_sum_exp` subtracts the
    maximum first.

    Integers wrap in their own type; `mean` truncates; `l2`, `log_sum` and `log_sum_exp` of integers are computed in
    f64 (of the wrapped sum, for the first two) and truncated, saturating.

    (C1) `axes` are in [0, rank) and strictly increasing.
    (C2) The element type is a float or an integer; bool only for `max` and `min`.
  }];
  let arguments = (ins NN_Tensor:$x, NN_ReduceKindAttr:$kind, DenseI64ArrayAttr:$axes, DefaultValuedAttr<BoolAttr, "false">:$keepdims);
  let results = (outs NN_Tensor:$y);
  let hasFolder = 1;
}

def NN_ArgReduceOp : NN_Op<"arg_reduce"> {
  let summary = "Position of the greatest or least element along an axis";
  let description = [{
    The i64 position along `axis` of the maximum (`min`: of the minimum); of several, the first, or the last where
    `select_last` is set. A NaN counts as the extreme.

    (C1) `axis` is in [0, rank).
    (C2) The extent of `axis` is not 0.
    (C3) The element type is a float or an integer.
  }];
  let arguments = (ins NN_Tensor:$x, I64Attr:$axis, DefaultValuedAttr<BoolAttr, "false">:$min, DefaultValuedAttr<BoolAttr, "false">:$keepdims,
    DefaultValuedAttr<BoolAttr, "false">:$select_last);
  let results = (outs NN_Tensor:$y);
}

def NN_SoftmaxKind : I32EnumAttr<"SoftmaxKind", "Which function of the softmax family", [
    I32EnumAttrCase<"Softmax", 0, "softmax">, I32EnumAttrCase<"LogSoftmax", 1, "log_softmax">,
    I32EnumAttrCase<"Hardmax", 2, "hardmax">]> {
  let cppNamespace = "::tenon::nn";
  let genSpecializedAttr = 0;
}
def NN_SoftmaxKindAttr : EnumAttr<NN_Dialect, NN_SoftmaxKind, "softmax_kind"> { let assemblyFormat = "`<` $value `>`"; }

def NN_SoftmaxOp : NN_Op<"softmax"> {
  let summary = "Softmax, log-softmax or hardmax over axes";
  let description = [{
    Over the elements of all `axes` together: `softmax` is exp(x - max) / sum(exp(x - max)), `log_softmax` its
    logarithm, `hardmax` is 1 at the first maximum and 0 elsewhere. (ONNX before opset 13 means all axes from one on.)

    (C1) `axes` are in [0, rank) and strictly increasing, and there is at least one.
    (C2) The element type is a float.
  }];
  let arguments = (ins NN_Tensor:$x, DefaultValuedAttr<NN_SoftmaxKindAttr, "::tenon::nn::SoftmaxKind::Softmax">:$kind, DenseI64ArrayAttr:$axes);
  let results = (outs NN_Tensor:$y);
}

def NN_CumulativeOp : NN_Op<"cumulative"> {
  let summary = "Running sum or product along an axis";
  let description = [{
    Element i is the sum (`product`: the product) of elements 0 to i along `axis`; `exclusive`: 0 to i - 1;
    `reverse`: from the last element backwards. Integers wrap.

    (C1) `axis` is in [0, rank).
    (C2) The element type is a float or an integer.
  }];
  let arguments = (ins NN_Tensor:$x, I64Attr:$axis, DefaultValuedAttr<BoolAttr, "false">:$product, DefaultValuedAttr<BoolAttr, "false">:$exclusive,
    DefaultValuedAttr<BoolAttr, "false">:$reverse);
  let results = (outs NN_Tensor:$y);
}

def NN_TopKOp : NN_Op<"top_k"> {
  let summary = "The k greatest or least elements along an axis";
  let description = [{
    Values and i64 positions along `axis`, sorted from the extreme inwards; of equal values the lower position comes
    first. A NaN counts as greater than all.

    (C1) `axis` is in [0, rank).
    (C2) `k` is not negative and at most the extent of `axis`, over all values of its symbols.
    (C3) The element type is a float or an integer.
  }];
  let arguments = (ins NN_Tensor:$x, I64Attr:$axis, I64Attr:$k, DefaultValuedAttr<BoolAttr, "true">:$largest);
  let results = (outs NN_Tensor:$values, NN_Tensor:$indices);
}

def NN_LossReduction : I32EnumAttr<"LossReduction", "How a loss combines its elements", [
    I32EnumAttrCase<"None", 0, "none">, I32EnumAttrCase<"Mean", 1, "mean">, I32EnumAttrCase<"Sum", 2, "sum">]> {
  let cppNamespace = "::tenon::nn";
  let genSpecializedAttr = 0;
}
def NN_LossReductionAttr : EnumAttr<NN_Dialect, NN_LossReduction, "loss_reduction"> { let assemblyFormat = "`<` $value `>`"; }

def NN_NLLLossOp : NN_Op<"nll_loss"> {
  let summary = "Negative log-likelihood loss";
  let description = [{
    `x` is (N, C, d1, ..., dk), `target` (N, d1, ..., dk). The loss of a target t is -weight[t] * x[n, t, ...], or 0
    where t is `ignore_index`; the weight is 1 if absent. `mean` divides the sum by the sum of the weights that were
    used. A target outside [0, C) that is not ignored counts as the nearest class.

    (C1) The rank of `x` is at least 2 and the extent C is not 0.
    (C2) `target` is i32 or i64 of the shape of `x` without dimension 1.
    (C3) `weight` has shape (C) and the element type of `x`, a float.
  }];
  let arguments = (ins NN_Tensor:$x, NN_Tensor:$target, Optional<NN_Tensor>:$weight, NN_LossReductionAttr:$reduction,
    OptionalAttr<I64Attr>:$ignore_index);
  let results = (outs NN_Tensor:$y);
}

#endif

#ifndef TENON_PASSES_SIMPLIFY_SIMPLIFY_TD
#define TENON_PASSES_SIMPLIFY_SIMPLIFY_TD

include "mlir/Pass/PassBase.td"

def FoldConstants : Pass<"tenon-fold-constants", "::mlir::func::FuncOp"> {
  let summary = "Evaluate operators of constants by their reference";
  let description = [{
    An operator whose operands are constants becomes a constant, unless the results would be much larger than the operands
    (more than `growth` elements beyond them): what folds to something huge stays a computation.

    Example: see test/passes/Simplify/fold-constants.mlir.
  }];
  let options = [Option<"growth", "growth", "int64_t", "65536", "Elements by which results may exceed operands">];
  let dependentDialects = ["::tenon::nn::NNDialect"];
}

def FoldMovement : Pass<"tenon-fold-movement", "::mlir::func::FuncOp"> {
  let summary = "Have operators read through what only moves elements";
  let description = [{
    Borders that a convolution or a pool would add itself become pads of its own: zeros before a convolution or a
    mean, the smallest number before a maximum. A pool of single elements is a slice, a slice that takes nothing of a border
    is one of what is inside, and a convolution of single points takes a slice's steps as its strides. A gather of one known
    index is a slice. A shuffle of the channels of a concatenation is a concatenation along a dimension of its own. A
    concatenation that begins with all operands of another one begins with its result.

    Example: see test/passes/Simplify/fold-movement.mlir.
  }];
  let dependentDialects = ["::tenon::nn::NNDialect"];
}

def SinkReshapes : Pass<"tenon-sink-reshapes", "::mlir::func::FuncOp"> {
  let summary = "Compute element by element before a reshape, not after it";
  let description = [{
    An element-wise operator whose operands are all reshaped from one shape to another (or are a single number) works on
    the first shape, and its result is reshaped. So it can be computed together with what gives those operands: between
    a matrix product and its activation, exporters like to put a reshape.

    Example: see test/passes/Simplify/sink-reshapes.mlir.
  }];
  let dependentDialects = ["::tenon::nn::NNDialect"];
}

def HoistSlices : Pass<"tenon-hoist-slices", "::mlir::func::FuncOp"> {
  let summary = "Compute only what is read";
  let description = [{
    Where all readers of a value take the same part of it, and an operator computes the parts of its result one by one
    (element-wise operators, normalizations of rows, rows of a matrix product, queries of an attention that is not causal), the
    operator computes that part alone, from parts of its operands. So a model of which only the first token is used
    computes the last layer for that token.

    Example: see test/passes/Simplify/hoist-slices.mlir.
  }];
  let dependentDialects = ["::tenon::nn::NNDialect"];
}

def Recognize : Pass<"tenon-recognize", "::mlir::func::FuncOp"> {
  let summary = "Find operators that exporters write out in several";
  let description = [{
    Layer and RMS normalization and softmax, written out by reductions, become `nn.layer_norm`, `nn.rms_norm` and
    `nn.softmax`; a matrix product of a softmax of a matrix product becomes `nn.attention`, with the scale, the mask that is
    added, and the heads that are moved to the front before it and back after it. An operator stays written out where one
    of the values between has another use.

    A constant mask that hides from each query the keys after it is the attribute `causal`. Where the mask is -1e9 or such
    instead of -inf, that is so with `fast` only: scores below that would no longer count.

    Example: see test/passes/Simplify/recognize.mlir.
  }];
  let options = [Option<"fast", "fast", "bool", "true", "Take numbers below -1e8 in a causal mask for -inf">];
  let dependentDialects = ["::tenon::nn::NNDialect"];
}

#endif

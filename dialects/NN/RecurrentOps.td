#ifndef TENON_NN_RECURRENT_OPS_TD
#define TENON_NN_RECURRENT_OPS_TD

include "dialects/NN/NNBase.td"

defvar NN_RecurrentDescription = [{
    `x` is (time, batch, features), `w` (directions, gates * hidden, features), `r` (directions, gates * hidden, hidden), `b`
    (directions, 2 * gates * hidden) the biases of `w` and then of `r`, states are (directions, batch, hidden), the result `y`
    (time, directions, batch, hidden); with `batch_major`, batch comes first in `x`, `y` and the states. `direction` is
    `forward`, `reverse` or `bidirectional`. `sequence_lens` cuts each batch entry: beyond its length, `y` is 0 and the state
    stays. Every activation's input is clipped to [-clip, clip]. `activations` holds the names per direction (relu, tanh,
    sigmoid, affine, leakyrelu, thresholdedrelu, scaledtanh, hardsigmoid, elu, softsign, softplus), with `alpha` and `beta`.

    (C1) All operands have the same float element type, but `sequence_lens`, which is of i32.
    (C2) `direction`, and the number and names of activations, alphas and betas, are as above.
    (C3) `hidden` is static and positive, and all shapes are as above.
    (C4) `clip` is not negative.
}];

class NN_Recurrent<string mnemonic, dag states, dag resultTypes, list<Trait> traits = []>
    : NN_Op<mnemonic, !listconcat([AttrSizedOperandSegments], traits)> {
  let arguments = !con((ins NN_Tensor:$x, NN_Tensor:$w, NN_Tensor:$r, Optional<NN_Tensor>:$b, Optional<NN_Tensor>:$sequence_lens,
    Optional<NN_Tensor>:$initial_h), states, (ins StrAttr:$direction, StrArrayAttr:$activations, DenseF64ArrayAttr:$alpha,
    DenseF64ArrayAttr:$beta, OptionalAttr<F64Attr>:$clip, UnitAttr:$batch_major));
  let results = resultTypes;
}

def NN_LstmOp : NN_Recurrent<"lstm", (ins Optional<NN_Tensor>:$initial_c, Optional<NN_Tensor>:$p, UnitAttr:$input_forget),
    (outs NN_Tensor:$y, NN_Tensor:$y_h, NN_Tensor:$y_c)> {
  let summary = "Long short-term memory";
  let description = !strconcat([{
    Gates i, o, f, c with activations f, g, h; `p` (directions, 3 * hidden) holds the peepholes of i, o, f:
    `i = f(x W_i + h R_i + b_i + P_i c)`, `f` likewise (`1 - i` with `input_forget`), `c' = f c + i g(x W_c + h R_c + b_c)`,
    `o = f(x W_o + h R_o + b_o + P_o c')`, `h' = o h(c')`. Results: all `h`, the last `h`, the last `c`.

  }], NN_RecurrentDescription);
}

def NN_GruOp : NN_Recurrent<"gru", (ins UnitAttr:$linear_before_reset), (outs NN_Tensor:$y, NN_Tensor:$y_h)> {
  let summary = "Gated recurrent unit";
  let description = !strconcat([{
    Gates z, r, h with activations f, g: `z = f(x W_z + h R_z + b_z)`, `r` likewise,
    `n = g(x W_h + (r h) R_h + b_h)`, or with `linear_before_reset` `g(x W_h + bw_h + r (h R_h + br_h))`,
    `h' = (1 - z) n + z h`. Results: all `h`, the last `h`.

  }], NN_RecurrentDescription);
}

def NN_RnnOp : NN_Recurrent<"rnn", (ins), (outs NN_Tensor:$y, NN_Tensor:$y_h)> {
  let summary = "Plain recurrent network";
  let description = !strconcat([{
    One gate with activation f: `h' = f(x W + h R + b)`. Results: all `h`, the last `h`.

  }], NN_RecurrentDescription);
}

#endif

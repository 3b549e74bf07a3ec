#ifndef TENON_NN_ATTENTION_OPS_TD
#define TENON_NN_ATTENTION_OPS_TD

include "dialects/NN/NNBase.td"

def NN_AttentionScores : I32EnumAttr<"AttentionScores", "Which scores nn.attention also returns", [
    I32EnumAttrCase<"None", 0, "none">, I32EnumAttrCase<"Raw", 1, "raw">, I32EnumAttrCase<"Capped", 2, "capped">,
    I32EnumAttrCase<"Biased", 3, "biased">, I32EnumAttrCase<"Probabilities", 4, "probabilities">]> {
  let cppNamespace = "::tenon::nn";
  let genSpecializedAttr = 0;
}
def NN_AttentionScoresAttr : EnumAttr<NN_Dialect, NN_AttentionScores, "attention_scores"> {
  let assemblyFormat = "`<` $value `>`";
}

def NN_AttentionOp : NN_Op<"attention", [AttrSizedOperandSegments]> {
  let summary = "Scaled dot-product attention";
  let description = [{
    With batch b, query head h and its key/value head h / (heads per key/value head), query i and key j:

    ```
    s[i, j] = scale * sum_d q[i, d] * k[j, d]          ("raw")
    s = softcap * tanh(s / softcap), if softcap > 0    ("capped")
    s = s + mask, or -inf where key j is not visible   ("biased")
    p = softmax over j, 0 in a row without any key     ("probabilities")
    y[i, d] = sum_j p[i, j] * v[j, d]
    ```

    Operands are (batch, heads, sequence, size), or (batch, sequence, heads * size) where `q_heads` and `kv_heads` say
    how many heads there are (0 with rank 4). `past_key` and `past_value` (rank 4) come before `k` and `v`. `mask`
    broadcasts to (batch, query heads, queries, keys), but may have fewer keys: the rest is not visible. A bool mask
    says what is visible, another one is added; -inf there hides a key whatever its score.

    The absolute position of query i is p = i + offset; the offset is the past length with `past_key`,
    `valid_keys`[b] - queries with `valid_keys`, else 0. Key j is not visible if `causal` and j > p, if
    `left_window` >= 0 and j < p - `left_window`, if `right_window` >= 0 and j > p + `right_window`, or if
    j >= `valid_keys`[b].

    With `plain`, infinities mean what they mean to the operators that the formulas above are written of: a row without any
    key is NaN, and so is a score of +inf where the mask is -inf; a key of no weight multiplies its value all the same.

    Results: y in the form of `q`; with `present`, the keys and values with the past, as rank 4; the scores
    chosen by `scores`, (batch, query heads, queries, keys).

    (C1) `q`, `k` and `v` have rank 4, or 3 with `q_heads` and `kv_heads` positive; batch, keys and sizes match.
    (C2) The numbers of heads are static and that of queries is a multiple of that of keys and values.
    (C3) Element types are floats; `k` and the pasts of `k` and `v` match.
    (C4) `past_key` and `past_value` come together, fit `k` and `v`, and exclude `valid_keys`.
    (C5) `mask` broadcasts, with at most the number of keys, to the scores; it is bool or a float.
    (C6) `valid_keys` are i64 of shape (batch).
    (C7) The number of results is 1, 2 more with `present` and 1 more with `scores`.
  }];
  let arguments = (ins NN_Tensor:$q, NN_Tensor:$k, NN_Tensor:$v, Optional<NN_Tensor>:$mask, Optional<NN_Tensor>:$past_key,
    Optional<NN_Tensor>:$past_value, Optional<NN_Tensor>:$valid_keys, F64Attr:$scale, DefaultValuedAttr<F64Attr, "0.0">:$softcap,
    DefaultValuedAttr<BoolAttr, "false">:$causal, DefaultValuedAttr<I64Attr, "-1">:$left_window, DefaultValuedAttr<I64Attr, "-1">:$right_window,
    DefaultValuedAttr<I64Attr, "0">:$q_heads, DefaultValuedAttr<I64Attr, "0">:$kv_heads, DefaultValuedAttr<BoolAttr, "false">:$present,
    DefaultValuedAttr<NN_AttentionScoresAttr, "::tenon::nn::AttentionScores::None">:$scores, DefaultValuedAttr<BoolAttr, "false">:$plain);
  let results = (outs NN_Tensor:$y, Variadic<NN_Tensor>:$extra);
  let extraClassDeclaration = [{
    /// The sizes that everything else follows from.
    struct Sizes {
      Dim batch, queries, newKeys, pastKeys, keys, size, valueSize;
      int64_t qHeads, kvHeads;
    };
    /// Sizes of an op whose constraints C1, C2 and C4 hold.
    Sizes getSizes();
    /// The result for the keys and values with the past, and for the scores; null without.
    ::mlir::Value getPresentKey() { return getPresent() ? getExtra()[0] : ::mlir::Value(); }
    ::mlir::Value getPresentValue() { return getPresent() ? getExtra()[1] : ::mlir::Value(); }
    ::mlir::Value getScoresResult() {
      return getScores() == AttentionScores::None ? ::mlir::Value() : ::mlir::Value(getExtra().back());
    }
  }];
}

def NN_RotaryEmbeddingOp : NN_Op<"rotary_embedding"> {
  let summary = "Rotary position embedding";
  let description = [{
    Rotates pairs of the first `dim` elements of each head by the angle whose cosine and sine are in the caches: with
    half = dim / 2, elements (j, j + half), or (2j, 2j + 1) where `interleaved`, become (c a - s b, s a + c b). The other
    elements stay. `x` is (batch, heads, sequence, size), or (batch, sequence, heads * size) with `heads` positive.
    The caches are (batch, sequence, half), or (positions, half) with `position_ids` (batch, sequence), which are
    clamped into [0, positions).

    (C1) `x` has rank 4, or rank 3 with `heads` positive and a static last dimension that it divides.
    (C2) `dim` is even, at least 2 and at most the (static) size of a head.
    (C3) The caches have the element type of `x`, a float, and the shape above; positions are not 0.
    (C4) `position_ids` are i64 of shape (batch, sequence).
  }];
  let arguments = (ins NN_Tensor:$x, NN_Tensor:$cos, NN_Tensor:$sin, Optional<NN_Tensor>:$position_ids, I64Attr:$dim,
    DefaultValuedAttr<I64Attr, "0">:$heads, DefaultValuedAttr<BoolAttr, "false">:$interleaved);
  let results = (outs NN_Tensor:$y);
}

def NN_CacheUpdateOp : NN_Op<"cache_update"> {
  let summary = "Writes a run of elements into a cache, per batch";
  let description = [{
    y = `cache`, except that along `axis` the elements from `write_indices`[b] on (0 if absent) are those of `update`.
    With `circular`, positions wrap around the cache's extent; otherwise what is outside of it is not written.

    (C1) `axis` is in [1, rank) and the operands' element types agree.
    (C2) `update` has the shape of `cache` but for `axis`, where it is static and at most as large, or the same symbol.
    (C3) `write_indices` are i64 of shape (batch).
  }];
  let arguments = (ins NN_Tensor:$cache, NN_Tensor:$update, Optional<NN_Tensor>:$write_indices, I64Attr:$axis,
    DefaultValuedAttr<BoolAttr, "false">:$circular);
  let results = (outs NN_Tensor:$y);
}

def NN_LinearAttentionOp : NN_Op<"linear_attention", [AttrSizedOperandSegments]> {
  let summary = "Linear attention with a recurrent state";
  let description = [{
    For each batch and key/value head, with a state S of shape (size of k, size of v), for each step t:

    ```
    S = exp(decay[t]) * S                     (if `decay`; per row of S, or one per head)
    v' = beta[t] * (v[t] - transpose(S) k[t]) (if `beta`), else v[t]
    S = S + k[t] (x) v'
    y[t] = scale * transpose(S) q[t]          (for each query head of this key/value head)
    ```

    `q`, `k` and `v` are (batch, steps, heads * size). The state begins with `past_state` or 0; the second result is the
    last one, of element type `past_state`'s or `q`'s.

    (C1) `q`, `k` and `v` are floats of one type and rank 3, of equal batch and steps; their last extents are static.
    (C2) `kv_heads` is positive and divides `q_heads`; the heads' sizes are whole, and equal for `q` and `k`.
    (C3) `past_state` is (batch, kv_heads, size of k, size of v), a float.
    (C4) `decay` is (batch, steps, kv_heads or kv_heads * size of k), `beta` is (batch, steps, kv_heads or 1).
  }];
  let arguments = (ins NN_Tensor:$q, NN_Tensor:$k, NN_Tensor:$v, Optional<NN_Tensor>:$past_state, Optional<NN_Tensor>:$decay,
    Optional<NN_Tensor>:$beta, I64Attr:$q_heads, I64Attr:$kv_heads, F64Attr:$scale);
  let results = (outs NN_Tensor:$y, NN_Tensor:$state);
}

#endif

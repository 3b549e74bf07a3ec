#ifndef TENON_NN_SELECTION_OPS_TD
#define TENON_NN_SELECTION_OPS_TD

include "dialects/NN/NNBase.td"

def NN_NonZeroOp : NN_Op<"non_zero"> {
  let summary = "Coordinates of the elements that are not zero";
  let description = [{
    Row `d` of the result holds the coordinates in dimension `d` of all nonzero elements, in row-major order. Their
    number is the symbol at position `symbol`. NaN is not zero.

    (C1) `symbol` is a data symbol whose maximum is at least the number of elements of `x`.
  }];
  let arguments = (ins NN_Tensor:$x, I64Attr:$symbol);
  let results = (outs NN_Tensor:$y);
}

def NN_CompressOp : NN_Op<"compress"> {
  let summary = "Slices of a tensor chosen by a condition";
  let description = [{
    The slices along `axis` (without one: the elements of the flattened tensor) at which `condition` is true; beyond
    the end of `condition`, none. Their number is the symbol at position `symbol`.

    (C1) `symbol` is a data symbol whose maximum is at least the number of slices, or the length of `condition`.
    (C2) 0 <= `axis` < rank of `x`.
    (C3) `condition` is of booleans, in one dimension.
  }];
  let arguments = (ins NN_Tensor:$x, NN_Tensor:$condition, OptionalAttr<I64Attr>:$axis, I64Attr:$symbol);
  let results = (outs NN_Tensor:$y);
}

def NN_UniqueOp : NN_Op<"unique"> {
  let summary = "The different slices of a tensor";
  let description = [{
    The different slices along `axis` (without one: the different elements of the flattened tensor), in ascending
    (lexicographic) order with `sorted`, else in the order of their first occurrence. NaNs equal each other and are
    greater than all else. `indices` are the positions of the first occurrences, `inverse` tells for each slice of
    `x` where it is in `y`, `counts` how often each occurs. The number of slices is the symbol at position `symbol`.

    (C1) `symbol` is a data symbol whose maximum is at least the number of slices of `x`.
    (C2) 0 <= `axis` < rank of `x`.
  }];
  let arguments = (ins NN_Tensor:$x, OptionalAttr<I64Attr>:$axis, BoolAttr:$sorted, I64Attr:$symbol);
  let results = (outs NN_Tensor:$y, NN_Tensor:$indices, NN_Tensor:$inverse, NN_Tensor:$counts);
}

def NN_NonMaxSuppressionOp : NN_Op<"non_max_suppression"> {
  let summary = "Selection of boxes by score that do not overlap much";
  let description = [{
    For each batch and class, boxes are taken by descending score (the first of equal ones), at most `max_boxes`. A box
    is dropped when the intersection over union with one that was taken is greater than `iou_threshold`; where
    `score_threshold` is given, only boxes of greater scores are candidates. Scores of NaN are none. Boxes are
    (y1, x1, y2, x2), any two diagonal corners, or with `center_point` (x center, y center, width, height). Rows of the
    result are (batch, class, box); their number is the symbol at position `symbol`.

    (C1) `symbol` is a data symbol whose maximum is at least the number of rows possible.
    (C2) `boxes` are f32 of shape batches x boxes x 4.
    (C3) `scores` are f32 of shape batches x classes x boxes.
    (C4) The thresholds are f32 scalars.
    (C5) `max_boxes` >= 0.
  }];
  let arguments = (ins NN_Tensor:$boxes, NN_Tensor:$scores, NN_Tensor:$iou_threshold,
    Optional<NN_Tensor>:$score_threshold, I64Attr:$max_boxes, BoolAttr:$center_point, I64Attr:$symbol);
  let results = (outs NN_Tensor:$y);
}

#endif

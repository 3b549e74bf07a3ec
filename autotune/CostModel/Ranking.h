#pragma once

#include "llvm/ADT/ArrayRef.h"

/// How well scores tell which points of a task are fast.
namespace tenon::autotune {

/// Spearman's rank correlation of two lists of one length; equal values share their mean rank. 0 if one is
/// constant.
double rankCorrelation(llvm::ArrayRef<double> a, llvm::ArrayRef<double> b);

/// Of `nanoseconds`, the best one divided by the best among the `count` points of the highest scores: 1 if
/// the best point is one of them. Times of 0 are of points that failed.
double bestOfTop(llvm::ArrayRef<double> scores, llvm::ArrayRef<double> nanoseconds, size_t count);

} // namespace tenon::autotune

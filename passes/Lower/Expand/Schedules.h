#pragma once

#include "passes/Lower/Expand/Access.h"

/// Schedules as plain numbers, and which of them a nest can have.
namespace tenon::kernel {

/// A #kernel.schedule; making and comparing many of these costs nothing in the context.
struct Schedule {
  int64_t vectorDim = -1, lanes = 1;
  llvm::SmallVector<int64_t, 6> tile, order;
  int64_t pass = 0, prefetch = 0;
  llvm::SmallVector<int64_t, 4> blocks; ///< pairs of dimension and points
  int64_t ahead = kAhead;               ///< bytes

  Schedule() = default;
  explicit Schedule(ScheduleAttr attr);
  ScheduleAttr toAttr(mlir::MLIRContext *context) const;
  /// Points of a block of dimension `d`, 0 if it has none.
  int64_t getBlock(int64_t d) const;
  /// Points that one iteration of the loop over the tiles of `d` is about.
  int64_t getStep(int64_t d) const { return tile[d] * (d == vectorDim ? lanes : 1); }
};

/// One of the loops around a register tile.
struct Loop {
  int64_t dim;
  int64_t extent; ///< points that it runs over: the dimension's, or those of a block; dynamic if not known
  int64_t step;   ///< points per iteration
  bool isPass = false;
  int64_t count() const { return mlir::ShapedType::isDynamic(extent) ? extent : (extent + step - 1) / step; }
};

/// What matters of a kernel.generic to its schedules.
struct NestInfo {
  explicit NestInfo(GenericOp op);

  int64_t loops, parallel;
  llvm::SmallVector<int64_t> extents; ///< ShapedType::kDynamic where not known
  bool isRanged, isCombinable, canKeepAccumulators;
  unsigned inputs, outputs, accumulators;
  llvm::SmallVector<DomainBound> bounds;
  /// Of getAccesses(); with unknown steps where an access is neither linear nor blocked.
  llvm::SmallVector<LinearAccess> accesses;
  bool isLinear; ///< whether all accesses are

  bool isDynamic(int64_t d) const { return mlir::ShapedType::isDynamic(extents[d]); }
  /// The loops over the parallel dimensions, their blocks and passes, in order.
  llvm::SmallVector<Loop> getLoops(const Schedule &schedule) const;
};

/// Why the nest cannot have the schedule, "expected ..."; null if it can. Whether a tile fits into registers
/// is NestCost's question.
const char *checkSchedule(const NestInfo &nest, const Schedule &schedule);

/// What a schedule reads along its vector dimension in one stretch of memory, again and again: an operand
/// that the loops inside that of the vector dimension do not move along.
struct Stretch {
  unsigned input;     ///< the operand's number
  int64_t elements;   ///< of `parts` tiles of the vector dimension and one pass
  int64_t parts;      ///< how many tiles of the vector dimension lie in one of the operand's blocks
  double repetitions; ///< how many tiles read from it
};
/// Iterations of the loops over the reductions, whose extents are static, for one tile and one pass.
int64_t getIterations(const NestInfo &nest, const Schedule &schedule);
/// nullopt if there is none, or if its length is not known.
std::optional<Stretch> getStretch(const NestInfo &nest, const Schedule &schedule);

} // namespace tenon::kernel

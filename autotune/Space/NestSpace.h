#pragma once

#include "autotune/Space/Space.h"
#include "passes/Lower/Expand/NestCost.h"

namespace tenon::autotune {

/// The schedules of one kernel.generic: register tiles of every vector dimension that is not far from the
/// best one, unrolled reductions, orders of the loops, blocks of one or two parallel dimensions around all
/// loops, passes over parts of the first reduction, prefetches. A point is one index per knob.
class NestSpace {
public:
  enum Knob { Tile, Unroll, Order, Blocks, Pass, Prefetch, kKnobs };
  using Knobs = llvm::ArrayRef<uint16_t>;

  /// `analytic`: what the compiler chose. If `isFixed`, that is the only point.
  NestSpace(kernel::GenericOp op, const kernel::Core &core, bool isFixed);

  /// How many values a knob has, not all of which go together.
  size_t count(unsigned knob) const { return counts[knob]; }
  /// Valid points; of many, those that differ in more than prefetching.
  uint64_t size() const;
  /// About as many as size(), which takes as long as thousands of draws: from the share of some draws that
  /// are valid.
  double estimateSize() const;
  bool hasChoice() const;
  /// The schedule of a point, valid or not.
  kernel::Schedule schedule(Knobs point) const;
  /// Whether the nest can have the point's schedule, and no other point's is the same.
  bool isValid(Knobs point) const;
  llvm::ArrayRef<uint16_t> analytic() const { return analyticPoint; }
  std::optional<llvm::SmallVector<uint16_t, kKnobs>> find(const kernel::Schedule &schedule) const;
  void sample(Rng &rng, llvm::MutableArrayRef<uint16_t> point) const;
  /// Another value of one knob.
  void mutate(Rng &rng, llvm::MutableArrayRef<uint16_t> point) const;

  const kernel::NestInfo &info() const { return nest; }
  kernel::NestCost &cost() const { return nestCost; }

private:
  void findTiles(const kernel::Schedule &analytic);
  void findUnrolls(const kernel::Schedule &analytic);
  void findOrders(const kernel::Schedule &analytic);
  void findBlocks();
  void findPasses(const kernel::Schedule &analytic);
  void findPrefetches(const kernel::Schedule &analytic);
  llvm::SmallVector<int64_t, 6> canonicalOrder(const kernel::Schedule &schedule) const;
  int64_t extentOf(int64_t d) const;
  /// Any value of each knob; they need not go together.
  void draw(Rng &rng, llvm::MutableArrayRef<uint16_t> point) const;

  kernel::NestInfo nest;
  mutable kernel::NestCost nestCost;
  int64_t registers, chosenOperations = 0, chosenCode = 0;
  struct RegisterTile {
    int64_t vectorDim, lanes;
    llvm::SmallVector<int64_t, 6> tile; ///< reductions: 1, but for the vector dimension
  };
  using Sizes = llvm::SmallVector<int64_t, 4>;
  std::vector<RegisterTile> tiles;
  std::vector<Sizes> unrolls; ///< per reduction
  std::vector<Sizes> orders;  ///< of the parallel dimensions
  std::vector<Sizes> blocks;  ///< pairs of dimension and tiles
  std::vector<std::pair<int64_t, int64_t>> passes,
      prefetches; ///< (points, place in the order), (lines, bytes)
  size_t counts[kKnobs];
  llvm::SmallVector<uint16_t, kKnobs> analyticPoint;
};

} // namespace tenon::autotune

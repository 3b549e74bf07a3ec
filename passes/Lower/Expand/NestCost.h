#pragma once

#include "passes/Lower/Expand/Schedules.h"

/// An analytic estimate of what a loop nest costs under a schedule.
namespace tenon::kernel {

/// What the estimate knows about a core. Vector units and load ports are two of each, an accumulation has a
/// latency of four cycles.
struct Core {
  int64_t vectorBytes, registers, l1Bytes, l2Bytes;
};

/// Sizes of a register tile: points of parallel dimensions beside the vector dimension, and vectors of that.
struct Tile {
  llvm::SmallVector<std::pair<int64_t, int64_t>, 2> points; ///< (dimension, size)
  int64_t vectors = 1;
  int64_t size() const;
  /// Points along dimension `d`, vectors if it is the vector dimension.
  int64_t along(int64_t d, int64_t vectorDim) const;
};

/// Cycles of a kernel.generic, in the manner of the models of oneDNN's brgemm and of Ansor's cache features:
/// a register tile costs what its arithmetic, its loads or its latency cost, whichever is most; each operand
/// is brought into a cache as often as the loops around the largest part of the nest that fits there say.
class NestCost {
public:
  NestCost(GenericOp op, const Core &core);

  /// Whether all subscripts are linear or blocked, and all operations have a vector form.
  bool isVectorizable() const { return linear && vectorizable; }
  int64_t getLanes() const { return lanes; }
  /// Extent of a loop; a guess where it is known only at run time.
  double extent(int64_t d) const;
  /// Points of all reductions together.
  double getPoints() const { return points; }
  /// Bytes that input `i` has in all.
  double inputBytes(unsigned i);
  const LinearAccess &getInput(unsigned i) const { return accesses[i]; }
  /// The same of any of getAccesses().
  const LinearAccess &getAccess(unsigned i) const { return accesses[i]; }

  /// Whether the nest sums products of vectors, and neighbouring outputs read the same elements at different
  /// points of the last reduction, as those of a depthwise convolution do.
  bool isWindow(int64_t vectorDim);

  /// Cycles per point without reuse in registers, if lanes lie along `d`.
  double vectorDimCycles(int64_t d);
  /// Whether a tile's accumulators and operands fit into the registers.
  bool fits(const Tile &tile, int64_t vectorDim);
  /// The same of a schedule that was chosen by measurement: LLVM may keep what it loads early elsewhere, and
  /// of a product's two factors, only those of the smaller side must stay in registers.
  bool mayFit(const Schedule &schedule);
  /// Cycles per step of the reductions and vector, of tiles and of what they leave at the ends of dimensions;
  /// caches left out.
  double tileCycles(const Tile &tile, int64_t vectorDim);
  /// A part of the nest, from the whole to one register tile: what is inside a loop of the schedule.
  struct Level {
    int64_t dim;                         ///< of the loop; -1 for the whole nest
    llvm::SmallVector<double, 6> counts; ///< points along each dimension
    double outside;                      ///< iterations of the loops around it
    llvm::SmallVector<double, 4> bytes;  ///< that accesses of each shape touch
    double total;                        ///< bytes of all accesses
  };
  llvm::SmallVector<Level, 8> getLevels(const Schedule &schedule) const;
  /// The largest part whose operands a cache has room for; if there is none, the last.
  struct Fit {
    size_t level = 0;
    bool fits = false;
  };
  /// The part for which an operand of a shape is brought into that cache once.
  size_t reuseLevel(unsigned shape, llvm::ArrayRef<Level> levels, const Fit &fit) const;
  /// Accesses of one shape move alike: the access that stands for each shape, and the shape of each access.
  llvm::ArrayRef<unsigned> getShapes() const { return shapes; }
  llvm::ArrayRef<unsigned> getShapeOf() const { return shapeOf; }

  /// What the cycles of a nest are made of.
  struct Parts {
    double perStep = 0;                    ///< cycles per step of the reductions and vector, as tileCycles
    double compute = 0, near = 0, far = 0; ///< cycles: arithmetic, filling the first and the second cache
    double late = 0;                       ///< cycles for what the first cache cannot wait for at once
    double total = 0;
    Fit fits[2]; ///< in the first and the second cache
  };
  /// Cycles of the whole nest. `order`, `pass`: as in the schedule.
  double nestCycles(const Tile &tile, int64_t vectorDim, llvm::ArrayRef<int64_t> order, int64_t pass);
  /// The same, with blocks. The vector dimension is parallel.
  Parts estimate(const Schedule &schedule);
  Parts estimate(const Schedule &schedule, const Tile &tile, llvm::ArrayRef<Level> levels);
  Tile tileOf(const Schedule &schedule) const;
  /// Cache lines of input `i` that a step of a tile touches.
  double linesAtOnce(unsigned i, const Tile &tile, int64_t vectorDim) const;
  /// Cycles to bring one vector of an operand into a register.
  double loadCycles(const LinearAccess &access, int64_t vectorDim) const;

  /// Elements that an operand touches while each loop runs over `counts` points, windows that overlap counted
  /// once; an element that has a cache line to itself counts as one.
  double footprint(const LinearAccess &access, llvm::ArrayRef<double> counts) const;
  /// Bytes of an element of one of getAccesses().
  int64_t elementBytes(unsigned i) const { return bytes[i]; }
  /// Operations per point of the whole nest, and those per step of the reductions.
  int64_t getArithmetic() const { return arithmetic; }
  int64_t getBodyArithmetic() const { return bodyArithmetic; }

private:
  double stepCycles(const Tile &tile, int64_t vectorDim);
  bool isTwoSided(int64_t vectorDim) const;
  bool epilogueComputes();

  GenericOp op;
  Core core;
  int64_t loops, parallel, lanes = 1;
  llvm::SmallVector<int64_t> extents;
  unsigned numInputs, numOutputs;
  int64_t accumulators;
  bool isRanged;
  int64_t arithmetic = 0, bodyArithmetic = 0; ///< operations per point, and those per step of the reductions
  double points = 1;
  bool linear = true, vectorizable = true;
  llvm::SmallVector<LinearAccess> accesses; ///< of inputs, outputs and kernel.loads
  llvm::SmallVector<int64_t> bytes;         ///< of an element of these
  llvm::SmallVector<unsigned> shapes, shapeOf;
};

} // namespace tenon::kernel

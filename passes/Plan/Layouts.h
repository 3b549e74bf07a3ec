#pragma once

#include "dialects/Sched/Sched.h"
#include "passes/Plan/Cover.h"

/// How the values between tasks lie in memory.
namespace tenon::plan {

/// Layouts of a graph's values; null is row-major.
class Layouts {
public:
  /// `lanes`: 32-bit elements of a vector register; `leastLanes`: of the target with the fewest. `l2Bytes`:
  /// a core's second cache. `winograd`: whether convolutions may be Winograd's.
  Layouts(mlir::MLIRContext *context, int64_t lanes, int64_t leastLanes, int64_t l2Bytes, bool winograd)
      : context(context), lanes(lanes), packedOutputs(std::max(lanes, 2 * leastLanes)), l2Bytes(l2Bytes),
        winograd(winograd) {}

  /// Whether `consumer`, which alone reads the image `value` that `producer` and element-wise operators
  /// compute, should be computed with it by strips of rows: the image would not stay in the second cache, and
  /// the rows that two strips need cost less than writing and reading it all.
  bool shouldFuseRows(mlir::Operation *producer, mlir::Value value, mlir::Operation *consumer) const;

  /// Chooses a layout for every value of `groups` and packs the constants that their anchors read: channels
  /// of images go into blocks of one vector, so that neighbouring lanes are neighbouring channels, with as
  /// wide a halo as the convolutions that read them need. Where a group cannot read or write that layout, a
  /// copy (an nn.reshape, which becomes a group of its own) changes it.
  void assign(std::vector<Group> &groups);

  sched::LayoutAttr of(mlir::Value value) const { return layouts.lookup(value); }
  void set(mlir::Value value, sched::LayoutAttr layout) {
    if (layout)
      layouts[value] = layout;
  }
  /// `to` stands for `from`, which is going to be erased.
  void replace(mlir::Value from, mlir::Value to) {
    layouts[to] = of(from);
    layouts.erase(from);
  }

private:
  /// Rows and columns of outputs that Winograd's convolution computes together.
  using WinogradTile = std::array<int64_t, 2>;

  using GroupOf = llvm::DenseMap<mlir::Operation *, const Group *>;
  sched::LayoutAttr blockedChannels(mlir::Value value, llvm::ArrayRef<int64_t> halo);
  bool isBlockable(mlir::Value value) const;
  /// Whether, beyond that, no block is in part empty.
  bool hasWholeBlocks(mlir::Value value) const;
  /// The values that have blocked channels in the cheapest assignment, for the whole graph at once: what
  /// convolutions cost in either layout, and the copies between groups that disagree. A minimum cut, exact.
  llvm::DenseSet<mlir::Value> chooseBlocked(const std::vector<Group> &groups, const GroupOf &groupOf) const;
  bool canRead(const Group &group, mlir::OpOperand &operand) const;
  bool canWrite(const Group &group) const;
  void joinHalos(const std::vector<Group> &groups);
  void packOperands(const Group &group);
  void pack(mlir::OpOperand &operand, llvm::ArrayRef<int64_t> order, llvm::ArrayRef<int64_t> blocks,
            llvm::ArrayRef<int64_t> winograd = {});
  std::optional<WinogradTile> chooseWinograd(const Group &group) const;
  llvm::SmallVector<int64_t> readHalo(mlir::Operation *conv) const;
  llvm::SmallVector<int64_t> writtenHalo(mlir::Operation *conv) const;

  mlir::MLIRContext *context;
  int64_t lanes;
  /// Outputs side by side in packed weights. A register tile is two vectors wide: a target that reads half of
  /// that in a row would leave every other cache line to be fetched in vain.
  int64_t packedOutputs;
  int64_t l2Bytes;
  bool winograd;
  llvm::DenseMap<mlir::Operation *, WinogradTile> winogradTiles; ///< of the convolutions that are Winograd's
  llvm::DenseMap<mlir::Value, sched::LayoutAttr> layouts;
  llvm::DenseMap<std::pair<mlir::Attribute, mlir::Attribute>, mlir::Value> packed;
};

} // namespace tenon::plan

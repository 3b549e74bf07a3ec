#pragma once

#include "autotune/Space/NestSpace.h"
#include "lib/Target/TargetSpec.h"
#include "mlir/IR/BuiltinOps.h"
#include "passes/Lower/Lower.h"
#include <memory>

namespace tenon::autotune {

/// What lowering must know of a target.
LowerOptions lowerOptionsOf(const TargetSpec &target);
/// What the estimate of a nest must know of a target.
kernel::Core coreOf(const TargetSpec &target);

/// Targets of one kind have the same points: architecture and bytes of a vector, "x86_64/64".
std::string kindOf(const TargetSpec &target);

/// The features of all points of one form of a task: the machine's, the task's, those of its two heaviest
/// nests, and sums over all nests. Sizes, cycles and counts are logarithms to base 2; docs/space.md lists
/// them. The manner is that of Ansor's and MetaSchedule's features (footprint and reuse per buffer and loop),
/// with the terms of oneDNN's estimate for matrix products and of NestCost beside them.
class TaskFeatures {
public:
  static constexpr unsigned kMachine = 8, kTask = 24, kNest = 128, kNests = 2;
  static constexpr unsigned kCount = kMachine + kTask + kNests * kNest;

  TaskFeatures(mlir::ModuleOp code, llvm::ArrayRef<std::unique_ptr<NestSpace>> nests,
               const TargetSpec &target);
  /// `knobs`: those of the nests, one after the other. Writes kCount numbers.
  void extract(llvm::ArrayRef<uint16_t> knobs, llvm::MutableArrayRef<float> out) const;
  /// What the features are called, "nest0.level.footprint.tile.a": the same for all points and tasks.
  std::vector<std::string> names(llvm::ArrayRef<uint16_t> knobs) const;

private:
  static constexpr unsigned kSteady = 16, kSums = 8;
  void write(llvm::ArrayRef<uint16_t> knobs, llvm::MutableArrayRef<float> out,
             std::vector<std::string> *sumNames, std::vector<std::string> *nestNames) const;
  struct Nest {
    const NestSpace *space;
    float steady[kSteady]; ///< those features of the nest that no point changes
    unsigned buffers[3];   ///< shapes of the two largest inputs and the output; repeated if there are fewer
    double flops, bytes;
  };
  std::vector<Nest> nests;
  llvm::SmallVector<unsigned, kNests> heaviest;
  float machine[kMachine], task[kTask];
  std::vector<std::string> commonNames; ///< of the machine's and the task's
  TargetSpec target;
};

} // namespace tenon::autotune

#pragma once

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/Error.h"
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

/// Which points of a task are fast, learned from points that were measured.
namespace tenon::autotune {

/// Measured points: rows of features in groups. A group is one task on one machine; only times of one group
/// are comparable.
class TrainingSet {
public:
  /// `columns`: features of a row.
  explicit TrainingSet(unsigned columns) : columns(columns) {}
  /// Adds a group: a row per time, one after the other. A time of 0 or less is that of a point that failed.
  void add(llvm::ArrayRef<float> rows, llvm::ArrayRef<double> nanoseconds);
  unsigned numColumns() const { return columns; }
  size_t numRows() const { return speeds.size(); }
  size_t numGroups() const { return groups.size(); }

private:
  friend class CostModel;
  unsigned columns;
  std::vector<float> features;
  std::vector<float> speeds;    ///< a row's speed over the best of its group; 0 if it failed
  std::vector<unsigned> groups; ///< their sizes
};

/// What a model learns: which of two points of a group is faster (`Rank`), or how fast each is compared to
/// the group's best one (`Throughput`).
enum class Objective { Rank, Throughput };

struct CostModelOptions {
  Objective objective = Objective::Throughput;
  /// Trees, their depth, and how much of its correction each makes.
  int rounds = 200, depth = 8;
  double rate = 0.1;
  /// The same seed and number of threads give the same model.
  unsigned seed = 1;
  int threads = 1;
};

/// Boosted trees by XGBoost, which see nothing but features: one model serves all tasks and machines. (TVM
/// was first to do that: Chen et al., Learning to Optimize Tensor Programs, 2018.)
class CostModel {
public:
  /// `columns` features, of which `version` tells one meaning from another; see kFeaturesVersion.
  CostModel(unsigned columns, unsigned version, CostModelOptions options = {});
  ~CostModel();
  CostModel(CostModel &&);
  CostModel &operator=(CostModel &&);

  /// Learns from nothing.
  llvm::Error train(const TrainingSet &data);
  /// Adds trees that correct what the model predicts of `data`; learns from nothing if it is untrained.
  llvm::Error update(const TrainingSet &data, int rounds);
  bool isTrained() const;
  /// Scores rows of features, one after the other: of two points of one task on one machine, the one with the
  /// larger score is expected to be faster. Not for several threads at once.
  llvm::Error predict(llvm::ArrayRef<float> rows, llvm::MutableArrayRef<float> scores) const;

  /// Writes a file, whole or not at all. It has a line of JSON, then XGBoost's form of the trees.
  llvm::Error save(llvm::StringRef path) const;
  /// Refuses a broken file and one that was trained on other features.
  static llvm::Expected<CostModel> load(llvm::StringRef path, unsigned columns, unsigned version,
                                        CostModelOptions options = {});
  /// The same from a file's bytes; `name` is for messages.
  static llvm::Expected<CostModel> parse(llvm::StringRef bytes, llvm::StringRef name, unsigned columns,
                                         unsigned version, CostModelOptions options = {});
  /// What a file would hold.
  llvm::Expected<std::string> print() const;
  /// The kinds of targets that it learned from (see kindOf), kept in files; none: any.
  std::vector<std::string> targets;
  bool knows(const std::string &target) const {
    return targets.empty() || llvm::is_contained(targets, target);
  }
  /// A model of its own with the same trees.
  llvm::Expected<CostModel> clone() const;

private:
  struct Impl;
  std::unique_ptr<Impl> impl;
};

/// The bytes of the model that comes with the compiler (scripts/train-cost-model made it).
llvm::StringRef shippedCostModel();

} // namespace tenon::autotune

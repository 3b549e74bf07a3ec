#pragma once

#include "passes/Substitute/Operators.h"

/// Rules on numbers: evaluation, and the search for an instance on which the two sides differ.
namespace tenon::substitute {

/// The values of a graph's operators; nullopt if one is undefined. `values` are those of the symbols. The
/// groups of a convolution that have no value are the input's channels over those of the weights.
std::optional<std::vector<std::vector<IntTensor>>>
evaluateGraph(const Graph &graph, llvm::ArrayRef<IntTensor> inputs, const Values &values);

/// The tensor that a reference means.
const IntTensor &valueOf(ValueRef ref, llvm::ArrayRef<IntTensor> inputs,
                         llvm::ArrayRef<std::vector<IntTensor>> nodes);

/// Shapes and values on which a rule's sides were evaluated.
struct Instance {
  Values values;
  std::vector<IntTensor> inputs;
  /// What is different: the target is undefined, or which results differ.
  std::string difference;
};

/// Small numbers from a seed; the same on every machine.
class Random {
public:
  explicit Random(uint64_t seed) : state(seed * 0x9E3779B97F4A7C15u + 0x1234567) {}
  uint64_t next() {
    state += 0x9E3779B97F4A7C15u;
    uint64_t z = state;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
  }
  /// From `least` to `most`.
  int64_t in(int64_t least, int64_t most) { return least + int64_t(next() % uint64_t(most - least + 1)); }

private:
  uint64_t state;
};

/// A legal instance of the source, with the rule's conditions met where `withConditions`: shapes, and inputs
/// of small integers; nullopt if none was found in `attempts`. `facts` are those of the source.
class Facts;
std::optional<Instance> sampleInstance(const Rule &rule, const Facts &facts, Random &random,
                                       unsigned attempts, bool withConditions);

/// An instance of the source, with the conditions met, where the target is undefined (not if `onlyDefined`)
/// or has other results; nullopt if none was found among `count`.
std::optional<Instance> refute(const Rule &rule, const Facts &facts, unsigned count, uint64_t seed,
                               bool onlyDefined = false);

std::string toString(const Instance &instance, const Rule &rule);

} // namespace tenon::substitute

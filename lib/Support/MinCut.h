#pragma once

#include <cstdint>
#include <vector>

namespace tenon {

/// The cheapest way to give nodes one of two labels: a minimum cut, by Dinic's algorithm (1970).
///
/// Costs are edges: `u -> v` of capacity c costs c if u has the first label and v the second. Any sum of such
/// costs is minimised exactly (Kolmogorov and Zabih, What Energy Functions Can Be Minimized via Graph Cuts?,
/// 2004).
class MinCut {
public:
  /// Nodes whose labels are fixed: the first and the second.
  static constexpr int kFirst = 0, kSecond = 1;
  static constexpr int64_t kInfinite = int64_t(1) << 60;

  /// A node whose label is to be found.
  int addNode();
  /// Costs `cost` >= 0, at most kInfinite, if `u` has the first label and `v` the second.
  void addCost(int u, int v, int64_t cost);
  /// Finds the labels; returns what they cost, kInfinite or more if there is no finite way.
  int64_t solve();
  /// After solve(). Of equally cheap labellings, that with the fewest first labels.
  bool isFirst(int node) const { return level[node] >= 0; }

private:
  struct Edge {
    int to;
    int64_t rest; ///< capacity that is left
  };
  bool findLevels();
  int64_t push(int node, int64_t most);

  std::vector<Edge> edges; ///< each followed by its reverse
  std::vector<std::vector<int>> out = std::vector<std::vector<int>>(2);
  std::vector<int> level, next;
};

} // namespace tenon

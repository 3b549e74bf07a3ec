#include "lib/Support/MinCut.h"
#include <algorithm>

using namespace tenon;

int MinCut::addNode() {
  out.emplace_back();
  return int(out.size()) - 1;
}

void MinCut::addCost(int u, int v, int64_t cost) {
  if (cost == 0 || u == v)
    return;
  out[u].push_back(int(edges.size()));
  edges.push_back({v, cost});
  out[v].push_back(int(edges.size()));
  edges.push_back({u, 0});
}

/// Breadth first from the source; whether the sink is reached.
bool MinCut::findLevels() {
  level.assign(out.size(), -1);
  level[kFirst] = 0;
  std::vector<int> queue = {kFirst};
  for (size_t i = 0; i < queue.size(); ++i)
    for (int e : out[queue[i]])
      if (edges[e].rest > 0 && level[edges[e].to] < 0) {
        level[edges[e].to] = level[queue[i]] + 1;
        queue.push_back(edges[e].to);
      }
  return level[kSecond] >= 0;
}

/// Pushes up to `most` from `node` to the sink along rising levels.
int64_t MinCut::push(int node, int64_t most) {
  if (node == kSecond)
    return most;
  for (int &i = next[node]; i < int(out[node].size()); ++i) {
    int e = out[node][i];
    if (edges[e].rest <= 0 || level[edges[e].to] != level[node] + 1)
      continue;
    if (int64_t pushed = push(edges[e].to, std::min(most, edges[e].rest))) {
      edges[e].rest -= pushed;
      edges[e ^ 1].rest += pushed;
      return pushed;
    }
  }
  return 0;
}

int64_t MinCut::solve() {
  int64_t total = 0;
  while (findLevels()) {
    next.assign(out.size(), 0);
    while (int64_t pushed = push(kFirst, kInfinite)) {
      total += pushed;
      if (total >= kInfinite)
        return total;
    }
  }
  return total;
}

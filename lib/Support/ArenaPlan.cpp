#include "lib/Support/ArenaPlan.h"
#include <algorithm>
#include <numeric>

using namespace tenon;

ArenaPlan tenon::planArena(const std::vector<Lifetime> &buffers, int64_t alignment) {
  ArenaPlan plan;
  plan.offsets.assign(buffers.size(), 0);
  std::vector<size_t> order(buffers.size()), placed;
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(),
                   [&](size_t a, size_t b) { return buffers[a].bytes > buffers[b].bytes; });
  auto aligned = [&](int64_t bytes) { return (bytes + alignment - 1) & -alignment; };
  for (size_t i : order) {
    // `placed` is sorted by offset, so the first gap that is large enough is the lowest.
    int64_t offset = 0, size = aligned(buffers[i].bytes);
    for (size_t j : placed) {
      bool together = buffers[i].first < buffers[j].end && buffers[j].first < buffers[i].end;
      if (!together)
        continue;
      if (plan.offsets[j] >= offset + size)
        break;
      offset = std::max(offset, plan.offsets[j] + aligned(buffers[j].bytes));
    }
    plan.offsets[i] = offset;
    plan.bytes = std::max(plan.bytes, offset + size);
    placed.insert(std::upper_bound(placed.begin(), placed.end(), i,
                                   [&](size_t a, size_t b) { return plan.offsets[a] < plan.offsets[b]; }),
                  i);
  }
  return plan;
}

#include "autotune/Measure/CacheSimulator.h"
#include "llvm/ADT/bit.h"
#include <algorithm>

using namespace tenon::autotune;

CacheSimulator::CacheSimulator(const int64_t (&bytes)[kLevels], int64_t lineBytes) {
  constexpr int64_t kWays = 8;
  uint64_t line = llvm::bit_floor(static_cast<uint64_t>(std::max<int64_t>(lineBytes, 1)));
  lineShift = static_cast<unsigned>(llvm::countr_zero(line));
  for (int i = 0; i < kLevels; ++i) {
    // As many sets as a power of two allows, and the ways that make up the size.
    uint64_t lines = std::max<uint64_t>(static_cast<uint64_t>(std::max<int64_t>(bytes[i], 0)) / line, 1);
    uint64_t sets = llvm::bit_floor(std::max<uint64_t>(lines / kWays, 1));
    levels[i].setMask = sets - 1;
    levels[i].ways = static_cast<unsigned>(lines / sets);
    levels[i].lines.assign(sets * levels[i].ways, ~uint64_t(0));
  }
}

bool CacheSimulator::Level::touch(uint64_t line) {
  auto begin = lines.begin() + static_cast<ptrdiff_t>((line & setMask) * ways), end = begin + ways;
  auto found = std::find(begin, end, line);
  bool hit = found != end;
  if (!hit) {
    ++misses;
    found = end - 1;
  }
  std::move_backward(begin, found, found + 1);
  *begin = line;
  return hit;
}

void CacheSimulator::touch(uint64_t line) {
  latest = line;
  for (Level &level : levels)
    if (level.touch(line))
      return;
}

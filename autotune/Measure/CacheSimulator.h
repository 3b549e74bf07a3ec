#pragma once

#include <cstdint>
#include <vector>

namespace tenon::autotune {

/// Counts the lines that a trace of accesses brings into three levels of cache: sets of lines, of which the
/// one goes that was used longest ago. Writes are as reads; there is no prefetching.
class CacheSimulator {
public:
  enum { kLevels = 3 };
  /// Bytes of the levels, from the nearest, and of a line, a power of two.
  CacheSimulator(const int64_t (&bytes)[kLevels], int64_t lineBytes);

  void access(uint64_t address, uint64_t bytes) {
    if (bytes == 0)
      return;
    for (uint64_t line = address >> lineShift, last = (address + bytes - 1) >> lineShift; line <= last;
         ++line)
      if (line != latest)
        touch(line);
  }
  /// Lines that were brought into level `level` so far.
  int64_t misses(int level) const { return levels[level].misses; }

private:
  struct Level {
    uint64_t setMask = 0;
    unsigned ways = 1;
    std::vector<uint64_t> lines; ///< of a set, the latest first
    int64_t misses = 0;
    /// Whether the line is there; it is afterwards.
    bool touch(uint64_t line);
  };
  void touch(uint64_t line);

  unsigned lineShift = 6;
  uint64_t latest = ~uint64_t(0);
  Level levels[kLevels];
};

} // namespace tenon::autotune

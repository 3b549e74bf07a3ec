#pragma once

#include <cstdint>
#include <vector>

namespace tenon {

/// A buffer's life on a straight-line schedule: used at steps first <= t < end, `bytes` large.
struct Lifetime {
  int64_t first, end, bytes;
};

/// Where each buffer lies, in the order given, and the arena's size. All in bytes.
struct ArenaPlan {
  std::vector<int64_t> offsets;
  int64_t bytes = 0;
};

/// First fit by decreasing size: each buffer goes to the lowest offset free of buffers that live at the same
/// time, as in TinyEngine. Offsets are multiples of `alignment` (a power of two).
ArenaPlan planArena(const std::vector<Lifetime> &buffers, int64_t alignment = 64);

} // namespace tenon

#include "autotune/Space/NestSpace.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/Sequence.h"
#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <numeric>

using namespace mlir;
using namespace tenon;
using namespace tenon::autotune;
using namespace tenon::kernel;

/// Vectors of a tile along the vector dimension (where there is no other), and how many times more cycles
/// than the best one a vector dimension may take by the estimate without reuse.
static constexpr int64_t kMostVectors = 4, kMostVectorsAlone = 8;
static constexpr double kFarFromBest = 4;
/// Steps of all reductions in one iteration of the innermost loop, times the tile's vectors: more is long
/// code for nothing.
static constexpr int64_t kMostSteps = 512;
/// Operations in one iteration, or as many as what was chosen has: of Winograd's transforms, one point has
/// hundreds.
static constexpr int64_t kMostOperations = 640;
/// Operations in all code of a nest, or as many as what was chosen has: what compiles for seconds is not
/// measured.
static constexpr int64_t kMostCode = 4096;
/// Dimensions of which all orders are points; of more, each dimension is moved to each place.
static constexpr int64_t kMostOrdered = 4;
static constexpr int64_t kLineBytes = 64;

/// Whether the loop over the tiles of `d` has one iteration.
static bool isSingle(const NestInfo &nest, const Schedule &s, int64_t d) {
  return !s.getBlock(d) && !nest.isDynamic(d) && nest.extents[d] <= s.getStep(d);
}

/// Operations of all code that the expansion writes for a nest: an iteration of the tile, again for every
/// kind of rest that tiles and blocks leave.
static int64_t countCode(const NestInfo &nest, const Schedule &s, int64_t bodyArithmetic) {
  int64_t code = std::max<int64_t>(bodyArithmetic, 1);
  for (int64_t size : s.tile)
    code *= size;
  for (int64_t d = 0; d < nest.parallel; ++d) {
    int64_t step = s.getStep(d), block = s.getBlock(d), kinds = 3; // a range may begin and end anywhere
    if (!nest.isDynamic(d) && !(d == 0 && nest.isRanged)) {
      int64_t rest = block ? nest.extents[d] % block : nest.extents[d];
      kinds = (block && nest.extents[d] >= block) + (rest >= step) + (rest % step > 0);
    }
    // Tiles at the edges of an image.
    for (const DomainBound &bound : nest.bounds)
      kinds += bound.parallelDim == d && s.tile[bound.reductionDim] == nest.extents[bound.reductionDim];
    code *= std::max<int64_t>(kinds, 1);
  }
  return code;
}

NestSpace::NestSpace(GenericOp op, const Core &core, bool isFixed)
    : nest(op), nestCost(op, core), registers(core.registers) {
  Schedule chosen(*op.getSchedule());
  chosen.order = canonicalOrder(chosen);
  chosenOperations = llvm::product_of(chosen.tile) * nestCost.getBodyArithmetic();
  chosenCode = countCode(nest, chosen, nestCost.getBodyArithmetic());
  if (isFixed || chosen.vectorDim < 0) {
    tiles = {{chosen.vectorDim, chosen.lanes, chosen.tile}};
    for (int64_t d = nest.parallel; d < nest.loops; ++d)
      if (d != chosen.vectorDim)
        tiles[0].tile[d] = 1;
  } else {
    findTiles(chosen);
    findBlocks();
  }
  blocks.insert(blocks.begin(), Sizes());
  findUnrolls(chosen);
  findOrders(chosen);
  findPasses(chosen);
  findPrefetches(chosen);
  if (isFixed || chosen.vectorDim < 0) {
    unrolls.resize(1);
    orders.resize(1);
    passes.resize(1);
    prefetches.resize(1);
  }
  counts[Tile] = tiles.size();
  counts[Unroll] = unrolls.size();
  counts[Order] = orders.size();
  counts[Blocks] = blocks.size();
  counts[Pass] = passes.size();
  counts[Prefetch] = prefetches.size();
  // What was chosen stands first in each list but that of tiles.
  analyticPoint.assign(kKnobs, 0);
  for (size_t i = 0; i < tiles.size(); ++i) {
    const RegisterTile &t = tiles[i];
    bool isSame = t.vectorDim == chosen.vectorDim && t.lanes == chosen.lanes;
    for (int64_t d = 0; d < nest.loops; ++d)
      isSame &= (d >= nest.parallel && d != chosen.vectorDim) || t.tile[d] == chosen.tile[d];
    if (isSame)
      analyticPoint[Tile] = uint16_t(i);
  }
}

int64_t NestSpace::extentOf(int64_t d) const {
  return nest.isDynamic(d) ? INT64_MAX : nest.extents[d];
}

void NestSpace::findTiles(const Schedule &chosen) {
  int64_t lanes = nestCost.getLanes();
  // Vector dimensions that can be right.
  SmallVector<std::pair<int64_t, double>> vectorDims;
  double best = INFINITY;
  for (int64_t d = 0; d < nest.loops; ++d) {
    Schedule probe;
    probe.vectorDim = d;
    probe.lanes = lanes;
    probe.tile.assign(nest.loops, 1);
    for (int64_t p = 0; p < nest.parallel; ++p)
      probe.order.push_back(p);
    if (extentOf(d) < 2 || checkSchedule(nest, probe))
      continue;
    vectorDims.emplace_back(d, nestCost.vectorDimCycles(d));
    best = std::min(best, vectorDims.back().second);
  }
  auto consider = [&](int64_t v, int64_t vectors, ArrayRef<std::pair<int64_t, int64_t>> points) {
    Schedule schedule;
    schedule.vectorDim = v;
    schedule.lanes = lanes;
    schedule.tile.assign(nest.loops, 1);
    schedule.tile[v] = vectors;
    for (auto [d, size] : points)
      schedule.tile[d] = size;
    if (nestCost.mayFit(schedule))
      tiles.push_back({v, lanes, schedule.tile});
  };
  for (auto [v, cycles] : vectorDims) {
    if (cycles > best * kFarFromBest && v != chosen.vectorDim)
      continue;
    SmallVector<int64_t> others;
    for (int64_t d = 0; d < nest.parallel; ++d)
      if (d != v && extentOf(d) > 1)
        others.push_back(d);
    for (int64_t vectors = 1; vectors <= (others.empty() ? kMostVectorsAlone : kMostVectors); ++vectors) {
      if (vectors > 1 && (vectors - 1) * lanes >= extentOf(v))
        break;
      consider(v, vectors, {});
      int64_t most = registers / vectors;
      for (size_t i = 0; i < others.size(); ++i)
        for (int64_t u = 2; u <= std::min(most, extentOf(others[i])); ++u) {
          consider(v, vectors, {{others[i], u}});
          for (size_t j = i + 1; j < others.size(); ++j)
            for (int64_t w = 2; w <= std::min(most / u, extentOf(others[j])); ++w)
              consider(v, vectors, {{others[i], u}, {others[j], w}});
        }
    }
  }
  RegisterTile own{chosen.vectorDim, chosen.lanes, chosen.tile};
  for (int64_t d = nest.parallel; d < nest.loops; ++d)
    if (d != chosen.vectorDim)
      own.tile[d] = 1;
  if (llvm::none_of(tiles, [&](const RegisterTile &t) {
        return t.vectorDim == own.vectorDim && t.lanes == own.lanes && t.tile == own.tile;
      }))
    tiles.push_back(own);
}

void NestSpace::findUnrolls(const Schedule &chosen) {
  Sizes own;
  for (int64_t d = nest.parallel; d < nest.loops; ++d)
    own.push_back(d == chosen.vectorDim ? 1 : chosen.tile[d]);
  unrolls.push_back(own);
  // Sizes per reduction: parts of a block or of the whole, and small powers of two.
  std::vector<Sizes> all = {Sizes()};
  for (int64_t d = nest.parallel; d < nest.loops; ++d) {
    std::vector<int64_t> sizes = {1};
    constexpr int64_t kMostUnrolled = 32;
    for (int64_t size = 2; size <= std::min(extentOf(d), kMostUnrolled); ++size) {
      bool divides = !nest.isDynamic(d) && nest.extents[d] % size == 0;
      bool isPower = (size & (size - 1)) == 0, isFew = nest.loops - nest.parallel == 1 && size <= 16;
      if (isPower || isFew || size == extentOf(d) || (divides && size <= 8))
        sizes.push_back(size);
    }
    if (!llvm::is_contained(sizes, own[d - nest.parallel]))
      sizes.push_back(own[d - nest.parallel]);
    std::vector<Sizes> next;
    for (const Sizes &sizesBefore : all)
      for (int64_t size : sizes) {
        next.push_back(sizesBefore);
        next.back().push_back(size);
      }
    all = std::move(next);
  }
  for (const Sizes &sizes : all)
    if (sizes != own && llvm::product_of(sizes) <= kMostSteps)
      unrolls.push_back(sizes);
}

void NestSpace::findOrders(const Schedule &chosen) {
  Sizes own;
  for (int64_t d : chosen.order)
    if (d < nest.parallel)
      own.push_back(d);
  orders.push_back(own);
  auto add = [&](const Sizes &order) {
    if (!llvm::is_contained(orders, order))
      orders.push_back(order);
  };
  Sizes order = own;
  llvm::sort(order);
  if (nest.parallel <= kMostOrdered) {
    do
      add(order);
    while (std::next_permutation(order.begin(), order.end()));
    return;
  }
  for (size_t from = 0; from < own.size(); ++from)
    for (size_t to = 0; to < own.size(); ++to) {
      Sizes moved = order;
      int64_t d = moved[from];
      moved.erase(moved.begin() + from);
      moved.insert(moved.begin() + to, d);
      add(moved);
    }
}

void NestSpace::findBlocks() {
  // Tiles per block; of two dimensions, fewer sizes.
  constexpr int64_t kSizes[] = {2, 3, 4, 6, 8, 12, 16, 24, 32}, kFewSizes[] = {2, 4, 8, 16};
  auto isPossible = [&](int64_t d, int64_t count) {
    return llvm::any_of(tiles, [&](const RegisterTile &t) {
      int64_t step = t.tile[d] * (d == t.vectorDim ? t.lanes : 1);
      return count * step < extentOf(d);
    });
  };
  for (int64_t d = 0; d < nest.parallel; ++d)
    for (int64_t count : kSizes)
      if (isPossible(d, count))
        blocks.push_back({d, count});
  for (int64_t d = 0; d < nest.parallel; ++d)
    for (int64_t e = 0; e < nest.parallel; ++e)
      for (int64_t count : kFewSizes)
        for (int64_t other : kFewSizes)
          if (d != e && isPossible(d, count) && isPossible(e, other))
            blocks.push_back({d, count, e, other});
}

void NestSpace::findPasses(const Schedule &chosen) {
  auto place = [&] {
    auto *it = llvm::find(chosen.order, nest.parallel);
    return int64_t(it - chosen.order.begin());
  };
  if (chosen.pass)
    passes.emplace_back(chosen.pass, place());
  else
    passes.emplace_back(0, 0);
  if (!nest.canKeepAccumulators || nest.loops == nest.parallel || nest.isDynamic(nest.parallel) ||
      !nest.bounds.empty())
    return;
  if (chosen.pass)
    passes.emplace_back(0, 0);
  constexpr int64_t kMostPasses = 32, kFewest = 8; // points of all reductions
  int64_t extent = nest.extents[nest.parallel];
  for (int64_t count = 2; count <= kMostPasses; ++count) {
    if (extent % count || double(extent / count) * nestCost.getPoints() / double(extent) < kFewest)
      continue;
    for (int64_t at = 0; at < nest.parallel + 2; ++at) {
      std::pair<int64_t, int64_t> pass(extent / count, at);
      if (pass != passes[0])
        passes.push_back(pass);
    }
  }
}

void NestSpace::findPrefetches(const Schedule &chosen) {
  std::pair<int64_t, int64_t> own(chosen.prefetch, chosen.ahead);
  prefetches.push_back(own);
  for (int64_t lines : {0, 1, 2, 4, 8})
    if (std::pair<int64_t, int64_t> p(lines, kernel::kAhead); p != own)
      prefetches.push_back(p);
  for (int64_t bytes : {128, 256, 512, 2048})
    if (std::pair<int64_t, int64_t> p(1, bytes); p != own)
      prefetches.push_back(p);
}

Schedule NestSpace::schedule(Knobs point) const {
  const RegisterTile &t = tiles[point[Tile]];
  Schedule s;
  s.vectorDim = t.vectorDim;
  s.lanes = t.lanes;
  s.tile = t.tile;
  const Sizes &unroll = unrolls[point[Unroll]];
  for (int64_t d = nest.parallel; d < nest.loops; ++d)
    if (d != t.vectorDim)
      s.tile[d] = unroll[d - nest.parallel];
  const Sizes &block = blocks[point[Blocks]];
  for (size_t i = 0; i < block.size(); i += 2) {
    s.blocks.append({block[i], block[i + 1] * s.getStep(block[i])});
    s.order.push_back(block[i]);
  }
  s.order.append(orders[point[Order]].begin(), orders[point[Order]].end());
  auto [pass, place] = passes[point[Pass]];
  s.pass = pass;
  if (pass)
    s.order.insert(s.order.begin() + std::min<int64_t>(place, s.order.size()), nest.parallel);
  std::tie(s.prefetch, s.ahead) = prefetches[point[Prefetch]];
  return s;
}

SmallVector<int64_t, 6> NestSpace::canonicalOrder(const Schedule &s) const {
  // Loops of one iteration stand right after those over blocks.
  SmallVector<int64_t, 6> order;
  SmallVector<bool, 6> begun(nest.loops, false);
  size_t place = 0;
  // What is prefetched depends on where the vector dimension's loop stands.
  auto isMoved = [&](int64_t d) {
    return d < nest.parallel && isSingle(nest, s, d) && !(s.prefetch && d == s.vectorDim);
  };
  for (int64_t d : s.order) {
    if (isMoved(d))
      continue;
    order.push_back(d);
    if (s.getBlock(d) && !begun[d])
      place = order.size();
    begun[d] = true;
  }
  for (int64_t d = nest.parallel - 1; d >= 0; --d)
    if (isMoved(d))
      order.insert(order.begin() + place, d);
  return order;
}

bool NestSpace::isValid(Knobs point) const {
  if (point == Knobs(analyticPoint))
    return true;
  const RegisterTile &t = tiles[point[Tile]];
  const Sizes &unroll = unrolls[point[Unroll]];
  int64_t steps = 1;
  for (int64_t d = 0; d < nest.loops; ++d)
    steps *= d >= nest.parallel && d != t.vectorDim ? unroll[d - nest.parallel] : t.tile[d];
  if (t.vectorDim >= nest.parallel && unroll[t.vectorDim - nest.parallel] != 1)
    return false;
  if ((steps > kMostSteps && point[Unroll] != 0) ||
      steps * nestCost.getBodyArithmetic() > std::max(kMostOperations, chosenOperations))
    return false;
  const Sizes &block = blocks[point[Blocks]];
  for (size_t i = 0; i < block.size(); i += 2) {
    int64_t d = block[i], step = t.tile[d] * (d == t.vectorDim ? t.lanes : 1);
    if (block[i + 1] * step >= extentOf(d))
      return false;
  }
  auto [pass, place] = passes[point[Pass]];
  if (pass && place >= int64_t(orders[0].size() + block.size() / 2))
    return false;
  Schedule s = schedule(point);
  if (countCode(nest, s, nestCost.getBodyArithmetic()) > std::max(kMostCode, chosenCode) ||
      s.order != canonicalOrder(s) || checkSchedule(nest, s))
    return false;
  if (!s.prefetch)
    return s.ahead == kernel::kAhead || point[Prefetch] == 0;
  // Lines of the next stretch, where there is one that is read often; else how far ahead. More lines than
  // there are to fetch are the same code.
  std::optional<Stretch> stretch = getStretch(nest, s);
  if (stretch->repetitions < 2)
    return s.prefetch == 1;
  if (s.ahead != kernel::kAhead)
    return false;
  double lines = double(stretch->elements) * double(nestCost.elementBytes(stretch->input)) / kLineBytes;
  return point[Prefetch] == 0 ||
         double(getIterations(nest, s)) * stretch->repetitions * double(s.prefetch) < 4 * lines + 1;
}

uint64_t NestSpace::size() const {
  uint64_t total = 0;
  SmallVector<uint16_t, kKnobs> point(kKnobs, 0);
  // Few enough are counted one by one.
  constexpr double kFew = 1e6;
  if (std::accumulate(std::begin(counts), std::end(counts), 1.0, std::multiplies<double>()) <= kFew) {
    unsigned k = 0;
    while (k < kKnobs) {
      total += isValid(point);
      for (k = 0; k < kKnobs && ++point[k] == counts[k]; ++k)
        point[k] = 0;
    }
    return total;
  }
  // Without prefetches, everything is valid that is so with one.
  for (size_t i = 0; i < prefetches.size(); ++i)
    if (prefetches[i] == std::pair<int64_t, int64_t>(0, kernel::kAhead))
      point[Prefetch] = uint16_t(i);
  size_t noPass = llvm::find_if(passes, [](auto &pass) { return pass.first == 0; }) - passes.begin();
  std::map<Sizes, std::pair<size_t, uint64_t>>
      ordersWith; ///< by the loops of one iteration: the first, and how many
  // The choices of loops, by the number of dimensions with blocks, for a tile and how it is unrolled.
  auto countLoops = [&](std::array<uint64_t, 3> &loops) {
    loops.fill(0);
    point[Pass] = uint16_t(noPass);
    for (size_t b = 0; b < blocks.size(); ++b) {
      point[Blocks] = uint16_t(b);
      // The orders in which loops of one iteration stand first; any other order is as valid as the first of
      // these.
      Schedule s = schedule(point);
      Sizes singles;
      for (int64_t d = 0; d < nest.parallel; ++d)
        if (isSingle(nest, s, d))
          singles.push_back(d);
      auto [it, isNew] = ordersWith.try_emplace(singles);
      auto &[first, count] = it->second;
      for (size_t o = 0; isNew && o < orders.size(); ++o)
        if (ArrayRef(orders[o]).take_front(singles.size()) == ArrayRef(singles)) {
          first = count ? first : o;
          ++count;
        }
      point[Order] = uint16_t(first);
      loops[blocks[b].size() / 2] += count && isValid(point) ? count : 0;
    }
    point[Blocks] = 0;
  };
  for (size_t t = 0; t < tiles.size(); ++t) {
    point[Tile] = uint16_t(t);
    point[Blocks] = 0;
    // An order that this tile can have.
    point[Pass] = uint16_t(noPass);
    SmallVector<uint16_t> valid; // ways to unroll
    for (size_t o = 0; o < orders.size() && valid.empty(); ++o) {
      point[Order] = uint16_t(o);
      for (size_t u = 0; u < unrolls.size(); ++u) {
        point[Unroll] = uint16_t(u);
        if (isValid(point))
          valid.push_back(uint16_t(u));
      }
    }
    uint16_t anyOrder = point[Order];
    // What orders and blocks there are depends on how long the code gets, and on where unrolled reductions
    // have a domain; not else on how they are unrolled.
    std::map<std::pair<int64_t, size_t>, std::array<uint64_t, 3>> known;
    for (uint16_t unroll : valid) {
      point[Unroll] = unroll;
      auto [it, isNew] =
          known.try_emplace({llvm::product_of(unrolls[unroll]), nest.bounds.empty() ? 0 : unroll});
      std::array<uint64_t, 3> &loops = it->second;
      if (isNew)
        countLoops(loops);
      point[Order] = anyOrder;
      for (auto [p, pass] : llvm::enumerate(passes)) {
        // Blocks are more loops between which a pass can stand, which changes nothing else.
        auto same = llvm::find_if(passes, [&, &pass = pass](auto &other) {
          return other.first == pass.first && other.second == std::min(pass.second, nest.parallel - 1);
        });
        point[Pass] = same == passes.end() ? uint16_t(p) : uint16_t(same - passes.begin());
        if (!isValid(point))
          continue;
        for (int64_t count = 0; count < 3; ++count)
          total += !pass.first || pass.second < nest.parallel + count ? loops[count] : 0;
      }
      point[Pass] = uint16_t(noPass);
    }
  }
  return std::max<uint64_t>(total, 1);
}

bool NestSpace::hasChoice() const {
  return llvm::any_of(counts, [](size_t count) { return count > 1; });
}

double NestSpace::estimateSize() const {
  if (!hasChoice())
    return 1;
  constexpr int kEnough = 64, kMost = 8192;
  Rng rng(1);
  SmallVector<uint16_t, kKnobs> point(kKnobs, 0);
  int draws = 0, valid = 0;
  for (; valid < kEnough && draws < kMost; ++draws) {
    draw(rng, point);
    valid += isValid(point);
  }
  double box = std::accumulate(std::begin(counts), std::end(counts), 1.0, std::multiplies<double>());
  return std::max(box * valid / draws, 1.0);
}

std::optional<SmallVector<uint16_t, NestSpace::kKnobs>> NestSpace::find(const Schedule &wanted) const {
  if (wanted.tile.size() != size_t(nest.loops) ||
      llvm::any_of(wanted.order, [&](int64_t d) { return d < 0 || d >= nest.loops; }))
    return std::nullopt;
  Schedule s = wanted;
  s.order = canonicalOrder(s);
  SmallVector<uint16_t, kKnobs> point(kKnobs, 0);
  auto search = [](auto &list, auto isIt) -> std::optional<uint16_t> {
    for (size_t i = 0; i < list.size(); ++i)
      if (isIt(list[i]))
        return uint16_t(i);
    return std::nullopt;
  };
  auto tile = search(tiles, [&](const RegisterTile &t) {
    bool isSame = t.vectorDim == s.vectorDim && t.lanes == s.lanes && s.tile.size() == t.tile.size();
    for (int64_t d = 0; isSame && d < nest.loops; ++d)
      isSame &= (d >= nest.parallel && d != s.vectorDim) || t.tile[d] == s.tile[d];
    return isSame;
  });
  if (!tile)
    return std::nullopt;
  auto unroll = search(unrolls, [&](const Sizes &sizes) {
    for (int64_t d = nest.parallel; d < nest.loops; ++d)
      if (sizes[d - nest.parallel] != (d == s.vectorDim ? 1 : s.tile[d]))
        return false;
    return true;
  });
  Sizes block, order;
  for (size_t i = 0; i + 1 < s.blocks.size(); i += 2)
    block.append({s.blocks[i], s.blocks[i + 1] / s.getStep(s.blocks[i])});
  int64_t place = 0;
  size_t skip = s.blocks.size() / 2;
  for (auto [i, d] : llvm::enumerate(s.order)) {
    if (d == nest.parallel)
      place = int64_t(i);
    else if (skip)
      --skip;
    else
      order.push_back(d);
  }
  auto orderAt = search(orders, [&](const Sizes &o) { return o == order; });
  auto blocksAt = search(blocks, [&](const Sizes &b) { return b == block; });
  auto pass = search(passes, [&](auto &p) { return p.first == s.pass && (!s.pass || p.second == place); });
  auto prefetch = search(prefetches, [&](auto &p) { return p.first == s.prefetch && p.second == s.ahead; });
  if (!unroll || !orderAt || !blocksAt || !pass || !prefetch)
    return std::nullopt;
  point = {*tile, *unroll, *orderAt, *blocksAt, *pass, *prefetch};
  // Only what is exactly this schedule is this point.
  Schedule found = schedule(point);
  if (!isValid(point) || found.order != s.order || found.tile != s.tile || found.blocks != s.blocks)
    return std::nullopt;
  return point;
}

void NestSpace::draw(Rng &rng, MutableArrayRef<uint16_t> point) const {
  for (unsigned k = 0; k < kKnobs; ++k)
    point[k] = uint16_t(std::uniform_int_distribution<size_t>(0, counts[k] - 1)(rng));
}

void NestSpace::sample(Rng &rng, MutableArrayRef<uint16_t> point) const {
  if (!hasChoice()) {
    llvm::copy(analyticPoint, point.begin());
    return;
  }
  // Uniform over all points, and again until one is valid: uniform over the valid ones. The analytic point
  // is one, so that this ends.
  do
    draw(rng, point);
  while (!isValid(point));
}

void NestSpace::mutate(Rng &rng, MutableArrayRef<uint16_t> point) const {
  SmallVector<unsigned, kKnobs> movable;
  for (unsigned k = 0; k < kKnobs; ++k)
    if (counts[k] > 1)
      movable.push_back(k);
  constexpr int kTries = 64;
  for (int i = 0; i < kTries && !movable.empty(); ++i) {
    SmallVector<uint16_t, kKnobs> next(point.begin(), point.end());
    // Mostly one knob; two where they must change together.
    int changes = 1 + (i % 4 == 3);
    for (int c = 0; c < changes; ++c) {
      unsigned k = movable[std::uniform_int_distribution<size_t>(0, movable.size() - 1)(rng)];
      next[k] = uint16_t(std::uniform_int_distribution<size_t>(0, counts[k] - 1)(rng));
    }
    if (ArrayRef<uint16_t>(next) != ArrayRef<uint16_t>(point) && isValid(next)) {
      llvm::copy(next, point.begin());
      return;
    }
  }
}

#include "lib/Support/Winograd.h"
#include "dialects/Kernel/Kernel.h"
#include "passes/Lower/Lower.h"
#include "passes/Lower/Windows.h"
#include "passes/Lower/Winograd.h"

using namespace mlir;
using namespace tenon;
using namespace tenon::lower;

using V = ScalarBuilder::V;

/// Sum of `coefficients[i] * in[i]`; null if all coefficients are zero.
static V combine(ScalarBuilder &s, ArrayRef<double> coefficients, ArrayRef<V> in) {
  V sum;
  // What needs no multiplication begins the sum, so that every product can be a fused one.
  auto isUnit = [](double c) { return std::abs(c) == 1; };
  for (auto [c, x] : llvm::zip(coefficients, in))
    if (c == 1)
      sum = sum ? s.add(sum, x) : x;
  for (auto [c, x] : llvm::zip(coefficients, in))
    if (c == -1)
      sum = sum ? s.sub(sum, x) : s.neg(x);
  for (auto [c, x] : llvm::zip(coefficients, in)) {
    if (c == 0 || isUnit(c))
      continue;
    // One constant for both signs.
    V factor = s.constant(x.getType(), std::abs(c)), signedX = c < 0 ? s.neg(x) : x;
    sum = sum ? s.fma(signedX, factor, sum) : s.mul(signedX, factor);
  }
  return sum;
}

/// x + c * y and x - c * y.
static std::pair<V, V> sumAndDifference(ScalarBuilder &s, V x, V y, double c) {
  if (c == 1)
    return {s.add(x, y), s.sub(x, y)};
  V factor = s.constant(y.getType(), c);
  return {s.fma(y, factor, x), s.fma(s.neg(y), factor, x)};
}

/// matrix * in, where the matrix has a column per input. Two rows that differ in the signs of some columns
/// only share their parts; so do two columns that differ in the signs of some rows.
static SmallVector<V> apply(ScalarBuilder &s, ArrayRef<double> matrix, ArrayRef<V> in) {
  size_t columns = in.size(), rows = matrix.size() / columns;
  std::vector<double> m(matrix.begin(), matrix.end());
  SmallVector<V> x(in);
  for (size_t j = 0; j + 1 < columns; ++j) {
    auto at = [&](size_t r, size_t c) -> double & { return m[r * columns + c]; };
    bool sameSize = true, bothSigns = false, used = false;
    for (size_t r = 0; r < rows; ++r) {
      sameSize &= std::abs(at(r, j)) == std::abs(at(r, j + 1));
      bothSigns |= at(r, j) != at(r, j + 1);
      used |= at(r, j) != 0;
    }
    if (!sameSize || !bothSigns || !used)
      continue;
    V sum = s.add(x[j], x[j + 1]), difference = s.sub(x[j], x[j + 1]);
    x[j] = sum;
    x[j + 1] = difference;
    for (size_t r = 0; r < rows; ++r) {
      bool isSum = at(r, j) == at(r, j + 1);
      double c = at(r, j);
      at(r, j) = isSum ? c : 0;
      at(r, j + 1) = isSum ? 0 : c;
    }
    ++j;
  }
  SmallVector<V> out;
  for (size_t r = 0; r < rows; ++r) {
    ArrayRef<double> row = ArrayRef(m).slice(r * columns, columns);
    std::vector<double> even(columns, 0), odd(columns, 0);
    bool pairs = r + 1 < rows;
    double factor = 0;
    for (size_t j = 0; pairs && j < columns; ++j) {
      double below = m[(r + 1) * columns + j];
      pairs = row[j] == below || row[j] == -below;
      bool isOdd = row[j] != below;
      (isOdd ? odd : even)[j] = row[j];
      factor = isOdd ? std::abs(row[j]) : factor;
    }
    // A factor of all that differs goes into the last step.
    if (factor != 0)
      for (double &c : odd)
        c /= factor;
    V same = pairs && factor != 0 ? combine(s, even, x) : V(), differs = same ? combine(s, odd, x) : V();
    if (same && differs) {
      auto [first, second] = sumAndDifference(s, same, differs, factor);
      out.append({first, second});
      ++r;
    } else {
      out.push_back(combine(s, row, x));
    }
  }
  return out;
}

/// left * in * right', with as many rows of `in` as left has columns.
static SmallVector<V> transform(ScalarBuilder &s, ArrayRef<double> left, ArrayRef<double> right,
                                ArrayRef<V> in, size_t height, size_t width) {
  size_t rows = left.size() / height;
  SmallVector<V> half(rows * width);
  for (size_t j = 0; j < width; ++j) {
    SmallVector<V> column;
    for (size_t i = 0; i < height; ++i)
      column.push_back(in[i * width + j]);
    for (auto [i, value] : llvm::enumerate(apply(s, left, column)))
      half[i * width + j] = value;
  }
  SmallVector<V> out;
  for (size_t i = 0; i < rows; ++i)
    llvm::append_range(out, apply(s, right, ArrayRef(half).slice(i * width, width)));
  return out;
}

/// How many rows of tiles to take at a time. Each block reads all weights again; what it works on should stay
/// in the second cache, and threads should have as many blocks each.
static int64_t rowsPerBlock(int64_t points, int64_t channels, int64_t outputs, int64_t rows, int64_t columns,
                            int64_t l2Bytes) {
  // Per cycle: products of 16 lanes, bytes of weights from the second cache and from beyond, bytes of values
  // from beyond, and of so many values that their pages are beyond the processor's tables.
  constexpr double kProducts = 14, kNearWeights = 56, kFarWeights = 17, kValues = 28, kManyValues = 10,
                   kMany = 16 << 20;
  // Shares of the second cache for values between which weights pass through, and for both together.
  constexpr double kAlone = 0.8, kTogether = 0.7;
  double best = INFINITY;
  int64_t choice = 1;
  double weights = double(points * channels * outputs) * 4;
  for (int64_t r = 1; r <= rows; ++r) {
    double blocks = double(llvm::divideCeil(rows, r)), tiles = double(r * columns);
    double values = double(points * (channels + outputs)) * tiles * 4;
    double cost = blocks * (tiles * double(points * channels * outputs) / kProducts + weights / kNearWeights);
    bool staysThere = values + weights <= kTogether * double(l2Bytes);
    cost += (staysThere ? 1 : blocks) * weights / kFarWeights;
    if (values > kAlone * double(l2Bytes))
      cost += blocks * 2 * values / (values > kMany ? kManyValues : kValues);
    // Blocks are what threads share; the parts of a single one are even.
    if (blocks > 1)
      for (double threads : {2.0, 4.0})
        cost *= 1 + 0.2 * (threads * std::ceil(blocks / threads) / blocks - 1);
    if (cost < best * 0.999) {
      best = cost;
      choice = r;
    }
  }
  return choice;
}

LogicalResult lower::lowerWinograd(nn::ConvOp op, TaskBuilder &task) {
  Tensor x = task.tensor(op.getX()), u = task.tensor(op.getW()), y = task.tensor(op.getY());
  SmallVector<int64_t> taps = kernelOf(op.getW());
  Winograd vertical(u.layout.getWinograd()[0], taps[0]), horizontal(u.layout.getWinograd()[1], taps[1]);
  int64_t points = vertical.alpha * horizontal.alpha;
  nn::Windows windows = windowsOf(op, taps);
  int64_t channels = *nn::getStatic(x.dims[1]), outputs = *nn::getStatic(y.dims[1]);
  int64_t rows = llvm::divideCeil(*nn::getStatic(y.dims[2]), vertical.m),
          columns = llvm::divideCeil(*nn::getStatic(y.dims[3]), horizontal.m);
  for (int64_t d : {2, 3}) {
    int64_t reached = d == 2 ? rows * vertical.m : columns * horizontal.m, begin = windows.begin(d - 2);
    if (x.layout.getHaloOf(d) < begin ||
        x.layout.getHaloOf(d) < reached + taps[d - 2] - 1 - begin - *nn::getStatic(x.dims[d]) ||
        y.layout.getHaloOf(d) < reached - *nn::getStatic(y.dims[d]))
      return op.emitOpError("expected halos as wide as the tiles reach");
  }
  nn::Dim flops = task.flops;
  int64_t block = task.takeRows(rowsPerBlock(points, channels, outputs, rows, columns, task.l2Bytes), rows),
          tiles = block * columns;
  auto inBlocks = [&](int64_t lanes) {
    return sched::LayoutAttr::get(task.context(), {0, 1, 2}, {1, lanes}, {}, {});
  };
  Type f32 = task.b.getF32Type();
  nn::Dims ps = {task.dim(points)};

  // The points of a tile would lie in a few sets of the first cache, and evict each other, if they were a
  // multiple of a large power of two from each other.
  nn::Dim places = task.dim(tiles | 1);
  // Loops of a transform: rows of tiles, which a block has a range of, channels, and tiles of a row, so that
  // all that is read and written goes on where it ended. All rows at once go inside of channels, which is
  // where threads share them; outside, they would have the products' range along channels too, where nothing
  // could be prefetched.
  bool inRange = block != rows;
  int64_t row = inRange ? 0 : 1, channel = 1 - row, column = 2;
  auto transformed = [&](nn::Dim channelCount) {
    nn::Dims loops = {channelCount, task.dim(rows), task.dim(columns)};
    if (inRange)
      std::swap(loops[0], loops[1]);
    return Nest(task, loops);
  };
  auto tileOf = [&](Nest &nest) {
    return (inRange ? nest.d(row) % block : nest.d(row)) * columns + nest.d(column);
  };
  auto emitBlock = [&](Value first, Value last) {
    Tensor v = task.scratch(f32, {ps[0], x.dims[1], places}, inBlocks(x.layout.getBlock(1)));
    Tensor products = task.scratch(f32, {ps[0], y.dims[1], places}, inBlocks(y.layout.getBlock(1)));
    // The input's transform ...
    Nest input = transformed(x.dims[1]);
    for (int64_t i = 0; i < vertical.alpha; ++i)
      for (int64_t j = 0; j < horizontal.alpha; ++j)
        input.in(x, {input.c(0), input.d(channel), input.d(row) * vertical.m + (i - windows.begin(0)),
                     input.d(column) * horizontal.m + (j - windows.begin(1))});
    for (int64_t p = 0; p < points; ++p)
      input.out(v, {input.c(p), input.d(channel), tileOf(input)});
    if (first)
      input.range(first, last);
    input.emit([&](ScalarBuilder &s, ValueRange in, ValueRange) {
      return transform(s, vertical.bt, horizontal.bt, SmallVector<V>(in), vertical.alpha, horizontal.alpha);
    });
    // ... a matrix product per point ...
    Nest product(task, {ps[0], y.dims[1], task.dim(tiles)}, {x.dims[1]});
    AffineExpr p = product.d(0), k = product.d(1), t = product.d(2), c = product.d(3);
    product.in(v, {p, c, t}).in(u, {p, k, c}).out(products).acc(task.scalars().constant(f32, 0));
    product.emit([&](ScalarBuilder &s, ValueRange in,
                     ValueRange acc) { return Nest::Values{s.fma(in[0], in[1], acc[0])}; },
                 [](ScalarBuilder &, ValueRange acc) { return Nest::Values{acc[0]}; });
    // ... and the output's transform.
    Nest output = transformed(y.dims[1]);
    for (int64_t q = 0; q < points; ++q)
      output.in(products, {output.c(q), output.d(channel), tileOf(output)});
    if (op.getBias())
      output.in(task.tensor(op.getBias()), {output.d(channel)});
    for (int64_t i = 0; i < vertical.m; ++i)
      for (int64_t j = 0; j < horizontal.m; ++j)
        output.out(y, {output.c(0), output.d(channel), output.d(row) * vertical.m + i,
                       output.d(column) * horizontal.m + j});
    if (first)
      output.range(first, last);
    output.emit([&](ScalarBuilder &s, ValueRange in, ValueRange) {
      SmallVector<V> values = transform(s, vertical.at, horizontal.at, SmallVector<V>(in.take_front(points)),
                                        vertical.alpha, horizontal.alpha);
      if (op.getBias())
        for (V &value : values)
          value = s.add(value, in.back());
      return values;
    });
  };
  if (!inRange) {
    emitBlock(Value(), Value());
  } else {
    ScalarBuilder s = task.scalars();
    task.loop(task.index(0), task.index(llvm::divideCeil(rows, block)), [&](Value i) {
      i.getParentRegion()->getParentOp()->setAttr(kParallelAttr, task.b.getUnitAttr());
      Value first = s.mul(i, task.index(block));
      Value last = s.min(s.add(first, task.index(block)), task.index(rows));
      emitBlock(first, last);
    });
  }
  // What the convolution is worth, not how it was done.
  task.flops = flops + y.dims[0] * y.dims[1] * y.dims[2] * y.dims[3] * (2 * taps[0] * taps[1] * channels);
  return success();
}

#include "lib/Support/HostTensor.h"
#include "passes/Substitute/IndexNotation.h"

using namespace tenon;
using namespace tenon::substitute;
using llvm::ArrayRef;

int64_t tenon::substitute::integerReciprocal(int64_t n) {
  return n == 1 ? 1 : (n * 7 + 3) % 11 + 2;
}
int64_t tenon::substitute::integerRsqrt(int64_t v) {
  return (v * v * 3 + v + 17) % 13 + 1;
}

// Every operator has three functions: its shapes (once for numbers and symbols), its values on integers, and
// its meaning in index notation. The test OperatorsTest.cpp holds the three and dialects/NN against each
// other.
namespace {

template <typename Num>
using Shapes = std::optional<std::vector<ShapeOf<Num>>>;
template <typename Num>
using In = ArrayRef<ShapeOf<Num>>;
using Tensors = ArrayRef<const IntTensor *>;
using Ints = ArrayRef<int64_t>;
using Results = llvm::MutableArrayRef<IntTensor>;

/// The position that an axis, counted from the last dimension, has in a shape of this rank.
template <typename Num>
std::optional<unsigned> axisOf(const Num &axis, size_t rank);
template <>
std::optional<unsigned> axisOf(const int64_t &axis, size_t rank) {
  if (axis >= 0 || axis < -int64_t(rank))
    return std::nullopt;
  return rank + axis;
}
template <>
std::optional<unsigned> axisOf(const Poly &axis, size_t rank) {
  std::optional<int64_t> value = axis.constant();
  return value ? axisOf<int64_t>(*value, rank) : std::nullopt;
}

/// Splits a shape at an axis: extents before it, of it, after it.
struct AxisView {
  int64_t outer = 1, extent, inner = 1;
  AxisView(Ints shape, unsigned axis) : extent(shape[axis]) {
    for (size_t i = 0; i < shape.size(); ++i)
      (i < axis ? outer : i > axis ? inner : extent) *= i == axis ? 1 : shape[i];
  }
};

// Element-wise operators

template <typename Num>
Shapes<Num> elementwiseShapes(In<Num> in, ArrayRef<Num>, ShapeChecks<Num> &check) {
  for (size_t i = 1; i < in.size(); ++i) {
    if (in[i].size() != in[0].size())
      return std::nullopt;
    for (auto [a, b] : llvm::zip_equal(in[0], in[i]))
      if (!check.equal(a, b))
        return std::nullopt;
  }
  return {{in[0]}};
}

void addValues(Tensors in, Ints, Results out) {
  for (auto [y, a, b] : llvm::zip_equal(out[0].data, in[0]->data, in[1]->data))
    y = int64_t(uint64_t(a) + uint64_t(b));
}
void mulValues(Tensors in, Ints, Results out) {
  for (auto [y, a, b] : llvm::zip_equal(out[0].data, in[0]->data, in[1]->data))
    y = int64_t(uint64_t(a) * uint64_t(b));
}
void subValues(Tensors in, Ints, Results out) {
  for (auto [y, a, b] : llvm::zip_equal(out[0].data, in[0]->data, in[1]->data))
    y = int64_t(uint64_t(a) - uint64_t(b));
}
void reluValues(Tensors in, Ints, Results out) {
  for (auto [y, a] : llvm::zip_equal(out[0].data, in[0]->data))
    y = std::max<int64_t>(a, 0);
}

void denoteAdd(IndexNotation &n) {
  n.result = n.build.add(n.at(0, n.index), n.at(1, n.index));
}
void denoteMul(IndexNotation &n) {
  n.result = n.build.mul(n.at(0, n.index), n.at(1, n.index));
}
void denoteSub(IndexNotation &n) {
  n.result = n.build.add(n.at(0, n.index), n.build.negate(n.at(1, n.index)));
}
void denoteRelu(IndexNotation &n) {
  n.result = n.build.relu(n.at(0, n.index));
}

// Matrix product

template <typename Num>
Shapes<Num> matmulShapes(In<Num> in, ArrayRef<Num>, ShapeChecks<Num> &check) {
  const ShapeOf<Num> &a = in[0], &b = in[1];
  size_t rank = a.size();
  if (rank < 2 || b.size() < 2 || (b.size() != 2 && b.size() != rank) ||
      !check.equal(a[rank - 1], b[b.size() - 2]))
    return std::nullopt;
  for (size_t i = 0; i + 2 < b.size(); ++i)
    if (!check.equal(a[i], b[i]))
      return std::nullopt;
  ShapeOf<Num> y = a;
  y.back() = b.back();
  return {{y}};
}

void matmulValues(Tensors in, Ints, Results out) {
  const IntTensor &a = *in[0], &b = *in[1];
  size_t rank = a.shape.size();
  int64_t rows = a.shape[rank - 2], inner = a.shape[rank - 1], columns = b.shape.back();
  int64_t batches = int64_t(a.data.size()) / (rows * inner);
  for (int64_t n = 0; n < batches; ++n) {
    const int64_t *right = b.data.data() + (b.shape.size() == 2 ? 0 : n * inner * columns);
    const int64_t *left = a.data.data() + n * rows * inner;
    int64_t *y = out[0].data.data() + n * rows * columns;
    for (int64_t i = 0; i < rows; ++i)
      for (int64_t j = 0; j < columns; ++j) {
        uint64_t sum = 0;
        for (int64_t k = 0; k < inner; ++k)
          sum += uint64_t(left[i * inner + k]) * uint64_t(right[k * columns + j]);
        y[i * columns + j] = int64_t(sum);
      }
  }
}

void denoteMatmul(IndexNotation &n) {
  size_t rank = n.index.size(), rankB = n.shapes[1].size();
  Bound k = n.build.bound(n.shapes[0].back());
  Shape a(n.index.begin(), n.index.end()), b(n.index.end() - rankB, n.index.end());
  a[rank - 1] = b[rankB - 2] = Poly::symbol(k.symbol);
  n.result = n.build.sum({k}, {}, n.build.mul(n.at(0, a), n.at(1, b)));
}

// Convolution and pooling

/// The extent of a window's results along one dimension; nullopt if no window fits.
template <typename Num>
std::optional<Num> windowExtent(const Num &x, const Num &kernel, const Num &stride, const Num &dilation,
                                const Num &begin, const Num &end, ShapeChecks<Num> &check) {
  Num slack = x + begin + end - dilation * (kernel - Num(1)) - Num(1);
  if (!check.atLeast(slack, 0))
    return std::nullopt;
  return check.floorDiv(slack, stride) + Num(1);
}

template <typename Num>
Shapes<Num> convShapes(In<Num> in, ArrayRef<Num> p, ShapeChecks<Num> &check) {
  const ShapeOf<Num> &x = in[0], &w = in[1];
  if (x.size() != 4 || w.size() != 4)
    return std::nullopt;
  const Num &groups = p[conv::Groups];
  if (!check.equal(w[2], p[conv::Kernel]) || !check.equal(w[3], p[conv::Kernel + 1]) ||
      !check.equal(x[1], groups * w[1]) || !check.exactDiv(w[0], groups))
    return std::nullopt;
  ShapeOf<Num> y = {x[0], w[0]};
  for (int i = 0; i < 2; ++i) {
    auto extent = windowExtent<Num>(x[2 + i], p[conv::Kernel + i], p[conv::Stride + i], p[conv::Dilation + i],
                                    p[conv::Pad + i], p[conv::Pad + 2 + i], check);
    if (!extent)
      return std::nullopt;
    y.push_back(*extent);
  }
  return {{y}};
}

void convValues(Tensors in, Ints p, Results out) {
  const IntTensor &x = *in[0], &w = *in[1];
  int64_t height = x.shape[2], width = x.shape[3], channels = w.shape[1], kh = w.shape[2], kw = w.shape[3];
  int64_t outputs = w.shape[0], perGroup = outputs / p[conv::Groups];
  int64_t *y = out[0].data.data();
  for (int64_t n = 0; n < x.shape[0]; ++n)
    for (int64_t o = 0; o < outputs; ++o)
      for (int64_t i = 0; i < out[0].shape[2]; ++i)
        for (int64_t j = 0; j < out[0].shape[3]; ++j) {
          uint64_t sum = 0;
          for (int64_t c = 0; c < channels; ++c) {
            const int64_t *plane =
                x.data.data() + (n * x.shape[1] + o / perGroup * channels + c) * height * width;
            const int64_t *taps = w.data.data() + (o * channels + c) * kh * kw;
            for (int64_t a = 0; a < kh; ++a) {
              int64_t row = i * p[conv::Stride] + a * p[conv::Dilation] - p[conv::Pad];
              if (row < 0 || row >= height)
                continue;
              for (int64_t b = 0; b < kw; ++b) {
                int64_t column = j * p[conv::Stride + 1] + b * p[conv::Dilation + 1] - p[conv::Pad + 1];
                if (column >= 0 && column < width)
                  sum += uint64_t(plane[row * width + column]) * uint64_t(taps[a * kw + b]);
              }
            }
          }
          *y++ = p[conv::Activation] ? std::max<int64_t>(int64_t(sum), 0) : int64_t(sum);
        }
}

/// `position` in a dimension of extent `extent`, and the constraints that it is inside.
void addInside(std::vector<Constraint> &guards, const Poly &position, const Poly &extent) {
  guards.push_back({position, false});
  guards.push_back({extent - 1 - position, false});
}

void denoteConv(IndexNotation &n) {
  const Poly *p = n.params.data();
  ArrayRef<Poly> x = n.shapes[0], w = n.shapes[1];
  Bound c = n.build.bound(w[1]), kh = n.build.bound(w[2]), kw = n.build.bound(w[3]);
  Poly row = n.index[2] * p[conv::Stride] + Poly::symbol(kh.symbol) * p[conv::Dilation] - p[conv::Pad];
  Poly column =
      n.index[3] * p[conv::Stride + 1] + Poly::symbol(kw.symbol) * p[conv::Dilation + 1] - p[conv::Pad + 1];
  std::vector<Constraint> guards;
  addInside(guards, row, x[2]);
  addInside(guards, column, x[3]);
  // The group of output o is o / (outputs / groups), which is 0 if there is one.
  Poly channel = Poly::symbol(c.symbol);
  if (n.build.facts.resolve(p[conv::Groups]) != Poly(1)) {
    auto perGroup = n.build.facts.resolve(w[0]).divide(n.build.facts.resolve(p[conv::Groups]));
    if (!perGroup)
      perGroup = n.build.facts.floorDiv(w[0], p[conv::Groups]);
    channel = channel + n.build.facts.floorDiv(n.index[1], *perGroup) * w[1];
  }
  Expr product = n.build.mul(
      n.at(0, {n.index[0], channel, row, column}),
      n.at(1, {n.index[1], Poly::symbol(c.symbol), Poly::symbol(kh.symbol), Poly::symbol(kw.symbol)}));
  n.result = n.build.sum({c, kh, kw}, guards, product);
  if (p[conv::Activation].constant() != 0)
    n.result = n.build.relu(n.result);
}

template <typename Num>
Shapes<Num> poolShapes(In<Num> in, ArrayRef<Num> p, ShapeChecks<Num> &check) {
  const ShapeOf<Num> &x = in[0];
  if (x.size() != 4)
    return std::nullopt;
  ShapeOf<Num> y = {x[0], x[1]};
  for (int i = 0; i < 2; ++i) {
    const Num &kernel = p[pool::Kernel + i], &begin = p[pool::Pad + i], &end = p[pool::Pad + 2 + i];
    // A window of padding only would have no largest element.
    if (!check.atLeast(kernel - begin - Num(1), 0) || !check.atLeast(kernel - end - Num(1), 0))
      return std::nullopt;
    auto extent = windowExtent<Num>(x[2 + i], kernel, p[pool::Stride + i], Num(1), begin, end, check);
    if (!extent)
      return std::nullopt;
    y.push_back(*extent);
  }
  return {{y}};
}

template <bool isMax>
void poolValues(Tensors in, Ints p, Results out) {
  const IntTensor &x = *in[0];
  int64_t height = x.shape[2], width = x.shape[3];
  int64_t *y = out[0].data.data();
  for (int64_t plane = 0; plane < x.shape[0] * x.shape[1]; ++plane)
    for (int64_t i = 0; i < out[0].shape[2]; ++i)
      for (int64_t j = 0; j < out[0].shape[3]; ++j) {
        uint64_t sum = 0;
        int64_t most = INT64_MIN;
        for (int64_t a = 0; a < p[pool::Kernel]; ++a)
          for (int64_t b = 0; b < p[pool::Kernel + 1]; ++b) {
            int64_t row = i * p[pool::Stride] + a - p[pool::Pad];
            int64_t column = j * p[pool::Stride + 1] + b - p[pool::Pad + 1];
            if (row < 0 || row >= height || column < 0 || column >= width)
              continue;
            int64_t value = x.data[(plane * height + row) * width + column];
            sum += uint64_t(value);
            most = std::max(most, value);
          }
        uint64_t mean = sum * uint64_t(integerReciprocal(p[pool::Kernel] * p[pool::Kernel + 1]));
        *y++ = isMax ? most : int64_t(mean);
      }
}

template <bool isMax>
void denotePool(IndexNotation &n) {
  const Poly *p = n.params.data();
  Bound kh = n.build.bound(p[pool::Kernel]), kw = n.build.bound(p[pool::Kernel + 1]);
  Poly row = n.index[2] * p[pool::Stride] + Poly::symbol(kh.symbol) - p[pool::Pad];
  Poly column = n.index[3] * p[pool::Stride + 1] + Poly::symbol(kw.symbol) - p[pool::Pad + 1];
  std::vector<Constraint> guards;
  addInside(guards, row, n.shapes[0][2]);
  addInside(guards, column, n.shapes[0][3]);
  Expr x = n.at(0, {n.index[0], n.index[1], row, column});
  if (isMax) {
    n.result = n.build.max({kh, kw}, guards, x);
    return;
  }
  Expr weight = n.build.reciprocal(p[pool::Kernel] * p[pool::Kernel + 1]);
  n.result = n.build.sum({kh, kw}, guards, n.build.mul(x, weight));
}

// Movement

template <typename Num>
Shapes<Num> concatShapes(In<Num> in, ArrayRef<Num> p, ShapeChecks<Num> &check) {
  auto axis = axisOf<Num>(p[0], in[0].size());
  if (!axis || in[1].size() != in[0].size())
    return std::nullopt;
  ShapeOf<Num> y = in[0];
  for (size_t i = 0; i < y.size(); ++i)
    if (i != *axis && !check.equal(in[0][i], in[1][i]))
      return std::nullopt;
  y[*axis] = in[0][*axis] + in[1][*axis];
  return {{y}};
}

void concatValues(Tensors in, Ints p, Results out) {
  unsigned axis = *axisOf<int64_t>(p[0], in[0]->shape.size());
  AxisView a(in[0]->shape, axis), b(in[1]->shape, axis);
  int64_t sizeA = a.extent * a.inner, sizeB = b.extent * b.inner;
  auto y = out[0].data.begin();
  for (int64_t i = 0; i < a.outer; ++i) {
    y = std::copy_n(in[0]->data.begin() + i * sizeA, sizeA, y);
    y = std::copy_n(in[1]->data.begin() + i * sizeB, sizeB, y);
  }
}

void denoteConcat(IndexNotation &n) {
  unsigned axis = *axisOf<Poly>(n.params[0], n.index.size());
  Shape second(n.index.begin(), n.index.end());
  second[axis] = second[axis] - n.shapes[0][axis];
  n.result = n.build.select(n.shapes[0][axis] - 1 - n.index[axis], n.at(0, n.index), n.at(1, second));
}

template <typename Num>
Shapes<Num> splitShapes(In<Num> in, ArrayRef<Num> p, ShapeChecks<Num> &check) {
  auto axis = axisOf<Num>(p[0], in[0].size());
  if (!axis || !check.equal(in[0][*axis], p[1] + p[2]) || !check.atLeast(p[1], 1) || !check.atLeast(p[2], 1))
    return std::nullopt;
  ShapeOf<Num> first = in[0], second = in[0];
  first[*axis] = p[1];
  second[*axis] = p[2];
  return {{first, second}};
}

void splitValues(Tensors in, Ints p, Results out) {
  unsigned axis = *axisOf<int64_t>(p[0], in[0]->shape.size());
  AxisView x(in[0]->shape, axis);
  auto from = in[0]->data.begin();
  for (int64_t i = 0; i < x.outer; ++i)
    for (int part = 0; part < 2; ++part) {
      int64_t size = p[1 + part] * x.inner;
      std::copy_n(from, size, out[part].data.begin() + i * size);
      from += size;
    }
}

void denoteSplit(IndexNotation &n) {
  unsigned axis = *axisOf<Poly>(n.params[0], n.index.size());
  Shape index(n.index.begin(), n.index.end());
  if (n.output == 1)
    index[axis] = index[axis] + n.params[1];
  n.result = n.at(0, index);
}

/// Whether these are the numbers from 0 on in some order.
bool isPermutation(ArrayRef<std::optional<int64_t>> perm) {
  for (size_t i = 0; i < perm.size(); ++i)
    if (!llvm::is_contained(perm, std::optional<int64_t>(i)))
      return false;
  return true;
}
std::optional<int64_t> numberOf(const Poly &p) {
  return p.constant();
}
std::optional<int64_t> numberOf(int64_t p) {
  return p;
}

/// Dimension i of the result is dimension perm[i] of the operand, both among the last ones: others stay.
template <typename Num>
Shapes<Num> transposeShapes(In<Num> in, ArrayRef<Num> p, ShapeChecks<Num> &) {
  llvm::SmallVector<std::optional<int64_t>, 4> perm;
  for (const Num &axis : p)
    perm.push_back(numberOf(axis));
  if (!isPermutation(perm) || perm.size() > in[0].size())
    return std::nullopt;
  ShapeOf<Num> y = in[0];
  size_t leading = y.size() - perm.size();
  for (size_t i = 0; i < perm.size(); ++i)
    y[leading + i] = in[0][leading + *perm[i]];
  return {{y}};
}

void transposeValues(Tensors in, Ints p, Results out) {
  IntTensor &y = out[0];
  size_t leading = y.shape.size() - p.size();
  llvm::SmallVector<int64_t> index(y.shape.size(), 0), from(y.shape.size()),
      strides = rowMajorStrides(in[0]->shape);
  size_t i = 0;
  do {
    from.assign(index.begin(), index.end());
    for (size_t d = 0; d < p.size(); ++d)
      from[leading + p[d]] = index[leading + d];
    y.data[i++] = in[0]->data[linearIndex(from, strides)];
  } while (nextIndex(index, y.shape));
}

void denoteTranspose(IndexNotation &n) {
  Shape from(n.index.begin(), n.index.end());
  size_t leading = n.index.size() - n.params.size();
  for (size_t d = 0; d < n.params.size(); ++d)
    from[leading + *n.params[d].constant()] = n.index[leading + d];
  n.result = n.at(0, from);
}

template <typename Num>
Num product(ArrayRef<Num> shape) {
  Num size(1);
  for (const Num &extent : shape)
    size = size * extent;
  return size;
}

template <typename Num>
Shapes<Num> reshapeShapes(In<Num> in, ArrayRef<Num> p, ShapeChecks<Num> &check) {
  if (!check.equal(product<Num>(in[0]), product<Num>(p)))
    return std::nullopt;
  return {{ShapeOf<Num>(p.begin(), p.end())}};
}

void reshapeValues(Tensors in, Ints, Results out) {
  out[0].data = in[0]->data;
}

/// The position in row-major order, taken apart again by the operand's extents. Where the last dimensions are
/// the same, so are the indices.
void denoteReshape(IndexNotation &n) {
  Facts &facts = n.build.facts;
  ArrayRef<Poly> x = n.shapes[0];
  size_t same = 0;
  while (same < x.size() && same < n.params.size() &&
         facts.resolve(x[x.size() - 1 - same]) == facts.resolve(n.params[n.params.size() - 1 - same]))
    ++same;
  Poly flat;
  for (size_t i = 0; i + same < n.params.size(); ++i)
    flat = flat * n.params[i] + n.index[i];
  Shape from(x.size());
  for (size_t i = 0; i < same; ++i)
    from[x.size() - 1 - i] = n.index[n.index.size() - 1 - i];
  for (size_t i = x.size() - same; i-- > 1;) {
    Poly rest = facts.floorDiv(flat, x[i]);
    from[i] = flat - rest * x[i];
    flat = rest;
  }
  if (same < x.size())
    from[0] = flat;
  n.result = n.at(0, from);
}

/// A border of zeros around the last two dimensions: begins, then ends.
template <typename Num>
Shapes<Num> enlargeShapes(In<Num> in, ArrayRef<Num> p, ShapeChecks<Num> &check) {
  ShapeOf<Num> y = in[0];
  if (y.size() != 4)
    return std::nullopt;
  for (int i = 0; i < 2; ++i) {
    if (!check.atLeast(p[i], 0) || !check.atLeast(p[2 + i], 0))
      return std::nullopt;
    y[2 + i] = y[2 + i] + p[i] + p[2 + i];
  }
  return {{y}};
}

void enlargeValues(Tensors in, Ints p, Results out) {
  const IntTensor &x = *in[0];
  int64_t height = x.shape[2], width = x.shape[3], columns = out[0].shape[3];
  for (int64_t plane = 0; plane < x.shape[0] * x.shape[1]; ++plane)
    for (int64_t i = 0; i < height; ++i)
      std::copy_n(x.data.begin() + (plane * height + i) * width, width,
                  out[0].data.begin() + (plane * out[0].shape[2] + i + p[0]) * columns + p[1]);
}

void denoteEnlarge(IndexNotation &n) {
  Poly row = n.index[2] - n.params[0], column = n.index[3] - n.params[1];
  std::vector<Constraint> guards;
  addInside(guards, row, n.shapes[0][2]);
  addInside(guards, column, n.shapes[0][3]);
  n.result = n.build.where(guards, n.at(0, {n.index[0], n.index[1], row, column}));
}

// Batch normalization of images: (x - mean) / sqrt(variance + epsilon) * scale + bias, per channel

template <typename Num>
Shapes<Num> batchNormShapes(In<Num> in, ArrayRef<Num>, ShapeChecks<Num> &check) {
  if (in[0].size() != 4)
    return std::nullopt;
  for (size_t i = 1; i < in.size(); ++i)
    if (in[i].size() != 1 || !check.equal(in[i][0], in[0][1]))
      return std::nullopt;
  return {{in[0]}};
}

void batchNormValues(Tensors in, Ints, Results out) {
  AxisView x(in[0]->shape, 1);
  for (size_t i = 0; i < in[0]->data.size(); ++i) {
    int64_t c = int64_t(i) / x.inner % x.extent;
    uint64_t centred = uint64_t(in[0]->data[i]) - uint64_t(in[3]->data[c]);
    out[0].data[i] = int64_t(centred * uint64_t(integerRsqrt(in[4]->data[c])) * uint64_t(in[1]->data[c]) +
                             uint64_t(in[2]->data[c]));
  }
}

void denoteBatchNorm(IndexNotation &n) {
  ExprBuilder &b = n.build;
  const Poly &c = n.index[1];
  Expr centred = b.add(n.at(0, n.index), b.negate(n.at(3, {c})));
  n.result = b.add(b.mul(b.mul(centred, b.rsqrt(n.at(4, {c}))), n.at(1, {c})), n.at(2, {c}));
}

// A vector added along one dimension: of rows, or of the channels of images

template <typename Num>
Shapes<Num> biasAddShapes(In<Num> in, ArrayRef<Num> p, ShapeChecks<Num> &check) {
  auto axis = axisOf<Num>(p[0], in[0].size());
  if (!axis || in[1].size() != 1 || !check.equal(in[1][0], in[0][*axis]))
    return std::nullopt;
  return {{in[0]}};
}

void biasAddValues(Tensors in, Ints p, Results out) {
  AxisView x(in[0]->shape, *axisOf<int64_t>(p[0], in[0]->shape.size()));
  for (size_t i = 0; i < in[0]->data.size(); ++i)
    out[0].data[i] =
        int64_t(uint64_t(in[0]->data[i]) + uint64_t(in[1]->data[int64_t(i) / x.inner % x.extent]));
}

void denoteBiasAdd(IndexNotation &n) {
  n.result = n.build.add(n.at(0, n.index), n.at(1, {n.index[*axisOf<Poly>(n.params[0], n.index.size())]}));
}

// Constants

template <typename Num>
Shapes<Num> filledShapes(In<Num>, ArrayRef<Num> p, ShapeChecks<Num> &check) {
  for (const Num &extent : p)
    if (!check.atLeast(extent, 1))
      return std::nullopt;
  return {{ShapeOf<Num>(p.begin(), p.end())}};
}
void zerosValues(Tensors, Ints, Results) {}
void denoteZeros(IndexNotation &n) {
  n.result = n.build.constant(0);
}
void onesValues(Tensors, Ints, Results out) {
  llvm::fill(out[0].data, 1);
}
void denoteOnes(IndexNotation &n) {
  n.result = n.build.constant(1);
}

template <typename Num>
Shapes<Num> identityShapes(In<Num>, ArrayRef<Num> p, ShapeChecks<Num> &check) {
  if (!check.atLeast(p[0], 1))
    return std::nullopt;
  return {{ShapeOf<Num>{p[0], p[0]}}};
}
void identityValues(Tensors, Ints p, Results out) {
  for (int64_t i = 0; i < p[0]; ++i)
    out[0].data[i * p[0] + i] = 1;
}
void denoteIdentity(IndexNotation &n) {
  n.result = n.build.where({{n.index[0] - n.index[1], true}}, n.build.constant(1));
}

/// The weights of a convolution that returns its input: channels, kernel, and where in the kernel the ones
/// are.
template <typename Num>
Shapes<Num> identityKernelShapes(In<Num>, ArrayRef<Num> p, ShapeChecks<Num> &check) {
  for (int i = 0; i < 2; ++i)
    if (!check.atLeast(p[3 + i], 0) || !check.atLeast(p[1 + i] - p[3 + i] - Num(1), 0))
      return std::nullopt;
  if (!check.atLeast(p[0], 1))
    return std::nullopt;
  return {{ShapeOf<Num>{p[0], p[0], p[1], p[2]}}};
}
void identityKernelValues(Tensors, Ints p, Results out) {
  for (int64_t c = 0; c < p[0]; ++c)
    out[0].data[((c * p[0] + c) * p[1] + p[3]) * p[2] + p[4]] = 1;
}
void denoteIdentityKernel(IndexNotation &n) {
  n.result = n.build.where(
      {{n.index[0] - n.index[1], true}, {n.index[2] - n.params[3], true}, {n.index[3] - n.params[4], true}},
      n.build.constant(1));
}

/// The weights of a depthwise convolution that is a mean: channels, kernel.
template <typename Num>
Shapes<Num> poolKernelShapes(In<Num>, ArrayRef<Num> p, ShapeChecks<Num> &check) {
  for (const Num &extent : p)
    if (!check.atLeast(extent, 1))
      return std::nullopt;
  return {{ShapeOf<Num>{p[0], Num(1), p[1], p[2]}}};
}
void poolKernelValues(Tensors, Ints p, Results out) {
  llvm::fill(out[0].data, integerReciprocal(p[1] * p[2]));
}
void denotePoolKernel(IndexNotation &n) {
  n.result = n.build.reciprocal(n.params[1] * n.params[2]);
}

// The table

constexpr ParamInfo convParams[] = {{"kernel", 2, std::nullopt, 1},
                                    {"stride", 2, 1, 1},
                                    {"dilation", 2, 1, 1},
                                    {"pad", 4, 0, 0},
                                    {"groups", 1, 1, 1},
                                    {"relu", 1, 0, 0, true}};
constexpr ParamInfo poolParams[] = {{"kernel", 2, std::nullopt, 1}, {"stride", 2, 1, 1}, {"pad", 4, 0, 0}};
constexpr ParamInfo axisParams[] = {{"axis", 1, std::nullopt, 0, true}};
constexpr ParamInfo splitParams[] = {{"axis", 1, std::nullopt, 0, true}, {"sizes", 2, std::nullopt, 1}};
constexpr ParamInfo permParams[] = {{"perm", -1, std::nullopt, 0, true}};
constexpr ParamInfo shapeParams[] = {{"shape", -1, std::nullopt, 1}};
constexpr ParamInfo borderParams[] = {{"pad", 4, std::nullopt, 0}};
constexpr ParamInfo sizeParams[] = {{"size", 1, std::nullopt, 1}};
constexpr ParamInfo identityKernelParams[] = {
    {"channels", 1, std::nullopt, 1}, {"kernel", 2, std::nullopt, 1}, {"at", 2, std::nullopt, 0}};
constexpr ParamInfo poolKernelParams[] = {{"channels", 1, std::nullopt, 1}, {"kernel", 2, std::nullopt, 1}};

#define FUNCTIONS(shapes, values, denotation) shapes<int64_t>, shapes<Poly>, values, denotation

const OperatorInfo table[] = {
    {OpKind::MatMul,
     "matmul",
     2,
     1,
     {},
     false,
     true,
     "nn.matmul",
     2,
     false,
     FUNCTIONS(matmulShapes, matmulValues, denoteMatmul)},
    {OpKind::Conv, "conv", 2, 1, convParams, false, false, "nn.conv, nn.relu", 4, true,
     FUNCTIONS(convShapes, convValues, denoteConv)},
    {OpKind::Add,
     "add",
     2,
     1,
     {},
     true,
     true,
     "nn.add",
     -1,
     false,
     FUNCTIONS(elementwiseShapes, addValues, denoteAdd)},
    {OpKind::Mul,
     "mul",
     2,
     1,
     {},
     true,
     true,
     "nn.mul",
     -1,
     false,
     FUNCTIONS(elementwiseShapes, mulValues, denoteMul)},
    {OpKind::Sub,
     "sub",
     2,
     1,
     {},
     false,
     true,
     "nn.sub",
     -1,
     false,
     FUNCTIONS(elementwiseShapes, subValues, denoteSub)},
    {OpKind::Relu,
     "relu",
     1,
     1,
     {},
     false,
     true,
     "nn.relu",
     -1,
     false,
     FUNCTIONS(elementwiseShapes, reluValues, denoteRelu)},
    {OpKind::Concat, "concat", 2, 1, axisParams, false, true, "nn.concat", 1, false,
     FUNCTIONS(concatShapes, concatValues, denoteConcat)},
    {OpKind::Split, "split", 1, 2, splitParams, false, true, "nn.slice", 1, false,
     FUNCTIONS(splitShapes, splitValues, denoteSplit)},
    {OpKind::Transpose, "transpose", 1, 1, permParams, false, true, "nn.transpose", -1, false,
     FUNCTIONS(transposeShapes, transposeValues, denoteTranspose)},
    {OpKind::Reshape, "reshape", 1, 1, shapeParams, false, false, "nn.reshape", -1, false,
     FUNCTIONS(reshapeShapes, reshapeValues, denoteReshape)},
    {OpKind::Enlarge, "enlarge", 1, 1, borderParams, false, false, "nn.pad", 4, true,
     FUNCTIONS(enlargeShapes, enlargeValues, denoteEnlarge)},
    {OpKind::MaxPool, "max_pool", 1, 1, poolParams, false, false, "nn.max_pool", 4, true,
     FUNCTIONS(poolShapes, poolValues<true>, denotePool<true>)},
    {OpKind::AvgPool, "avg_pool", 1, 1, poolParams, false, false, "nn.avg_pool", 4, true,
     FUNCTIONS(poolShapes, poolValues<false>, denotePool<false>)},
    {OpKind::BatchNorm,
     "batch_norm",
     5,
     1,
     {},
     false,
     false,
     "nn.batch_norm",
     4,
     true,
     FUNCTIONS(batchNormShapes, batchNormValues, denoteBatchNorm)},
    {OpKind::Zeros, "zeros", 0, 1, shapeParams, false, false, "nn.constant", -1, false,
     FUNCTIONS(filledShapes, zerosValues, denoteZeros)},
    {OpKind::Ones, "ones", 0, 1, shapeParams, false, false, "nn.constant", -1, false,
     FUNCTIONS(filledShapes, onesValues, denoteOnes)},
    {OpKind::Identity, "identity", 0, 1, sizeParams, false, true, "nn.constant", -1, false,
     FUNCTIONS(identityShapes, identityValues, denoteIdentity)},
    {OpKind::IdentityKernel, "identity_kernel", 0, 1, identityKernelParams, false, false, "nn.constant", -1,
     false, FUNCTIONS(identityKernelShapes, identityKernelValues, denoteIdentityKernel)},
    {OpKind::PoolKernel, "pool_kernel", 0, 1, poolKernelParams, false, false, "nn.constant", -1, false,
     FUNCTIONS(poolKernelShapes, poolKernelValues, denotePoolKernel)},
    {OpKind::BiasAdd, "bias_add", 2, 1, axisParams, false, true, "nn.add", 1, false,
     FUNCTIONS(biasAddShapes, biasAddValues, denoteBiasAdd)},
};
static_assert(std::size(table) == numOpKinds);

} // namespace

const OperatorInfo &tenon::substitute::getOperator(OpKind kind) {
  return table[unsigned(kind)];
}

const OperatorInfo *tenon::substitute::findOperator(llvm::StringRef name) {
  for (const OperatorInfo &info : table)
    if (name == info.name)
      return &info;
  return nullptr;
}

int tenon::substitute::numParams(const OperatorInfo &info) {
  int count = 0;
  for (const ParamInfo &param : info.params) {
    if (param.count < 0)
      return -1;
    count += param.count;
  }
  return count;
}

std::optional<std::vector<ShapeOf<int64_t>>>
tenon::substitute::inferShapes(OpKind op, ArrayRef<ShapeOf<int64_t>> operands, ArrayRef<int64_t> params) {
  const OperatorInfo &info = getOperator(op);
  size_t position = 0;
  for (const ParamInfo &param : info.params) {
    size_t count = param.count < 0 ? params.size() : param.count;
    for (size_t i = 0; i < count; ++i, ++position)
      if (!param.literal && params[position] < param.least)
        return std::nullopt;
  }
  ConcreteShapes checks;
  return info.inferNumbers(operands, params, checks);
}

std::optional<std::vector<IntTensor>> tenon::substitute::evaluateOperator(OpKind op, Tensors operands,
                                                                          ArrayRef<int64_t> params) {
  std::vector<ShapeOf<int64_t>> shapes;
  for (const IntTensor *operand : operands)
    shapes.push_back(operand->shape);
  auto outputs = inferShapes(op, shapes, params);
  if (!outputs)
    return std::nullopt;
  std::vector<IntTensor> results;
  for (ShapeOf<int64_t> &shape : *outputs) {
    std::vector<int64_t> data(numElements(shape));
    results.push_back({std::move(shape), std::move(data)});
  }
  getOperator(op).evaluate(operands, params, results);
  return results;
}

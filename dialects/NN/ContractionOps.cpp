#include "dialects/NN/Broadcast.h"
#include "dialects/NN/ConvReference.h"
#include "dialects/NN/NN.h"
#include "dialects/NN/Windows.h"

using namespace mlir;
using namespace tenon;
using namespace tenon::nn;

/// With it, channels times groups do not overflow.
static constexpr int64_t kMaxChannels = (int64_t(1) << 31) - 1;

/// Whether integers or floats that products and sums are defined on.
static bool isNumeric(Type element) {
  return isa<FloatType>(element) || (isa<IntegerType>(element) && !element.isInteger(1));
}

//===----------------------------------------------------------------------===//
// Convolution
//===----------------------------------------------------------------------===//

Windows nn::convWindows(ArrayRef<int64_t> weightShape, ArrayRef<int64_t> strides, ArrayRef<int64_t> dilations,
                        ArrayRef<int64_t> pads) {
  return Windows(weightShape.drop_front(2), strides, dilations, pads);
}

LogicalResult nn::checkConvWeights(Operation *op, Value x, Value w, Value bias, int64_t group,
                                   bool transposed) {
  int64_t rank = getRank(x);
  if (rank != getRank(w) || rank < 3 || rank > 5)
    return op->emitOpError("C1: expected operands of equal rank from 3 to 5, but got ranks ")
           << rank << " and " << getRank(w);
  std::optional<SmallVector<int64_t>> shape = getStatic(getDims(w));
  if (!shape || llvm::any_of(*shape, [](int64_t extent) { return extent <= 0 || extent > kMaxChannels; }))
    return op->emitOpError("C3: expected weights of static positive extents, but got ")
           << dimsToString(getDims(w));
  if (group <= 0 || (*shape)[0] % group)
    return op->emitOpError("C3: expected a group count that divides ")
           << (*shape)[0] << ", but got " << group;
  Dim channels = getDims(x)[1];
  Dim expected = constDim(op->getContext(), transposed ? (*shape)[0] : (*shape)[1] * group);
  if (channels != expected)
    return op->emitOpError("C4: expected ")
           << dimsToString(expected) << " channels, but got " << dimsToString(channels);
  Dim outputs = constDim(op->getContext(), transposed ? (*shape)[1] * group : (*shape)[0]);
  if (bias && (getRank(bias) != 1 || getDims(bias)[0] != outputs))
    return op->emitOpError("C5: expected a bias of extent ")
           << dimsToString(outputs) << ", but got " << dimsToString(getDims(bias));
  return success();
}

template <typename Op>
static LogicalResult checkConvTypes(Op op) {
  Type element = getElementType(op.getX());
  if (!isa<FloatType>(element) || element != getElementType(op.getW()))
    return op.emitOpError("C1: expected operands of the same float type, but got ")
           << element << " and " << getElementType(op.getW());
  if (op.getBias() && getElementType(op.getBias()) != element)
    return op.emitOpError("C5: expected a bias of ")
           << element << ", but got " << getElementType(op.getBias());
  return success();
}

LogicalResult ConvOp::inferTypes(SmallVectorImpl<Type> &types) {
  if (failed(checkConvTypes(*this)) ||
      failed(checkConvWeights(*this, getX(), getW(), getBias(), getGroup(), false)))
    return failure();
  Windows windows = convWindows(cast<RankedTensorType>(getW().getType()).getShape(), getStrides(),
                                getDilations(), getPads());
  FailureOr<Dims> dims = inferWindowed(*this, windows, getDims(getX()), getDims(getW())[0], "C6");
  if (failed(dims))
    return failure();
  types.push_back(getTensorType(*dims, getElementType(getX())));
  return success();
}

LogicalResult ConvOp::evaluate(EvalContext &ctx) {
  const HostTensor &x = ctx.get(getX()), &w = ctx.get(getW());
  HostTensor y = ctx.make(getY());
  std::vector<double> bias(y.dim(1), 0.0);
  if (getBias())
    bias = toDoubles(ctx.get(getBias()));
  std::vector<double> sums =
      convReference<double>(toDoubles(x), x.shape(), toDoubles(w), w.shape(), y.shape(),
                            convWindows(w.shape(), getStrides(), getDilations(), getPads()), getGroup());
  int64_t plane = tenon::numElements(y.shape().drop_front(2));
  for (int64_t i = 0; i < y.size(); ++i)
    y.setF(i, sums[i] + bias[i / plane % y.dim(1)]);
  ctx.set(getY(), y);
  return success();
}

LogicalResult ConvTransposeOp::inferTypes(SmallVectorImpl<Type> &types) {
  if (failed(checkConvTypes(*this)) ||
      failed(checkConvWeights(*this, getX(), getW(), getBias(), getGroup(), true)))
    return failure();
  ArrayRef<int64_t> weights = cast<RankedTensorType>(getW().getType()).getShape();
  Windows windows = convWindows(weights, getStrides(), getDilations(), getPads());
  Dims x = getDims(getX());
  if (failed(checkWindows(*this, windows, x.size() - 2, "C2", /*negativeEnds=*/true)))
    return failure();
  Dims dims = {x[0], constDim(getContext(), weights[1] * getGroup())};
  for (size_t i = 0; i < windows.rank(); ++i) {
    std::optional<int64_t> extent = getStatic(x[i + 2]);
    if (extent && *extent > kMaxExtent)
      return emitOpError("C6: expected an extent of at most ") << kMaxExtent << ", but got " << *extent;
    Dim dim = (x[i + 2] - 1) * windows.strides[i] + (windows.span(i) - windows.begin(i) - windows.end(i));
    if (getStatic(dim) && *getStatic(dim) < 0)
      return emitOpError("C6: expected a result extent of at least 0 in spatial dimension ")
             << i << ", but got " << *getStatic(dim);
    dims.push_back(dim);
  }
  types.push_back(getTensorType(dims, getElementType(getX())));
  return success();
}

LogicalResult ConvTransposeOp::evaluate(EvalContext &ctx) {
  const HostTensor &x = ctx.get(getX()), &w = ctx.get(getW());
  HostTensor y = ctx.make(getY());
  Windows windows = convWindows(w.shape(), getStrides(), getDilations(), getPads());
  std::vector<double> xs = toDoubles(x), ws = toDoubles(w), sums(y.size(), 0.0);
  int64_t group = getGroup(), in = x.dim(1), out = w.dim(1);
  ArrayRef<int64_t> xSpatial = x.shape().drop_front(2), ySpatial = y.shape().drop_front(2);
  int64_t xPlane = tenon::numElements(xSpatial), yPlane = tenon::numElements(ySpatial),
          kPlane = tenon::numElements(windows.kernel);
  SmallVector<int64_t> yStrides = rowMajorStrides(ySpatial);
  if (x.size() && y.size())
    for (int64_t n = 0; n < x.dim(0); ++n)
      for (int64_t c = 0; c < in; ++c)
        for (int64_t o = 0; o < out; ++o) {
          const double *source = &xs[(n * in + c) * xPlane], *kernel = &ws[(c * out + o) * kPlane];
          double *target = &sums[(n * out * group + c / (in / group) * out + o) * yPlane];
          SmallVector<int64_t> p(xSpatial.size(), 0);
          do {
            double value = *source++;
            SmallVector<int64_t> k(xSpatial.size(), 0);
            const double *weight = kernel;
            do {
              int64_t offset = 0;
              bool inside = true;
              for (size_t i = 0; i < k.size(); ++i) {
                int64_t q = p[i] * windows.strides[i] + k[i] * windows.dilations[i] - windows.begin(i);
                inside &= q >= 0 && q < ySpatial[i];
                offset += q * yStrides[i];
              }
              if (inside)
                target[offset] += value * *weight;
              ++weight;
            } while (nextIndex(k, windows.kernel));
          } while (nextIndex(p, xSpatial));
        }
  std::vector<double> bias(y.dim(1), 0.0);
  if (getBias())
    bias = toDoubles(ctx.get(getBias()));
  for (int64_t i = 0; i < y.size(); ++i)
    y.setF(i, sums[i] + bias[i / yPlane % y.dim(1)]);
  ctx.set(getY(), y);
  return success();
}

//===----------------------------------------------------------------------===//
// Matrix products
//===----------------------------------------------------------------------===//

FailureOr<Dims> nn::inferMatMul(Operation *op, Value a, Value b) {
  Dims da = getDims(a), db = getDims(b);
  if (da.empty() || db.empty())
    return op->emitOpError("C1: expected operands of rank 1 or more, but got a scalar");
  bool row = da.size() == 1, column = db.size() == 1;
  Dim inner = column ? db[0] : db[db.size() - 2];
  if (da.back() != inner)
    return op->emitOpError("C2: expected equal inner extents, but got ")
           << dimsToString(da.back()) << " and " << dimsToString(inner);
  FailureOr<Dims> dims =
      broadcastDims(ArrayRef(da).drop_back(row ? 1 : 2), ArrayRef(db).drop_back(column ? 1 : 2));
  if (failed(dims))
    return op->emitOpError("C3: expected leading extents that broadcast, but got ")
           << dimsToString(da) << " and " << dimsToString(db);
  if (!row)
    dims->push_back(da[da.size() - 2]);
  if (!column)
    dims->push_back(db.back());
  return dims;
}

LogicalResult MatMulOp::inferTypes(SmallVectorImpl<Type> &types) {
  Type element = getElementType(getA());
  if (!isNumeric(element) || element != getElementType(getB()))
    return emitOpError("C1: expected operands of the same numeric type, but got ")
           << element << " and " << getElementType(getB());
  FailureOr<Dims> dims = inferMatMul(*this, getA(), getB());
  if (failed(dims))
    return failure();
  types.push_back(getTensorType(*dims, element));
  return success();
}

LogicalResult MatMulOp::evaluate(EvalContext &ctx) {
  const HostTensor &a = ctx.get(getA()), &b = ctx.get(getB());
  HostTensor y = ctx.make(getY());
  if (y.isFloat()) {
    std::vector<double> sums =
        matmulReference<double>(toDoubles(a), a.shape(), toDoubles(b), b.shape(), y.size());
    for (int64_t i = 0; i < y.size(); ++i)
      y.setF(i, sums[i]);
  } else {
    std::vector<uint64_t> sums =
        matmulReference<uint64_t>(toWrapped(a), a.shape(), toWrapped(b), b.shape(), y.size());
    for (int64_t i = 0; i < y.size(); ++i)
      y.setI(i, Int(sums[i]));
  }
  ctx.set(getY(), y);
  return success();
}

std::vector<uint64_t> nn::toWrapped(const HostTensor &tensor) {
  std::vector<uint64_t> values(tensor.size());
  for (int64_t i = 0; i < tensor.size(); ++i)
    values[i] = uint64_t(tensor.getI(i));
  return values;
}

LogicalResult GemmOp::inferTypes(SmallVectorImpl<Type> &types) {
  Type element = getElementType(getA());
  Dims a = getDims(getA()), b = getDims(getB()), c;
  if (getC())
    c = getDims(getC());
  if (a.size() != 2 || b.size() != 2 || c.size() > 2 || !isNumeric(element) ||
      getElementType(getB()) != element || (getC() && getElementType(getC()) != element))
    return emitOpError("C1: expected matrices of the same numeric type, but got ") << getOperandTypes();
  if (getTransA())
    std::swap(a[0], a[1]);
  if (getTransB())
    std::swap(b[0], b[1]);
  if (a[1] != b[0])
    return emitOpError("C2: expected equal inner extents, but got ")
           << dimsToString(a[1]) << " and " << dimsToString(b[0]);
  Dims dims = {a[0], b[1]};
  FailureOr<Dims> broadcast = broadcastDims(dims, c);
  if (failed(broadcast) || *broadcast != dims)
    return emitOpError("C3: expected c to broadcast to ")
           << dimsToString(dims) << ", but got " << dimsToString(c);
  if (isa<IntegerType>(element))
    for (const APFloat &factor : {getAlpha(), getBeta()})
      if (!factor.isInteger() || std::abs(factor.convertToDouble()) > 1e9)
        return emitOpError("C4: expected integer factors on integers, but got ") << factor.convertToDouble();
  types.push_back(getTensorType(dims, element));
  return success();
}

LogicalResult GemmOp::evaluate(EvalContext &ctx) {
  const HostTensor &a = ctx.get(getA()), &b = ctx.get(getB());
  HostTensor y = ctx.make(getY());
  int64_t rows = y.dim(0), columns = y.dim(1), inner = a.dim(getTransA() ? 0 : 1);
  std::optional<BroadcastIndex> index;
  const HostTensor *c = nullptr;
  if (getC()) {
    c = &ctx.get(getC());
    index.emplace(c->shape(), y.shape());
  }
  auto run = [&](auto as, auto bs, auto alpha, auto beta, auto load, auto store) {
    for (int64_t i = 0; i < rows; ++i)
      for (int64_t j = 0; j < columns; ++j) {
        decltype(alpha) sum = 0;
        for (int64_t k = 0; k < inner; ++k)
          sum += as[getTransA() ? k * rows + i : i * inner + k] *
                 bs[getTransB() ? j * inner + k : k * columns + j];
        sum *= alpha;
        if (c)
          sum += beta * load((*index)(i * columns + j));
        store(i * columns + j, sum);
      }
  };
  double alpha = getAlpha().convertToDouble(), beta = getBeta().convertToDouble();
  if (y.isFloat())
    run(
        toDoubles(a), toDoubles(b), alpha, beta, [&](int64_t i) { return c->getF(i); },
        [&](int64_t i, double value) { y.setF(i, value); });
  else
    run(
        toWrapped(a), toWrapped(b), uint64_t(int64_t(alpha)), uint64_t(int64_t(beta)),
        [&](int64_t i) { return uint64_t(c->getI(i)); },
        [&](int64_t i, uint64_t value) { y.setI(i, Int(value)); });
  ctx.set(getY(), y);
  return success();
}

//===----------------------------------------------------------------------===//
// Einsum
//===----------------------------------------------------------------------===//

EinsumTerms nn::parseEinsum(StringRef equation) {
  EinsumTerms terms;
  auto [left, right] = equation.split("->");
  SmallVector<StringRef> parts;
  left.split(parts, ',');
  for (StringRef part : parts)
    terms.inputs.push_back(part.str());
  terms.output = right.str();
  for (char letter : terms.output)
    terms.letters.push_back(letter);
  for (const std::string &part : terms.inputs)
    for (char letter : part)
      if (terms.letters.find(letter) == std::string::npos)
        terms.letters.push_back(letter);
  return terms;
}

FailureOr<Dims> nn::einsumExtents(EinsumOp op, const EinsumTerms &terms) {
  Dims extents;
  for (char letter : terms.letters) {
    Dim extent;
    for (auto [value, term] : llvm::zip(op.getInputs(), terms.inputs))
      for (auto [i, other] : llvm::enumerate(term)) {
        Dim dim = getDims(value)[i];
        if (other != letter || dim == extent || (extent && getStatic(dim) == 1))
          continue;
        if (extent && getStatic(extent) != 1)
          return op.emitOpError("C3: expected equal extents of '")
                 << letter << "', but got " << dimsToString(extent) << " and " << dimsToString(dim);
        extent = dim;
      }
    extents.push_back(extent);
  }
  return extents;
}

LogicalResult EinsumOp::inferTypes(SmallVectorImpl<Type> &types) {
  size_t count = getInputs().size();
  if (count < 1 || count > 2)
    return emitOpError("C1: expected one or two operands, but got ") << count;
  Type element = getElementType(getInputs()[0]);
  if (!isNumeric(element) || element != getElementType(getInputs().back()))
    return emitOpError("C1: expected operands of the same numeric type, but got ")
           << element << " and " << getElementType(getInputs().back());
  EinsumTerms terms = parseEinsum(getEquation());
  bool good = terms.inputs.size() == count && getEquation().contains("->");
  for (auto [i, term] : llvm::enumerate(terms.inputs))
    good = good && llvm::all_of(term, llvm::isAlpha) && int64_t(term.size()) == getRank(getInputs()[i]);
  for (char letter : terms.output)
    good =
        good && llvm::isAlpha(letter) && llvm::count(terms.output, letter) == 1 &&
        llvm::any_of(terms.inputs, [&](const std::string &term) { return llvm::is_contained(term, letter); });
  if (!good)
    return emitOpError("C2: expected an equation with a letter per dimension, but got '")
           << getEquation() << "'";
  FailureOr<Dims> extents = einsumExtents(*this, terms);
  if (failed(extents))
    return failure();
  types.push_back(getTensorType(ArrayRef(*extents).take_front(terms.output.size()), element));
  return success();
}

LogicalResult EinsumOp::evaluate(EvalContext &ctx) {
  EinsumTerms terms = parseEinsum(getEquation());
  HostTensor y = ctx.make(getY());
  // The extent of a letter is the largest of its dimensions' (all others are 1).
  SmallVector<int64_t> shape(terms.letters.size(), 1);
  SmallVector<SmallVector<int64_t>> strides(getInputs().size(), SmallVector<int64_t>(shape.size(), 0));
  for (auto [n, term] : llvm::enumerate(terms.inputs)) {
    const HostTensor &x = ctx.get(getInputs()[n]);
    SmallVector<int64_t> own = x.strides();
    for (auto [i, letter] : llvm::enumerate(term)) {
      size_t position = terms.letters.find(letter);
      if (x.dim(i) == 1)
        continue;
      shape[position] = x.dim(i);
      strides[n][position] += own[i];
    }
  }
  size_t rank = terms.output.size();
  SmallVector<int64_t> outer(shape.begin(), shape.begin() + rank), inner(shape.begin() + rank, shape.end());
  auto run = [&](auto values, auto one, auto store) {
    SmallVector<int64_t> p(rank, 0);
    for (int64_t i = 0; i < y.size(); ++i, nextIndex(p, outer)) {
      decltype(one) sum = 0;
      SmallVector<int64_t> k(inner.size(), 0);
      if (tenon::numElements(inner))
        do {
          decltype(one) product = one;
          SmallVector<int64_t> point(p);
          llvm::append_range(point, k);
          for (auto [n, data] : llvm::enumerate(values))
            product *= data[linearIndex(point, strides[n])];
          sum += product;
        } while (nextIndex(k, inner));
      store(i, sum);
    }
  };
  if (y.isFloat()) {
    std::vector<std::vector<double>> values;
    for (Value input : getInputs())
      values.push_back(toDoubles(ctx.get(input)));
    run(values, 1.0, [&](int64_t i, double value) { y.setF(i, value); });
  } else {
    std::vector<std::vector<uint64_t>> values;
    for (Value input : getInputs())
      values.push_back(toWrapped(ctx.get(input)));
    run(values, uint64_t(1), [&](int64_t i, uint64_t value) { y.setI(i, Int(value)); });
  }
  ctx.set(getY(), y);
  return success();
}

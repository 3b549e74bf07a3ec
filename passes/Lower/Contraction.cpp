#include "dialects/NN/ConvReference.h"
#include "passes/Lower/Windows.h"
#include "passes/Lower/Winograd.h"

using namespace mlir;
using namespace tenon;
using namespace tenon::lower;

static Value zeroOf(TaskBuilder &task, Type element) {
  return task.scalars().constant(computeType(element), 0);
}

static Value multiplyAdd(ScalarBuilder &s, Value x, Value w, Value acc) {
  return s.fma(x, w, acc);
}

/// A bias per output in a convolution's epilogue; `bias` may be absent.
static Value addBias(ScalarBuilder &s, const std::optional<Tensor> &bias, Value acc) {
  return bias ? s.add(acc, s.load(*bias, {s.loop(1), s.loop(2)})) : acc;
}

/// A bias as (group, outputs of the group).
static std::optional<Tensor> groupedBias(TaskBuilder &task, Value bias, int64_t group) {
  if (!bias)
    return std::nullopt;
  Tensor t = task.tensor(bias);
  return task.reshape(t, {task.dim(group), t.dims[0].floorDiv(group)});
}

static LogicalResult lowerConv(nn::ConvOp op, TaskBuilder &task) {
  if (sched::LayoutAttr layout = task.tensor(op.getW()).layout; layout && layout.isTransformed())
    return lowerWinograd(op, task);
  nn::Windows windows = windowsOf(op, kernelOf(op.getW()));
  Tensor x = task.tensor(op.getX());
  SmallVector<int64_t> offsets;
  bool covered = coversHalo(x, windows), skips = !covered && x.layout && windows.padded();
  if (covered || skips)
    for (size_t i = 0; i < windows.rank(); ++i)
      offsets.push_back(-windows.begin(i));
  else
    x = padSpatial(task, x, windows, 0);
  std::optional<Tensor> bias = groupedBias(task, op.getBias(), op.getGroup());
  ConvLoops loops{x,
                  task.tensor(op.getW()),
                  task.tensor(op.getY()),
                  int64_t(op.getGroup()),
                  windows.kernel,
                  windows.strides,
                  windows.dilations,
                  false,
                  offsets,
                  skips};
  loops.emit(task, zeroOf(task, x.element), multiplyAdd,
             [&](ScalarBuilder &s, Value acc) { return addBias(s, bias, acc); });
  return success();
}

/// As a convolution with the reversed kernel over an input that is spread out: `stride - 1` zeros between its
/// elements, and zeros around it.
static LogicalResult lowerConvTranspose(nn::ConvTransposeOp op, TaskBuilder &task) {
  nn::Windows windows = windowsOf(op, kernelOf(op.getW()));
  Tensor x = task.tensor(op.getX());
  size_t rank = windows.rank();
  // Position `first` of the spread input is the first element; position `lead` is the first that is read.
  SmallVector<int64_t> lead, first, ones(rank, 1);
  nn::Dims dims = x.dims;
  for (size_t i = 0; i < rank; ++i) {
    int64_t before = windows.span(i) - 1 - windows.begin(i);
    first.push_back(std::max<int64_t>(before, 0));
    lead.push_back(std::max<int64_t>(-before, 0));
    // As far as elements are written, or results read: both grow with the extent alike.
    int64_t written = 1 + first[i];
    int64_t read = lead[i] + 2 * windows.span(i) - 1 - windows.begin(i) - windows.end(i);
    dims[i + 2] = (dims[i + 2] - 1) * windows.strides[i] + std::max(written, read);
  }
  Tensor spread = task.scratch(x.element, dims);
  task.fill(spread, 0);
  Type raw = storageType(x.element);
  Nest nest(task, x.dims);
  SmallVector<AffineExpr> target = nest.parallelDims();
  for (size_t i = 0; i < rank; ++i)
    target[i + 2] = target[i + 2] * windows.strides[i] + first[i];
  nest.in({x.memref, raw, x.dims}, nest.parallelDims()).out({spread.memref, raw, dims}, target);
  nest.emit([](ScalarBuilder &, ValueRange in, ValueRange) { return Nest::Values{in[0]}; });

  std::optional<Tensor> bias = groupedBias(task, op.getBias(), op.getGroup());
  ConvLoops loops{spread,
                  task.tensor(op.getW()),
                  task.tensor(op.getY()),
                  int64_t(op.getGroup()),
                  windows.kernel,
                  ones,
                  windows.dilations,
                  true,
                  lead};
  loops.emit(task, zeroOf(task, x.element), multiplyAdd,
             [&](ScalarBuilder &s, Value acc) { return addBias(s, bias, acc); });
  return success();
}

void lower::emitMatMul(TaskBuilder &task, Tensor a, Tensor b, Tensor y, Value init, MatMulStep step) {
  nn::Dim one = task.dim(1);
  bool row = a.rank() == 1, column = b.rank() == 1;
  nn::Dims yDims = y.dims;
  if (column)
    yDims.push_back(one);
  if (row)
    yDims.insert(yDims.end() - 1, one);
  if (row)
    a = task.reshape(a, {one, a.dims[0]});
  if (column)
    b = task.reshape(b, {b.dims[0], one});
  if (row || column)
    y = task.reshape(y, yDims);
  int64_t batch = y.rank() - 2;
  Nest nest(task, y.dims, {a.dims.back()});
  auto subscripts = [&](const Tensor &t, AffineExpr i, AffineExpr j) {
    SmallVector<AffineExpr> result;
    int64_t own = t.rank() - 2;
    for (int64_t d = 0; d < own; ++d)
      result.push_back(nn::getStatic(t.dims[d]) == 1 ? nest.c(0) : nest.d(batch - own + d));
    result.push_back(i);
    result.push_back(j);
    return result;
  };
  AffineExpr k = nest.d(batch + 2);
  nest.in(a, subscripts(a, nest.d(batch), k)).in(b, subscripts(b, k, nest.d(batch + 1))).out(y).acc(init);
  nest.emit([&](ScalarBuilder &s, ValueRange in,
                ValueRange acc) { return Nest::Values{step(s, in[0], in[1], acc[0])}; },
            [&](ScalarBuilder &, ValueRange acc) { return Nest::Values{acc[0]}; });
}

static LogicalResult lowerMatMul(nn::MatMulOp op, TaskBuilder &task) {
  Tensor y = task.tensor(op.getY());
  emitMatMul(task, task.tensor(op.getA()), task.tensor(op.getB()), y, zeroOf(task, y.element), multiplyAdd);
  return success();
}

static LogicalResult lowerGemm(nn::GemmOp op, TaskBuilder &task) {
  Tensor a = task.tensor(op.getA()), b = task.tensor(op.getB()), y = task.tensor(op.getY());
  Type type = computeType(y.element);
  double alpha = op.getAlpha().convertToDouble(), beta = op.getBeta().convertToDouble();
  std::optional<Tensor> c;
  if (op.getC())
    c = task.tensor(op.getC());
  Nest nest(task, y.dims, {a.dims[op.getTransA() ? 0 : 1]});
  AffineExpr i = nest.d(0), j = nest.d(1), k = nest.d(2);
  SmallVector<AffineExpr> as = {i, k}, bs = {k, j};
  if (op.getTransA())
    std::swap(as[0], as[1]);
  if (op.getTransB())
    std::swap(bs[0], bs[1]);
  nest.in(a, as).in(b, bs).out(y).acc(zeroOf(task, y.element));
  nest.emit([&](ScalarBuilder &s, ValueRange in,
                ValueRange acc) { return Nest::Values{multiplyAdd(s, in[0], in[1], acc[0])}; },
            [&](ScalarBuilder &s, ValueRange acc) {
              Value sum = alpha == 1 ? acc[0] : s.mul(acc[0], s.constant(type, alpha));
              if (!c)
                return Nest::Values{sum};
              SmallVector<Value> subscripts;
              for (int64_t d = 0; d < c->rank(); ++d)
                subscripts.push_back(nn::getStatic(c->dims[d]) == 1 ? s.index(0) : s.loop(2 - c->rank() + d));
              Value addend = s.load(*c, subscripts);
              return Nest::Values{s.add(sum, beta == 1 ? addend : s.mul(addend, s.constant(type, beta)))};
            });
  return success();
}

static LogicalResult lowerEinsum(nn::EinsumOp op, TaskBuilder &task) {
  nn::EinsumTerms terms = nn::parseEinsum(op.getEquation());
  FailureOr<nn::Dims> extents = nn::einsumExtents(op, terms);
  if (failed(extents))
    return failure();
  Tensor y = task.tensor(op.getY());
  size_t rank = terms.output.size();
  Nest nest(task, ArrayRef(*extents).take_front(rank), ArrayRef(*extents).drop_front(rank));
  for (auto [value, term] : llvm::zip(op.getInputs(), terms.inputs)) {
    Tensor x = task.tensor(value);
    SmallVector<AffineExpr> subscripts;
    for (auto [i, letter] : llvm::enumerate(term))
      subscripts.push_back(nn::getStatic(x.dims[i]) == 1 ? nest.c(0) : nest.d(terms.letters.find(letter)));
    nest.in(x, subscripts);
  }
  nest.out(y);
  bool pair = op.getInputs().size() == 2;
  if (rank == terms.letters.size()) {
    nest.emit([&](ScalarBuilder &s, ValueRange in, ValueRange) {
      return Nest::Values{pair ? s.mul(in[0], in[1]) : in[0]};
    });
    return success();
  }
  nest.acc(zeroOf(task, y.element));
  nest.emit(
      [&](ScalarBuilder &s, ValueRange in, ValueRange acc) {
        return Nest::Values{pair ? s.fma(in[0], in[1], acc[0]) : s.add(acc[0], in[0])};
      },
      [&](ScalarBuilder &, ValueRange acc) { return Nest::Values{acc[0]}; });
  return success();
}

void lower::populateContraction(Lowerings &lowerings) {
  lowerings.add<nn::ConvOp>(lowerConv);
  lowerings.add<nn::ConvTransposeOp>(lowerConvTranspose);
  lowerings.add<nn::MatMulOp>(lowerMatMul);
  lowerings.add<nn::GemmOp>(lowerGemm);
  lowerings.add<nn::EinsumOp>(lowerEinsum);
}

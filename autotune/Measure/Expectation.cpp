#include "autotune/Measure/Expectation.h"
#include "dialects/NN/NN.h"
#include "lib/Driver/PackWeights.h"
#include "lib/Driver/Tensors.h"
#include "lib/Support/AtomicFile.h"
#include "llvm/Support/MathExtras.h"
#include <cmath>
#include <random>

using namespace mlir;
using namespace tenon;
using namespace tenon::autotune;

//===----------------------------------------------------------------------===//
// The file
//===----------------------------------------------------------------------===//

template <typename T>
static ArrayRef<char> bytesOf(const T *data, size_t count) {
  return {reinterpret_cast<const char *>(data), count * sizeof(T)};
}

llvm::Error autotune::writeExpectation(StringRef path, ArrayRef<ExpectedTensor> inputs,
                                       ArrayRef<ExpectedTensor> outputs) {
  tn_expectation header = {TN_EXPECTATION_MAGIC, int64_t(inputs.size()), int64_t(outputs.size())};
  std::vector<tn_expected_tensor> table;
  int64_t end = sizeof header + sizeof(tn_expected_tensor) * (inputs.size() + outputs.size());
  auto place = [&](int64_t bytes) {
    int64_t offset = llvm::alignTo(end, 64);
    end = offset + bytes;
    return offset;
  };
  for (ArrayRef<ExpectedTensor> tensors : {inputs, outputs})
    for (const ExpectedTensor &tensor : tensors) {
      int64_t offset = place(tensor.bytes.size());
      table.push_back({int64_t(tensor.type), int64_t(tensor.bytes.size()), offset,
                       place(4 * tensor.tolerance.size()), tensor.isFresh});
    }
  llvm::Expected<AtomicFile> file = AtomicFile::create(path);
  if (!file)
    return file.takeError();
  auto write = [&](int64_t offset, ArrayRef<char> bytes) -> llvm::Error {
    if (llvm::Error error = file->seek(offset))
      return error;
    return file->write(bytes);
  };
  if (llvm::Error error = write(0, bytesOf(&header, 1)))
    return error;
  if (llvm::Error error = write(sizeof header, bytesOf(table.data(), table.size())))
    return error;
  size_t next = 0;
  for (ArrayRef<ExpectedTensor> tensors : {inputs, outputs})
    for (const ExpectedTensor &tensor : tensors) {
      const tn_expected_tensor &entry = table[next++];
      if (llvm::Error error = write(entry.offset, tensor.bytes))
        return error;
      if (llvm::Error error =
              write(entry.tolerance_offset, bytesOf(tensor.tolerance.data(), tensor.tolerance.size())))
        return error;
    }
  return file->commit();
}

llvm::Expected<ReadExpectation> ReadExpectation::open(StringRef path) {
  auto buffer = llvm::MemoryBuffer::getFile(path, /*IsText=*/false, /*RequiresNullTerminator=*/false,
                                            /*IsVolatile=*/false, llvm::Align(64));
  if (!buffer)
    return llvm::createStringError("cannot read '" + path + "': " + buffer.getError().message());
  ReadExpectation read;
  const tn_expectation *header;
  const tn_expected_tensor *inputs, *outputs;
  if (tn_read_expectation((*buffer)->getBufferStart(), (*buffer)->getBufferSize(), &header, &inputs,
                          &outputs))
    return llvm::createStringError("'" + path +
                                   "': expected what a task's candidates compute (an expectation)");
  read.in = {inputs, size_t(header->num_inputs)};
  read.out = {outputs, size_t(header->num_outputs)};
  read.file = std::move(*buffer);
  return read;
}

std::string ReadExpectation::difference(size_t i, ArrayRef<char> actual) const {
  char message[256];
  return tn_describe_difference(file->getBufferStart(), &out[i], int64_t(i), actual.data(), message,
                                sizeof message)
             ? message
             : "";
}

//===----------------------------------------------------------------------===//
// Inputs and results of a task
//===----------------------------------------------------------------------===//

/// A tensor of pseudo-random numbers. `wide`: also integers of 32 and 64 bits, which may be indices, are not
/// zero.
static HostTensor randomTensor(RankedTensorType type, std::mt19937_64 &random, bool wide) {
  HostTensor tensor(type.getElementType(), type.getShape());
  Type element = type.getElementType();
  unsigned width = element.isIntOrFloat() ? element.getIntOrFloatBitWidth() : 0;
  for (int64_t i = 0; i < tensor.size(); ++i) {
    uint64_t bits = random();
    if (tensor.isFloat()) {
      // A grid on which every type has its numbers: 1/4 for those of 8 bits, so that they are not all
      // rounded.
      int grid = width >= 32 ? 22 : width >= 16 ? 7 : 2;
      tensor.setF(i, std::ldexp(double(bits >> (63 - grid)), -grid) - 1);
    } else if (width == 1) {
      tensor.setI(i, Int(bits >> 63));
    } else if (width < 32) {
      tensor.setI(i, Int(int64_t(bits))); // wraps
    } else if (wide) {
      tensor.setI(i, Int(bits >> 63));
    }
  }
  return tensor;
}

static HostTensor magnitudes(const HostTensor &tensor) {
  if (!tensor.isFloat())
    return tensor;
  HostTensor result(tensor.elementType(), tensor.shape());
  for (int64_t i = 0; i < tensor.size(); ++i)
    result.setF(i, std::fabs(tensor.getF(i)));
  return result;
}

/// The task's results by the references; nullopt, with what the references say, where they refuse the values.
static std::optional<SmallVector<HostTensor>> evaluateTask(sched::TaskOp task, ArrayRef<HostTensor> inputs,
                                                           std::string &message) {
  ScopedDiagnosticHandler handler(task.getContext(), [&](Diagnostic &diagnostic) {
    message = diagnostic.str();
    return success();
  });
  Block &block = task.getBody().front();
  nn::EvalContext ctx;
  for (auto [argument, input] : llvm::zip_equal(block.getArguments(), inputs))
    ctx.set(argument, input);
  for (Operation &op : block.without_terminator())
    if (failed(nn::evaluateOp(&op, ctx)))
      return std::nullopt;
  SmallVector<HostTensor> results;
  for (Value value : block.getTerminator()->getOperands())
    results.push_back(ctx.get(value));
  return results;
}

/// The unit of rounding of a float type, times four; 1e-5 where that is more.
static double relativeTolerance(Type element) {
  auto type = cast<FloatType>(element);
  return std::max(1e-5, std::ldexp(4, -int(type.getFPMantissaWidth())));
}

/// How much each element of a result may differ.
static std::vector<float> tolerances(const HostTensor &result, const HostTensor &magnitude) {
  std::vector<float> allowed(result.size(), 0);
  if (!result.isFloat())
    return allowed;
  auto finite = [](double value) { return std::isfinite(value) ? std::fabs(value) : 0; };
  double largest = 0, relative = relativeTolerance(result.elementType());
  for (int64_t i = 0; i < result.size(); ++i)
    largest = std::max(largest, finite(result.getF(i)));
  for (int64_t i = 0; i < result.size(); ++i)
    allowed[i] = float(relative * (largest + std::max(finite(result.getF(i)),
                                                      magnitude.empty() ? 0 : finite(magnitude.getF(i)))));
  return allowed;
}

//===----------------------------------------------------------------------===//
// Layouts
//===----------------------------------------------------------------------===//

/// A place in a buffer per element of a tensor of this shape, in row-major order.
static SmallVector<int64_t> positions(ArrayRef<int64_t> shape, sched::LayoutAttr layout) {
  SmallVector<int64_t> strides = rowMajorStrides(layout.getBufferShape(shape)), result;
  SmallVector<int64_t> index(shape.size(), 0);
  if (numElements(shape) == 0)
    return result;
  size_t outer = layout.getOrder().size();
  do {
    int64_t position = 0;
    for (auto [i, d] : llvm::enumerate(layout.getOrder()))
      position += strides[i] * (index[d] / layout.getBlock(d) + layout.getHaloOf(d));
    for (size_t i = 0; i < layout.getBlocks().size(); i += 2)
      position += strides[outer + i / 2] * (index[layout.getBlocks()[i]] % layout.getBlocks()[i + 1]);
    result.push_back(position);
  } while (nextIndex(index, shape));
  return result;
}

/// Where in the buffer zeros must be: beside the image, though not in what pads a block.
static std::vector<bool> isBorder(ArrayRef<int64_t> shape, sched::LayoutAttr layout) {
  SmallVector<int64_t> buffer = layout.getBufferShape(shape), index(buffer.size(), 0);
  std::vector<bool> border;
  if (numElements(buffer) == 0)
    return border;
  do {
    bool beside = false, padding = false;
    for (auto [i, d] : llvm::enumerate(layout.getOrder())) {
      int64_t halo = layout.getHaloOf(d), at = index[i] - halo;
      beside |= halo && (at < 0 || at >= shape[d]);
      int64_t block = layout.getBlock(d);
      for (size_t k = 0; block > 1 && k < layout.getBlocks().size(); k += 2)
        if (layout.getBlocks()[k] == d)
          padding |= index[i] * block + index[layout.getOrder().size() + k / 2] >= shape[d];
    }
    border.push_back(beside && !padding);
  } while (nextIndex(index, buffer));
  return border;
}

static std::vector<char> packedContent(const HostTensor &tensor, sched::LayoutAttr layout) {
  int64_t width = elementBytes(tensor.elementType());
  std::vector<char> bytes(width * numElements(layout.getBufferShape(tensor.shape())), 0);
  for (auto [i, position] : llvm::enumerate(positions(tensor.shape(), layout)))
    std::memcpy(bytes.data() + position * width, tensor.raw() + i * width, width);
  return bytes;
}

namespace {
/// Collects the bytes of weights.
class MemorySink : public WeightsSink {
public:
  std::vector<char> bytes;

private:
  llvm::Error append(ArrayRef<char> more) override {
    bytes.insert(bytes.end(), more.begin(), more.end());
    return llvm::Error::success();
  }
};
} // namespace

static llvm::Expected<ExpectedTensor> makeInput(const HostTensor &tensor, sched::LayoutAttr layout) {
  ExpectedTensor input;
  input.type = toElementType(tensor.elementType());
  if (!layout) {
    input.bytes.assign(tensor.raw(), tensor.raw() + tensor.bytes());
  } else if (layout.isTransformed()) {
    MemorySink sink;
    if (llvm::Error error = writePacked(tensor, layout, sink))
      return error;
    input.bytes = std::move(sink.bytes);
  } else {
    input.bytes = packedContent(tensor, layout);
  }
  return input;
}

static ExpectedTensor makeOutput(const HostTensor &tensor, std::vector<float> allowed,
                                 sched::LayoutAttr layout) {
  ExpectedTensor output;
  output.type = toElementType(tensor.elementType());
  if (!layout) {
    output.bytes.assign(tensor.raw(), tensor.raw() + tensor.bytes());
    output.tolerance = std::move(allowed);
    return output;
  }
  output.bytes = packedContent(tensor, layout);
  for (bool border : isBorder(tensor.shape(), layout))
    output.tolerance.push_back(border ? 0 : std::numeric_limits<float>::infinity());
  for (auto [i, position] : llvm::enumerate(positions(tensor.shape(), layout)))
    output.tolerance[position] = allowed[i];
  return output;
}

llvm::Error autotune::writeTaskExpectation(StringRef path, sched::TaskOp task, OperandForm form,
                                           ArrayRef<unsigned> constants, uint64_t seed) {
  auto fail = [&](const std::string &what) {
    return llvm::createStringError("task '" + task.getSymName() + "': " + what);
  };
  SmallVector<RankedTensorType> types;
  for (Type type : task.getArgumentTypes()) {
    types.push_back(cast<RankedTensorType>(type));
    if (!types.back().hasStaticShape())
      return fail("expected fixed extents");
  }
  SmallVector<HostTensor> inputs;
  std::optional<SmallVector<HostTensor>> results;
  std::string message;
  for (bool wide : {true, false}) {
    std::mt19937_64 random(seed);
    inputs.clear();
    for (RankedTensorType type : types)
      inputs.push_back(randomTensor(type, random, wide));
    if ((results = evaluateTask(task, inputs, message)))
      break;
  }
  if (!results)
    return fail("its reference refuses the inputs: " + message);
  SmallVector<HostTensor> positive;
  for (const HostTensor &input : inputs)
    positive.push_back(magnitudes(input));
  std::optional<SmallVector<HostTensor>> sizes = evaluateTask(task, positive, message);

  bool buffers = form == OperandForm::Buffers;
  std::vector<ExpectedTensor> in, out;
  for (auto [i, input] : llvm::enumerate(inputs)) {
    llvm::Expected<ExpectedTensor> tensor =
        makeInput(input, buffers ? task.getLayout(i) : sched::LayoutAttr());
    if (!tensor)
      return tensor.takeError();
    tensor->isFresh = !llvm::is_contained(constants, i);
    in.push_back(std::move(*tensor));
  }
  for (auto [i, result] : llvm::enumerate(*results)) {
    if (toElementType(result.elementType()) == ElementType::Undefined)
      return fail("expected results of a type that models have");
    out.push_back(makeOutput(result, tolerances(result, sizes ? (*sizes)[i] : HostTensor()),
                             buffers ? task.getResultLayout(i) : sched::LayoutAttr()));
  }
  return writeExpectation(path, in, out);
}

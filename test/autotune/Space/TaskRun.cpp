#include "test/autotune/Space/TaskRun.h"
#include "dialects/NN/Evaluate.h"
#include "dialects/NN/NN.h"
#include "lib/Driver/Compile.h"
#include "lib/Driver/PackWeights.h"
#include "lib/Driver/Tensors.h"
#include "lib/Target/LoadedModel.h"
#include "llvm/Support/FileSystem.h"
#include <cmath>
#include <cstring>
#include <fstream>

using namespace mlir;
using namespace tenon;
using namespace tenon::test;

std::vector<PlannedTask> tenon::test::planFile(StringRef path, const TargetSpec &target) {
  CompilerOptions options;
  options.targets = {target};
  Compilation compilation(std::move(options));
  if (llvm::Error e = compilation.run(path, Phase::Plan)) {
    ADD_FAILURE() << llvm::toString(std::move(e));
    return {};
  }
  return listTasks(compilation.module());
}

std::vector<PlannedTask> tenon::test::planTasks(StringRef text, const TargetSpec &target) {
  llvm::SmallString<128> path;
  EXPECT_FALSE(llvm::sys::fs::createTemporaryFile("tenon-space", "mlir", path));
  std::ofstream(path.c_str()) << text.str();
  std::vector<PlannedTask> tasks = planFile(path, target);
  llvm::sys::fs::remove(path);
  return tasks;
}

namespace {
class Bytes : public WeightsSink {
public:
  explicit Bytes(char *to) : to(to) {}

private:
  llvm::Error append(llvm::ArrayRef<char> bytes) override {
    std::memcpy(to, bytes.data(), bytes.size());
    to += bytes.size();
    return llvm::Error::success();
  }
  char *to;
};
} // namespace

/// Where element `index` of a tensor of a shape lies in its buffer.
static int64_t placeOf(ArrayRef<int64_t> index, sched::LayoutAttr layout, ArrayRef<int64_t> bufferShape) {
  SmallVector<int64_t> at;
  for (int64_t d : layout.getOrder())
    at.push_back((index[d] + layout.getHaloOf(d)) / layout.getBlock(d));
  for (size_t i = 0; i < layout.getBlocks().size(); i += 2)
    at.push_back(index[layout.getBlocks()[i]] % layout.getBlocks()[i + 1]);
  return linearIndex(at, rowMajorStrides(bufferShape));
}

TaskRun::TaskRun(TaskCompiler &compiler, uint64_t seed) : compiler(compiler) {
  sched::TaskOp task = compiler.task();
  autotune::Rng rng(seed);
  nn::EvalContext evaluation;
  Block &body = task.getBody().front();
  for (BlockArgument argument : body.getArguments()) {
    auto type = cast<RankedTensorType>(argument.getType());
    HostTensor tensor(type.getElementType(), type.getShape());
    std::uniform_real_distribution<double> numbers(-1, 1);
    for (int64_t i = 0; i < tensor.size(); ++i)
      if (tensor.isFloat())
        tensor.setF(i, numbers(rng));
    evaluation.set(argument, tensor);
    sched::LayoutAttr layout = task.getLayout(argument.getArgNumber());
    SmallVector<int64_t> shape(type.getShape());
    if (layout)
      shape = layout.getBufferShape(shape);
    RawTensor raw = llvm::cantFail(RawTensor::create(toElementType(type.getElementType()), shape));
    if (!layout) {
      std::memcpy(raw.data(), tensor.raw(), tensor.bytes());
    } else if (layout.getHalo().empty()) {
      Bytes sink(raw.data());
      llvm::cantFail(writePacked(tensor, layout, sink));
    } else {
      int64_t width = tensor.bytes() / std::max<int64_t>(tensor.size(), 1);
      SmallVector<int64_t> index(type.getRank(), 0);
      for (int64_t i = 0; i < tensor.size(); ++i) {
        std::memcpy(raw.data() + placeOf(index, layout, shape) * width, tensor.raw() + i * width, width);
        nextIndex(index, type.getShape());
      }
    }
    inputs.push_back(std::move(raw));
  }
  for (Operation &op : body.without_terminator())
    if (failed(nn::evaluateOp(&op, evaluation))) {
      problem = "no reference";
      return;
    }
  for (Value result : body.getTerminator()->getOperands())
    expected.push_back(evaluation.get(result));
}

::testing::AssertionResult TaskRun::compare(ArrayRef<RawTensor> outputs) {
  sched::TaskOp task = compiler.task();
  for (auto [i, output] : llvm::enumerate(outputs)) {
    const HostTensor &want = expected[i];
    sched::LayoutAttr layout = task.getResultLayout(i);
    HostTensor have(want.elementType(), output.shape());
    std::memcpy(have.raw(), output.data(), output.bytes());
    double largest = 1e-3;
    for (int64_t e = 0; e < want.size(); ++e)
      largest = std::max(largest, std::abs(want.getF(e)));
    SmallVector<int64_t> index(want.rank(), 0);
    double sum = 0;
    for (int64_t e = 0; e < want.size(); ++e) {
      int64_t at = layout ? placeOf(index, layout, output.shape()) : e;
      double difference = std::abs(have.getF(at) - want.getF(e));
      if (!(difference <= 1e-4 * largest))
        return ::testing::AssertionFailure() << "result " << i << ", element " << e << ": expected "
                                             << want.getF(e) << ", but got " << have.getF(at);
      nextIndex(index, want.shape());
      sum += std::abs(have.getF(at));
    }
    // What a layout has beside the elements, where no block is in part empty, are zeros.
    bool isFull = layout && have.isFloat();
    for (size_t b = 0; layout && b < layout.getBlocks().size(); b += 2)
      isFull &= want.dim(layout.getBlocks()[b]) % layout.getBlocks()[b + 1] == 0;
    double all = 0;
    for (int64_t e = 0; isFull && e < have.size(); ++e)
      all += std::abs(have.getF(e));
    if (isFull && !(std::abs(all - sum) <= 1e-9 * std::max(all, 1.0)))
      return ::testing::AssertionFailure() << "result " << i << ": expected zeros around the elements";
  }
  return ::testing::AssertionSuccess();
}

::testing::AssertionResult TaskRun::check(const autotune::Point &point) {
  if (!problem.empty())
    return ::testing::AssertionFailure() << problem;
  auto named = [&](::testing::AssertionResult result) {
    return result ? result : result << "\n  schedule " << compiler.space().print(point);
  };
  llvm::Expected<ModelObjects> objects = compiler.objects(point);
  if (!objects)
    return named(::testing::AssertionFailure() << llvm::toString(objects.takeError()));
  auto model = LoadedModel::fromObjects(*objects);
  if (!model)
    return named(::testing::AssertionFailure() << llvm::toString(model.takeError()));
  // One thread that does the work of three, part by part.
  tenon_thread_pool parts = {nullptr, 3, [](void *, int32_t count, void (*body)(void *, int32_t), void *arg) {
                               for (int32_t i = 0; i < count; ++i)
                                 body(arg, i);
                             }};
  for (const tenon_thread_pool *pool : {static_cast<tenon_thread_pool *>(nullptr), &parts}) {
    auto outputs = (*model)->run(inputs, pool);
    if (!outputs)
      return named(::testing::AssertionFailure() << llvm::toString(outputs.takeError()));
    if (auto result = compare(*outputs); !result)
      return named(result << (pool ? ", in parts" : ""));
  }
  return ::testing::AssertionSuccess();
}

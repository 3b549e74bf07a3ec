#include "autotune/Measure/Expectation.h"
#include "autotune/Measure/ExpectationFile.h"
#include "lib/Driver/InitAll.h"
#include "lib/Driver/PackWeights.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Parser/Parser.h"
#include "tenon/Compiler.h"
#include "test/autotune/Measure/Candidates.h"
#include <cmath>

using namespace mlir;
using namespace tenon;
using namespace tenon::autotune;
using namespace tenon::test;

namespace {

struct Expectation : testing::Test {
  Expectation() {
    DialectRegistry registry;
    registerAllDialects(registry);
    context.appendDialectRegistry(registry);
    context.loadAllAvailableDialects();
  }

  /// Compiles a model of one task to NAME.so, and writes what the task computes to NAME.expectation.
  Candidate compile(const std::string &name, const std::string &text) {
    EXPECT_EQ(message(writeFile(folder / (name + ".mlir"), text)), "");
    for (std::string phase : {"", "plan"}) {
      CompileOptions options;
      options.toPhase = phase;
      Result<CompiledModel> model = CompiledModel::compile(folder / (name + ".mlir"), options);
      EXPECT_TRUE(model.ok()) << model.message();
      Status written = model->write(folder / (name + (phase.empty() ? ".so" : "-plan.mlir")));
      EXPECT_TRUE(written.ok()) << written.message();
    }
    OwningOpRef<ModuleOp> module = parseSourceFile<ModuleOp>(folder / (name + "-plan.mlir"), &context);
    EXPECT_TRUE(module);
    auto tasks = llvm::to_vector(module->getOps<sched::TaskOp>());
    EXPECT_EQ(tasks.size(), 1u);
    Candidate candidate{folder / (name + ".so"), folder / (name + ".expectation")};
    EXPECT_EQ(message(writeTaskExpectation(candidate.expectation, tasks[0], OperandForm::Tensors)), "");
    return candidate;
  }
  Measurement measure(const Candidate &candidate) { return measurer->measure(candidate)[0]; }

  Folder folder;
  MLIRContext context;
  std::unique_ptr<Measurer> measurer = get(createLocalMeasurer(quick(), TEST_RUNNER));
};

/// A model of one task: its arguments, the lines of its body, of which %y is the result, and the result's
/// type.
std::string model(const std::string &arguments, const std::string &body, const std::string &type) {
  return "module {\n  func.func @main(" + arguments + ") -> (" + type + " {nn.name = \"y\"}) {\n" + body +
         "    return %y : " + type + "\n  }\n}\n";
}

std::string convolution(const std::string &pads, const std::string &after) {
  return model(
      "%x: tensor<1x32x14x14xf32> {nn.name = \"x\"}, %w: tensor<48x32x3x3xf32> {nn.name = \"w\"}, "
      "%b: tensor<48xf32> {nn.name = \"b\"}",
      "%c = nn.conv %x, %w, %b {dilations = array<i64: 1, 1>, group = 1 : i64, pads = array<i64: " + pads +
          ">, strides = array<i64: 1, 1>} : (tensor<1x32x14x14xf32>, tensor<48x32x3x3xf32>, tensor<48xf32>) "
          "-> "
          "tensor<1x48x14x14xf32>\n%y = " +
          after + " %c : (tensor<1x48x14x14xf32>) -> tensor<1x48x14x14xf32>\n",
      "tensor<1x48x14x14xf32>");
}

std::string product(const std::string &type, const std::string &after) {
  std::string result = "tensor<5x40x" + type + ">";
  return model("%x: tensor<5x300x" + type + "> {nn.name = \"x\"}, %w: tensor<300x40x" + type +
                   "> {nn.name = \"w\"}",
               "%c = nn.matmul %x, %w : (tensor<5x300x" + type + ">, tensor<300x40x" + type + ">) -> " +
                   result + "\n%y = " + after + " %c : (" + result + ") -> " + result + "\n",
               result);
}

TEST_F(Expectation, CompiledTasksAgreeWithTheirReferences) {
  std::string gather =
      model("%x: tensor<6x7xf32> {nn.name = \"x\"}, %i: tensor<9xi64> {nn.name = \"i\"}",
            "%y = nn.gather %x, %i {axis = 0 : i64} : (tensor<6x7xf32>, tensor<9xi64>) -> tensor<9x7xf32>\n",
            "tensor<9x7xf32>");
  std::string equal =
      model("%x: tensor<100xi8> {nn.name = \"x\"}, %z: tensor<100xi8> {nn.name = \"z\"}",
            "%y = nn.add %x, %z : (tensor<100xi8>, tensor<100xi8>) -> tensor<100xi8>\n", "tensor<100xi8>");
  const std::pair<const char *, std::string> models[] = {{"conv", convolution("1, 1, 1, 1", "nn.relu")},
                                                         {"f32", product("f32", "nn.tanh")},
                                                         {"f16", product("f16", "nn.relu")},
                                                         {"bf16", product("bf16", "nn.relu")},
                                                         {"f64", product("f64", "nn.relu")},
                                                         {"gather", gather},
                                                         {"integers", equal}};
  for (const auto &[name, text] : models) {
    Measurement m = measure(compile(name, text));
    EXPECT_EQ(m.outcome, Outcome::Ok) << name << ": " << m.message;
  }
}

TEST_F(Expectation, AnotherComputationIsWrong) {
  Candidate conv = compile("conv", convolution("1, 1, 1, 1", "nn.relu"));
  Candidate shifted = compile("shifted", convolution("0, 1, 2, 1", "nn.relu"));
  Candidate linear = compile("linear", convolution("1, 1, 1, 1", "nn.softplus"));
  for (const Candidate &other : {shifted, linear}) {
    Measurement m = measure({other.library, conv.expectation});
    EXPECT_EQ(m.outcome, Outcome::Wrong) << m.message;
  }
}

/// The file's tensors, inputs first.
std::vector<std::pair<std::vector<float>, std::vector<float>>> readTensors(const std::string &path) {
  std::string file = (*llvm::MemoryBuffer::getFile(path))->getBuffer().str();
  tn_expectation header;
  std::memcpy(&header, file.data(), sizeof header);
  std::vector<std::pair<std::vector<float>, std::vector<float>>> tensors;
  for (int64_t i = 0; i < header.num_inputs + header.num_outputs; ++i) {
    tn_expected_tensor entry;
    std::memcpy(&entry, file.data() + sizeof header + i * sizeof entry, sizeof entry);
    EXPECT_EQ(entry.offset % 64, 0);
    std::vector<float> values(entry.bytes / 4), tolerance(i < header.num_inputs ? 0 : entry.bytes / 4);
    std::memcpy(values.data(), file.data() + entry.offset, entry.bytes);
    std::memcpy(tolerance.data(), file.data() + entry.tolerance_offset, 4 * tolerance.size());
    tensors.emplace_back(values, tolerance);
  }
  return tensors;
}

TEST_F(Expectation, BuffersLieAsLayoutsSay) {
  // An image of 5 channels in blocks of 4 with a border, weights in blocks, the result with another border.
  const char *text = R"(
    sched.task @t layouts [#sched.layout<order = [0, 1, 2, 3] blocks = [1, 4] halo = [0, 0, 1, 2]>, #sched.layout<order = [1, 0, 2, 3] blocks = [0, 4]>,
                           #sched.layout<order = [0, 1, 2, 3] blocks = [1, 4] halo = [0, 0, 2, 1]>] {
    ^bb0(%x: tensor<1x5x3x4xf32>, %w: tensor<6x5x1x1xf32>):
      %y = nn.conv %x, %w {dilations = array<i64: 1, 1>, group = 1 : i64, pads = array<i64: 0, 0, 0, 0>, strides = array<i64: 1, 1>}
        : (tensor<1x5x3x4xf32>, tensor<6x5x1x1xf32>) -> tensor<1x6x3x4xf32>
      sched.yield %y : tensor<1x6x3x4xf32>
    })";
  OwningOpRef<ModuleOp> module = parseSourceString<ModuleOp>(text, &context);
  ASSERT_TRUE(module);
  sched::TaskOp task = *module->getOps<sched::TaskOp>().begin();
  ASSERT_EQ(message(writeTaskExpectation(folder / "tensors", task, OperandForm::Tensors)), "");
  ASSERT_EQ(message(writeTaskExpectation(folder / "buffers", task, OperandForm::Buffers)), "");
  auto tensors = readTensors(folder / "tensors"), buffers = readTensors(folder / "buffers");
  ASSERT_EQ(buffers.size(), 3u);
  SmallVector<SmallVector<int64_t>> shapes = {{1, 5, 3, 4}, {6, 5, 1, 1}, {1, 6, 3, 4}};
  for (unsigned i = 0; i < 3; ++i) {
    sched::LayoutAttr layout = task.getLayout(i);
    SmallVector<int64_t> bufferShape = layout.getBufferShape(shapes[i]),
                         strides = rowMajorStrides(bufferShape), index(shapes[i].size(), 0);
    ASSERT_EQ(buffers[i].first.size(), size_t(numElements(bufferShape)));
    std::vector<bool> used(buffers[i].first.size());
    size_t element = 0;
    do {
      int64_t position = linearIndex(layout.getMap().compose(index), strides);
      EXPECT_EQ(buffers[i].first[position], tensors[i].first[element]);
      if (i == 2)
        EXPECT_EQ(buffers[i].second[position], tensors[i].second[element]);
      used[position] = true;
      ++element;
    } while (nextIndex(index, shapes[i]));
    size_t zeros = 0, free = 0;
    for (size_t k = 0; k < used.size(); ++k) {
      if (used[k])
        continue;
      EXPECT_EQ(buffers[i].first[k], 0);
      if (i == 2)
        ++(std::isinf(buffers[i].second[k]) ? free : zeros);
    }
    if (i == 2) {
      // 7 x 6 pixels with 3 x 4 inside: six channels have borders of zeros, and two that nobody needs are
      // free.
      EXPECT_EQ(zeros, (7u * 6 - 3 * 4) * 6);
      EXPECT_EQ(free, 7u * 6 * 2);
    }
  }
}

TEST_F(Expectation, NumbersFollowFromTheSeedAndAreNeverDenormal) {
  OwningOpRef<ModuleOp> module =
      parseSourceString<ModuleOp>("sched.task @t {\n^bb0(%x: tensor<1000xf32>):\n  %y = nn.neg %x : "
                                  "(tensor<1000xf32>) -> tensor<1000xf32>\n"
                                  "  sched.yield %y : tensor<1000xf32>\n}",
                                  &context);
  sched::TaskOp task = *module->getOps<sched::TaskOp>().begin();
  for (auto [name, seed] : {std::pair("a", 1), std::pair("b", 1), std::pair("c", 2)})
    ASSERT_EQ(message(writeTaskExpectation(folder / name, task, OperandForm::Tensors, {}, seed)), "");
  auto a = readTensors(folder / "a"), b = readTensors(folder / "b"), c = readTensors(folder / "c");
  EXPECT_EQ(a, b);
  EXPECT_NE(a, c);
  double sum = 0, squares = 0;
  for (float x : a[0].first) {
    EXPECT_TRUE(x >= -1 && x < 1 && (x == 0 || std::fabs(x) > 1e-7f));
    sum += x;
    squares += x * x;
  }
  EXPECT_NEAR(sum / 1000, 0, 0.06);
  EXPECT_NEAR(squares / 1000, 1.0 / 3, 0.03);
}

TEST_F(Expectation, RefusesWhatHasNoValue) {
  auto refused = [&](const char *text) {
    OwningOpRef<ModuleOp> module = parseSourceString<ModuleOp>(text, &context);
    EXPECT_TRUE(module);
    return message(
        writeTaskExpectation(folder / "x", *module->getOps<sched::TaskOp>().begin(), OperandForm::Tensors));
  };
  EXPECT_EQ(refused("module attributes {nn.symbols = [#nn.symbol<\"N\", 1, 8>]} {\nsched.task @t {\n"
                    "^bb0(%x: tensor<?xf32, affine_map<()[s0] -> (s0)>>):\n  sched.yield %x : tensor<?xf32, "
                    "affine_map<()[s0] -> (s0)>>\n}\n}"),
            "task 't': expected fixed extents");
  EXPECT_EQ(folder.count(), 0u);
}

} // namespace

#include "lib/Import/Translate.h"
#include "TestModels.h"
#include "lib/Driver/Reference.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/Verifier.h"
#include <cmath>

using namespace mlir;
using namespace tenon;
using namespace tenon::onnx_import;
using namespace tenon::onnx_import::testing;

namespace {
/// Imports models and keeps what was reported.
class TranslateTest : public ::testing::Test {
protected:
  TranslateTest() : context(MLIRContext::Threading::DISABLED) {
    context.getDiagEngine().registerHandler([this](Diagnostic &diagnostic) {
      errors.push_back(diagnostic.str());
      return success();
    });
  }

  OwningOpRef<ModuleOp> import(const onnx::ModelProto &proto) {
    auto model = Model::parse(proto.SerializeAsString());
    if (!model) {
      errors.push_back(llvm::toString(model.takeError()));
      return {};
    }
    OwningOpRef<ModuleOp> module = importModel(&context, **model, "dir/my-model.onnx", options);
    if (module)
      EXPECT_TRUE(succeeded(verify(*module)));
    return module;
  }
  /// The one error of an import that must fail.
  std::string errorOf(const onnx::ModelProto &proto) {
    errors.clear();
    EXPECT_FALSE(import(proto));
    EXPECT_EQ(errors.size(), 1u);
    return errors.empty() ? "" : errors.front();
  }
  std::string print(ModuleOp module) {
    std::string text;
    llvm::raw_string_ostream os(text);
    module.print(os);
    return text;
  }
  HostTensor tensor(ArrayRef<int64_t> shape, ArrayRef<double> values, Type type = {}) {
    HostTensor t(type ? type : Builder(&context).getF32Type(), shape);
    for (auto [i, value] : llvm::enumerate(values))
      t.setF(i, value);
    return t;
  }
  HostTensor ints(ArrayRef<double> values) {
    return tensor({int64_t(values.size())}, values, Builder(&context).getI64Type());
  }

  MLIRContext context;
  ImportOptions options;
  std::vector<std::string> errors;
};

/// y = Relu(x) with x of batch × 4.
onnx::ModelProto symbolicModel() {
  onnx::ModelProto model = emptyModel();
  onnx::GraphProto &graph = *model.mutable_graph();
  auto *shape =
      addValue(graph.add_input(), "x", {1, 4}).mutable_type()->mutable_tensor_type()->mutable_shape();
  shape->mutable_dim(0)->set_dim_param("batch");
  addValue(graph.add_output(), "y", {1, 4});
  addNode(graph, "Relu", {"x"}, {"y"}, "act");
  return model;
}

void addInts(onnx::GraphProto &graph, const std::string &name, std::initializer_list<int64_t> values) {
  onnx::TensorProto &tensor = *graph.add_initializer();
  tensor.set_name(name);
  tensor.set_data_type(onnx::TensorProto::INT64);
  tensor.add_dims(int64_t(values.size()));
  for (int64_t value : values)
    tensor.add_int64_data(value);
}
} // namespace

TEST_F(TranslateTest, NamesAndModule) {
  OwningOpRef<ModuleOp> module = import(smallModel());
  ASSERT_TRUE(module);
  EXPECT_EQ(module->getSymName(), "my_model");
  std::string text = print(*module);
  EXPECT_NE(
      text.find(
          "func.func @main(%arg0: tensor<2x3xf32> {nn.name = \"x\"}) -> (tensor<2x3xf32> {nn.name = \"y\"})"),
      std::string::npos)
      << text;
}

TEST_F(TranslateTest, NamesInFlagsStayOnTheLine) {
  onnx::ModelProto model = symbolicModel();
  auto *value = model.mutable_graph()->mutable_input(0)->mutable_type()->mutable_tensor_type();
  value->mutable_shape()->mutable_dim(0)->set_dim_param("a\nb");
  EXPECT_NE(errorOf(model).find("give --dim a\\x0ab=N or --dim a\\x0ab=A..B"), std::string::npos);
  value->set_elem_type(onnx::TensorProto::COMPLEX64);
  EXPECT_NE(errorOf(model).find("complex64[a\\x0ab, 4]"), std::string::npos);
  options.dims["c\nd"] = {1, 1};
  EXPECT_EQ(errorOf(symbolicModel()).find('\n'), std::string::npos);
}

TEST_F(TranslateTest, AttributesInMessagesStayOnTheLine) {
  onnx::ModelProto model = smallModel();
  onnx::NodeProto *node = model.mutable_graph()->mutable_node(0);
  node->set_op_type("SoftmaxCrossEntropyLoss");
  onnx::AttributeProto *attribute = node->add_attribute();
  attribute->set_name("reduction");
  attribute->set_type(onnx::AttributeProto::STRING);
  attribute->set_s("\nmean");
  EXPECT_NE(errorOf(model).find("but got '\\x0amean'"), std::string::npos) << errorOf(model);
}

TEST_F(TranslateTest, ReferenceComputes) {
  onnx::ModelProto model = smallModel();
  model.mutable_graph()->mutable_initializer(0)->clear_raw_data();
  for (float value : {1, 1, 1, 1, 1, 1})
    model.mutable_graph()->mutable_initializer(0)->add_float_data(value);
  OwningOpRef<ModuleOp> module = import(model);
  ASSERT_TRUE(module);
  auto main = module->lookupSymbol<func::FuncOp>("main");
  auto outputs = evaluateFunction(main, {tensor({2, 3}, {-3, -2, -1, 0, 1, 2})});
  ASSERT_TRUE(succeeded(outputs));
  for (int i = 0; i < 6; ++i)
    EXPECT_EQ((*outputs)[0].getF(i), std::max(0, i - 2));
  EXPECT_TRUE(failed(evaluateFunction(main, {tensor({3, 2}, {})})));
  EXPECT_EQ(errors.back(), "input \"x\": expected size 2 in dimension 0, but got 3");
}

TEST_F(TranslateTest, SymbolicDimensions) {
  EXPECT_EQ(errorOf(symbolicModel()),
            "the dimension 'batch' of input 'x' is symbolic; give --dim batch=N or --dim batch=A..B");
  options.dims["batch"] = {1, 8};
  OwningOpRef<ModuleOp> module = import(symbolicModel());
  ASSERT_TRUE(module);
  std::string text = print(*module);
  EXPECT_NE(text.find("nn.symbols = [#nn.symbol<\"batch\", 1, 8>]"), std::string::npos) << text;
  EXPECT_NE(text.find("nn.relu"), std::string::npos);
  options.dims["batch"] = {3, 3};
  EXPECT_NE(print(*import(symbolicModel())).find("tensor<3x4xf32>"), std::string::npos);
  options.dims["batch"] = {3, 2};
  EXPECT_EQ(errorOf(symbolicModel()), "--dim batch: expected 0 <= A <= B <= 2^31, but got 3..2");
  options.dims["batch"] = {3, 3};
  options.dims["time"] = {3, 3};
  EXPECT_EQ(errorOf(symbolicModel()), "--dim time: no input has a dimension of this name");
}

TEST_F(TranslateTest, BoundInputsTellDimensions) {
  options.binds["x"] = tensor({5, 4}, {});
  OwningOpRef<ModuleOp> module = import(symbolicModel());
  ASSERT_TRUE(module);
  std::string text = print(*module);
  EXPECT_NE(text.find("tensor<5x4xf32>"), std::string::npos) << text;
  // The contents determine no shape, so they are not compiled in.
  EXPECT_EQ(text.find("nn.bound"), std::string::npos) << text;
  options.binds["x"] = tensor({5, 3}, {});
  EXPECT_EQ(errorOf(symbolicModel()), "input 'x': expected size 4 in dimension 1, but got 3");
  options.binds["x"] = ints({1});
  EXPECT_EQ(errorOf(symbolicModel()).find("input 'x': expected elements of type float, but got i64"), 0u);
  options.binds.clear();
  options.dims["batch"] = {1, 1};
  options.binds["z"] = ints({1});
  EXPECT_EQ(errorOf(symbolicModel()), "the model has no input 'z'");
}

TEST_F(TranslateTest, ShapeArithmeticIsFollowed) {
  onnx::ModelProto model = symbolicModel();
  onnx::GraphProto &graph = *model.mutable_graph();
  graph.clear_node();
  addInts(graph, "zero", {0});
  addInts(graph, "rest", {2, 2});
  addNode(graph, "Shape", {"x"}, {"shape"});
  addNode(graph, "Gather", {"shape", "zero"}, {"n"});
  onnx::NodeProto &concat = addNode(graph, "Concat", {"n", "rest"}, {"target"});
  auto *axis = concat.add_attribute();
  axis->set_name("axis");
  axis->set_type(onnx::AttributeProto::INT);
  axis->set_i(0);
  addNode(graph, "Reshape", {"x", "target"}, {"y"});
  options.dims["batch"] = {1, 8};
  OwningOpRef<ModuleOp> module = import(model);
  ASSERT_TRUE(module) << errors.front();
  auto main = module->lookupSymbol<func::FuncOp>("main");
  // Only the reshape is left.
  EXPECT_EQ(std::distance(main.front().begin(), main.front().end()), 2) << print(*module);
  nn::Dims dims = nn::getDims(cast<RankedTensorType>(main.getResultTypes()[0]));
  EXPECT_EQ(nn::dimsToString(dims), "s0x2x2");
}

TEST_F(TranslateTest, ShapeOperandsAreBound) {
  onnx::ModelProto model = smallModel();
  onnx::GraphProto &graph = *model.mutable_graph();
  addValue(graph.add_input(), "shape", {1}, onnx::TensorProto::INT64);
  addNode(graph, "Reshape", {"y", "shape"}, {"flat"}, "flatten");
  addValue(graph.add_output(), "flat", {6});
  EXPECT_EQ(errorOf(model),
            "node 'flatten' (Reshape): the operand 'shape' must be known when compiling, but it "
            "depends on input 'shape'; bind it with --bind shape=FILE");
  options.binds["shape"] = ints({6});
  OwningOpRef<ModuleOp> module = import(model);
  ASSERT_TRUE(module) << errors.front();
  EXPECT_NE(print(*module).find("nn.bound = dense<6> : tensor<1xi64>"), std::string::npos) << print(*module);
}

TEST_F(TranslateTest, AllFailuresAtOnce) {
  onnx::ModelProto model = smallModel();
  onnx::GraphProto &graph = *model.mutable_graph();
  addNode(graph, "Frobnicate", {"x"}, {"a"}, "first");
  addNode(graph, "Relu", {"a"}, {"b"}, "depends");
  onnx::NodeProto &relu = addNode(graph, "Relu", {"x"}, {"c"}, "odd");
  auto *attribute = relu.add_attribute();
  attribute->set_name("slope");
  attribute->set_type(onnx::AttributeProto::INT);
  addValue(graph.add_output(), "b");
  addValue(graph.add_output(), "c");
  std::string error = errorOf(model);
  EXPECT_EQ(
      error.find("2 problems: node 'first' (Frobnicate): the operator is not supported; node 'odd' (Relu): "),
      0u)
      << error;
  EXPECT_NE(error.find("slope"), std::string::npos) << error;
}

TEST_F(TranslateTest, HugeResultsAreRefused) {
  onnx::ModelProto model = smallModel();
  onnx::GraphProto &graph = *model.mutable_graph();
  addInts(graph, "target", {1 << 30, 1 << 30, 2, 3});
  addNode(graph, "Expand", {"x", "target"}, {"huge"}, "grow");
  addValue(graph.add_output(), "huge", {1, 1, 2, 3});
  EXPECT_EQ(errorOf(model),
            "node 'grow' (Expand): a result of shape 1073741824x1073741824x2x3 may take more than 2^40 "
            "bytes");
}

// Whether indices fit into a symbolic extent depends on its bounds, also while the op is being made.
TEST_F(TranslateTest, InferenceKnowsTheBounds) {
  onnx::ModelProto model = symbolicModel();
  onnx::GraphProto &graph = *model.mutable_graph();
  onnx::TensorProto &indices = *graph.add_initializer();
  indices.set_name("indices");
  indices.set_data_type(onnx::TensorProto::INT64);
  indices.add_dims(3);
  indices.add_dims(1);
  for (int64_t value : {1, 0, 3})
    indices.add_int64_data(value);
  onnx::NodeProto &node = addNode(graph, "GatherElements", {"x", "indices"}, {"picked"}, "pick");
  auto *axis = node.add_attribute();
  axis->set_name("axis");
  axis->set_type(onnx::AttributeProto::INT);
  axis->set_i(1);
  addValue(graph.add_output(), "picked", {3, 1});
  options.dims["batch"] = {3, 8};
  EXPECT_TRUE(import(model));
  options.dims["batch"] = {1, 4};
  EXPECT_NE(errorOf(model).find("node 'pick' (GatherElements): "), std::string::npos);
}

TEST_F(TranslateTest, OpsetsOutsideTheRangeAreRefused) {
  onnx::ModelProto model = smallModel();
  model.mutable_opset_import(0)->set_version(6);
  EXPECT_NE(errorOf(model).find("operator set"), std::string::npos);
}

TEST_F(TranslateTest, LoopsAreUnrolled) {
  onnx::ModelProto model = emptyModel();
  onnx::GraphProto &graph = *model.mutable_graph();
  addValue(graph.add_input(), "x");
  addInts(graph, "trips", {3});
  onnx::NodeProto &loop = addNode(graph, "Loop", {"trips", "", "x"}, {"y", "all"}, "loop");
  auto *attribute = loop.add_attribute();
  attribute->set_name("body");
  attribute->set_type(onnx::AttributeProto::GRAPH);
  onnx::GraphProto &body = *attribute->mutable_g();
  body.set_name("body");
  addValue(body.add_input(), "i", {}, onnx::TensorProto::INT64);
  addValue(body.add_input(), "go", {}, onnx::TensorProto::BOOL);
  addValue(body.add_input(), "carried");
  addNode(body, "Add", {"carried", "x"}, {"next"});
  addNode(body, "Identity", {"go"}, {"again"});
  addNode(body, "Identity", {"next"}, {"slice"});
  addValue(body.add_output(), "again", {}, onnx::TensorProto::BOOL);
  addValue(body.add_output(), "next");
  addValue(body.add_output(), "slice");
  addValue(graph.add_output(), "y");
  addValue(graph.add_output(), "all", {3, 2, 3});
  OwningOpRef<ModuleOp> module = import(model);
  ASSERT_TRUE(module) << errors.front();
  auto outputs =
      evaluateFunction(module->lookupSymbol<func::FuncOp>("main"), {tensor({2, 3}, {1, 2, 3, 4, 5, 6})});
  ASSERT_TRUE(succeeded(outputs));
  EXPECT_EQ((*outputs)[0].getF(5), 24);
  EXPECT_EQ((*outputs)[1].shape(), ArrayRef<int64_t>({3, 2, 3}));
  EXPECT_EQ((*outputs)[1].getF(6), 3);
  graph.mutable_initializer(0)->set_int64_data(0, 1000000);
  EXPECT_EQ(errorOf(model),
            "node 'loop' (Loop): a loop of 1000000 trips over 3 nodes is too long: loops are unrolled "
            "to at most 4096 nodes");
}

namespace {
onnx::AttributeProto &addAttribute(onnx::NodeProto &node, const std::string &name,
                                   onnx::AttributeProto::AttributeType type) {
  onnx::AttributeProto &attribute = *node.add_attribute();
  attribute.set_name(name);
  attribute.set_type(type);
  return attribute;
}

/// In place of the attribute of that name, if there is one.
void setInts(onnx::NodeProto &node, const std::string &name, std::initializer_list<int64_t> values) {
  for (int i = node.attribute_size() - 1; i >= 0; --i)
    if (node.attribute(i).name() == name)
      node.mutable_attribute()->DeleteSubrange(i, 1);
  onnx::AttributeProto &attribute = addAttribute(node, name, onnx::AttributeProto::INTS);
  for (int64_t value : values)
    attribute.add_ints(value);
}

void setInt(onnx::NodeProto &node, const std::string &name, int64_t value) {
  addAttribute(node, name, onnx::AttributeProto::INT).set_i(value);
}

/// Two trees over two features, three targets:
///   x0 <= 1 ? (x1 > 2 ? 10 to target 0 : 20 to target 1) : 30 to target 0     (node 0, its child is node 1)
///   x1 is 5 or 7 ? 1 to target 0 : 2 to target 1                              (node 2)
onnx::ModelProto treeModel() {
  onnx::ModelProto model = emptyModel();
  onnx::OperatorSetIdProto &opset = *model.add_opset_import();
  opset.set_domain("ai.onnx.ml");
  opset.set_version(5);
  onnx::GraphProto &graph = *model.mutable_graph();
  addValue(graph.add_input(), "x", {4, 2});
  addValue(graph.add_output(), "y", {4, 3});
  onnx::NodeProto &node = addNode(graph, "TreeEnsemble", {"x"}, {"y"}, "trees");
  node.set_domain("ai.onnx.ml");
  setInt(node, "n_targets", 3);
  setInts(node, "tree_roots", {0, 2});
  setInts(node, "nodes_featureids", {0, 1, 1});
  setInts(node, "nodes_trueleafs", {0, 1, 1});
  setInts(node, "nodes_truenodeids", {1, 0, 3});
  setInts(node, "nodes_falseleafs", {1, 1, 1});
  setInts(node, "nodes_falsenodeids", {2, 1, 4});
  setInts(node, "nodes_missing_value_tracks_true", {0, 1, 0});
  setInts(node, "leaf_targetids", {0, 1, 0, 0, 1});
  auto addFloats = [&](const std::string &name, std::initializer_list<float> values) {
    onnx::TensorProto &t = *addAttribute(node, name, onnx::AttributeProto::TENSOR).mutable_t();
    t.set_data_type(onnx::TensorProto::FLOAT);
    t.add_dims(int64_t(values.size()));
    for (float value : values)
      t.add_float_data(value);
  };
  addFloats("nodes_splits", {1, 2, 0});
  addFloats("leaf_weights", {10, 20, 30, 1, 2});
  addFloats("membership_values", {5, 7, NAN});
  onnx::TensorProto &modes = *addAttribute(node, "nodes_modes", onnx::AttributeProto::TENSOR).mutable_t();
  modes.set_data_type(onnx::TensorProto::UINT8);
  modes.add_dims(3);
  for (int mode : {0, 3, 6})
    modes.add_int32_data(mode);
  return model;
}
} // namespace

TEST_F(TranslateTest, TreesAreWalked) {
  constexpr int64_t kAverage = 0, kSum = 1, kMin = 2, kMax = 3;
  // The last row is missing a value, which takes the true branch of node 1 and the false one of node 2.
  HostTensor x = tensor({4, 2}, {0, 7, 1, 2, 3, 5, 0, NAN});
  std::vector<std::pair<int64_t, std::vector<double>>> expected = {
      {kSum, {11, 0, 0, 0, 22, 0, 31, 0, 0, 10, 2, 0}},
      {kAverage, {5.5, 0, 0, 0, 11, 0, 15.5, 0, 0, 5, 1, 0}},
      {kMin, {1, 0, 0, 0, 2, 0, 1, 0, 0, 10, 2, 0}},
      {kMax, {10, 0, 0, 0, 20, 0, 30, 0, 0, 10, 2, 0}}};
  for (const auto &[function, values] : expected) {
    onnx::ModelProto model = treeModel();
    setInt(*model.mutable_graph()->mutable_node(0), "aggregate_function", function);
    OwningOpRef<ModuleOp> module = import(model);
    ASSERT_TRUE(module) << errors.front();
    auto outputs = evaluateFunction(module->lookupSymbol<func::FuncOp>("main"), {x});
    ASSERT_TRUE(succeeded(outputs));
    ASSERT_EQ((*outputs)[0].shape(), ArrayRef<int64_t>({4, 3}));
    for (int64_t i = 0; i < 12; ++i)
      EXPECT_EQ((*outputs)[0].getF(i), values[i]) << "aggregate " << function << ", element " << i;
  }
}

TEST_F(TranslateTest, BrokenTreesAreRefused) {
  auto errorWith = [&](const std::string &name, std::initializer_list<int64_t> values) {
    onnx::ModelProto model = treeModel();
    setInts(*model.mutable_graph()->mutable_node(0), name, values);
    return errorOf(model);
  };
  // Node 1 leads back to node 0.
  onnx::ModelProto cyclic = treeModel();
  setInts(*cyclic.mutable_graph()->mutable_node(0), "nodes_trueleafs", {0, 0, 1});
  setInts(*cyclic.mutable_graph()->mutable_node(0), "nodes_truenodeids", {1, 0, 3});
  expectContains(errorOf(cyclic), "expected trees, but a node is its own descendant");
  expectContains(errorWith("tree_roots", {0, 3}), "expected 'tree_roots' from 0 to 2, but got 3");
  expectContains(errorWith("nodes_featureids", {0, 2, 1}),
                 "expected 'nodes_featureids' from 0 to 1, but got 2");
  expectContains(errorWith("nodes_falsenodeids", {2, 1, 5}),
                 "expected 'nodes_falsenodeids' from 0 to 4, but got 5");
  expectContains(errorWith("leaf_targetids", {0, 1, 0, 0, -1}),
                 "expected 'leaf_targetids' from 0 to 2, but got -1");
  expectContains(errorWith("nodes_trueleafs", {0, 1}), "expected 3 elements of 'nodes_trueleafs', but got 2");
}

TEST_F(TranslateTest, ModifiersOfAttentionKeepTheShape) {
  onnx::ModelProto model = emptyModel();
  onnx::OperatorSetIdProto &opset = *model.add_opset_import();
  opset.set_domain("ai.onnx.preview");
  opset.set_version(1);
  onnx::GraphProto &graph = *model.mutable_graph();
  for (const char *name : {"q", "k", "v"})
    addValue(graph.add_input(), name, {1, 1, 2, 4});
  addValue(graph.add_output(), "y", {1, 1, 2, 4});
  onnx::NodeProto &node = addNode(graph, "FlexAttention", {"q", "k", "v"}, {"y"}, "attention");
  node.set_domain("ai.onnx.preview");
  onnx::GraphProto &body = *addAttribute(node, "score_mod", onnx::AttributeProto::GRAPH).mutable_g();
  body.set_name("body");
  addValue(body.add_input(), "scores", {1, 1, 2, 2});
  addValue(body.add_output(), "changed", {1, 1, 2, 2});
  onnx::NodeProto &change = addNode(body, "Neg", {"scores"}, {"changed"});
  EXPECT_TRUE(import(model)) << errors.front();
  change.set_op_type("Shape");
  expectContains(errorOf(model), "expected a score_mod that keeps the shape 1x1x2x2");
}

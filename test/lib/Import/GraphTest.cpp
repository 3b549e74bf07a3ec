#include "test/lib/Import/Exercise.h"
#include "test/lib/Import/TestModels.h"

using namespace tenon;
using namespace tenon::onnx_import;
using namespace tenon::onnx_import::testing;

static std::vector<std::string> opTypes(const Graph &graph) {
  std::vector<std::string> result;
  for (const Node &node : graph.nodes())
    result.push_back(node.opType().str());
  return result;
}

TEST(Graph, readsASmallModel) {
  onnx::ModelProto proto = smallModel();
  proto.set_producer_name("somebody");
  onnx::StringStringEntryProto &entry = *proto.add_metadata_props();
  entry.set_key("k");
  entry.set_value("v");
  std::unique_ptr<Model> model = parsed(proto);
  ASSERT_TRUE(model);
  EXPECT_EQ(model->irVersion(), 8);
  EXPECT_EQ(model->opset(), 17);
  EXPECT_EQ(model->opset("ai.onnx"), 17);
  EXPECT_EQ(model->opset("ai.onnx.ml"), std::nullopt);
  EXPECT_EQ(model->producer(), "somebody");
  ASSERT_NE(model->metadata("k"), nullptr);
  EXPECT_EQ(*model->metadata("k"), "v");
  EXPECT_EQ(model->metadata("none"), nullptr);
  const Graph &graph = model->graph();
  EXPECT_EQ(graph.name(), "g");
  ASSERT_EQ(graph.inputs().size(), 1u);
  EXPECT_EQ(graph.inputs()[0].name, "x");
  EXPECT_EQ(toString(graph.inputs()[0].type), "float[2, 3]");
  ASSERT_EQ(graph.outputs().size(), 1u);
  EXPECT_EQ(graph.outputs()[0].name, "y");
  EXPECT_EQ(graph.parent(), nullptr);
  ASSERT_EQ(graph.nodes().size(), 2u);
  const Node &add = graph.nodes()[0];
  EXPECT_EQ(add.opType(), "Add");
  EXPECT_EQ(add.domain(), "");
  EXPECT_EQ(add.opset(), 17);
  EXPECT_EQ(add.describe(), "node 'add' (Add)");
  EXPECT_EQ(add.input(0), "x");
  EXPECT_EQ(add.input(1), "w");
  EXPECT_EQ(add.input(2), "");
  EXPECT_EQ(add.output(0), "s");
  ASSERT_NE(graph.initializer("w"), nullptr);
  EXPECT_EQ(graph.initializer("w")->numElements(), 6);
  EXPECT_EQ(graph.initializer("x"), nullptr);
  ASSERT_NE(graph.declaredType("y"), nullptr);
  EXPECT_EQ(graph.declaredType("s"), nullptr);
}

TEST(Graph, sortsNodesAndKeepsFileOrderOtherwise) {
  onnx::ModelProto proto = emptyModel();
  onnx::GraphProto &graph = *proto.mutable_graph();
  addValue(graph.add_input(), "x");
  addValue(graph.add_output(), "d");
  addNode(graph, "Sub", {"b", "c"}, {"d"});
  addNode(graph, "Exp", {"a"}, {"c"});
  addNode(graph, "Log", {"a"}, {"b"});
  addNode(graph, "Neg", {"x"}, {"a"});
  std::unique_ptr<Model> model = parsed(proto);
  ASSERT_TRUE(model);
  EXPECT_EQ(opTypes(model->graph()), (std::vector<std::string>{"Neg", "Exp", "Log", "Sub"}));
  // The index is the file's.
  EXPECT_EQ(model->graph().nodes()[0].describe(), "node #3 (Neg)");
}

TEST(Graph, refusesCycles) {
  onnx::ModelProto proto = smallModel();
  proto.mutable_graph()->mutable_node(0)->set_input(1, "y");
  expectContains(errorOf(proto), "(Add): the graph has a cycle through this node");
  proto = smallModel();
  proto.mutable_graph()->mutable_node(1)->set_input(0, "y");
  expectContains(errorOf(proto), "node 'relu' (Relu): the graph has a cycle");
}

TEST(Graph, refusesDanglingNames) {
  onnx::ModelProto proto = smallModel();
  proto.mutable_graph()->mutable_node(0)->set_input(0, "nowhere");
  expectContains(errorOf(proto), "node 'add' (Add): input 'nowhere' is neither");
}

TEST(Graph, refusesAMissingInitializer) {
  onnx::ModelProto proto = smallModel();
  proto.mutable_graph()->clear_initializer();
  expectContains(errorOf(proto), "node 'add' (Add): input 'w' is neither");
}

TEST(Graph, refusesOutputsNobodyProduces) {
  onnx::ModelProto proto = smallModel();
  proto.mutable_graph()->mutable_output(0)->set_name("z");
  EXPECT_EQ(errorOf(proto), "output 'z': no node produces it");
}

TEST(Graph, refusesAModelWithoutOutputs) {
  onnx::ModelProto proto = smallModel();
  proto.mutable_graph()->clear_output();
  expectContains(errorOf(proto), "no outputs");
}

TEST(Graph, refusesDuplicateNames) {
  onnx::ModelProto proto = smallModel();
  proto.mutable_graph()->mutable_node(0)->set_output(0, "y");
  expectContains(errorOf(proto), "node 'relu' (Relu): value 'y' is defined twice");

  proto = smallModel();
  proto.mutable_graph()->mutable_node(0)->set_output(0, "x");
  expectContains(errorOf(proto), "node 'add' (Add): value 'x' is defined twice");

  proto = smallModel();
  proto.mutable_graph()->mutable_node(0)->set_output(0, "w");
  expectContains(errorOf(proto), "value 'w' is defined twice");

  proto = smallModel();
  addValue(proto.mutable_graph()->add_input(), "x");
  expectContains(errorOf(proto), "input 'x': value 'x' is defined twice");

  proto = smallModel();
  fillTensor(*proto.mutable_graph()->add_initializer(), "w", {1});
  expectContains(errorOf(proto), "initializer 'w': value 'w' is defined twice");

  proto = smallModel();
  addValue(proto.mutable_graph()->add_output(), "y");
  expectContains(errorOf(proto), "output 'y' is listed twice");
}

TEST(Graph, takesInputsWithInitializersAsConstants) {
  for (int64_t irVersion : {3, 8}) {
    onnx::ModelProto proto = smallModel();
    proto.set_ir_version(irVersion);
    addValue(proto.mutable_graph()->add_input(), "w");
    std::unique_ptr<Model> model = parsed(proto);
    ASSERT_TRUE(model);
    ASSERT_EQ(model->graph().inputs().size(), 1u);
    EXPECT_EQ(model->graph().inputs()[0].name, "x");
  }
  onnx::ModelProto proto = smallModel();
  addValue(proto.mutable_graph()->add_input(), "w", {3, 2});
  expectContains(errorOf(proto), "input 'w': declared as float[3, 2], but its initializer differs");
}

TEST(Graph, readsDeclaredTypes) {
  onnx::ModelProto proto = smallModel();
  onnx::GraphProto &graph = *proto.mutable_graph();
  auto *shape = graph.mutable_input(0)->mutable_type()->mutable_tensor_type()->mutable_shape();
  shape->mutable_dim(0)->set_dim_param("N");
  shape->add_dim();
  onnx::ValueInfoProto &sequence = *graph.add_value_info();
  sequence.set_name("q");
  setTensorType(*sequence.mutable_type()->mutable_sequence_type()->mutable_elem_type(),
                onnx::TensorProto::INT64, {});
  onnx::ValueInfoProto &unranked = *graph.add_value_info();
  unranked.set_name("u");
  unranked.mutable_type()->mutable_tensor_type()->set_elem_type(onnx::TensorProto::BOOL);
  std::unique_ptr<Model> model = parsed(proto);
  ASSERT_TRUE(model);
  EXPECT_EQ(toString(model->graph().inputs()[0].type), "float[N, 3, ?]");
  EXPECT_EQ(model->graph().inputs()[0].type.dims->front().kind, Dim::Kind::Symbolic);
  EXPECT_EQ(toString(*model->graph().declaredType("q")), "seq(int64[])");
  EXPECT_EQ(toString(*model->graph().declaredType("u")), "bool[*]");
}

TEST(Graph, refusesBadTypes) {
  onnx::ModelProto proto = smallModel();
  auto *type = proto.mutable_graph()->mutable_input(0)->mutable_type()->mutable_tensor_type();
  type->mutable_shape()->mutable_dim(0)->set_dim_value(-1);
  expectContains(errorOf(proto), "input 'x': negative dimension -1");
  type->mutable_shape()->mutable_dim(0)->set_dim_value(int64_t(1) << 62);
  expectContains(errorOf(proto), "input 'x': its dimensions exceed 2^40 bytes");
  type->mutable_shape()->mutable_dim(0)->set_dim_value(1);
  type->set_elem_type(99);
  expectContains(errorOf(proto), "input 'x': unknown tensor data type 99");
  proto.mutable_graph()->mutable_input(0)->clear_type();
  expectContains(errorOf(proto), "input 'x' has no declared type");
}

TEST(Graph, refusesUnknownVersions) {
  onnx::ModelProto proto = smallModel();
  for (int64_t version : {int64_t(-1), int64_t(0), int64_t(2), int64_t(15), INT64_MAX}) {
    proto.set_ir_version(version);
    expectContains(errorOf(proto), "IR version " + std::to_string(version) + " is not supported");
  }
  proto.clear_ir_version();
  expectContains(errorOf(proto), "does not state its IR version");
  proto.set_ir_version(8);
  for (int64_t version : {int64_t(-1), int64_t(0), int64_t(6), int64_t(29), INT64_MAX}) {
    proto.mutable_opset_import(0)->set_version(version);
    // Once, at the first node.
    EXPECT_EQ(errorOf(proto), "node 'add' (Add): operator set ai.onnx version " + std::to_string(version) +
                                  " is not supported; expected 7 to 28");
  }
  for (int64_t version : {7, 28}) {
    proto.mutable_opset_import(0)->set_version(version);
    EXPECT_EQ(errorOf(proto), "");
  }
  onnx::OperatorSetIdProto &twice = *proto.add_opset_import();
  twice.set_domain("ai.onnx");
  twice.set_version(13);
  expectContains(errorOf(proto), "operator set ai.onnx is imported in versions 28 and 13");
  proto.clear_opset_import();
  expectContains(errorOf(proto), "does not state its operator sets");
}

TEST(Graph, refusesUnknownDomainsWhereTheyAreUsed) {
  onnx::ModelProto proto = smallModel();
  onnx::OperatorSetIdProto &import = *proto.add_opset_import();
  import.set_domain("org.example");
  import.set_version(1);
  EXPECT_EQ(errorOf(proto), "");
  proto.mutable_graph()->mutable_node(1)->set_domain("org.example");
  expectContains(errorOf(proto), "node 'relu' (org.example.Relu): unknown operator domain 'org.example'");
  proto.mutable_graph()->mutable_node(1)->set_domain("com.microsoft");
  expectContains(errorOf(proto), "no operator set is imported for domain 'com.microsoft'");
  import.set_domain("com.microsoft");
  EXPECT_EQ(errorOf(proto), "");
}

TEST(Graph, reportsIndependentProblemsTogether) {
  onnx::ModelProto proto = smallModel();
  proto.mutable_graph()->mutable_node(0)->set_input(0, "nowhere");
  proto.mutable_graph()->mutable_node(1)->set_domain("org.example");
  proto.mutable_graph()->mutable_output(0)->set_name("z");
  std::string error = errorOf(proto);
  expectContains(error, "'nowhere'");
  expectContains(error, "'org.example'");
  expectContains(error, "output 'z'");
  for (int i = 0; i < 100; ++i)
    addNode(*proto.mutable_graph(), "Abs", {"gone" + std::to_string(i)}, {"o" + std::to_string(i)});
  expectContains(errorOf(proto), "; and 93 more");
}

TEST(Graph, refusesUnknownFields) {
  // Field 77, a varint.
  const std::string unknown = "\xe8\x04\x01";
  onnx::ModelProto proto = smallModel();
  proto.mutable_graph()->mutable_node(0)->mutable_unknown_fields()->append(unknown);
  expectContains(errorOf(proto), "node 'add' (Add) holds a field");
  proto = smallModel();
  proto.mutable_graph()->mutable_unknown_fields()->append(unknown);
  expectContains(errorOf(proto), "the graph holds a field");
  proto = smallModel();
  proto.mutable_graph()->mutable_initializer(0)->mutable_unknown_fields()->append(unknown);
  expectContains(errorOf(proto), "initializer 'w': the tensor holds a field");
  proto = smallModel();
  proto.mutable_graph()->mutable_input(0)->mutable_type()->mutable_unknown_fields()->append(unknown);
  expectContains(errorOf(proto), "input 'x': the type holds a field");
  proto = smallModel();
  onnx::AttributeProto &attribute = *proto.mutable_graph()->mutable_node(1)->add_attribute();
  attribute.set_name("a");
  attribute.set_i(1);
  attribute.mutable_unknown_fields()->append(unknown);
  expectContains(errorOf(proto), "node 'relu' (Relu): attribute 'a' holds a field");
  // A model's own unknown field says nothing about what it computes.
  proto = smallModel();
  proto.mutable_unknown_fields()->append("\xe8\x06\x01");
  EXPECT_EQ(errorOf(proto), "");
}

/// An If whose branches add the captured x to the result of the outer node "pre".
static onnx::ModelProto conditionalModel() {
  onnx::ModelProto proto = emptyModel();
  onnx::GraphProto &graph = *proto.mutable_graph();
  addValue(graph.add_input(), "c", {}, onnx::TensorProto::BOOL);
  addValue(graph.add_input(), "x");
  addValue(graph.add_output(), "y");
  onnx::NodeProto &node = addNode(graph, "If", {"c"}, {"y"}, "choose");
  for (const char *branch : {"then_branch", "else_branch"}) {
    onnx::AttributeProto &attribute = *node.add_attribute();
    attribute.set_name(branch);
    attribute.set_type(onnx::AttributeProto::GRAPH);
    attribute.mutable_g()->set_name(branch);
    addNode(*attribute.mutable_g(), "Add", {"x", "p"}, {"r"}, "inner");
    attribute.mutable_g()->add_output()->set_name("r");
  }
  addNode(graph, "Neg", {"x"}, {"p"}, "pre");
  return proto;
}

TEST(Graph, readsSubgraphsAndSortsByWhatTheyCapture) {
  std::unique_ptr<Model> model = parsed(conditionalModel());
  ASSERT_TRUE(model);
  ASSERT_EQ(opTypes(model->graph()), (std::vector<std::string>{"Neg", "If"}));
  const Node &node = model->graph().nodes()[1];
  EXPECT_EQ(node.captures(), (llvm::ArrayRef<llvm::StringRef>{"x", "p"}));
  llvm::Expected<const Graph *> branch = node.getGraph("then_branch");
  ASSERT_TRUE(static_cast<bool>(branch));
  EXPECT_EQ((*branch)->parent(), &model->graph());
  EXPECT_EQ((*branch)->nodes()[0].describe(), "node 'inner' (Add) in node 'choose' (If)");
}

TEST(Graph, subgraphsMayHideOuterNames) {
  onnx::ModelProto proto = conditionalModel();
  onnx::GraphProto &branch = *proto.mutable_graph()->mutable_node(0)->mutable_attribute(0)->mutable_g();
  addNode(branch, "Abs", {"x"}, {"p"});
  std::unique_ptr<Model> model = parsed(proto);
  ASSERT_TRUE(model);
  const Node &node = model->graph().nodes()[1];
  ASSERT_EQ(node.opType(), "If");
  // The inner p comes first although it stands last, and only the else branch captures the outer one.
  EXPECT_EQ(opTypes(**node.getGraph("then_branch")), (std::vector<std::string>{"Abs", "Add"}));
}

TEST(Graph, refusesACycleThroughASubgraph) {
  onnx::ModelProto proto = conditionalModel();
  proto.mutable_graph()->mutable_node(1)->set_input(0, "y");
  expectContains(errorOf(proto), "the graph has a cycle");
}

TEST(Graph, refusesDanglingNamesInSubgraphs) {
  onnx::ModelProto proto = conditionalModel();
  proto.mutable_graph()->mutable_node(0)->mutable_attribute(1)->mutable_g()->mutable_node(0)->set_input(
      1, "gone");
  expectContains(errorOf(proto), "node 'inner' (Add) in node 'choose' (If): input 'gone' is neither");
}

static onnx::ModelProto nestedModel(int depth) {
  onnx::ModelProto proto = smallModel();
  onnx::GraphProto *graph = proto.mutable_graph();
  for (int i = 0; i < depth; ++i) {
    onnx::AttributeProto &attribute = *addNode(*graph, "If", {}, {}).add_attribute();
    attribute.set_name("then_branch");
    attribute.set_type(onnx::AttributeProto::GRAPH);
    graph = attribute.mutable_g();
  }
  return proto;
}

TEST(Graph, limitsNesting) {
  EXPECT_EQ(errorOf(nestedModel(15)), "");
  expectContains(errorOf(nestedModel(16)), "nested more than 16 deep");
  expectContains(errorOf(nestedModel(26)), "nested more than 16 deep");
  expectContains(errorOf(nestedModel(40)), "nested more than 80 deep");
  expectContains(errorOf(nestedModel(2000)), "nested more than 80 deep");
}

TEST(Graph, limitsNamesAndKeepsMessagesShort) {
  onnx::ModelProto proto = smallModel();
  std::string longName(70000, 'n');
  proto.mutable_graph()->mutable_node(0)->set_output(0, longName);
  proto.mutable_graph()->mutable_node(1)->set_input(0, longName);
  std::string error = errorOf(proto);
  expectContains(error, "expected a name of at most 65536 bytes, but got 70000");
  EXPECT_LT(error.size(), 1000u);
  proto = smallModel();
  proto.mutable_graph()->mutable_node(0)->set_input(0, "two\nlines\x1b[31m");
  expectContains(errorOf(proto), "'two\\x0alines\\x1b[31m'");
}

TEST(Graph, loadsAModelFromAFile) {
  llvm::Expected<std::unique_ptr<Model>> model = Model::load(TENON_TEST_MODEL);
  ASSERT_TRUE(static_cast<bool>(model)) << llvm::toString(model.takeError());
  EXPECT_GT((*model)->graph().nodes().size(), 20u);
  size_t mapped = 0;
  for (const auto &[name, tensor] : (*model)->graph().initializers()) {
    llvm::Expected<TensorData> data = tensor.data();
    ASSERT_TRUE(static_cast<bool>(data)) << llvm::toString(data.takeError());
    EXPECT_EQ(data->bytes().size(), tensor.byteSize());
    mapped += data->isMapped();
  }
  EXPECT_GT(mapped, 5u);
  uint64_t before = exercise((*model)->graph());
  (*model)->release();
  EXPECT_EQ(exercise((*model)->graph()), before);
}

TEST(Graph, refusesWhatIsNotAFile) {
  auto errorOfPath = [](const char *path) {
    llvm::Expected<std::unique_ptr<Model>> model = Model::load(path);
    return model ? std::string() : llvm::toString(model.takeError());
  };
  expectContains(errorOfPath("/nonexistent/model.onnx"), "cannot open: No such file or directory");
  expectContains(errorOfPath("/"), "is a folder");
  expectContains(errorOfPath("/dev/null"), "is not a regular file");
}

#include "test/lib/Import/TestModels.h"

using namespace tenon;
using namespace tenon::onnx_import;
using namespace tenon::onnx_import::testing;

static onnx::FunctionProto &addFunction(onnx::ModelProto &model, const std::string &name,
                                        std::initializer_list<std::string> inputs,
                                        std::initializer_list<std::string> outputs) {
  onnx::FunctionProto &function = *model.add_functions();
  function.set_domain("local");
  function.set_name(name);
  for (const std::string &input : inputs)
    function.add_input(input);
  for (const std::string &output : outputs)
    function.add_output(output);
  function.add_opset_import()->set_version(15);
  return function;
}

static onnx::NodeProto &callIn(google::protobuf::RepeatedPtrField<onnx::NodeProto> &nodes,
                               const std::string &name, std::initializer_list<std::string> inputs,
                               std::initializer_list<std::string> outputs) {
  onnx::GraphProto holder;
  onnx::NodeProto &node = addNode(holder, name, inputs, outputs);
  node.set_domain("local");
  *nodes.Add() = node;
  return nodes[nodes.size() - 1];
}

/// y = f(x), f(a) = Elu(Neg(a)) with Elu's alpha a reference to f's attribute.
static onnx::ModelProto functionModel() {
  onnx::ModelProto model = emptyModel();
  onnx::GraphProto &graph = *model.mutable_graph();
  addValue(graph.add_input(), "x");
  addValue(graph.add_output(), "y");
  callIn(*graph.mutable_node(), "F", {"x"}, {"y"}).set_name("call");
  onnx::FunctionProto &function = addFunction(model, "F", {"a"}, {"b"});
  function.add_attribute("slope");
  addNode(function, "Neg", {"a"}, {"t"}, "neg");
  onnx::AttributeProto &alpha = *addNode(function, "Elu", {"t"}, {"b"}, "elu").add_attribute();
  alpha.set_name("alpha");
  alpha.set_type(onnx::AttributeProto::FLOAT);
  alpha.set_ref_attr_name("slope");
  return model;
}

static void give(onnx::NodeProto &node, const std::string &name, float value) {
  onnx::AttributeProto &attribute = *node.add_attribute();
  attribute.set_name(name);
  attribute.set_type(onnx::AttributeProto::FLOAT);
  attribute.set_f(value);
}

static onnx::NodeProto &call(onnx::ModelProto &model) {
  return *model.mutable_graph()->mutable_node(0);
}

TEST(Function, isExpanded) {
  onnx::ModelProto proto = functionModel();
  give(call(proto), "slope", 0.25f);
  std::unique_ptr<Model> model = parsed(proto);
  ASSERT_TRUE(model);
  llvm::ArrayRef<Node> nodes = model->graph().nodes();
  ASSERT_EQ(nodes.size(), 2u);
  EXPECT_EQ(nodes[0].opType(), "Neg");
  EXPECT_EQ(nodes[0].input(0), "x");
  EXPECT_EQ(nodes[1].input(0), nodes[0].output(0));
  EXPECT_EQ(nodes[1].output(0), "y");
  EXPECT_EQ(nodes[1].opset(), 15);
  EXPECT_EQ(nodes[1].describe(), "node 'elu' (Elu) in function 'F'");
  EXPECT_EQ(llvm::cantFail(nodes[1].getFloat("alpha")), 0.25f);
}

TEST(Function, attributesThatTheCallOmits) {
  onnx::ModelProto proto = functionModel();
  std::unique_ptr<Model> model = parsed(proto);
  ASSERT_TRUE(model);
  EXPECT_FALSE(model->graph().nodes()[1].hasAttribute("alpha"));

  proto.mutable_functions(0)->clear_attribute();
  onnx::AttributeProto &fallback = *proto.mutable_functions(0)->add_attribute_proto();
  fallback.set_name("slope");
  fallback.set_type(onnx::AttributeProto::FLOAT);
  fallback.set_f(3.0f);
  model = parsed(proto);
  ASSERT_TRUE(model);
  EXPECT_EQ(llvm::cantFail(model->graph().nodes()[1].getFloat("alpha")), 3.0f);
  give(call(proto), "slope", 4.0f);
  model = parsed(proto);
  ASSERT_TRUE(model);
  EXPECT_EQ(llvm::cantFail(model->graph().nodes()[1].getFloat("alpha")), 4.0f);
}

TEST(Function, callsOthersAndNamesStayApart) {
  onnx::ModelProto proto = functionModel();
  onnx::GraphProto &graph = *proto.mutable_graph();
  graph.clear_node();
  // A value that looks like an expanded one.
  addNode(graph, "Abs", {"x"}, {"inlined0.2.t"});
  callIn(*graph.mutable_node(), "G", {"inlined0.2.t"}, {"m"});
  callIn(*graph.mutable_node(), "G", {"m"}, {"y"});
  onnx::FunctionProto &outer = addFunction(proto, "G", {"p"}, {"q"});
  callIn(*outer.mutable_node(), "F", {"p"}, {"t"});
  give(*outer.mutable_node(0), "slope", 0.5f);
  callIn(*outer.mutable_node(), "F", {"t"}, {"q"});
  std::unique_ptr<Model> model = parsed(proto);
  ASSERT_TRUE(model);
  llvm::ArrayRef<Node> nodes = model->graph().nodes();
  ASSERT_EQ(nodes.size(), 9u);
  for (size_t i = 1; i < nodes.size(); ++i)
    EXPECT_EQ(nodes[i].input(0), nodes[i - 1].output(0));
  EXPECT_TRUE(nodes[2].hasAttribute("alpha"));
  EXPECT_FALSE(nodes[4].hasAttribute("alpha"));
}

TEST(Function, bodiesMayHoldGraphs) {
  onnx::ModelProto proto = functionModel();
  onnx::FunctionProto &function = *proto.mutable_functions(0);
  function.clear_node();
  onnx::NodeProto &node = addNode(function, "If", {"c"}, {"b"}, "if");
  addNode(function, "Constant", {}, {"c"});
  onnx::AttributeProto &value = *function.mutable_node(1)->add_attribute();
  value.set_name("value_int");
  value.set_type(onnx::AttributeProto::INT);
  for (const char *branch : {"then_branch", "else_branch"}) {
    onnx::AttributeProto &attribute = *node.add_attribute();
    attribute.set_name(branch);
    attribute.set_type(onnx::AttributeProto::GRAPH);
    attribute.mutable_g()->add_output()->set_name("r");
    onnx::AttributeProto &alpha = *addNode(*attribute.mutable_g(), "Elu", {"a"}, {"r"}).add_attribute();
    alpha.set_name("alpha");
    alpha.set_ref_attr_name("slope");
  }
  // In the else branch, a local value hides the function's parameter.
  onnx::GraphProto &other = *node.mutable_attribute(1)->mutable_g();
  addNode(other, "Constant", {}, {"a"});
  give(call(proto), "slope", 0.25f);
  std::unique_ptr<Model> model = parsed(proto);
  ASSERT_TRUE(model);
  const Node &choice = model->graph().nodes()[1];
  ASSERT_EQ(choice.opType(), "If");
  const Graph &then = *llvm::cantFail(choice.getGraph("then_branch"));
  EXPECT_EQ(then.nodes()[0].input(0), "x");
  EXPECT_EQ(llvm::cantFail(then.nodes()[0].getFloat("alpha")), 0.25f);
  const Graph &otherwise = *llvm::cantFail(choice.getGraph("else_branch"));
  EXPECT_EQ(otherwise.nodes()[0].opType(), "Constant");
  EXPECT_EQ(otherwise.nodes()[1].input(0), otherwise.nodes()[0].output(0));
  EXPECT_NE(otherwise.nodes()[1].input(0), "x");
}

TEST(Function, handsParametersThrough) {
  onnx::ModelProto proto = functionModel();
  proto.mutable_functions(0)->set_output(0, "a");
  std::unique_ptr<Model> model = parsed(proto);
  ASSERT_TRUE(model);
  const Node &last = model->graph().nodes().back();
  EXPECT_EQ(last.opType(), "Identity");
  EXPECT_EQ(last.input(0), "x");
  EXPECT_EQ(last.output(0), "y");
}

TEST(Function, doesNotSeeTheCallersNames) {
  onnx::ModelProto proto = functionModel();
  proto.mutable_functions(0)->mutable_node(0)->set_input(0, "x");
  expectContains(errorOf(proto), "node 'neg' (Neg) in function 'F': input 'inlined0.1.x' is neither");
}

TEST(Function, refusesWrongCalls) {
  onnx::ModelProto proto = functionModel();
  call(proto).add_input("x");
  EXPECT_EQ(errorOf(proto), "node 'call' (local.F): expected at most 1 inputs, but got 2");
  proto = functionModel();
  call(proto).add_output("z");
  EXPECT_EQ(errorOf(proto), "node 'call' (local.F): expected at most 1 outputs, but got 2");
  proto = functionModel();
  give(call(proto), "other", 1);
  EXPECT_EQ(errorOf(proto), "node 'call' (local.F): attribute 'other' is not one of the function's");
  proto = functionModel();
  give(call(proto), "slope", 1);
  give(call(proto), "slope", 2);
  EXPECT_EQ(errorOf(proto), "node 'call' (local.F): attribute 'slope' is given twice");
  proto = functionModel();
  onnx::AttributeProto &integer = *call(proto).add_attribute();
  integer.set_name("slope");
  integer.set_type(onnx::AttributeProto::INT);
  expectContains(errorOf(proto), "attribute 'alpha' refers to 'slope', which is of another type");
  proto = functionModel();
  call(proto).set_overload("special");
  expectContains(errorOf(proto), "unknown operator domain 'local'");
  proto.mutable_functions(0)->set_overload("special");
  EXPECT_EQ(errorOf(proto), "");
}

TEST(Function, refusesWrongDefinitions) {
  onnx::ModelProto proto = functionModel();
  *proto.add_functions() = proto.functions(0);
  EXPECT_EQ(errorOf(proto), "function 'F': it is defined twice");
  proto = functionModel();
  proto.mutable_functions(0)->add_input("a");
  EXPECT_EQ(errorOf(proto), "function 'F': input 'a' is empty or listed twice");
  proto = functionModel();
  proto.mutable_functions(0)->clear_attribute();
  expectContains(errorOf(proto),
                 "node 'elu' (Elu) in function 'F': attribute 'alpha' refers to 'slope', which the "
                 "function does not declare");
  proto = functionModel();
  proto.mutable_functions(0)->mutable_opset_import(0)->set_version(99);
  expectContains(errorOf(proto), "node 'neg' (Neg) in function 'F': operator set ai.onnx version 99");
  proto = functionModel();
  proto.mutable_functions(0)->mutable_unknown_fields()->append("\xe8\x04\x01");
  expectContains(errorOf(proto), "function 'F': it holds a field");
  proto = functionModel();
  proto.mutable_functions(0)->mutable_node(0)->mutable_unknown_fields()->append("\xe8\x04\x01");
  expectContains(errorOf(proto), "node 'neg' (Neg) in function 'F' holds a field");
}

TEST(Function, refusesRecursion) {
  onnx::ModelProto proto = functionModel();
  callIn(*proto.mutable_functions(0)->mutable_node(), "F", {"a"}, {"z"});
  EXPECT_EQ(errorOf(proto), "function 'F' calls itself");

  proto = functionModel();
  callIn(*proto.mutable_functions(0)->mutable_node(), "G", {"a"}, {"z"});
  onnx::FunctionProto &other = addFunction(proto, "G", {"a"}, {"b"});
  // Through a graph in its body.
  onnx::AttributeProto &attribute = *addNode(other, "If", {"a"}, {"b"}).add_attribute();
  attribute.set_name("then_branch");
  callIn(*attribute.mutable_g()->mutable_node(), "F", {"a"}, {"r"});
  expectContains(errorOf(proto), "calls itself");
}

/// F0 calls F1 `calls` times, F1 calls F2, and so on.
static onnx::ModelProto chain(int depth, int calls) {
  onnx::ModelProto proto = functionModel();
  call(proto).set_op_type("F0");
  for (int i = 0; i < depth; ++i) {
    onnx::FunctionProto &function = addFunction(proto, "F" + std::to_string(i), {"a"}, {"b0"});
    for (int j = 0; j < calls; ++j)
      if (i + 1 < depth)
        callIn(*function.mutable_node(), "F" + std::to_string(i + 1), {"a"}, {"b" + std::to_string(j)});
      else
        addNode(function, "Neg", {"a"}, {"b" + std::to_string(j)});
  }
  return proto;
}

TEST(Function, limitsDepth) {
  EXPECT_EQ(errorOf(chain(32, 1)), "");
  expectContains(errorOf(chain(33, 1)), "deep");
  expectContains(errorOf(chain(3000, 1)), "32");
}

TEST(Function, limitsGrowth) {
  EXPECT_EQ(errorOf(chain(10, 2)), "");
  expectContains(errorOf(chain(31, 2)), "functions expand to more than");
  expectContains(errorOf(chain(8, 20)), "functions expand to more than");
  // Small references to a large attribute.
  onnx::ModelProto proto = functionModel();
  onnx::AttributeProto &large = *call(proto).add_attribute();
  large.set_name("slope");
  large.mutable_floats()->Resize(1 << 20, 1.0f);
  onnx::AttributeProto reference;
  reference.set_ref_attr_name("slope");
  for (int i = 0; i < 1000; ++i) {
    reference.set_name("a" + std::to_string(i));
    *proto.mutable_functions(0)->mutable_node(0)->add_attribute() = reference;
  }
  expectContains(errorOf(proto), "functions expand to more than");
}

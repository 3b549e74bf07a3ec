#include "test/lib/Import/TestModels.h"

using namespace tenon;
using namespace tenon::onnx_import;
using namespace tenon::onnx_import::testing;

/// smallModel with these attributes on its Relu.
class NodeAttributes : public ::testing::Test {
protected:
  onnx::ModelProto model = smallModel();

  onnx::AttributeProto &add(const std::string &name, int type = onnx::AttributeProto::UNDEFINED) {
    onnx::AttributeProto &attribute = *model.mutable_graph()->mutable_node(1)->add_attribute();
    attribute.set_name(name);
    if (type != onnx::AttributeProto::UNDEFINED)
      attribute.set_type(static_cast<onnx::AttributeProto::AttributeType>(type));
    return attribute;
  }
};

TEST_F(NodeAttributes, haveTypedGetters) {
  add("f", onnx::AttributeProto::FLOAT).set_f(0.5f);
  add("i", onnx::AttributeProto::INT).set_i(-3);
  add("zero", onnx::AttributeProto::INT);
  add("s", onnx::AttributeProto::STRING).set_s("text");
  add("is", onnx::AttributeProto::INTS).add_ints(7);
  add("fs").add_floats(1.0f);
  add("ss", onnx::AttributeProto::STRINGS).add_strings("a");
  add("none", onnx::AttributeProto::INTS);
  fillTensor(*add("t", onnx::AttributeProto::TENSOR).mutable_t(), "", {2});
  setTensorType(*add("tp", onnx::AttributeProto::TYPE_PROTO).mutable_tp(), onnx::TensorProto::INT64, {4});
  std::unique_ptr<Model> read = parsed(model);
  ASSERT_TRUE(read);
  const Node &node = read->graph().nodes()[1];
  EXPECT_EQ(llvm::cantFail(node.getFloat("f")), 0.5f);
  EXPECT_EQ(llvm::cantFail(node.getInt("i")), -3);
  EXPECT_EQ(llvm::cantFail(node.getInt("zero")), 0);
  EXPECT_EQ(llvm::cantFail(node.getInt("absent", 9)), 9);
  EXPECT_EQ(llvm::cantFail(node.getString("s")), "text");
  EXPECT_EQ(llvm::cantFail(node.getInts("is")), llvm::ArrayRef<int64_t>{7});
  EXPECT_EQ(llvm::cantFail(node.getFloats("fs")), llvm::ArrayRef<float>{1.0f});
  EXPECT_EQ(llvm::cantFail(node.getStrings("ss")), llvm::SmallVector<llvm::StringRef>{"a"});
  EXPECT_TRUE(llvm::cantFail(node.getInts("none")).empty());
  EXPECT_EQ(llvm::cantFail(node.getTensor("t")).numElements(), 2);
  EXPECT_EQ(toString(llvm::cantFail(node.getType("tp"))), "int64[4]");
  EXPECT_EQ(node.attributeKind("fs"), AttributeKind::Floats);
  EXPECT_EQ(node.attributeKind("absent"), std::nullopt);
  EXPECT_EQ(llvm::toString(node.getInt("absent").takeError()),
            "node 'relu' (Relu): attribute 'absent' is missing");
  EXPECT_EQ(llvm::toString(node.getInt("s", 1).takeError()),
            "node 'relu' (Relu): attribute 's': expected int, but got string");
  EXPECT_EQ(llvm::toString(node.getGraph("i").takeError()),
            "node 'relu' (Relu): attribute 'i': expected graph, but got int");
}

TEST_F(NodeAttributes, areReadWithOneCheck) {
  add("axis", onnx::AttributeProto::INT).set_i(2);
  add("mode", onnx::AttributeProto::STRING).set_s("m");
  std::unique_ptr<Model> read = parsed(model);
  ASSERT_TRUE(read);
  const Node &node = read->graph().nodes()[1];
  {
    Attributes attributes(node);
    EXPECT_EQ(attributes.getInt("axis", 0), 2);
    EXPECT_EQ(attributes.getString("mode", "d"), "m");
    EXPECT_EQ(attributes.getInt("other", 5), 5);
    EXPECT_EQ(llvm::toString(attributes.finish()), "");
  }
  {
    Attributes attributes(node);
    EXPECT_EQ(attributes.getInt("axis", 0), 2);
    EXPECT_EQ(llvm::toString(attributes.finish()),
              "node 'relu' (Relu): attribute 'mode' is not known for this operator");
  }
  {
    Attributes attributes(node);
    attributes.ignore("mode");
    EXPECT_EQ(attributes.getFloat("axis", 1.5f), 1.5f);
    EXPECT_EQ(attributes.requireInt("needed"), 0);
    EXPECT_EQ(llvm::toString(attributes.finish()),
              "node 'relu' (Relu): attribute 'axis': expected float, but got int");
  }
}

TEST_F(NodeAttributes, refuseConfusion) {
  add("a", onnx::AttributeProto::INT).set_f(1.0f);
  EXPECT_EQ(errorOf(model), "node 'relu' (Relu): attribute 'a': declared as int, but it holds float");
  model = smallModel();
  onnx::AttributeProto &both = add("a");
  both.set_i(1);
  both.set_s("1");
  EXPECT_EQ(errorOf(model), "node 'relu' (Relu): attribute 'a' has no type, and holds 2 kinds of value");
  model = smallModel();
  add("a", onnx::AttributeProto::GRAPH);
  EXPECT_EQ(errorOf(model), "node 'relu' (Relu): attribute 'a': declared as graph, but it holds none");
  model = smallModel();
  add("a", onnx::AttributeProto::INT).set_i(1);
  add("a", onnx::AttributeProto::INT).set_i(2);
  EXPECT_EQ(errorOf(model), "node 'relu' (Relu): attribute 'a' is given twice");
  model = smallModel();
  add("", onnx::AttributeProto::INT).set_i(1);
  expectContains(errorOf(model), "an attribute needs a name");
  model = smallModel();
  add("a", onnx::AttributeProto::INT).set_ref_attr_name("b");
  expectContains(errorOf(model), "attribute 'a' refers to an attribute of a function, but is in none");
  model = smallModel();
  fillTensor(*add("a", onnx::AttributeProto::TENSOR).mutable_t(), "", {2}).set_dims(0, -1);
  EXPECT_EQ(errorOf(model), "node 'relu' (Relu): attribute 'a': negative dimension in [-1]");
  model = smallModel();
  for (int i = 0; i < 300; ++i)
    add("a" + std::to_string(i), onnx::AttributeProto::INT).set_i(1);
  EXPECT_EQ(errorOf(model), "node 'relu' (Relu): expected at most 256 attributes, but got 300");
  // An attribute type that ONNX does not have: 99 in field 20.
  model = smallModel();
  add("a").mutable_unknown_fields()->append("\xa0\x01\x63", 3);
  expectContains(errorOf(model), "attribute 'a' holds a field or value");
}

TEST_F(NodeAttributes, areNamedInOneLine) {
  model.mutable_graph()->mutable_node(1)->set_op_type("Re\nlu");
  model.mutable_graph()->mutable_node(1)->clear_name();
  add("a", onnx::AttributeProto::INT).set_f(1.0f);
  expectContains(errorOf(model), "node #1 (Re\\x0alu): attribute 'a'");
}

#pragma once
#include "lib/Import/Model.h"
#include "lib/Import/onnx.pb.h"
#include "gtest/gtest.h"
#include <fstream>
#include <initializer_list>
#include <iterator>

namespace tenon::onnx_import::testing {

inline std::string readFile(const std::string &path) {
  std::ifstream stream(path, std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(stream), {});
}

inline void setTensorType(onnx::TypeProto &type, int32_t elementType, std::initializer_list<int64_t> dims) {
  type.mutable_tensor_type()->set_elem_type(elementType);
  auto *shape = type.mutable_tensor_type()->mutable_shape();
  for (int64_t dim : dims)
    shape->add_dim()->set_dim_value(dim);
}

inline onnx::ValueInfoProto &addValue(onnx::ValueInfoProto *value, const std::string &name,
                                      std::initializer_list<int64_t> dims = {2, 3},
                                      int32_t elementType = onnx::TensorProto::FLOAT) {
  value->set_name(name);
  setTensorType(*value->mutable_type(), elementType, dims);
  return *value;
}

template <typename Owner> // GraphProto or FunctionProto
onnx::NodeProto &addNode(Owner &owner, const std::string &op, std::initializer_list<std::string> inputs,
                         std::initializer_list<std::string> outputs, const std::string &name = "") {
  onnx::NodeProto &node = *owner.add_node();
  node.set_op_type(op);
  for (const std::string &input : inputs)
    node.add_input(input);
  for (const std::string &output : outputs)
    node.add_output(output);
  if (!name.empty())
    node.set_name(name);
  return node;
}

inline onnx::TensorProto &fillTensor(onnx::TensorProto &tensor, const std::string &name,
                                     std::initializer_list<int64_t> dims) {
  tensor.set_name(name);
  tensor.set_data_type(onnx::TensorProto::FLOAT);
  size_t count = 1;
  for (int64_t dim : dims) {
    tensor.add_dims(dim);
    count *= static_cast<size_t>(dim);
  }
  std::string bytes(count * 4, '\0');
  for (size_t i = 0; i < bytes.size(); ++i)
    bytes[i] = static_cast<char>(i % 251);
  tensor.set_raw_data(bytes);
  return tensor;
}

/// IR version 8, operator set 17, nothing else.
inline onnx::ModelProto emptyModel() {
  onnx::ModelProto model;
  model.set_ir_version(8);
  model.add_opset_import()->set_version(17);
  model.mutable_graph()->set_name("g");
  return model;
}

/// y = Relu(x + w), of 2×3 floats. Nodes are named "add" and "relu", the initializer "w".
inline onnx::ModelProto smallModel() {
  onnx::ModelProto model = emptyModel();
  onnx::GraphProto &graph = *model.mutable_graph();
  addValue(graph.add_input(), "x");
  addValue(graph.add_output(), "y");
  fillTensor(*graph.add_initializer(), "w", {2, 3});
  addNode(graph, "Add", {"x", "w"}, {"s"}, "add");
  addNode(graph, "Relu", {"s"}, {"y"}, "relu");
  return model;
}

/// The error of reading the model; empty if there is none. Always one line.
inline std::string errorOf(const std::string &bytes, const std::string &folder = "") {
  llvm::Expected<std::unique_ptr<Model>> model = Model::parse(bytes, folder);
  if (model)
    return "";
  std::string message = llvm::toString(model.takeError());
  EXPECT_FALSE(message.empty());
  EXPECT_EQ(message.find('\n'), std::string::npos) << message;
  return message;
}

inline std::string errorOf(const onnx::ModelProto &model, const std::string &folder = "") {
  return errorOf(model.SerializeAsString(), folder);
}

/// The model, which must be readable.
inline std::unique_ptr<Model> parsed(const onnx::ModelProto &proto, const std::string &folder = "") {
  llvm::Expected<std::unique_ptr<Model>> model = Model::parse(proto.SerializeAsString(), folder);
  if (!model) {
    ADD_FAILURE() << llvm::toString(model.takeError());
    return nullptr;
  }
  return std::move(*model);
}

/// Expects that `text` contains `part`.
inline void expectContains(const std::string &text, const std::string &part) {
  EXPECT_NE(text.find(part), std::string::npos) << "expected \"" << part << "\" in \"" << text << "\"";
}

} // namespace tenon::onnx_import::testing

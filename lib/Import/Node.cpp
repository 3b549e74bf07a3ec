#include "lib/Import/Problems.h"
#include "lib/Import/Storage.h"
#include "llvm/ADT/StringExtras.h"

namespace tenon::onnx_import {

std::string printable(llvm::StringRef text) {
  std::string line;
  for (char c : text) {
    unsigned char byte = static_cast<unsigned char>(c);
    // Bytes above 0x7f are left as they are if they may be UTF-8; control characters would break the line.
    if (byte < 0x20 || byte == 0x7f)
      line += "\\x" + llvm::utohexstr(byte, /*LowerCase=*/true, /*Width=*/2);
    else
      line += c;
  }
  return line;
}

std::string escaped(llvm::StringRef name) {
  constexpr size_t longest = 96;
  return printable(name.take_front(longest)) + (name.size() > longest ? "…" : "");
}

std::string quoted(llvm::StringRef name) {
  return "'" + escaped(name) + "'";
}

llvm::StringRef name(AttributeKind kind) {
  switch (kind) {
  case AttributeKind::Float:
    return "float";
  case AttributeKind::Int:
    return "int";
  case AttributeKind::String:
    return "string";
  case AttributeKind::Tensor:
    return "tensor";
  case AttributeKind::Graph:
    return "graph";
  case AttributeKind::SparseTensor:
    return "sparse_tensor";
  case AttributeKind::Type:
    return "type_proto";
  case AttributeKind::Floats:
    return "floats";
  case AttributeKind::Ints:
    return "ints";
  case AttributeKind::Strings:
    return "strings";
  case AttributeKind::Tensors:
    return "tensors";
  case AttributeKind::Graphs:
    return "graphs";
  case AttributeKind::SparseTensors:
    return "sparse_tensors";
  case AttributeKind::Types:
    return "type_protos";
  }
  return "unknown";
}

llvm::StringRef Node::name() const {
  return proto->name();
}

std::string Node::describe() const {
  return describeNode(*proto, index) + place.str();
}

std::string describeNode(const onnx::NodeProto &node, size_t index) {
  std::string type = node.domain().empty() ? node.op_type() : node.domain() + "." + node.op_type();
  // The type stands bare in parentheses, but under the same protection as a quoted name.
  std::string shown = quoted(type);
  std::string who = node.name().empty() ? "#" + std::to_string(index) : quoted(node.name());
  return "node " + who + " (" + shown.substr(1, shown.size() - 2) + ")";
}

llvm::Error Node::error(const llvm::Twine &message) const {
  return llvm::createStringError(describe() + ": " + message);
}

llvm::SmallVector<llvm::StringRef> Node::attributeNames() const {
  llvm::SmallVector<llvm::StringRef> names;
  for (const onnx::AttributeProto &attribute : proto->attribute())
    names.push_back(attribute.name());
  return names;
}

std::optional<AttributeKind> Node::attributeKind(llvm::StringRef name) const {
  if (const Attribute *attribute = lookup(name))
    return attribute->kind;
  return std::nullopt;
}

const Node::Attribute *Node::lookup(llvm::StringRef name) const {
  auto found =
      llvm::find_if(attributes, [&](const Attribute &attribute) { return attribute.proto->name() == name; });
  return found == attributes.end() ? nullptr : found;
}

llvm::Expected<const Node::Attribute *> Node::find(llvm::StringRef name, AttributeKind kind) const {
  const Attribute *attribute = lookup(name);
  if (!attribute)
    return error("attribute '" + name + "' is missing");
  if (attribute->kind != kind)
    return error("attribute '" + name + "': expected " + onnx_import::name(kind) + ", but got " +
                 onnx_import::name(attribute->kind));
  return attribute;
}

llvm::Expected<int64_t> Node::getInt(llvm::StringRef name) const {
  llvm::Expected<const Attribute *> attribute = find(name, AttributeKind::Int);
  if (!attribute)
    return attribute.takeError();
  return (*attribute)->proto->i();
}

llvm::Expected<float> Node::getFloat(llvm::StringRef name) const {
  llvm::Expected<const Attribute *> attribute = find(name, AttributeKind::Float);
  if (!attribute)
    return attribute.takeError();
  return (*attribute)->proto->f();
}

llvm::Expected<llvm::StringRef> Node::getString(llvm::StringRef name) const {
  llvm::Expected<const Attribute *> attribute = find(name, AttributeKind::String);
  if (!attribute)
    return attribute.takeError();
  return llvm::StringRef((*attribute)->proto->s());
}

llvm::Expected<llvm::ArrayRef<int64_t>> Node::getInts(llvm::StringRef name) const {
  llvm::Expected<const Attribute *> attribute = find(name, AttributeKind::Ints);
  if (!attribute)
    return attribute.takeError();
  const auto &values = (*attribute)->proto->ints();
  return llvm::ArrayRef<int64_t>(values.data(), static_cast<size_t>(values.size()));
}

llvm::Expected<llvm::ArrayRef<float>> Node::getFloats(llvm::StringRef name) const {
  llvm::Expected<const Attribute *> attribute = find(name, AttributeKind::Floats);
  if (!attribute)
    return attribute.takeError();
  const auto &values = (*attribute)->proto->floats();
  return llvm::ArrayRef<float>(values.data(), static_cast<size_t>(values.size()));
}

llvm::Expected<llvm::SmallVector<llvm::StringRef>> Node::getStrings(llvm::StringRef name) const {
  llvm::Expected<const Attribute *> attribute = find(name, AttributeKind::Strings);
  if (!attribute)
    return attribute.takeError();
  const auto &values = (*attribute)->proto->strings();
  return llvm::SmallVector<llvm::StringRef>(values.begin(), values.end());
}

llvm::Expected<Tensor> Node::getTensor(llvm::StringRef name) const {
  const Attribute *sparse = lookup(name);
  if (sparse && sparse->kind == AttributeKind::SparseTensor)
    return Tensor(sparse->proto->sparse_tensor(), *storage);
  llvm::Expected<const Attribute *> attribute = find(name, AttributeKind::Tensor);
  if (!attribute)
    return attribute.takeError();
  return Tensor((*attribute)->proto->t(), *storage);
}

llvm::Expected<llvm::SmallVector<Tensor>> Node::getTensors(llvm::StringRef name) const {
  llvm::SmallVector<Tensor> tensors;
  const Attribute *sparse = lookup(name);
  if (sparse && sparse->kind == AttributeKind::SparseTensors) {
    for (const onnx::SparseTensorProto &tensor : sparse->proto->sparse_tensors())
      tensors.emplace_back(tensor, *storage);
    return tensors;
  }
  llvm::Expected<const Attribute *> attribute = find(name, AttributeKind::Tensors);
  if (!attribute)
    return attribute.takeError();
  for (const onnx::TensorProto &tensor : (*attribute)->proto->tensors())
    tensors.emplace_back(tensor, *storage);
  return tensors;
}

llvm::Expected<const Graph *> Node::getGraph(llvm::StringRef name) const {
  llvm::Expected<const Attribute *> attribute = find(name, AttributeKind::Graph);
  if (!attribute)
    return attribute.takeError();
  return (*attribute)->graphs.front();
}

llvm::Expected<llvm::SmallVector<const Graph *>> Node::getGraphs(llvm::StringRef name) const {
  llvm::Expected<const Attribute *> attribute = find(name, AttributeKind::Graphs);
  if (!attribute)
    return attribute.takeError();
  const auto &graphs = (*attribute)->graphs;
  return llvm::SmallVector<const Graph *>(graphs.begin(), graphs.end());
}

llvm::Expected<ValueType> Node::getType(llvm::StringRef name) const {
  llvm::Expected<const Attribute *> attribute = find(name, AttributeKind::Type);
  if (!attribute)
    return attribute.takeError();
  llvm::Expected<ValueType> type = readType((*attribute)->proto->tp());
  if (!type)
    return error("attribute '" + name + "': " + llvm::toString(type.takeError()));
  return type;
}

llvm::Expected<int64_t> Node::getInt(llvm::StringRef name, int64_t absent) const {
  return hasAttribute(name) ? getInt(name) : absent;
}

llvm::Expected<float> Node::getFloat(llvm::StringRef name, float absent) const {
  return hasAttribute(name) ? getFloat(name) : absent;
}

llvm::Expected<llvm::StringRef> Node::getString(llvm::StringRef name, llvm::StringRef absent) const {
  return hasAttribute(name) ? getString(name) : absent;
}

llvm::Expected<llvm::ArrayRef<int64_t>> Node::getInts(llvm::StringRef name,
                                                      llvm::ArrayRef<int64_t> absent) const {
  return hasAttribute(name) ? getInts(name) : absent;
}

llvm::Expected<llvm::ArrayRef<float>> Node::getFloats(llvm::StringRef name,
                                                      llvm::ArrayRef<float> absent) const {
  return hasAttribute(name) ? getFloats(name) : absent;
}

bool Attributes::has(llvm::StringRef name) {
  asked.push_back(name);
  return node.hasAttribute(name);
}

template <typename T>
T Attributes::take(llvm::StringRef name, llvm::Expected<T> value, T otherwise) {
  asked.push_back(name);
  if (value)
    return std::move(*value);
  std::string message = llvm::toString(value.takeError());
  if (failure.empty())
    failure = std::move(message);
  return otherwise;
}

int64_t Attributes::getInt(llvm::StringRef name, int64_t absent) {
  return take(name, node.getInt(name, absent), absent);
}

float Attributes::getFloat(llvm::StringRef name, float absent) {
  return take(name, node.getFloat(name, absent), absent);
}

llvm::StringRef Attributes::getString(llvm::StringRef name, llvm::StringRef absent) {
  return take(name, node.getString(name, absent), absent);
}

llvm::ArrayRef<int64_t> Attributes::getInts(llvm::StringRef name, llvm::ArrayRef<int64_t> absent) {
  return take(name, node.getInts(name, absent), absent);
}

llvm::ArrayRef<float> Attributes::getFloats(llvm::StringRef name, llvm::ArrayRef<float> absent) {
  return take(name, node.getFloats(name, absent), absent);
}

llvm::SmallVector<llvm::StringRef> Attributes::getStrings(llvm::StringRef name) {
  if (!has(name))
    return {};
  return take(name, node.getStrings(name), {});
}

std::optional<Tensor> Attributes::getTensor(llvm::StringRef name) {
  if (!has(name))
    return std::nullopt;
  llvm::Expected<Tensor> tensor = node.getTensor(name);
  if (tensor)
    return *tensor;
  std::string message = llvm::toString(tensor.takeError());
  if (failure.empty())
    failure = std::move(message);
  return std::nullopt;
}

const Graph *Attributes::getGraph(llvm::StringRef name) {
  if (!has(name))
    return nullptr;
  return take<const Graph *>(name, node.getGraph(name), nullptr);
}

int64_t Attributes::requireInt(llvm::StringRef name) {
  return take<int64_t>(name, node.getInt(name), 0);
}

float Attributes::requireFloat(llvm::StringRef name) {
  return take<float>(name, node.getFloat(name), 0);
}

llvm::StringRef Attributes::requireString(llvm::StringRef name) {
  return take<llvm::StringRef>(name, node.getString(name), "");
}

llvm::ArrayRef<int64_t> Attributes::requireInts(llvm::StringRef name) {
  return take<llvm::ArrayRef<int64_t>>(name, node.getInts(name), {});
}

const Graph *Attributes::requireGraph(llvm::StringRef name) {
  return take<const Graph *>(name, node.getGraph(name), nullptr);
}

llvm::Error Attributes::finish() {
  if (!failure.empty())
    return llvm::createStringError(failure);
  for (llvm::StringRef name : node.attributeNames())
    if (!llvm::is_contained(asked, name))
      return node.error("attribute " + quoted(name) + " is not known for this operator");
  return llvm::Error::success();
}

llvm::StringRef Graph::name() const {
  return proto->name();
}

const Tensor *Graph::initializer(llvm::StringRef name) const {
  auto found = initializerIndex.find(name);
  return found == initializerIndex.end() ? nullptr : &initializerList[found->second].second;
}

const ValueType *Graph::declaredType(llvm::StringRef name) const {
  auto found = types.find(name);
  return found == types.end() ? nullptr : &found->second;
}

} // namespace tenon::onnx_import

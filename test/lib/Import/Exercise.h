#pragma once
#include "lib/Import/Model.h"

namespace tenon::onnx_import::testing {

/// Reads everything that the interface offers of a graph, so that a sanitizer sees every byte that a
/// translation could touch. Returns a number that depends on all of it, lest the reads be optimised away.
inline uint64_t exercise(const Tensor &tensor) {
  uint64_t sum = tensor.name().size() + tensor.byteSize() + tensor.dims().size();
  llvm::Expected<TensorData> data = tensor.data();
  if (data) {
    for (char byte : data->bytes())
      sum += static_cast<unsigned char>(byte);
    data->release();
  } else {
    sum += llvm::toString(data.takeError()).size();
  }
  for (int which = 0; which < 2; ++which) {
    if (which == 0) {
      if (llvm::Expected<std::vector<llvm::StringRef>> strings = tensor.strings())
        for (llvm::StringRef text : *strings)
          sum += text.size();
      else
        llvm::consumeError(strings.takeError());
    } else if (llvm::Expected<llvm::SmallVector<int64_t>> ints = tensor.ints()) {
      for (int64_t value : *ints)
        sum += static_cast<uint64_t>(value);
    } else {
      llvm::consumeError(ints.takeError());
    }
  }
  return sum;
}

template <typename T>
uint64_t sizeOf(llvm::Expected<T> value) {
  if (value)
    return 1;
  return llvm::toString(value.takeError()).size();
}

inline uint64_t exercise(const Graph &graph);

inline uint64_t exercise(const Node &node) {
  uint64_t sum = node.describe().size() + node.opType().size() + node.domain().size() +
                 static_cast<uint64_t>(node.opset());
  for (auto names : {node.inputs(), node.outputs(), node.captures()})
    for (llvm::StringRef name : names)
      sum += name.size();
  for (llvm::StringRef name : node.attributeNames()) {
    sum += sizeOf(node.getInt(name)) + sizeOf(node.getFloat(name)) + sizeOf(node.getString(name));
    sum += sizeOf(node.getInts(name)) + sizeOf(node.getFloats(name)) + sizeOf(node.getStrings(name));
    sum += sizeOf(node.getType(name)) + sizeOf(node.getTensors(name)) + sizeOf(node.getGraphs(name));
    if (llvm::Expected<Tensor> tensor = node.getTensor(name))
      sum += exercise(*tensor);
    else
      llvm::consumeError(tensor.takeError());
    if (llvm::Expected<const Graph *> graph = node.getGraph(name))
      sum += exercise(**graph);
    else
      llvm::consumeError(graph.takeError());
  }
  Attributes attributes(node);
  sum += static_cast<uint64_t>(attributes.getInt("axis", 1));
  if (llvm::Error error = attributes.finish())
    sum += llvm::toString(std::move(error)).size();
  return sum;
}

inline uint64_t exercise(const Graph &graph) {
  uint64_t sum = graph.name().size();
  for (auto values : {graph.inputs(), graph.outputs()})
    for (const Value &value : values)
      sum += value.name.size() + toString(value.type).size();
  for (const auto &[name, tensor] : graph.initializers())
    sum += name.size() + exercise(tensor) + (graph.initializer(name) ? 1 : 0);
  for (const Node &node : graph.nodes())
    sum += exercise(node);
  return sum;
}

} // namespace tenon::onnx_import::testing

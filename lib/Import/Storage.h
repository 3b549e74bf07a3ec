#pragma once
#include "lib/Import/MappedFile.h"
#include "lib/Import/Model.h"
#include "lib/Import/Wire.h"
#include "lib/Import/onnx.pb.h"
#include "llvm/ADT/StringMap.h"
#include <deque>

namespace tenon::onnx_import {

/// The part of an external file that holds a tensor.
struct ExternalSpan {
  std::shared_ptr<const MappedFile> file;
  Span span;
};

/// Everything that a Model's views point into. Built by Model::parse, constant afterwards.
struct Storage : std::enable_shared_from_this<Storage> {
  std::shared_ptr<const MappedFile> file;
  std::vector<Span> spans;
  onnx::ModelProto proto;
  /// Where external data lies; empty if there is nowhere to look.
  std::string folder;
  /// Files of external data, by location.
  llvm::StringMap<std::shared_ptr<const MappedFile>> externalFiles;
  llvm::DenseMap<const onnx::TensorProto *, ExternalSpan> externalTensors;
  /// Nodes made by expanding functions, and the descriptions of where nodes came from.
  std::deque<onnx::NodeProto> expandedNodes;
  std::deque<std::string> places;
  std::deque<Graph> graphs;
  const Graph *mainGraph = nullptr;
};

/// The checked type that a message declares; of unknown kind if it declares none. Errors: a field, an element
/// type or a kind of type that ONNX does not define; dimensions that are negative or exceed 2^40 bytes.
llvm::Expected<ValueType> readType(const onnx::TypeProto &type);

/// "node 'conv1' (Conv)"; "node #12 (Conv)" if it has no name.
std::string describeNode(const onnx::NodeProto &node, size_t index);

/// Checks all that Tensor's accessors rely on: type, dims, exactly one source of the right size; maps
/// external data. `what` names the tensor in the error ("initializer 'w'", "attribute 'value'").
llvm::Error checkTensor(const onnx::TensorProto &tensor, Storage &storage, const llvm::Twine &what);
llvm::Error checkSparseTensor(const onnx::SparseTensorProto &tensor, Storage &storage,
                              const llvm::Twine &what);

/// Maps the file that `location` names and notes where in it `tensor`'s bytes are.
llvm::Error mapExternalData(const onnx::TensorProto &tensor, uint64_t byteSize, Storage &storage);

} // namespace tenon::onnx_import

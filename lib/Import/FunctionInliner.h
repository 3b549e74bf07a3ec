#pragma once
#include "lib/Import/Opsets.h"
#include "lib/Import/Storage.h"

namespace tenon::onnx_import {

/// A node to be checked: from the file, or a copy from a function's body.
struct PlacedNode {
  const onnx::NodeProto *proto;
  /// The operator sets in force for it and its subgraphs.
  const Opsets *opsets;
  /// Where it stands, for diagnostics.
  llvm::StringRef place;
  /// Its position in the graph or function.
  size_t index;
};

/// Replaces calls of model-local functions by the functions' bodies.
///
/// In a copied body, formal parameters become the call's names, attribute references become the call's
/// attributes (or the function's defaults, or vanish), and every other name gets a prefix that no name in
/// the model has. What all copies take together is bounded: functions that call one another twice grow
/// exponentially.
class FunctionInliner {
public:
  FunctionInliner(Storage &storage, const Opsets &modelOpsets) : storage(storage), modelOpsets(modelOpsets) {}

  /// Checks the functions: names, parameters, operator sets, no recursion, calls at most 32 deep.
  llvm::Error prepare();

  /// Appends `node`, or what it expands to, to `result`.
  llvm::Error expand(const PlacedNode &node, std::vector<PlacedNode> &result);

private:
  struct Function {
    const onnx::FunctionProto *proto = nullptr;
    Opsets ownOpsets;
    const Opsets *opsets = nullptr;
    llvm::StringRef place;
    /// The depth of calls below it, once known; recursion shows as a function met while it is unknown.
    unsigned depth = 0;
    bool visiting = false;
  };
  class Renamer;

  const Function *callee(const onnx::NodeProto &node) const;
  llvm::Error checkFunction(const onnx::FunctionProto &function);
  llvm::Error measureDepth(Function &function, unsigned callers);
  llvm::Error measureCalls(const google::protobuf::RepeatedPtrField<onnx::NodeProto> &nodes, unsigned callers,
                           unsigned &depth);
  llvm::Error charge(uint64_t bytes, uint64_t newCopies = 0);

  Storage &storage;
  const Opsets &modelOpsets;
  llvm::StringMap<Function> functions;
  Opsets identityOpsets;
  std::string prefix;
  uint64_t copies = 0;
  uint64_t copiedBytes = 0;
};

} // namespace tenon::onnx_import

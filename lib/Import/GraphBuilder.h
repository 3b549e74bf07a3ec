#pragma once
#include "lib/Import/FunctionInliner.h"
#include "lib/Import/Problems.h"
#include "llvm/ADT/SetVector.h"
#include <set>

namespace tenon::onnx_import {

/// Builds the checked Graph of a GraphProto, and of the graphs inside it.
class GraphBuilder {
public:
  GraphBuilder(Storage &storage, FunctionInliner &inliner, Problems &problems)
      : storage(storage), inliner(inliner), problems(problems) {}

  /// Builds the model's own graph. What is wrong goes to `problems`; the result is only of use if nothing is.
  const Graph *buildMain(const onnx::GraphProto &graph, const Opsets &opsets);

private:
  /// The names that are visible in a graph: its own, then those of the graphs around it.
  struct Scope {
    const Scope *outer = nullptr;
    /// The position of the node that makes the value; -1 for inputs and initializers.
    llvm::DenseMap<llvm::StringRef, int> names;
  };
  struct Context {
    const Opsets &opsets;
    /// " in node 'loop' (Loop)" or empty.
    llvm::StringRef place;
    unsigned depth;
    const Graph *outer;
    const Scope *scope;
  };

  const Graph *build(const onnx::GraphProto &proto, const Context &context,
                     llvm::SetVector<llvm::StringRef> &free);
  void defineInputs(Graph &graph, Scope &scope, const Context &context);
  void defineInitializers(Graph &graph, Scope &scope, const Context &context);
  void define(Scope &scope, llvm::StringRef name, int producer, const llvm::Twine &what);
  void buildNode(Node &node, const PlacedNode &placed, Graph &graph, const Scope &scope, unsigned depth);
  void buildAttribute(Node &node, const onnx::AttributeProto &attribute, const PlacedNode &placed,
                      Graph &graph, const Scope &scope, unsigned depth,
                      llvm::SetVector<llvm::StringRef> &free);
  void readOutputs(Graph &graph, const Scope &scope, const Context &context,
                   llvm::SetVector<llvm::StringRef> &free);
  void readDeclaredTypes(Graph &graph, const Context &context);
  bool visible(const Scope &scope, llvm::StringRef name) const;
  bool nameFits(llvm::StringRef name, const llvm::Twine &what);
  /// Sorts the nodes topologically, keeping the file's order where it can.
  void sort(Graph &graph, const Scope &scope);

  Storage &storage;
  FunctionInliner &inliner;
  Problems &problems;
  std::set<std::string> reportedOpsets;
};

} // namespace tenon::onnx_import

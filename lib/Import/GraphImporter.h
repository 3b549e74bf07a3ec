#pragma once

#include "dialects/NN/ShapeArithmetic.h"
#include "lib/Import/Translate.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace tenon::onnx_import {

/// The state of one model's import: names and their values, symbols, failures. Everything is created in the
/// single block of one function, so a value that exists can be used by all that follows.
class GraphImporter {
public:
  GraphImporter(mlir::ModuleOp module, const ImportOptions &options);

  /// Creates `@main` for the model's graph. Returns failure after reporting one error to the context.
  mlir::LogicalResult run(const Model &model);

  // What NodeImporter is made of.

  /// The value of `name` where the import stands; null if it is unknown or poisoned by an earlier failure.
  /// An initializer becomes a constant at its first use; `error` is set if it cannot.
  mlir::Value lookup(llvm::StringRef name, std::string &error);
  void define(llvm::StringRef name, mlir::Value value);
  /// Creates an op, checks the sizes of its results, and folds it where that is cheap. On failure returns
  /// null and sets `error`.
  llvm::SmallVector<mlir::Value> createOp(mlir::Location loc, llvm::StringRef opName,
                                          llvm::ArrayRef<mlir::Value> operands,
                                          llvm::ArrayRef<mlir::NamedAttribute> attributes,
                                          unsigned numResults, mlir::Operation *&op, std::string &error);
  mlir::Value createConstant(mlir::Location loc, const HostTensor &tensor);
  /// Evaluates what defines `value`; on failure sets `error` to the reason. Inputs that are bound count as
  /// known with `useBinds`, which marks them as compiled in.
  std::optional<HostTensor> constant(mlir::Value value, std::string &error, bool useBinds = true);
  /// Elements of an integer tensor as dimension expressions; falls back to `constant`.
  std::optional<nn::Dims> dims(mlir::Value value, std::string &error);
  mlir::FailureOr<llvm::SmallVector<mlir::Value>> inlineGraph(const Graph &body, mlir::ValueRange inputs);
  nn::Dim addSymbol(llvm::StringRef name, int64_t min, int64_t max, bool data);
  void recordFailure(const Node &node, llvm::StringRef message);
  size_t numFailures() const { return failures.size(); }
  const nn::KnownDims &knownDims() const { return known; }

private:
  struct Scope {
    const Graph *graph;
    llvm::StringMap<mlir::Value> values;
  };

  mlir::LogicalResult importInputs(const Graph &graph, mlir::func::FuncOp function);
  void importNode(const Node &node);
  mlir::Value initializer(llvm::StringRef name, const Tensor &tensor, std::string &error);
  std::string checkSizes(mlir::Operation *op);
  bool foldShapeArithmetic(mlir::Operation *op, mlir::Value &result);
  std::string describeInput(unsigned index);
  mlir::LogicalResult report();

  mlir::ModuleOp module;
  mlir::MLIRContext *context;
  const ImportOptions &options;
  mlir::OpBuilder b;
  mlir::func::FuncOp function;
  std::vector<Scope> scopes;
  /// Constants of initializers, made once even where a body is inlined several times.
  llvm::DenseMap<const Tensor *, mlir::Value> initializers;
  llvm::DenseMap<mlir::Value, HostTensor> evaluated;
  nn::KnownDims known;
  llvm::SmallVector<mlir::Attribute> symbols;
  llvm::SmallVector<std::string> failures;
  llvm::SmallVector<const Node *> failedNodes;
  int64_t inlinedNodes = 0, nodeCount = 0;
};

/// MLIR's element type for ONNX's; null for strings and complex numbers.
mlir::Type getElementType(mlir::MLIRContext *context, ElementType type);

/// The tensor's elements as the compiler keeps them: mapped bytes are viewed, sub-byte types unpacked to a
/// byte each.
llvm::Expected<HostTensor> readTensor(mlir::MLIRContext *context, const Tensor &tensor);

} // namespace tenon::onnx_import

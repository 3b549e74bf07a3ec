#pragma once

#include "dialects/NN/NN.h"
#include "lib/Import/Model.h"
#include "llvm/ADT/StringMap.h"

/// From the checked ONNX graph to `nn` operations. Each operator has one translator, registered by name and
/// domain.
namespace tenon::onnx_import {

class GraphImporter;

/// What a translator sees of the node it translates. Failures are reported by `fail` and collected: the user
/// reads about all unsupported nodes of a model at once.
class NodeImporter {
public:
  NodeImporter(GraphImporter &graph, const Node &node, mlir::OpBuilder &b, mlir::Location loc);

  const Node &node;
  /// The node's attributes; what is not read here is refused after the translator returns.
  Attributes attrs;
  mlir::OpBuilder &b;
  mlir::Location loc;

  int64_t opset() const { return node.opset(); }
  size_t numInputs() const { return node.inputs().size(); }
  size_t numOutputs() const { return node.outputs().size(); }
  /// Operand `i`, null if absent (omitted or beyond the list).
  mlir::Value in(size_t i);
  /// Operand `i`; records a failure and returns null if it is absent.
  mlir::Value require(size_t i);
  /// All operands; none may be absent.
  mlir::FailureOr<llvm::SmallVector<mlir::Value>> all();
  /// Whether somebody wants output `i`.
  bool wants(size_t i) const { return !node.output(i).empty(); }
  /// Sets output `i`. A null value is a failure that was reported already.
  void out(size_t i, mlir::Value value);

  /// The value of a tensor that must be known at compile time (an axis, a size): a constant, computed from
  /// constants, or from graph inputs that are bound (which marks them as compiled in). Otherwise a failure
  /// that tells the user what to bind. `what` names the operand for the message, e.g. "axes".
  mlir::FailureOr<HostTensor> constant(mlir::Value value, llvm::StringRef what);
  /// The value of a tensor that does not depend on any input; nullopt, without a failure, otherwise.
  std::optional<HostTensor> ifConstant(mlir::Value value);
  /// Same as `constant`, as integers in row-major order.
  mlir::FailureOr<llvm::SmallVector<int64_t>> ints(mlir::Value value, llvm::StringRef what);
  /// Same, one integer.
  mlir::FailureOr<int64_t> scalarInt(mlir::Value value, llvm::StringRef what);
  /// Same, where symbolic dimensions may take part: dimension expressions.
  mlir::FailureOr<nn::Dims> dims(mlir::Value value, llvm::StringRef what);
  /// Integers from attribute `name` (older opsets) or else operand `i` (newer); nullopt if neither is given.
  mlir::FailureOr<std::optional<llvm::SmallVector<int64_t>>> intsFrom(llvm::StringRef name, size_t i);

  /// Creates an op with inferred type and one result (null and a recorded failure if its constraints do not
  /// hold; null operands stand for absent optional ones, unless `require`d before).
  template <typename Op>
  mlir::Value create(llvm::ArrayRef<mlir::Value> operands,
                     llvm::ArrayRef<mlir::NamedAttribute> attributes = {}) {
    llvm::SmallVector<mlir::Value> results = createOp(Op::getOperationName(), operands, attributes, 1);
    return results.empty() ? mlir::Value() : results[0];
  }
  /// Same, several results; empty on failure.
  template <typename Op>
  llvm::SmallVector<mlir::Value> createMulti(llvm::ArrayRef<mlir::Value> operands,
                                             llvm::ArrayRef<mlir::NamedAttribute> attributes,
                                             unsigned numResults) {
    return createOp(Op::getOperationName(), operands, attributes, numResults);
  }

  /// A constant tensor.
  mlir::Value constant(const HostTensor &tensor);
  /// A one-element constant of `type`, rank 0, holding `value` rounded to the type.
  mlir::Value scalar(mlir::Type type, double value);
  /// A rank-1 i64 constant.
  mlir::Value intTensor(llvm::ArrayRef<int64_t> values);
  /// An integer tensor with these dimension expressions (a constant if all are static).
  mlir::Value dimTensor(llvm::ArrayRef<nn::Dim> values);
  mlir::NamedAttribute attr(llvm::StringRef name, mlir::Attribute value) {
    return b.getNamedAttr(name, value);
  }
  mlir::NamedAttribute attr(llvm::StringRef name, int64_t value) {
    return attr(name, b.getI64IntegerAttr(value));
  }
  mlir::NamedAttribute attr(llvm::StringRef name, double value) {
    return attr(name, b.getF64FloatAttr(value));
  }
  mlir::NamedAttribute attr(llvm::StringRef name, bool value) { return attr(name, b.getBoolAttr(value)); }
  mlir::NamedAttribute attr(llvm::StringRef name, llvm::ArrayRef<int64_t> value) {
    return attr(name, b.getDenseI64ArrayAttr(value));
  }
  mlir::NamedAttribute attr(llvm::StringRef name, llvm::StringRef value) {
    return attr(name, b.getStringAttr(value));
  }

  /// MLIR element type of an ONNX data type (the number of TensorProto.DataType); failure (recorded) if there
  /// is none.
  mlir::FailureOr<mlir::Type> elementType(int64_t onnxType);

  /// Translates a subgraph in place (for If, Loop, Scan bodies that are unrolled or selected): its inputs
  /// take `inputs`, and the values of its outputs are returned. Names of enclosing graphs are visible.
  mlir::FailureOr<llvm::SmallVector<mlir::Value>> inlineGraph(const Graph &body, mlir::ValueRange inputs);

  /// A new symbol for a size that depends on data, in [0, max].
  nn::Dim dataSymbol(llvm::StringRef name, int64_t max);

  /// Records "node … (Op): message" and returns failure.
  mlir::LogicalResult fail(const llvm::Twine &message);

private:
  /// Empty on failure. Where all operands are small constants the results are constants too.
  llvm::SmallVector<mlir::Value> createOp(llvm::StringRef name, llvm::ArrayRef<mlir::Value> operands,
                                          llvm::ArrayRef<mlir::NamedAttribute> attributes,
                                          unsigned numResults);
  GraphImporter &graph;
  /// Set by `fail`; nothing is created any more, so that a translator may chain calls without checks.
  bool hasFailed = false;
};

/// Translates one node: reads operands and attributes, creates ops, sets the outputs. Returns failure after
/// `fail`.
using Translator = std::function<mlir::LogicalResult(NodeImporter &)>;

/// Translators by operator.
class Translators {
public:
  /// Registers an operator of `domain` (empty: ONNX's own).
  void add(llvm::StringRef opType, Translator translator, llvm::StringRef domain = "");
  /// Null if unknown.
  const Translator *find(llvm::StringRef opType, llvm::StringRef domain) const;
  /// All of Tenon's.
  static const Translators &get();

private:
  llvm::StringMap<Translator> table;
};

// One per family of operators.
void populateAttention(Translators &translators);
void populateContraction(Translators &translators);
void populateControlFlow(Translators &translators);
void populateConversion(Translators &translators);
void populateElementwise(Translators &translators);
void populateImage(Translators &translators);
void populateIndexing(Translators &translators);
void populateInteger(Translators &translators);
void populateMovement(Translators &translators);
void populateNormalization(Translators &translators);
void populatePool(Translators &translators);
void populateRecurrent(Translators &translators);
void populateReduction(Translators &translators);
void populateSelection(Translators &translators);
void populateSignal(Translators &translators);
void populateTraining(Translators &translators);

/// What the user says about a model's inputs.
struct ImportOptions {
  /// `--dim NAME=A..B` (A = B binds). A dimension without a name is called INPUT.AXIS, as in `x.0`. The
  /// dimensions of bound inputs need not be given: the contents tell them.
  llvm::StringMap<std::pair<int64_t, int64_t>> dims;
  /// `--bind INPUT=FILE`: contents of graph inputs that determine shapes.
  llvm::StringMap<HostTensor> binds;
};

/// Reads `path` and translates it to a module with one public function `@main`. Argument and result names are
/// the `nn.name` attributes; inputs whose value was compiled in carry it as `nn.bound`. All errors go to the
/// context's diagnostic handler.
mlir::OwningOpRef<mlir::ModuleOp> importModel(mlir::MLIRContext *context, llvm::StringRef path,
                                              const ImportOptions &options);

/// The same for a model that was read already; `path` names the module and stands in messages.
mlir::OwningOpRef<mlir::ModuleOp> importModel(mlir::MLIRContext *context, const Model &model,
                                              llvm::StringRef path, const ImportOptions &options);

} // namespace tenon::onnx_import

#pragma once
#include "lib/Import/Tensor.h"
#include "llvm/ADT/DenseMap.h"
#include <optional>

/// The front of the ONNX importer: from a file to a checked graph in memory, free of MLIR's operations.
///
/// Whoever holds a `Model` may rely on: every name is defined exactly once where it is visible; nodes are
/// in topological order, the graphs of `If`, `Loop` and `Scan` included; calls of model-local functions
/// are replaced by their bodies; every node's operator set is known; every tensor's type, dims and byte
/// count agree and its bytes are there; no message holds a field that this importer does not know.
/// Whether an operator exists, and what it means, is not decided here.
namespace tenon::onnx {
class AttributeProto;
class GraphProto;
class ModelProto;
class NodeProto;
class TypeProto;
} // namespace tenon::onnx

namespace tenon::onnx_import {

class Graph;

/// One dimension of a value's declared shape.
struct Dim {
  enum class Kind { Static, Symbolic, Unknown };
  Kind kind = Kind::Unknown;
  /// Static: the size, not negative.
  int64_t size = 0;
  /// Symbolic: the name ("batch", "N", …), never empty.
  llvm::StringRef symbol;
};

/// The declared type of a graph input, a graph output or a value in between.
struct ValueType {
  enum class Kind { Unknown, Tensor, SparseTensor, Sequence, Optional, Map, Opaque };
  Kind kind = Kind::Unknown;
  /// Tensor and SparseTensor: the element type (Undefined if not declared), and the dims if the rank is
  /// declared. Map: `elementType` is the key's type.
  ElementType elementType = ElementType::Undefined;
  std::optional<llvm::SmallVector<Dim>> dims;
  /// Sequence, Optional and Map: the type of what it holds; null if not declared.
  std::shared_ptr<const ValueType> element;
};

/// The type as a person would write it: "float[N, 3, 224, 224]", "seq(int64[?])".
std::string toString(const ValueType &type);

/// A named value with its declared type.
struct Value {
  llvm::StringRef name;
  ValueType type;
};

/// What kind of value an attribute holds.
enum class AttributeKind {
  Float,
  Int,
  String,
  Tensor,
  Graph,
  SparseTensor,
  Type,
  Floats,
  Ints,
  Strings,
  Tensors,
  Graphs,
  SparseTensors,
  Types,
};

/// ONNX's name of the kind in lower case ("int", "floats", …).
llvm::StringRef name(AttributeKind kind);

/// One operator call. Valid while its Model lives.
///
/// Attribute getters return an error that names node and attribute if the attribute is missing (and no
/// default was given) or is of another kind. `Attributes` (below) reads several with one check.
class Node {
public:
  llvm::StringRef opType() const { return op; }
  /// The operator's domain; empty for ONNX's own operators ("ai.onnx" is mapped to empty).
  llvm::StringRef domain() const { return dom; }
  /// The version of the domain's operator set in force here: the model's, or the function's it came from.
  int64_t opset() const { return version; }
  /// The node's name in the file; often empty. Not unique.
  llvm::StringRef name() const;
  /// For diagnostics, in one line: "node 'conv1' (Conv)", "node #12 (com.microsoft.Gelu)",
  /// "node 'a' (Add) in function 'f'", "node 'a' (Add) in node 'loop' (Loop)".
  std::string describe() const;

  /// The names of the operands; empty for an omitted optional one. All others are defined.
  llvm::ArrayRef<llvm::StringRef> inputs() const { return ins; }
  /// The names of the results; empty for one that nobody wants.
  llvm::ArrayRef<llvm::StringRef> outputs() const { return outs; }
  /// The operand's name; empty too when the node has fewer.
  llvm::StringRef input(size_t i) const { return i < ins.size() ? ins[i] : llvm::StringRef(); }
  llvm::StringRef output(size_t i) const { return i < outs.size() ? outs[i] : llvm::StringRef(); }
  /// Names of values of enclosing graphs that this node's subgraphs use, without repetition.
  llvm::ArrayRef<llvm::StringRef> captures() const { return captured; }

  /// The names of all attributes, in file order.
  llvm::SmallVector<llvm::StringRef> attributeNames() const;
  bool hasAttribute(llvm::StringRef name) const { return lookup(name) != nullptr; }
  std::optional<AttributeKind> attributeKind(llvm::StringRef name) const;

  llvm::Expected<int64_t> getInt(llvm::StringRef name) const;
  llvm::Expected<float> getFloat(llvm::StringRef name) const;
  llvm::Expected<llvm::StringRef> getString(llvm::StringRef name) const;
  llvm::Expected<llvm::ArrayRef<int64_t>> getInts(llvm::StringRef name) const;
  llvm::Expected<llvm::ArrayRef<float>> getFloats(llvm::StringRef name) const;
  llvm::Expected<llvm::SmallVector<llvm::StringRef>> getStrings(llvm::StringRef name) const;
  /// A tensor, dense or sparse.
  llvm::Expected<Tensor> getTensor(llvm::StringRef name) const;
  llvm::Expected<llvm::SmallVector<Tensor>> getTensors(llvm::StringRef name) const;
  llvm::Expected<const Graph *> getGraph(llvm::StringRef name) const;
  llvm::Expected<llvm::SmallVector<const Graph *>> getGraphs(llvm::StringRef name) const;
  llvm::Expected<ValueType> getType(llvm::StringRef name) const;

  // The same with a default for an absent attribute; another kind is still an error.
  llvm::Expected<int64_t> getInt(llvm::StringRef name, int64_t absent) const;
  llvm::Expected<float> getFloat(llvm::StringRef name, float absent) const;
  llvm::Expected<llvm::StringRef> getString(llvm::StringRef name, llvm::StringRef absent) const;
  llvm::Expected<llvm::ArrayRef<int64_t>> getInts(llvm::StringRef name, llvm::ArrayRef<int64_t> absent) const;
  llvm::Expected<llvm::ArrayRef<float>> getFloats(llvm::StringRef name, llvm::ArrayRef<float> absent) const;

  /// A one-line error "<describe()>: <message>".
  llvm::Error error(const llvm::Twine &message) const;

private:
  friend class GraphBuilder;
  struct Attribute {
    const onnx::AttributeProto *proto = nullptr;
    AttributeKind kind = AttributeKind::Int;
    llvm::SmallVector<const Graph *, 1> graphs;
  };
  const Attribute *lookup(llvm::StringRef name) const;
  llvm::Expected<const Attribute *> find(llvm::StringRef name, AttributeKind kind) const;

  const onnx::NodeProto *proto = nullptr;
  const Storage *storage = nullptr;
  llvm::StringRef op;
  llvm::StringRef dom;
  int64_t version = 0;
  /// Position in the file, from 0, of the node or of the call that it was expanded from.
  size_t index = 0;
  /// " in function 'f'", " in node 'loop' (Loop)" or empty; shared by all nodes of one place.
  llvm::StringRef place;
  llvm::SmallVector<llvm::StringRef, 4> ins;
  llvm::SmallVector<llvm::StringRef, 2> outs;
  llvm::SmallVector<llvm::StringRef, 0> captured;
  /// Few, thus searched one by one; as many as the message has.
  llvm::SmallVector<Attribute, 0> attributes;
};

/// Reads a node's attributes and remembers what went wrong, so that a translation reads:
///
///   Attributes attrs(node);
///   int64_t axis = attrs.getInt("axis", 0);
///   llvm::ArrayRef<int64_t> perm = attrs.getInts("perm", {});
///   if (llvm::Error e = attrs.finish())
///     return e;
///
/// A getter that fails returns the default (or zero, or empty) and the first failure is what `finish`
/// reports. `finish` also refuses attributes that nobody asked for: an attribute that is not read could
/// change the operator's meaning. A default list must outlive its use (a temporary list does not).
class Attributes {
public:
  explicit Attributes(const Node &node) : node(node) {}
  Attributes(const Attributes &) = delete;

  bool has(llvm::StringRef name);
  int64_t getInt(llvm::StringRef name, int64_t absent);
  float getFloat(llvm::StringRef name, float absent);
  llvm::StringRef getString(llvm::StringRef name, llvm::StringRef absent);
  llvm::ArrayRef<int64_t> getInts(llvm::StringRef name, llvm::ArrayRef<int64_t> absent);
  llvm::ArrayRef<float> getFloats(llvm::StringRef name, llvm::ArrayRef<float> absent);
  llvm::SmallVector<llvm::StringRef> getStrings(llvm::StringRef name);
  std::optional<Tensor> getTensor(llvm::StringRef name);
  /// Null if absent.
  const Graph *getGraph(llvm::StringRef name);
  /// Required attributes: absence is an error.
  int64_t requireInt(llvm::StringRef name);
  float requireFloat(llvm::StringRef name);
  llvm::StringRef requireString(llvm::StringRef name);
  llvm::ArrayRef<int64_t> requireInts(llvm::StringRef name);
  const Graph *requireGraph(llvm::StringRef name);
  /// Accepts the attribute without looking at it (a hint, or an attribute without effect).
  void ignore(llvm::StringRef name) { (void)has(name); }

  /// The first failure, or an attribute that nobody asked for, or success.
  llvm::Error finish();

private:
  template <typename T>
  T take(llvm::StringRef name, llvm::Expected<T> value, T otherwise);

  const Node &node;
  llvm::SmallVector<llvm::StringRef> asked;
  std::string failure;
};

/// A graph: the model's, or one held by an attribute of `If`, `Loop`, `Scan`, …
class Graph {
public:
  llvm::StringRef name() const;
  /// In topological order; the file's order if that is already topological.
  llvm::ArrayRef<Node> nodes() const { return nodeList; }
  /// The inputs that the caller must give: those without an initializer. In the model's own graph each
  /// has a declared type.
  llvm::ArrayRef<Value> inputs() const { return inputList; }
  /// Each is a node's output, an input or an initializer of this graph, or, in a subgraph, a value of an
  /// enclosing graph.
  llvm::ArrayRef<Value> outputs() const { return outputList; }
  /// Name and tensor, in file order. An initializer that is also listed as an input counts only here:
  /// its default is taken as constant.
  llvm::ArrayRef<std::pair<llvm::StringRef, Tensor>> initializers() const { return initializerList; }
  /// Null if this graph (enclosing ones excepted) has no such initializer.
  const Tensor *initializer(llvm::StringRef name) const;
  /// The declared type of any value of this graph; null if the file declares none.
  const ValueType *declaredType(llvm::StringRef name) const;
  /// The graph whose node holds this one; null for the model's own.
  const Graph *parent() const { return outer; }

private:
  friend class GraphBuilder;
  const onnx::GraphProto *proto = nullptr;
  const Graph *outer = nullptr;
  std::vector<Node> nodeList;
  std::vector<Value> inputList;
  std::vector<Value> outputList;
  std::vector<std::pair<llvm::StringRef, Tensor>> initializerList;
  llvm::DenseMap<llvm::StringRef, unsigned> initializerIndex;
  llvm::DenseMap<llvm::StringRef, ValueType> types;
};

/// A checked model and everything its views point into.
class Model {
public:
  /// Reads the file: maps it, parses all but its large tensors, expands functions, checks. External data
  /// is looked for beside `path`. The error is one line, lists several problems if there are several, and
  /// does not repeat `path`.
  static llvm::Expected<std::unique_ptr<Model>> load(llvm::StringRef path);

  /// The same for a model in memory, of which a copy is kept. `folder` is where external data lies; if
  /// empty, external data is refused.
  static llvm::Expected<std::unique_ptr<Model>> parse(llvm::StringRef bytes, llvm::StringRef folder = "");

  ~Model();
  Model(const Model &) = delete;

  const Graph &graph() const;
  int64_t irVersion() const;
  /// The operator set of the domain that the model imports; none if it does not.
  std::optional<int64_t> opset(llvm::StringRef domain = "") const;
  llvm::StringRef producer() const;
  /// Values of the model's metadata; null if absent.
  const std::string *metadata(llvm::StringRef key) const;
  /// Lets the kernel drop all mapped pages of the model and its external data; see TensorData::release.
  void release() const;

private:
  explicit Model(std::shared_ptr<Storage> storage);
  std::shared_ptr<Storage> storage;
};

/// Makes a name from a file fit for a one-line message: quoted, unprintable bytes escaped, cut when long.
std::string quoted(llvm::StringRef name);

} // namespace tenon::onnx_import

#include "lib/Import/Translate.h"
#include "lib/Import/GraphImporter.h"
#include "lib/Import/Trees.h"

using namespace mlir;
using namespace tenon;
using namespace tenon::onnx_import;

NodeImporter::NodeImporter(GraphImporter &graph, const Node &node, OpBuilder &b, Location loc)
    : node(node), attrs(node), b(b), loc(loc), graph(graph) {}

LogicalResult NodeImporter::fail(const llvm::Twine &message) {
  graph.recordFailure(node, message.str());
  hasFailed = true;
  return failure();
}

mlir::Value NodeImporter::in(size_t i) {
  if (node.input(i).empty())
    return {};
  std::string error;
  mlir::Value value = graph.lookup(node.input(i), error);
  // The importer looked all operands up before it called the translator.
  assert(value && "expected a defined operand");
  return value;
}

mlir::Value NodeImporter::require(size_t i) {
  mlir::Value value = in(i);
  if (!value)
    (void)fail("operand " + llvm::Twine(i) + " is missing");
  return value;
}

FailureOr<SmallVector<mlir::Value>> NodeImporter::all() {
  SmallVector<mlir::Value> values;
  for (size_t i = 0; i < numInputs(); ++i) {
    values.push_back(require(i));
    if (!values.back())
      return failure();
  }
  return values;
}

void NodeImporter::out(size_t i, mlir::Value value) {
  if (value && wants(i))
    graph.define(node.output(i), value);
}

FailureOr<HostTensor> NodeImporter::constant(mlir::Value value, StringRef what) {
  if (!value)
    return failure();
  std::string error;
  std::optional<HostTensor> tensor = graph.constant(value, error);
  if (!tensor)
    return fail("the operand '" + what + "' must be known when compiling, but it " + error);
  return *tensor;
}

std::optional<HostTensor> NodeImporter::ifConstant(mlir::Value value) {
  std::string error;
  return value ? graph.constant(value, error, /*useBinds=*/false) : std::nullopt;
}

FailureOr<SmallVector<int64_t>> NodeImporter::ints(mlir::Value value, StringRef what) {
  if (!value)
    return failure();
  // Shape arithmetic on symbolic sizes may still give numbers.
  if (const nn::Dims *elements = graph.knownDims().get(value))
    if (std::optional<SmallVector<int64_t>> numbers = nn::getStatic(*elements))
      return *numbers;
  FailureOr<HostTensor> tensor = constant(value, what);
  if (failed(tensor))
    return failure();
  SmallVector<int64_t> result;
  for (int64_t i = 0; i < tensor->size(); ++i) {
    Int element = tensor->getI(i);
    if (element != Int(int64_t(element)))
      return fail("the operand '" + what + "' has an element beyond 64 bits");
    result.push_back(int64_t(element));
  }
  return result;
}

FailureOr<int64_t> NodeImporter::scalarInt(mlir::Value value, StringRef what) {
  FailureOr<SmallVector<int64_t>> values = ints(value, what);
  if (failed(values))
    return failure();
  if (values->size() != 1)
    return fail("expected one element in the operand '" + what + "', but got " + llvm::Twine(values->size()));
  return values->front();
}

FailureOr<nn::Dims> NodeImporter::dims(mlir::Value value, StringRef what) {
  if (!value)
    return failure();
  std::string error;
  std::optional<nn::Dims> elements = graph.dims(value, error);
  if (!elements)
    return fail("the operand '" + what + "' must be known when compiling, but it " + error);
  return *elements;
}

FailureOr<std::optional<SmallVector<int64_t>>> NodeImporter::intsFrom(StringRef name, size_t i) {
  if (attrs.has(name)) {
    ArrayRef<int64_t> values = attrs.getInts(name, {});
    return std::optional(SmallVector<int64_t>(values));
  }
  mlir::Value operand = in(i);
  if (!operand)
    return std::optional<SmallVector<int64_t>>();
  FailureOr<SmallVector<int64_t>> values = ints(operand, name);
  if (failed(values))
    return failure();
  return std::optional(std::move(*values));
}

mlir::Value NodeImporter::constant(const HostTensor &tensor) {
  return graph.createConstant(loc, tensor);
}

mlir::Value NodeImporter::scalar(Type type, double value) {
  HostTensor tensor(type, {});
  tensor.setF(0, value);
  return constant(tensor);
}

mlir::Value NodeImporter::intTensor(ArrayRef<int64_t> values) {
  HostTensor tensor(b.getI64Type(), {int64_t(values.size())});
  for (auto [i, value] : llvm::enumerate(values))
    tensor.setI(i, value);
  return constant(tensor);
}

mlir::Value NodeImporter::dimTensor(ArrayRef<nn::Dim> values) {
  if (std::optional<SmallVector<int64_t>> numbers = nn::getStatic(values))
    return intTensor(*numbers);
  unsigned symbols = 0;
  for (nn::Dim dim : values)
    dim.walk([&](AffineExpr expr) {
      if (auto symbol = dyn_cast<AffineSymbolExpr>(expr))
        symbols = std::max(symbols, symbol.getPosition() + 1);
    });
  AffineMap exprs = AffineMap::get(0, symbols, values, b.getContext());
  return create<nn::ShapeOfOp>({}, attr("exprs", AffineMapAttr::get(exprs)));
}

FailureOr<Type> NodeImporter::elementType(int64_t onnxType) {
  if (onnxType < INT32_MIN || onnxType > INT32_MAX || !isElementType(int32_t(onnxType)))
    return fail("expected a tensor data type, but got " + llvm::Twine(onnxType));
  Type type = onnx_import::getElementType(b.getContext(), ElementType(onnxType));
  if (!type)
    return fail("tensors of type " + name(ElementType(onnxType)) + " are not supported");
  return type;
}

FailureOr<SmallVector<mlir::Value>> NodeImporter::inlineGraph(const Graph &body, ValueRange inputs) {
  if (inputs.size() != body.inputs().size())
    return fail("expected a body of " + llvm::Twine(inputs.size()) + " inputs, but got " +
                llvm::Twine(body.inputs().size()));
  return graph.inlineGraph(body, inputs);
}

nn::Dim NodeImporter::dataSymbol(StringRef name, int64_t max) {
  return graph.addSymbol(name, 0, max, /*data=*/true);
}

SmallVector<mlir::Value> NodeImporter::createOp(StringRef name, ArrayRef<mlir::Value> operands,
                                                ArrayRef<NamedAttribute> attributes, unsigned numResults) {
  if (hasFailed)
    return {};
  Operation *op = nullptr;
  std::string error;
  SmallVector<mlir::Value> results = graph.createOp(loc, name, operands, attributes, numResults, op, error);
  if (results.empty())
    (void)fail(error);
  return results;
}

//===-- Translators ------------------------------------------------------------------------------------===//

static std::string key(StringRef opType, StringRef domain) {
  return (domain + ":" + opType).str();
}

void Translators::add(StringRef opType, Translator translator, StringRef domain) {
  [[maybe_unused]] bool isNew = table.try_emplace(key(opType, domain), std::move(translator)).second;
  assert(isNew && "an operator has one translator");
}

const Translator *Translators::find(StringRef opType, StringRef domain) const {
  auto it = table.find(key(opType, domain));
  return it == table.end() ? nullptr : &it->second;
}

const Translators &Translators::get() {
  static const Translators all = [] {
    Translators translators;
    populateAttention(translators);
    populateContraction(translators);
    populateControlFlow(translators);
    populateConversion(translators);
    populateElementwise(translators);
    populateImage(translators);
    populateIndexing(translators);
    populateInteger(translators);
    populateMovement(translators);
    populateNormalization(translators);
    populatePool(translators);
    populateRecurrent(translators);
    populateReduction(translators);
    populateSelection(translators);
    populateSignal(translators);
    populateTraining(translators);
    populateTrees(translators);
    return translators;
  }();
  return all;
}

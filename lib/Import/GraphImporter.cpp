#include "lib/Import/GraphImporter.h"
#include "lib/Import/Problems.h"
#include "mlir/IR/Diagnostics.h"
#include "llvm/ADT/ScopeExit.h"
#include "llvm/Support/MathExtras.h"
#include <cstring>

using namespace mlir;
using namespace tenon;
using namespace tenon::onnx_import;

/// Results up to this size are folded while importing: shape arithmetic and scalars, not weights.
static constexpr int64_t kFoldElements = 1024;
/// Operands up to this size take part in such folding.
static constexpr int64_t kFoldOperandElements = 1 << 16;
/// Tensors up to this size are computed when a shape operand asks for them.
static constexpr int64_t kLazyElements = 4 << 20;
/// No tensor may take more bytes, with every symbol at its maximum.
static constexpr int64_t kMaxTensorBytes = int64_t(1) << 40;
/// Nodes that unrolled loops and inlined branches may add up to, over the whole model.
static constexpr int64_t kMaxInlinedNodes = 1 << 14;
/// Failures that are spelled out in the one error of an import.
static constexpr size_t kListedFailures = 20;

GraphImporter::GraphImporter(ModuleOp module, const ImportOptions &options)
    : module(module), context(module.getContext()), options(options), b(module.getContext()) {}

Type onnx_import::getElementType(MLIRContext *context, ElementType type) {
  Builder b(context);
  switch (type) {
  case ElementType::Float32:
    return b.getF32Type();
  case ElementType::Float64:
    return b.getF64Type();
  case ElementType::Float16:
    return b.getF16Type();
  case ElementType::BFloat16:
    return b.getBF16Type();
  case ElementType::Bool:
    return b.getI1Type();
  case ElementType::Int2:
  case ElementType::Int4:
  case ElementType::Int8:
  case ElementType::Int16:
  case ElementType::Int32:
  case ElementType::Int64:
    return b.getIntegerType(bitWidth(type));
  case ElementType::UInt2:
  case ElementType::UInt4:
  case ElementType::UInt8:
  case ElementType::UInt16:
  case ElementType::UInt32:
  case ElementType::UInt64:
    return b.getIntegerType(bitWidth(type), /*isSigned=*/false);
  case ElementType::Float8E4M3FN:
    return Float8E4M3FNType::get(context);
  case ElementType::Float8E4M3FNUZ:
    return Float8E4M3FNUZType::get(context);
  case ElementType::Float8E5M2:
    return Float8E5M2Type::get(context);
  case ElementType::Float8E5M2FNUZ:
    return Float8E5M2FNUZType::get(context);
  case ElementType::Float8E8M0:
    return Float8E8M0FNUType::get(context);
  case ElementType::Float4E2M1:
    return Float4E2M1FNType::get(context);
  case ElementType::Float6E2M3:
    return Float6E2M3FNType::get(context);
  case ElementType::Float6E3M2:
    return Float6E3M2FNType::get(context);
  default:
    return {};
  }
}

llvm::Expected<HostTensor> onnx_import::readTensor(MLIRContext *context, const Tensor &tensor) {
  Type type = getElementType(context, tensor.elementType());
  if (!type)
    return llvm::createStringError("tensors of type " + name(tensor.elementType()) + " are not supported");
  llvm::Expected<TensorData> data = tensor.data();
  if (!data)
    return data.takeError();
  ArrayRef<char> bytes = data->bytes();
  unsigned width = bitWidth(tensor.elementType());
  if (width < 8 && !type.isInteger(1)) {
    HostTensor unpacked(type, tensor.dims());
    bool isSigned = isa<IntegerType>(type) && !type.isUnsignedInteger();
    for (int64_t i = 0; i < unpacked.size(); ++i) {
      uint64_t bit = uint64_t(i) * width;
      unsigned value = uint8_t(bytes[bit / 8]);
      // Six-bit elements may straddle two bytes.
      if (bit / 8 + 1 < bytes.size())
        value |= unsigned(uint8_t(bytes[bit / 8 + 1])) << 8;
      value = value >> (bit % 8) & ((1u << width) - 1);
      unpacked.raw()[i] = char(isSigned ? llvm::SignExtend64(value, width) : value);
    }
    return unpacked;
  }
  HostTensor view(type, tensor.dims(), bytes.data(), data->owner());
  // Small tensors are copied: it aligns them and lets go of the file.
  if (view.size() > kFoldElements)
    return view;
  HostTensor copy(type, tensor.dims());
  // Not memcpy: a tensor without elements may have no address.
  llvm::copy(bytes.take_front(copy.bytes()), copy.raw());
  return copy;
}

//===-- Names ------------------------------------------------------------------------------------------===//

void GraphImporter::define(StringRef name, mlir::Value value) {
  scopes.back().values[name] = value;
}

mlir::Value GraphImporter::lookup(StringRef name, std::string &error) {
  for (Scope &scope : llvm::reverse(scopes)) {
    auto it = scope.values.find(name);
    if (it != scope.values.end())
      return it->second;
    if (const Tensor *tensor = scope.graph->initializer(name))
      return initializer(name, *tensor, error);
  }
  error = "the value " + quoted(name) + " is not defined";
  return {};
}

mlir::Value GraphImporter::initializer(StringRef name, const Tensor &tensor, std::string &error) {
  mlir::Value &value = initializers[&tensor];
  if (value)
    return value;
  llvm::Expected<HostTensor> data = readTensor(context, tensor);
  if (!data) {
    error = "initializer " + quoted(name) + ": " + llvm::toString(data.takeError());
    return {};
  }
  return value = createConstant(NameLoc::get(b.getStringAttr(name)), *data);
}

mlir::Value GraphImporter::createConstant(Location loc, const HostTensor &tensor) {
  mlir::Value value = nn::ConstantOp::create(
      b, loc, RankedTensorType::get(tensor.shape(), tensor.elementType()), tensor.toAttr());
  if (!tensor.isFloat() && tensor.size() <= nn::KnownDims::kMaxElements) {
    nn::Dims elements;
    for (int64_t i = 0; i < tensor.size(); ++i) {
      Int element = tensor.getI(i);
      if (element != Int(int64_t(element)))
        return value;
      elements.push_back(nn::constDim(context, int64_t(element)));
    }
    known.set(value, std::move(elements));
  }
  return value;
}

//===-- Operations -------------------------------------------------------------------------------------===//

/// Empty if every result can exist: sizes not negative, not absurd, expressions of moderate length.
std::string GraphImporter::checkSizes(Operation *op) {
  for (Type type : op->getResultTypes()) {
    auto tensor = cast<RankedTensorType>(type);
    int64_t bytes = elementBytes(tensor.getElementType());
    nn::Dims dims = nn::getDims(tensor);
    if (dims.size() > 64)
      return "results of rank " + std::to_string(dims.size()) + " are not supported";
    for (nn::Dim dim : dims) {
      if (!nn::isSmall(dim))
        return "the size of a result is too involved an expression of the symbolic dimensions";
      auto bounds = known.bounds(dim);
      if (!bounds)
        return "the size of a result overflows";
      if (bounds->second < 0)
        return "a result would have a negative size in " + nn::dimsToString(dims);
      if (llvm::MulOverflow(bytes, std::max<int64_t>(bounds->second, 1), bytes) || bytes > kMaxTensorBytes)
        return "a result of shape " + nn::dimsToString(dims) + " may take more than 2^40 bytes";
    }
  }
  return "";
}

/// Follows an op of shape arithmetic; where everything turns out static, `result` becomes a constant.
bool GraphImporter::foldShapeArithmetic(Operation *op, mlir::Value &result) {
  auto arithmetic = dyn_cast<nn::ShapeArithmeticOpInterface>(op);
  auto type = cast<RankedTensorType>(result.getType());
  if (!arithmetic || !isa<IntegerType>(type.getElementType()) || !type.hasStaticShape() ||
      type.getNumElements() > nn::KnownDims::kMaxElements)
    return false;
  std::optional<nn::Dims> elements = arithmetic.evaluateDims(known);
  if (!elements || !llvm::all_of(*elements, [](nn::Dim dim) { return nn::isSmall(dim); }))
    return false;
  assert(int64_t(elements->size()) == type.getNumElements() && "one expression per element");
  if (std::optional<SmallVector<int64_t>> values = nn::getStatic(*elements)) {
    HostTensor tensor(type.getElementType(), type.getShape());
    for (auto [i, value] : llvm::enumerate(*values))
      tensor.setI(i, value);
    result = createConstant(op->getLoc(), tensor);
    return true;
  }
  known.set(result, std::move(*elements));
  return false;
}

SmallVector<mlir::Value> GraphImporter::createOp(Location loc, StringRef opName,
                                                 ArrayRef<mlir::Value> operands,
                                                 ArrayRef<NamedAttribute> attributes, unsigned numResults,
                                                 Operation *&op, std::string &error) {
  {
    ScopedDiagnosticHandler handler(context, [&](Diagnostic &diagnostic) {
      if (error.empty())
        error = diagnostic.str();
      return success();
    });
    op = nn::createInferred(b, loc, opName, operands, attributes, numResults);
  }
  if (!op) {
    if (error.empty())
      error = ("no types could be inferred for " + opName).str();
    return {};
  }
  if (error = checkSizes(op); !error.empty()) {
    op->erase();
    op = nullptr;
    return {};
  }
  SmallVector<mlir::Value> results(op->getResults());
  auto isSmallTensor = [](Type type, int64_t limit) {
    auto tensor = cast<RankedTensorType>(type);
    return tensor.hasStaticShape() && tensor.getNumElements() <= limit;
  };
  bool foldable =
      llvm::all_of(op->getResultTypes(), [&](Type t) { return isSmallTensor(t, kFoldElements); }) &&
      llvm::all_of(op->getOperandTypes(), [&](Type t) { return isSmallTensor(t, kFoldOperandElements); });
  SmallVector<HostTensor> folded;
  ScopedDiagnosticHandler quiet(context, [](Diagnostic &) { return success(); });
  if (foldable && succeeded(nn::evaluateConstant(op, folded))) {
    for (auto [result, tensor] : llvm::zip(results, folded))
      result = createConstant(loc, tensor);
    op->erase();
    op = nullptr;
  } else if (numResults == 1 && foldShapeArithmetic(op, results[0])) {
    op->erase();
    op = nullptr;
  }
  return results;
}

nn::Dim GraphImporter::addSymbol(StringRef name, int64_t min, int64_t max, bool data) {
  symbols.push_back(nn::SymbolAttr::get(context, name, min, max, data));
  known.symbolBounds.push_back({min, max});
  module->setAttr(nn::NNDialect::kSymbolsAttr, b.getArrayAttr(symbols));
  return getAffineSymbolExpr(symbols.size() - 1, context);
}

//===-- Values known at compile time -------------------------------------------------------------------===//

std::string GraphImporter::describeInput(unsigned index) {
  return cast<StringAttr>(function.getArgAttr(index, "nn.name")).getValue().str();
}

std::optional<HostTensor> GraphImporter::constant(mlir::Value value, std::string &error, bool useBinds) {
  // Depth first, without recursion: a file decides how deep this goes.
  SmallVector<mlir::Value> stack{value};
  SmallVector<mlir::Value> large;
  // Small values are remembered for the next question, large ones only while this one is answered.
  llvm::scope_exit forget([&] {
    for (mlir::Value v : large)
      evaluated.erase(v);
  });
  auto known = [&](mlir::Value v) { return evaluated.count(v) != 0; };
  while (!stack.empty()) {
    mlir::Value top = stack.back();
    if (known(top)) {
      stack.pop_back();
      continue;
    }
    if (auto argument = dyn_cast<BlockArgument>(top)) {
      std::string name = describeInput(argument.getArgNumber());
      auto bound = options.binds.find(name);
      if (!useBinds || bound == options.binds.end()) {
        error = "depends on input " + quoted(name) + "; bind it with --bind " + escaped(name) + "=FILE";
        return std::nullopt;
      }
      function.setArgAttr(argument.getArgNumber(), "nn.bound", bound->second.toAttr());
      evaluated[top] = bound->second;
      // Nothing computed from a bound input may be taken as constant without marking it.
      large.push_back(top);
      continue;
    }
    Operation *op = top.getDefiningOp();
    for (Type type : op->getResultTypes()) {
      auto tensor = cast<RankedTensorType>(type);
      if (!tensor.hasStaticShape()) {
        error = "depends on a symbolic dimension; bind it with --dim NAME=N";
        return std::nullopt;
      }
      if (tensor.getNumElements() > kLazyElements && !isa<nn::ConstantOp>(op)) {
        error = "is computed from tensors of more than " + std::to_string(kLazyElements) + " elements";
        return std::nullopt;
      }
    }
    size_t depth = stack.size();
    for (mlir::Value operand : op->getOperands())
      if (!known(operand))
        stack.push_back(operand);
    if (stack.size() > depth)
      continue;
    nn::EvalContext values;
    for (mlir::Value operand : op->getOperands())
      values.set(operand, evaluated[operand]);
    for (auto [i, bounds] : llvm::enumerate(this->known.symbolBounds))
      values.symbols.push_back(bounds.second);
    SmallVector<int64_t> symbolsBefore = values.symbols;
    std::string reason;
    ScopedDiagnosticHandler handler(context, [&](Diagnostic &diagnostic) {
      reason = diagnostic.str();
      return success();
    });
    auto shapeOf = dyn_cast<nn::ShapeOfOp>(op);
    if (shapeOf && shapeOf.getExprs().getNumSymbols()) {
      bool symbolic = false;
      for (AffineExpr expr : shapeOf.getExprs().getResults())
        symbolic |= !nn::getStatic(expr);
      if (symbolic) {
        error = "depends on a symbolic dimension; bind it with --dim NAME=N";
        return std::nullopt;
      }
    }
    if (failed(nn::evaluateOp(op, values)) || values.symbols != symbolsBefore) {
      error = "cannot be computed: " + (reason.empty() ? "its size depends on data" : reason);
      return std::nullopt;
    }
    bool bound = llvm::any_of(op->getOperands(), [&](mlir::Value v) { return llvm::is_contained(large, v); });
    for (mlir::Value result : op->getResults()) {
      evaluated[result] = values.get(result);
      if (bound || evaluated[result].size() > kFoldOperandElements)
        large.push_back(result);
    }
  }
  return evaluated[value];
}

std::optional<nn::Dims> GraphImporter::dims(mlir::Value value, std::string &error) {
  if (const nn::Dims *elements = known.get(value))
    return *elements;
  if (!isa<IntegerType>(nn::getElementType(value))) {
    error = "is not of an integer type";
    return std::nullopt;
  }
  std::optional<HostTensor> tensor = constant(value, error);
  if (!tensor)
    return std::nullopt;
  if (tensor->size() > nn::KnownDims::kMaxElements) {
    error = "has " + std::to_string(tensor->size()) + " elements, more than any shape has";
    return std::nullopt;
  }
  nn::Dims elements;
  for (int64_t i = 0; i < tensor->size(); ++i) {
    Int element = tensor->getI(i);
    if (element != Int(int64_t(element))) {
      error = "has an element beyond 2^63";
      return std::nullopt;
    }
    elements.push_back(nn::constDim(context, int64_t(element)));
  }
  known.set(value, elements);
  return elements;
}

//===-- Nodes ------------------------------------------------------------------------------------------===//

void GraphImporter::recordFailure(const Node &node, StringRef message) {
  // One report per node, also where its body is inlined several times.
  if (llvm::is_contained(failedNodes, &node))
    return;
  failedNodes.push_back(&node);
  failures.push_back(node.describe() + ": " + printable(message));
}

void GraphImporter::importNode(const Node &node) {
  auto poison = [&] {
    for (StringRef output : node.outputs())
      if (!output.empty())
        define(output, mlir::Value());
  };
  const Translator *translator = Translators::get().find(node.opType(), node.domain());
  if (!translator) {
    recordFailure(node, "the operator is not supported");
    return poison();
  }
  for (StringRef input : node.inputs()) {
    if (input.empty())
      continue;
    std::string error;
    if (lookup(input, error))
      continue;
    if (!error.empty())
      recordFailure(node, error);
    return poison();
  }
  std::string label =
      node.name().empty() ? (node.opType() + "#" + llvm::Twine(nodeCount)).str() : node.name().str();
  ++nodeCount;
  NodeImporter importer(*this, node, b, NameLoc::get(b.getStringAttr(label)));
  size_t before = failures.size();
  LogicalResult result = (*translator)(importer);
  if (succeeded(result) && failures.size() == before) {
    if (llvm::Error error = importer.attrs.finish()) {
      std::string message = llvm::toString(std::move(error)), prefix = node.describe() + ": ";
      StringRef text = message;
      text.consume_front(prefix);
      recordFailure(node, text);
    }
  } else if (failures.size() == before && !llvm::is_contained(failedNodes, &node)) {
    recordFailure(node, "this form of the operator is not supported");
  }
  if (failures.size() != before || failed(result))
    return poison();
  for (StringRef output : node.outputs())
    if (!output.empty() && !scopes.back().values.count(output)) {
      recordFailure(node, "output " + quoted(output) + " is not supported");
      return poison();
    }
}

FailureOr<SmallVector<mlir::Value>> GraphImporter::inlineGraph(const Graph &body, ValueRange inputs) {
  scopes.push_back({&body, {}});
  llvm::scope_exit pop([&] { scopes.pop_back(); });
  for (auto [value, input] : llvm::zip(inputs, body.inputs()))
    define(input.name, value);
  size_t before = failures.size();
  for (const Node &node : body.nodes()) {
    if (++inlinedNodes > kMaxInlinedNodes) {
      recordFailure(node,
                    "loops and branches unroll to more than " + std::to_string(kMaxInlinedNodes) + " nodes");
      return failure();
    }
    importNode(node);
    if (failures.size() != before)
      return failure();
  }
  SmallVector<mlir::Value> outputs;
  for (const onnx_import::Value &output : body.outputs()) {
    std::string error;
    mlir::Value value = lookup(output.name, error);
    if (!value)
      return failure();
    outputs.push_back(value);
  }
  return outputs;
}

//===-- The whole --------------------------------------------------------------------------------------===//

LogicalResult GraphImporter::report() {
  if (failures.empty())
    return success();
  std::string text;
  if (failures.size() > 1)
    text = std::to_string(failures.size()) + " problems: ";
  for (size_t i = 0; i < std::min(failures.size(), kListedFailures); ++i)
    text += (i ? "; " : "") + failures[i];
  if (failures.size() > kListedFailures)
    text += "; and " + std::to_string(failures.size() - kListedFailures) + " more";
  return emitError(UnknownLoc::get(context), text);
}

LogicalResult GraphImporter::run(const Model &model) {
  const Graph &graph = model.graph();
  Location loc = UnknownLoc::get(context);
  b.setInsertionPointToEnd(module.getBody());
  function = func::FuncOp::create(b, loc, "main", b.getFunctionType({}, {}));
  Block *block = function.addEntryBlock();
  b.setInsertionPointToEnd(block);
  scopes.push_back({&graph, {}});
  if (failed(importInputs(graph, function)))
    return failure();
  for (const Node &node : graph.nodes())
    importNode(node);
  SmallVector<mlir::Value> results;
  for (const onnx_import::Value &output : graph.outputs()) {
    std::string error;
    mlir::Value value = lookup(output.name, error);
    if (!value && !error.empty())
      failures.push_back("output " + quoted(output.name) + ": " + error);
    results.push_back(value);
  }
  if (failed(report()))
    return failure();
  func::ReturnOp::create(b, loc, results);
  function.setFunctionType(b.getFunctionType(block->getArgumentTypes(), ValueRange(results).getTypes()));
  for (auto [i, output] : llvm::enumerate(graph.outputs()))
    function.setResultAttr(i, "nn.name", b.getStringAttr(output.name));
  // What shape arithmetic left behind.
  for (Operation &op : llvm::make_early_inc_range(llvm::reverse(*block)))
    if (isOpTriviallyDead(&op))
      op.erase();
  return success();
}

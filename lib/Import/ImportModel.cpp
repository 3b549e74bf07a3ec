#include "lib/Import/GraphImporter.h"
#include "lib/Import/Problems.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/Path.h"

using namespace mlir;
using namespace tenon;
using namespace tenon::onnx_import;

static constexpr int64_t kOldestOpset = 7, kNewestOpset = 28;
/// No extent may be larger; far beyond what fits any memory, and products of two do not overflow.
static constexpr int64_t kMaxExtent = int64_t(1) << 31;

namespace {
/// What is found out about the model's inputs, and everything wrong with them.
struct Inputs {
  const ImportOptions &options;
  llvm::StringMap<nn::Dim> symbols;
  llvm::StringMap<std::pair<int64_t, std::string>> inferred; ///< from bound inputs: size and input's name
  llvm::StringSet<> usedDims;
  SmallVector<std::string> problems;
  llvm::StringSet<> reported;
};
} // namespace

/// The name under which `--dim` speaks of a dimension that is not static.
static std::string dimName(const onnx_import::Value &input, size_t axis, const onnx_import::Dim &dim) {
  return dim.kind == onnx_import::Dim::Kind::Symbolic ? dim.symbol.str()
                                                      : (input.name + "." + llvm::Twine(axis)).str();
}

/// Compares a bound input with its declaration and learns its symbolic dimensions.
static void learnFromBind(Inputs &inputs, const onnx_import::Value &input, const HostTensor &bound,
                          MLIRContext *context) {
  auto problem = [&](const llvm::Twine &text) {
    inputs.problems.push_back("input " + quoted(input.name) + ": " + text.str());
  };
  Type type = onnx_import::getElementType(context, input.type.elementType);
  if (type && type != bound.elementType()) {
    std::string got;
    llvm::raw_string_ostream(got) << bound.elementType();
    return problem("expected elements of type " + name(input.type.elementType) + ", but got " + got);
  }
  if (!input.type.dims)
    return;
  if (int64_t(input.type.dims->size()) != bound.rank())
    return problem("expected rank " + llvm::Twine(input.type.dims->size()) + ", but got " +
                   llvm::Twine(bound.rank()));
  for (auto [axis, dim] : llvm::enumerate(*input.type.dims)) {
    int64_t size = bound.dim(axis);
    if (dim.kind == onnx_import::Dim::Kind::Static) {
      if (dim.size != size)
        problem("expected size " + llvm::Twine(dim.size) + " in dimension " + llvm::Twine(axis) +
                ", but got " + llvm::Twine(size));
      continue;
    }
    std::string name = dimName(input, axis, dim);
    auto given = inputs.options.dims.find(name);
    if (given != inputs.options.dims.end()) {
      if (size < given->second.first || size > given->second.second)
        problem("dimension " + quoted(name) + " has size " + llvm::Twine(size) + ", outside --dim " +
                escaped(name));
      continue;
    }
    auto [it, isNew] = inputs.inferred.try_emplace(name, size, input.name.str());
    if (!isNew && it->second.first != size)
      problem("dimension " + quoted(name) + " has size " + llvm::Twine(size) + ", but " +
              llvm::Twine(it->second.first) + " in input " + quoted(it->second.second));
  }
}

LogicalResult GraphImporter::importInputs(const Graph &graph, func::FuncOp function) {
  Inputs inputs{options, {}, {}, {}, {}, {}};
  llvm::StringSet<> names;
  for (const onnx_import::Value &input : graph.inputs()) {
    names.insert(input.name);
    auto bound = options.binds.find(input.name);
    if (bound != options.binds.end() && input.type.kind == ValueType::Kind::Tensor)
      learnFromBind(inputs, input, bound->second, context);
  }
  for (const onnx_import::Value &input : graph.inputs()) {
    Type element = input.type.kind == ValueType::Kind::Tensor
                       ? onnx_import::getElementType(context, input.type.elementType)
                       : Type();
    if (!element) {
      inputs.problems.push_back("input " + quoted(input.name) + " of type " + toString(input.type) +
                                " is not supported");
      continue;
    }
    nn::Dims dims;
    auto bound = options.binds.find(input.name);
    if (!input.type.dims) {
      if (bound == options.binds.end()) {
        inputs.problems.push_back("input " + quoted(input.name) + " has no declared rank");
        continue;
      }
      for (int64_t size : bound->second.shape())
        dims.push_back(nn::constDim(context, size));
    }
    for (auto [axis, dim] :
         llvm::enumerate(input.type.dims ? ArrayRef(*input.type.dims) : ArrayRef<onnx_import::Dim>())) {
      if (dim.kind == onnx_import::Dim::Kind::Static) {
        dims.push_back(nn::constDim(context, dim.size));
        continue;
      }
      std::string name = dimName(input, axis, dim);
      inputs.usedDims.insert(name);
      nn::Dim &known = inputs.symbols[name];
      if (!known) {
        auto given = options.dims.find(name);
        auto inferred = inputs.inferred.find(name);
        if (given != options.dims.end()) {
          auto [min, max] = given->second;
          if (min < 0 || max < min || max > kMaxExtent) {
            inputs.problems.push_back("--dim " + escaped(name) + ": expected 0 <= A <= B <= 2^31, but got " +
                                      std::to_string(min) + ".." + std::to_string(max));
            min = max = 1;
          }
          known = min == max ? nn::constDim(context, min) : addSymbol(name, min, max, /*data=*/false);
        } else if (inferred != inputs.inferred.end()) {
          known = nn::constDim(context, inferred->second.first);
        } else {
          if (inputs.reported.insert(name).second)
            inputs.problems.push_back(
                (dim.kind == onnx_import::Dim::Kind::Symbolic
                     ? "the dimension " + quoted(name) + " of input " + quoted(input.name) + " is symbolic"
                     : "dimension " + std::to_string(axis) + " of input " + quoted(input.name) +
                           " is unknown") +
                "; give --dim " + escaped(name) + "=N or --dim " + escaped(name) + "=A..B");
          known = nn::constDim(context, 1);
        }
      }
      dims.push_back(known);
    }
    int64_t bytes = elementBytes(element);
    for (nn::Dim dim : dims) {
      auto bounds = known.bounds(dim);
      if (!bounds || bounds->first < 0 ||
          llvm::MulOverflow(bytes, std::max<int64_t>(bounds->second, 1), bytes) || bytes > int64_t(1) << 40) {
        inputs.problems.push_back("input " + quoted(input.name) + " may take more than 2^40 bytes");
        break;
      }
    }
    if (!inputs.problems.empty())
      continue;
    unsigned index = function.getNumArguments();
    (void)function.insertArgument(
        index, nn::getTensorType(dims, element),
        DictionaryAttr::get(context, b.getNamedAttr("nn.name", b.getStringAttr(input.name))),
        UnknownLoc::get(context));
    define(input.name, function.getArgument(index));
  }
  for (auto &given : options.dims)
    if (!inputs.usedDims.contains(given.getKey()))
      inputs.problems.push_back("--dim " + escaped(given.getKey()) +
                                ": no input has a dimension of this name");
  for (auto &given : options.binds)
    if (!names.contains(given.getKey()))
      inputs.problems.push_back("the model has no input " + quoted(given.getKey()));
  if (inputs.problems.empty())
    return success();
  llvm::sort(inputs.problems);
  return emitError(UnknownLoc::get(context), llvm::join(inputs.problems, "; "));
}

/// A symbol name from a file's name.
static std::string moduleName(StringRef path) {
  std::string name;
  for (char c : llvm::sys::path::stem(path))
    name += llvm::isAlnum(c) ? c : '_';
  if (name.empty() || llvm::isDigit(name[0]))
    name = "model_" + name;
  return name;
}

OwningOpRef<ModuleOp> onnx_import::importModel(MLIRContext *context, StringRef path,
                                               const ImportOptions &options) {
  llvm::Expected<std::unique_ptr<Model>> model = Model::load(path);
  if (!model) {
    emitError(UnknownLoc::get(context), path + ": " + llvm::toString(model.takeError()));
    return {};
  }
  return importModel(context, **model, path, options);
}

OwningOpRef<ModuleOp> onnx_import::importModel(MLIRContext *context, const Model &model, StringRef path,
                                               const ImportOptions &options) {
  context->loadDialect<nn::NNDialect, func::FuncDialect>();
  Location loc = UnknownLoc::get(context);
  std::optional<int64_t> opset = model.opset();
  if (opset && (*opset < kOldestOpset || *opset > kNewestOpset)) {
    emitError(loc, path) << ": expected an operator set from " << kOldestOpset << " to " << kNewestOpset
                         << ", but got " << *opset;
    return {};
  }
  OwningOpRef<ModuleOp> module = ModuleOp::create(loc, moduleName(path));
  // An op in a diagnostic would not fit the one line that an error has.
  bool printOps = context->shouldPrintOpOnDiagnostic();
  context->printOpOnDiagnostic(false);
  LogicalResult result = GraphImporter(*module, options).run(model);
  context->printOpOnDiagnostic(printOps);
  if (failed(result))
    return {};
  return module;
}

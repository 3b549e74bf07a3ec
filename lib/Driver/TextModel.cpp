#include "lib/Driver/TextModel.h"
#include "dialects/NN/NN.h"
#include "dialects/Sched/Sched.h"
#include "lib/Driver/Compile.h"
#include "lib/Driver/Tensors.h"
#include "lib/Import/MappedFile.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/IR/DialectResourceBlobManager.h"
#include "mlir/IR/Verifier.h"
#include "mlir/Parser/Parser.h"
#include "passes/Lower/Lower.h"
#include "passes/Schedule/Schedule.h"

using namespace mlir;
using namespace tenon;

/// As for the importer: no extent and no tensor may be larger.
static constexpr int64_t kMaxExtent = int64_t(1) << 31, kMaxBytes = int64_t(1) << 40;

namespace {
class TextModelReader {
public:
  TextModelReader(ModuleOp module, StringRef path) : module(module), path(path) {}

  LogicalResult run() {
    return success(succeeded(checkSymbols()) && succeeded(checkTypes()) && succeeded(checkMain()) &&
                   succeeded(bindWeights()) && succeeded(checkResources()));
  }

private:
  LogicalResult checkSymbols();
  LogicalResult checkType(Operation *op, Type type);
  LogicalResult checkTypes();
  LogicalResult checkMain();
  LogicalResult checkSchedule(func::FuncOp main);
  LogicalResult checkCode(Phase phase);
  LogicalResult bindWeights();
  LogicalResult checkResources();

  ModuleOp module;
  StringRef path;
  SmallVector<std::pair<int64_t, int64_t>> bounds;
};
} // namespace

LogicalResult TextModelReader::checkSymbols() {
  Attribute attr = module->getAttr(nn::NNDialect::kSymbolsAttr);
  auto symbols = dyn_cast_if_present<ArrayAttr>(attr);
  if (attr && !symbols)
    return module.emitError("expected '") << nn::NNDialect::kSymbolsAttr << "' to be an array";
  for (Attribute entry : symbols ? symbols.getValue() : ArrayRef<Attribute>()) {
    auto symbol = dyn_cast<nn::SymbolAttr>(entry);
    if (!symbol || symbol.getMin() < 0 || symbol.getMax() < symbol.getMin() || symbol.getMax() > kMaxExtent)
      return module.emitError("expected symbols with 0 <= min <= max <= 2^31, but got ") << entry;
  }
  bounds = nn::getSymbolBounds(module);
  return success();
}

LogicalResult TextModelReader::checkType(Operation *op, Type type) {
  auto tensor = dyn_cast<RankedTensorType>(type);
  if (!tensor)
    return success();
  if (toElementType(tensor.getElementType()) == ElementType::Undefined)
    return op->emitError("expected a numeric element type, but got ") << type;
  if (Attribute encoding = tensor.getEncoding()) {
    auto map = dyn_cast<AffineMapAttr>(encoding);
    if (!map || map.getValue().getNumDims() || map.getValue().getNumResults() != tensor.getRank() ||
        map.getValue().getNumSymbols() > bounds.size())
      return op->emitError(
                 "expected an encoding with an expression of the module's symbols per dimension, but got ")
             << type;
  } else if (!tensor.hasStaticShape()) {
    return op->emitError("expected an encoding that says what the dynamic dimensions are, but got ") << type;
  }
  int64_t bytes = elementBytes(tensor.getElementType());
  for (nn::Dim dim : nn::getDims(tensor)) {
    auto range = nn::getBounds(dim, bounds);
    if (!range || range->second > kMaxExtent ||
        llvm::MulOverflow(bytes, std::max<int64_t>(range->second, 1), bytes) || bytes > kMaxBytes)
      return op->emitError("expected a tensor of at most 2^40 bytes, but got ") << type;
  }
  return success();
}

LogicalResult TextModelReader::checkTypes() {
  WalkResult result = module.walk([&](Operation *op) {
    for (Type type : op->getResultTypes())
      if (failed(checkType(op, type)))
        return WalkResult::interrupt();
    for (Region &region : op->getRegions())
      for (Block &block : region)
        for (Type type : block.getArgumentTypes())
          if (failed(checkType(op, type)))
            return WalkResult::interrupt();
    if (auto constant = dyn_cast<nn::ConstantOp>(op))
      if (auto value = constant->getAttrOfType<ElementsAttr>(constant.getValueAttrName()))
        if (failed(checkType(op, value.getType())))
          return WalkResult::interrupt();
    return WalkResult::advance();
  });
  return failure(result.wasInterrupted());
}

LogicalResult TextModelReader::checkMain() {
  auto main = module.lookupSymbol<func::FuncOp>("main");
  if (!main || !main.getBody().hasOneBlock())
    return module.emitError("expected a function @main of one block");
  for (Type type : llvm::concat<const Type>(main.getArgumentTypes(), main.getResultTypes()))
    if (!isa<RankedTensorType>(type))
      return main.emitError("expected @main to take and give ranked tensors, but got ") << type;
  Phase phase = Phase::Import;
  if (Attribute attr = module->getAttr(kPhaseAttr)) {
    auto text = dyn_cast<StringAttr>(attr);
    std::optional<Phase> known = text ? parsePhase(text) : std::nullopt;
    if (!known)
      return module.emitError("expected '")
             << kPhaseAttr << "' to be one of " << phaseList() << ", but got " << attr;
    phase = *known;
  }
  if (phase >= Phase::Lower && failed(checkCode(phase)))
    return failure();
  if (phase >= Phase::Schedule)
    return checkSchedule(main);
  for (Operation &op : main.getBody().front())
    if (!isa<nn::NNDialect>(op.getDialect()) && !isa<func::ReturnOp>(op) &&
        !(phase == Phase::Plan && isa<sched::RunOp>(op)))
      return op.emitError("expected an operator of nn in @main");
  return success();
}

/// An attribute that is a number of bytes.
static LogicalResult checkBytes(Operation *op, StringRef name) {
  auto bytes = op->getAttrOfType<IntegerAttr>(name);
  if (!bytes || !bytes.getType().isInteger(64) || bytes.getInt() < 0 ||
      bytes.getInt() > INT64_MAX / 8) // sums fit
    return op->emitError("expected '") << name << "' to be a number of bytes";
  return success();
}

LogicalResult TextModelReader::checkSchedule(func::FuncOp main) {
  if (failed(checkBytes(module, "tenon.arena")) || failed(checkBytes(module, "tenon.weights")))
    return failure();
  for (Operation &op : main.getBody().front()) {
    if (isa<nn::ConstantOp>(op)) {
      if (failed(checkBytes(&op, kOffsetAttr)))
        return failure();
    } else if (auto run = dyn_cast<sched::RunOp>(op)) {
      if (!run.getPlaces())
        return run.emitError("expected places after the schedule");
    } else if (!isa<nn::ReshapeOp, nn::SliceOp, nn::ConcatOp, func::ReturnOp>(op)) {
      return op.emitError("expected a run of a task or a view after the schedule");
    }
  }
  return success();
}

LogicalResult TextModelReader::checkCode(Phase phase) {
  MLIRContext *context = module.getContext();
  Type pointer = LLVM::LLVMPointerType::get(context), wide = IntegerType::get(context, 64);
  SymbolTable symbols(module);
  for (auto task : module.getOps<sched::TaskOp>()) {
    auto code = symbols.lookup<ModuleOp>((task.getSymName() + kTaskModuleSuffix).str());
    if (!code)
      return task.emitError("expected the task's code in module @") << task.getSymName() << kTaskModuleSuffix;
    size_t phases = 0;
    for (StringRef name : {"tenon.range", "tenon.work", "tenon.flops"}) {
      auto map = code->getAttrOfType<AffineMapAttr>(name);
      if (map && name == "tenon.range")
        phases = map.getValue().getNumResults();
      if (!map || map.getValue().getNumDims() ||
          map.getValue().getNumResults() != (name == "tenon.flops" ? 1 : phases) ||
          map.getValue().getNumSymbols() > bounds.size())
        return code.emitError("expected '") << name << "' to be one expression of the module's symbols"
                                            << (name == "tenon.flops" ? "" : " per phase of the task");
    }
    if (failed(checkBytes(code, "tenon.scratch")) || failed(checkBytes(code, "tenon.shared")))
      return failure();
    // Buffers, scratch and symbols are pointers; the range is two numbers.
    if (task.getBody().empty() || task.getBody().front().empty())
      return task.emitError("expected a body");
    bool shares = code->getAttrOfType<IntegerAttr>("tenon.shared").getInt() > 0;
    unsigned pointers = task.getArgumentTypes().size() + task.getResultTypes().size() + 2 + shares;
    SmallVector<Type> arguments;
    bool isVoid = false;
    if (auto kernel = code.lookupSymbol<LLVM::LLVMFuncOp>("kernel"); kernel && phase >= Phase::LLVM) {
      arguments.append(kernel.getArgumentTypes().begin(), kernel.getArgumentTypes().end());
      isVoid = isa<LLVM::LLVMVoidType>(kernel.getFunctionType().getReturnType()) && !kernel.isExternal() &&
               !kernel.isVarArg();
    } else if (auto kernel = code.lookupSymbol<func::FuncOp>("kernel"); kernel && phase < Phase::LLVM) {
      for (Type type : kernel.getArgumentTypes()) {
        auto memref = dyn_cast<MemRefType>(type);
        arguments.push_back(memref && memref.getRank() == 0 ? pointer : isa<IndexType>(type) ? wide : type);
      }
      isVoid = kernel.getResultTypes().empty() && !kernel.isExternal();
    }
    bool fits = isVoid && arguments.size() == pointers + 2;
    for (auto [i, type] : llvm::enumerate(arguments))
      fits = fits && type == (i < pointers ? pointer : wide);
    if (!fits)
      return code.emitError("expected a function @kernel that takes ") << pointers << " buffers and a range";
  }
  return success();
}

LogicalResult TextModelReader::bindWeights() {
  std::shared_ptr<const onnx_import::MappedFile> file;
  WalkResult result = module.walk([&](nn::ConstantOp constant) {
    auto value =
        dyn_cast_if_present<DenseResourceElementsAttr>(constant->getAttr(constant.getValueAttrName()));
    if (!value || value.getRawHandle().getBlob())
      return WalkResult::advance();
    auto offset = constant->getAttrOfType<IntegerAttr>(kContentAttr);
    if (!offset || !offset.getType().isInteger(64)) {
      constant.emitError("its value is left out, and it has no attribute '")
          << kContentAttr << "' to find it by";
      return WalkResult::interrupt();
    }
    std::string name = (path + ".weights").str();
    if (!file) {
      auto opened = onnx_import::MappedFile::open(name);
      if (!opened) {
        module.emitError("cannot read '") << name << "': " << llvm::toString(opened.takeError());
        return WalkResult::interrupt();
      }
      file = std::move(*opened);
    }
    auto type = cast<RankedTensorType>(value.getType());
    uint64_t bytes = *HostTensor::byteSize(type.getElementType(), type.getShape());
    uint64_t from = offset.getInt(), size = file->bytes().size();
    if (offset.getInt() < 0 || from > size || bytes > size - from) {
      constant.emitError("expected ")
          << bytes << " bytes at offset " << offset.getInt() << " of '" << name << "', but it has " << size;
      return WalkResult::interrupt();
    }
    HostTensor tensor(type.getElementType(), type.getShape(), file->bytes().data() + from, file);
    constant->setAttr(constant.getValueAttrName(), tensor.toAttr());
    return WalkResult::advance();
  });
  return failure(result.wasInterrupted());
}

LogicalResult TextModelReader::checkResources() {
  WalkResult result = module.walk([&](Operation *op) {
    WalkResult inner = op->getAttrDictionary().walk([&](DenseResourceElementsAttr value) {
      auto type = dyn_cast<RankedTensorType>(value.getType());
      AsmResourceBlob *blob = value.getRawHandle().getBlob();
      std::optional<int64_t> bytes;
      if (type && type.hasStaticShape() && toElementType(type.getElementType()) != ElementType::Undefined)
        bytes = HostTensor::byteSize(type.getElementType(), type.getShape());
      if (!bytes || !blob || int64_t(blob->getData().size()) != *bytes) {
        op->emitError("expected a resource of as many bytes as its type has: ") << value.getType();
        return WalkResult::interrupt();
      }
      return WalkResult::advance();
    });
    return inner;
  });
  return failure(result.wasInterrupted());
}

OwningOpRef<ModuleOp> tenon::readTextModel(MLIRContext *context, StringRef path) {
  OwningOpRef<ModuleOp> module =
      parseSourceFile<ModuleOp>(path, ParserConfig(context, /*verifyAfterParse=*/false));
  // The operators' verifiers rely on well-formed types, so those come first.
  if (!module || failed(TextModelReader(*module, path).run()) || failed(verify(*module)))
    return {};
  return module;
}

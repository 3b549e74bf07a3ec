#include "lib/Driver/TaskCode.h"
#include "mlir/Target/LLVMIR/Export.h"
#include "passes/Schedule/Schedule.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/Module.h"

using namespace mlir;
using namespace tenon;

DimExpr tenon::toDimExpr(nn::Dim dim) {
  if (auto constant = dyn_cast<AffineConstantExpr>(dim))
    return constant.getValue();
  if (auto symbol = dyn_cast<AffineSymbolExpr>(dim))
    return DimExpr::symbol(symbol.getPosition());
  auto binary = cast<AffineBinaryOpExpr>(dim);
  DimExpr a = toDimExpr(binary.getLHS()), b = toDimExpr(binary.getRHS());
  switch (dim.getKind()) {
  case AffineExprKind::Add:
    return a + b;
  case AffineExprKind::Mul:
    return a * b;
  case AffineExprKind::FloorDiv:
    return DimExpr::floorDiv(a, b);
  case AffineExprKind::CeilDiv:
    return DimExpr::ceilDiv(a, b);
  default:
    return DimExpr::mod(a, b);
  }
}

/// The function that the runtime calls, around the kernel that takes its pointers apart.
static void addEntry(llvm::Module &module, StringRef symbol) {
  llvm::Function *kernel = module.getFunction("kernel");
  llvm::LLVMContext &context = module.getContext();
  kernel->setLinkage(llvm::GlobalValue::InternalLinkage);
  kernel->addFnAttr(llvm::Attribute::AlwaysInline);
  llvm::Type *pointer = llvm::PointerType::get(context, 0), *wide = llvm::Type::getInt64Ty(context);
  auto *type =
      llvm::FunctionType::get(llvm::Type::getVoidTy(context), {pointer, pointer, pointer, wide, wide}, false);
  auto *entry = llvm::Function::Create(type, llvm::GlobalValue::ExternalLinkage, symbol, module);
  entry->setVisibility(llvm::GlobalValue::HiddenVisibility);
  llvm::IRBuilder<> b(llvm::BasicBlock::Create(context, "", entry));
  SmallVector<llvm::Value *> arguments;
  unsigned buffers = kernel->arg_size() - 4;
  for (unsigned i = 0; i < buffers; ++i)
    arguments.push_back(b.CreateLoad(pointer, b.CreateConstGEP1_64(pointer, entry->getArg(0), i)));
  for (unsigned i = 1; i < 5; ++i)
    arguments.push_back(entry->getArg(i));
  b.CreateCall(kernel, arguments);
  b.CreateRetVoid();
}

llvm::Expected<std::unique_ptr<llvm::Module>> tenon::translateTask(ModuleOp code, llvm::LLVMContext &context,
                                                                   StringRef symbol) {
  std::unique_ptr<llvm::Module> module = translateModuleToLLVMIR(code, context);
  if (!module)
    return llvm::createStringError("task '%s' cannot be translated to LLVM", symbol.str().c_str());
  addEntry(*module, symbol);
  return module;
}

int64_t tenon::describeCode(ModuleOp code, int64_t arena, StepDesc &step) {
  step.phases.clear();
  auto results = [&](StringRef name) {
    return code->getAttrOfType<AffineMapAttr>(name).getValue().getResults();
  };
  for (auto [range, work] : llvm::zip_equal(results("tenon.range"), results("tenon.work")))
    step.phases.push_back({toDimExpr(range), toDimExpr(work)});
  step.flops = toDimExpr(code->getAttrOfType<AffineMapAttr>("tenon.flops").getValue().getResult(0));
  // What the task keeps for itself lies behind all tensors: what its calls share, then the scratch of one.
  auto bytesOf = [&](StringRef name) {
    return int64_t(llvm::alignTo(code->getAttrOfType<IntegerAttr>(name).getInt(), kPlaceAlignment));
  };
  int64_t shared = bytesOf("tenon.shared");
  if (shared)
    step.buffers.push_back({BufferKind::Arena, 0, arena});
  step.scratchBytes = bytesOf("tenon.scratch");
  step.scratchOffset = step.scratchBytes ? arena + shared : -1;
  return arena + shared + step.scratchBytes;
}

#include "lib/Target/ProgramDesc.h"
#include "runtime/Expr.h"
#include "tenon-c/Model.h"
#include "llvm/IR/Constants.h"
#include "llvm/IR/DerivedTypes.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/Module.h"
#include "llvm/Target/TargetMachine.h"

using namespace tenon;
using llvm::Constant;

namespace {
/// Builds the table as constants of an LLVM module. Each method mirrors one structure of runtime/Program.h;
/// `row` checks that the sizes agree.
class TableBuilder {
public:
  TableBuilder(const ProgramDesc &program, llvm::Module &module)
      : program(program), module(module), context(module.getContext()),
        pointerType(llvm::PointerType::get(context, 0)) {
    for (const SymbolDesc &symbol : program.symbols)
      symbols.push_back({nullptr, 0, symbol.min, symbol.max});
  }
  void build();

private:
  Constant *i64(uint64_t value) { return llvm::ConstantInt::get(llvm::Type::getInt64Ty(context), value); }
  Constant *i32(int64_t value) {
    return llvm::ConstantInt::get(llvm::Type::getInt32Ty(context), static_cast<uint32_t>(value));
  }
  Constant *null() { return llvm::ConstantPointerNull::get(pointerType); }

  /// A structure of the given fields, laid out as C does.
  template <typename C>
  Constant *row(llvm::ArrayRef<Constant *> fields) {
    Constant *value = llvm::ConstantStruct::getAnon(context, fields);
    assert(module.getDataLayout().getTypeAllocSize(value->getType()) == sizeof(C) &&
           "not the layout of the table");
    return value;
  }

  /// The address of a constant private to this object. Equal ones, such as the buffers of a step in all
  /// variants, are one.
  Constant *place(Constant *value, unsigned alignment) {
    Constant *&known = placed[{value, alignment}];
    if (known)
      return known;
    auto *global = new llvm::GlobalVariable(module, value->getType(), /*isConstant=*/true,
                                            llvm::GlobalValue::PrivateLinkage, value, "table");
    global->setAlignment(llvm::Align(alignment));
    return known = global;
  }
  Constant *array(llvm::ArrayRef<Constant *> rows) {
    if (rows.empty())
      return null();
    return place(llvm::ConstantArray::get(llvm::ArrayType::get(rows[0]->getType(), rows.size()), rows), 8);
  }
  Constant *bytes(llvm::StringRef content, bool terminated) {
    return place(llvm::ConstantDataArray::getString(context, content, terminated), terminated ? 1 : 16);
  }
  /// Names are C strings: what follows a zero byte is not shown.
  Constant *string(llvm::StringRef text) {
    Constant *&known = strings[text];
    if (!known)
      known = bytes(text, /*terminated=*/true);
    return known;
  }
  Constant *hidden(llvm::StringRef name) {
    llvm::GlobalVariable *global = module.getGlobalVariable(name);
    if (!global) {
      global = new llvm::GlobalVariable(module, llvm::Type::getInt8Ty(context), /*isConstant=*/true,
                                        llvm::GlobalValue::ExternalLinkage, nullptr, name);
      global->setVisibility(llvm::GlobalValue::HiddenVisibility);
    }
    return global;
  }

  Constant *expr(const DimExpr &expr);
  Constant *tensor(const TensorDesc &tensor);
  Constant *step(const StepDesc &step);
  Constant *task(llvm::StringRef name);
  template <typename T, typename F>
  Constant *table(const std::vector<T> &entries, F convert) {
    std::vector<Constant *> rows;
    rows.reserve(entries.size());
    for (const T &entry : entries)
      rows.push_back(convert(entry));
    return array(rows);
  }

  const ProgramDesc &program;
  llvm::Module &module;
  llvm::LLVMContext &context;
  llvm::PointerType *pointerType;
  llvm::StringMap<Constant *> strings;
  llvm::DenseMap<std::pair<Constant *, unsigned>, Constant *> placed;
  std::vector<tn_symbol> symbols;
};
} // namespace

Constant *TableBuilder::expr(const DimExpr &expr) {
  if (expr.isConstant())
    return row<tn_expr>({null(), i64(0), i64(expr.constant())});
  Constant *code = table(expr.instructions(),
                         [&](const tn_instr &in) { return row<tn_instr>({i64(in.op), i64(in.value)}); });
  return row<tn_expr>({code, i64(expr.instructions().size()), i64(0)});
}

Constant *TableBuilder::tensor(const TensorDesc &tensor) {
  std::vector<tn_expr> dims;
  for (const DimExpr &dim : tensor.dims)
    dims.push_back(dim.view());
  tn_tensor view = {};
  view.type = static_cast<int32_t>(tensor.type);
  view.rank = static_cast<int32_t>(dims.size());
  view.dims = dims.data();
  int64_t maxBytes = 0;
  [[maybe_unused]] bool known =
      tn_tensor_shape(&view, symbols.data(), symbols.size(), nullptr, nullptr, &maxBytes);
  assert(known && "verifyProgram comes first");
  return row<tn_tensor>(
      {string(tensor.name), i32(view.type), i32(view.rank),
       table(tensor.dims, [&](const DimExpr &dim) { return expr(dim); }), i64(maxBytes),
       tensor.isBound ? bytes(tensor.bound.empty() ? "" : tensor.bound, tensor.bound.empty()) : null(),
       i64(tensor.bound.size())});
}

Constant *TableBuilder::task(llvm::StringRef name) {
  if (llvm::Function *known = module.getFunction(name))
    return known;
  llvm::Type *i64Type = llvm::Type::getInt64Ty(context);
  auto *type = llvm::FunctionType::get(llvm::Type::getVoidTy(context),
                                       {pointerType, pointerType, pointerType, i64Type, i64Type}, false);
  auto *function = llvm::Function::Create(type, llvm::GlobalValue::ExternalLinkage, name, module);
  function->setVisibility(llvm::GlobalValue::HiddenVisibility);
  return function;
}

Constant *TableBuilder::step(const StepDesc &step) {
  Constant *buffers = table(step.buffers, [&](const BufferDesc &buffer) {
    return row<tn_buffer>({i32(static_cast<int32_t>(buffer.kind)), i32(buffer.index), i64(buffer.offset)});
  });
  Constant *phases = table(step.phases, [&](const PhaseDesc &phase) {
    return row<tn_phase>({expr(phase.range), expr(phase.work)});
  });
  return row<tn_step>({string(step.task), string(step.source), string(step.schedule), string(step.layouts),
                       task(step.task), buffers, i64(step.buffers.size()), phases, i64(step.phases.size()),
                       expr(step.flops), expr(step.bytes), i64(step.scratchBytes), i64(step.scratchOffset)});
}

void TableBuilder::build() {
  Constant *symbolTable = table(program.symbols, [&](const SymbolDesc &symbol) {
    return row<tn_symbol>({string(symbol.name), i64(symbol.dataDependent ? TN_SYMBOL_DATA : TN_SYMBOL_ENTRY),
                           i64(symbol.min), i64(symbol.max)});
  });
  auto convertTensor = [&](const TensorDesc &entry) { return tensor(entry); };
  Constant *inputs = table(program.inputs, convertTensor), *outputs = table(program.outputs, convertTensor);
  Constant *states = table(program.states, [&](const StateDesc &state) {
    return row<tn_state>({i32(state.input), i32(state.output), i64(state.arenaOffset)});
  });
  size_t maxBuffers = 0;
  int64_t scratchBytes = 0;
  std::vector<TargetSpec> targets;
  Constant *variants = table(program.variants, [&](const VariantDesc &variant) {
    targets.push_back(variant.target);
    for (const StepDesc &entry : variant.steps) {
      maxBuffers = std::max(maxBuffers, entry.buffers.size());
      scratchBytes = std::max(scratchBytes, entry.scratchBytes);
    }
    return row<tn_variant>({string(variant.target.name), i64(variant.target.featureMask),
                            table(variant.steps, [&](const StepDesc &entry) { return step(entry); })});
  });
  Constant *weights = program.weightBytes ? hidden(program.weightsSymbol()) : null();
  Constant *table = row<tn_program>({i64(TN_PROGRAM_MAGIC),
                                     i64(TN_PROGRAM_VERSION),
                                     string(program.name),
                                     string("tenon " TENON_VERSION),
                                     string(targetNames(targets)),
                                     i64(targets[0].arch == Arch::X86_64 ? TN_ARCH_X86_64 : TN_ARCH_AARCH64),
                                     variants,
                                     i64(program.variants.size()),
                                     symbolTable,
                                     i64(program.symbols.size()),
                                     inputs,
                                     i64(program.inputs.size()),
                                     outputs,
                                     i64(program.outputs.size()),
                                     states,
                                     i64(program.states.size()),
                                     i64(program.variants[0].steps.size()),
                                     weights,
                                     i64(program.weightBytes),
                                     i64(program.arenaBytes),
                                     i64(scratchBytes),
                                     i64(program.alignment),
                                     i64(program.ioAlignment),
                                     i64(maxBuffers)});
  std::string runtime = "tenon_runtime_v" + std::to_string(TN_PROGRAM_VERSION);
  Constant *model =
      place(row<tenon_model>({i32(TENON_ABI_VERSION), i32(0), hidden(runtime), place(table, 8)}), 8);
  auto *entry = llvm::Function::Create(llvm::FunctionType::get(pointerType, false),
                                       llvm::GlobalValue::ExternalLinkage, program.entrySymbol(), module);
  llvm::IRBuilder<> builder(llvm::BasicBlock::Create(context, "", entry));
  builder.CreateRet(model);
}

llvm::Expected<ObjectBytes> tenon::emitProgram(const ProgramDesc &program) {
  if (llvm::Error error = verifyProgram(program))
    return error;
  // What tells that a processor is not one of the targets' must run on it.
  TargetSpec target = baselineTarget(program.variants[0].target.arch);
  llvm::Expected<std::unique_ptr<llvm::TargetMachine>> machine = createTargetMachine(target);
  if (!machine)
    return machine.takeError();
  llvm::LLVMContext context;
  llvm::Module module("program", context);
  module.setTargetTriple((*machine)->getTargetTriple());
  module.setDataLayout((*machine)->createDataLayout());
  TableBuilder(program, module).build();
  prepareModule(module, target, **machine);
  return emitObject(module, **machine);
}

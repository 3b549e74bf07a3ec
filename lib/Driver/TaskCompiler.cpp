#include "lib/Driver/TaskCompiler.h"
#include "autotune/Space/Features.h"
#include "lib/Driver/InitAll.h"
#include "lib/Driver/TaskCode.h"
#include "lib/Driver/Tensors.h"
#include "lib/Support/AtomicFile.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"
#include "passes/Lower/Lower.h"
#include "passes/Schedule/Schedule.h"
#include "llvm/IR/LLVMContext.h"
#include "llvm/IR/Module.h"
#include "llvm/Target/TargetMachine.h"
#include <map>

using namespace mlir;
using namespace tenon;
using autotune::Point;
using autotune::TaskSpace;

std::vector<PlannedTask> tenon::listTasks(ModuleOp planned) {
  std::vector<PlannedTask> tasks;
  auto main = planned.lookupSymbol<func::FuncOp>("main");
  if (!main)
    return tasks;
  SymbolTable symbols(planned);
  llvm::StringMap<size_t> places;
  for (auto run : main.getOps<sched::RunOp>()) {
    auto [it, isNew] = places.try_emplace(run.getTask(), tasks.size());
    if (!isNew) {
      ++tasks[it->second].runs;
      continue;
    }
    OwningOpRef<ModuleOp> alone = isolateTask(symbols.lookup<sched::TaskOp>(run.getTask()));
    auto task = *alone->getOps<sched::TaskOp>().begin();
    task.removeScheduleAttr();
    PlannedTask entry{task.getSymName().str(), 1, "", {}};
    for (auto [i, operand] : llvm::enumerate(run.getOperands()))
      if (operand.getDefiningOp<nn::ConstantOp>())
        entry.constants.push_back(unsigned(i));
    llvm::raw_string_ostream os(entry.text);
    alone->print(os);
    tasks.push_back(std::move(entry));
  }
  return tasks;
}

struct TaskCompiler::Impl {
  MLIRContext context;
  TargetSpec target;
  OwningOpRef<ModuleOp> module;
  sched::TaskOp task;
  std::unique_ptr<TaskSpace> space;
  std::unique_ptr<llvm::TargetMachine> machine;
  std::unique_ptr<PassManager> expand;
  std::string problem; ///< first error since the last look
  /// The program's table, by the form: phases and temporary memory.
  std::map<uint16_t, std::pair<ProgramDesc, ObjectBytes>> tables;

  static DialectRegistry registry() {
    DialectRegistry registry;
    registerAllDialects(registry);
    return registry;
  }
  Impl() : context(registry(), MLIRContext::Threading::DISABLED) {
    context.loadAllAvailableDialects();
    context.getDiagEngine().registerHandler([this](Diagnostic &diagnostic) {
      if (diagnostic.getSeverity() == DiagnosticSeverity::Error && problem.empty())
        problem = diagnostic.str();
    });
  }
  llvm::Error takeError(StringRef fallback) {
    std::string text = problem.empty() ? fallback.str() : problem;
    problem.clear();
    std::replace(text.begin(), text.end(), '\n', ' ');
    return llvm::createStringError(text);
  }

  /// The operands and results as they lie in memory.
  TensorDesc describe(Type type, sched::LayoutAttr layout, StringRef kind, size_t index) {
    auto ranked = cast<RankedTensorType>(type);
    TensorDesc tensor;
    tensor.name = (kind + llvm::Twine(index)).str();
    tensor.type = toElementType(ranked.getElementType());
    SmallVector<int64_t> shape(ranked.getShape());
    if (layout)
      shape = layout.getBufferShape(shape);
    tensor.dims.assign(shape.begin(), shape.end());
    return tensor;
  }

  llvm::Expected<const std::pair<ProgramDesc, ObjectBytes> &> table(const Point &point) {
    auto it = tables.find(point[0]);
    if (it != tables.end())
      return it->second;
    ProgramDesc program;
    program.name = "task";
    program.variants.push_back({target, {}});
    StepDesc step;
    step.task = program.symbolName() + "_code";
    step.source = task.getSymName().str();
    step.schedule = "tuning";
    unsigned arguments = task.getArgumentTypes().size();
    for (auto [i, type] : llvm::enumerate(task.getArgumentTypes())) {
      program.inputs.push_back(describe(type, task.getLayout(i), "input", i));
      step.buffers.push_back({BufferKind::Input, int32_t(i), 0});
    }
    for (auto [i, type] : llvm::enumerate(task.getResultTypes())) {
      program.outputs.push_back(describe(type, task.getLayout(arguments + i), "output", i));
      step.buffers.push_back({BufferKind::Output, int32_t(i), 0});
    }
    program.alignment = kPlaceAlignment;
    program.arenaBytes = describeCode(space->form(point), 0, step);
    program.variants[0].steps.push_back(std::move(step));
    if (llvm::Error e = verifyProgram(program))
      return e;
    llvm::Expected<ObjectBytes> object = emitProgram(program);
    if (!object)
      return object.takeError();
    return tables.try_emplace(point[0], std::move(program), std::move(*object)).first->second;
  }

  /// The point's code, optimised.
  llvm::Expected<std::unique_ptr<llvm::Module>> code(const Point &point, llvm::LLVMContext &llvmContext) {
    if (!space->isValid(point))
      return llvm::createStringError("expected a point of the task's space");
    OwningOpRef<ModuleOp> lowered(space->form(point).clone());
    (*lowered)->setAttr(kScheduleAttr, space->schedule(point));
    if (failed(expand->run(*lowered)))
      return takeError("the task cannot be lowered");
    auto translated = translateTask(*lowered, llvmContext, "task_code");
    if (!translated)
      return translated.takeError();
    prepareModule(**translated, target, *machine);
    if (llvm::Error e = optimizeModule(**translated, *machine))
      return e;
    return translated;
  }
};

TaskCompiler::TaskCompiler() : impl(std::make_unique<Impl>()) {}
TaskCompiler::~TaskCompiler() = default;
MLIRContext &TaskCompiler::context() {
  return impl->context;
}
sched::TaskOp TaskCompiler::task() {
  return impl->task;
}
const TaskSpace &TaskCompiler::space() const {
  return *impl->space;
}

llvm::Expected<std::unique_ptr<TaskCompiler>> TaskCompiler::create(StringRef text, const TargetSpec &target) {
  std::unique_ptr<TaskCompiler> compiler(new TaskCompiler());
  Impl &impl = *compiler->impl;
  impl.target = target;
  impl.module = parseSourceString<ModuleOp>(text, &impl.context);
  if (!impl.module)
    return impl.takeError("the task cannot be read");
  auto tasks = impl.module->getOps<sched::TaskOp>();
  if (!llvm::hasSingleElement(tasks))
    return llvm::createStringError("expected a module of one task");
  impl.task = *tasks.begin();
  impl.space = TaskSpace::create(impl.task, target);
  if (!impl.space)
    return impl.takeError("the task cannot be lowered");
  impl.problem.clear();
  llvm::Expected<std::unique_ptr<llvm::TargetMachine>> machine = createTargetMachine(target);
  if (!machine)
    return machine.takeError();
  impl.machine = std::move(*machine);
  impl.expand = std::make_unique<PassManager>(&impl.context, ModuleOp::getOperationName());
  impl.expand->enableVerifier(false);
  buildScheduledPipeline(*impl.expand, autotune::lowerOptionsOf(target));
  buildToLLVMPipeline(*impl.expand);
  return compiler;
}

llvm::Expected<ModelObjects> TaskCompiler::objects(const Point &point) {
  llvm::LLVMContext llvmContext;
  auto code = impl->code(point, llvmContext);
  if (!code)
    return code.takeError();
  llvm::Expected<ObjectBytes> object = emitObject(**code, *impl->machine);
  if (!object)
    return object.takeError();
  auto table = impl->table(point);
  if (!table)
    return table.takeError();
  ModelObjects model;
  model.targets = {impl->target};
  model.entrySymbol = table->first.entrySymbol();
  model.weightsSymbol = table->first.weightsSymbol();
  model.objects.push_back(std::move(*object));
  model.objects.push_back(table->second);
  return model;
}

llvm::Error TaskCompiler::compile(const Point &point, StringRef path) {
  llvm::Expected<ModelObjects> model = objects(point);
  if (!model)
    return model.takeError();
  return writeSharedObject(path, *model);
}

llvm::Expected<int64_t> TaskCompiler::writeCode(const Point &point, StringRef path) {
  llvm::LLVMContext llvmContext;
  auto code = impl->code(point, llvmContext);
  if (!code)
    return code.takeError();
  auto table = impl->table(point);
  if (!table)
    return table.takeError();
  if (llvm::Error error = writeFile(path, printModule(**code)))
    return error;
  int64_t range = 0;
  for (const PhaseDesc &phase : table->first.variants[0].steps[0].phases)
    range += phase.range.constant();
  return range;
}

llvm::Expected<CodeReport> TaskCompiler::inspect(const Point &point) {
  llvm::LLVMContext llvmContext;
  auto code = impl->code(point, llvmContext);
  if (!code)
    return code.takeError();
  llvm::Expected<std::string> text = emitAssembly(**code, *impl->machine);
  if (!text)
    return text.takeError();
  return readAssembly(*text, impl->target.arch);
}

#include "lib/Driver/Compile.h"
#include "autotune/Space/Features.h"
#include "dialects/NN/NN.h"
#include "dialects/Sched/Sched.h"
#include "lib/Driver/InitAll.h"
#include "lib/Driver/PackWeights.h"
#include "lib/Driver/PlannedCost.h"
#include "lib/Driver/Reference.h"
#include "lib/Driver/TaskCode.h"
#include "lib/Driver/Tensors.h"
#include "lib/Driver/TextModel.h"
#include "lib/Target/Codegen.h"
#include "mlir/IR/AsmState.h"
#include "mlir/IR/Verifier.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Transforms/Passes.h"
#include "passes/Lower/Lower.h"
#include "passes/Plan/Plan.h"
#include "passes/Schedule/Schedule.h"
#include "passes/Simplify/Simplify.h"
#include "passes/Substitute/Search/Search.h"
#include "llvm/IR/Module.h"
#include "llvm/Linker/Linker.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/ThreadPool.h"
#include "llvm/Target/TargetMachine.h"
#include <chrono>

using namespace mlir;
using namespace tenon;

static constexpr std::pair<llvm::StringLiteral, Phase> kPhases[] = {
    {"import", Phase::Import}, {"simplify", Phase::Simplify}, {"substitute", Phase::Substitute},
    {"plan", Phase::Plan},     {"schedule", Phase::Schedule}, {"lower", Phase::Lower},
    {"llvm", Phase::LLVM},     {"object", Phase::Object}};

std::optional<Phase> tenon::parsePhase(StringRef text) {
  for (auto [name, phase] : kPhases)
    if (name == text)
      return phase;
  return std::nullopt;
}

std::string tenon::phaseList() {
  std::string names;
  for (auto [name, phase] : kPhases)
    names += (names.empty() ? "" : ", ") + name.str();
  return names;
}

namespace {
/// Adds the time from here to the end of the scope to a list.
class PhaseTimer {
public:
  PhaseTimer(std::vector<std::pair<std::string, double>> &list, const CompilerOptions &options,
             StringRef phase)
      : list(list), phase(phase) {
    if (options.onPhase)
      options.onPhase(phase.str());
  }
  ~PhaseTimer() {
    std::chrono::duration<double> spent = std::chrono::steady_clock::now() - start;
    list.emplace_back(phase.str(), spent.count());
  }

private:
  std::vector<std::pair<std::string, double>> &list;
  StringRef phase;
  std::chrono::steady_clock::time_point start = std::chrono::steady_clock::now();
};
} // namespace

struct Compilation::Impl {
  CompilerOptions options;
  MLIRContext context;
  OwningOpRef<ModuleOp> module;
  /// From Phase::Lower on, the same for the second target and those after it.
  std::vector<OwningOpRef<ModuleOp>> more;
  /// First error since the last look, one line.
  std::string problem;
  std::vector<std::pair<std::string, double>> seconds;
  std::optional<ProgramDesc> program;

  static DialectRegistry registry() {
    DialectRegistry registry;
    registerAllDialects(registry);
    return registry;
  }
  explicit Impl(CompilerOptions given)
      : options(std::move(given)), context(registry(), MLIRContext::Threading::DISABLED) {
    context.loadAllAvailableDialects();
    context.getDiagEngine().registerHandler([this](Diagnostic &diagnostic) {
      if (diagnostic.getSeverity() == DiagnosticSeverity::Remark && options.onRemark)
        options.onRemark(diagnostic.str());
      if (diagnostic.getSeverity() != DiagnosticSeverity::Error || !problem.empty())
        return;
      llvm::raw_string_ostream os(problem);
      // The node's name is what the user knows; locations of generated code say nothing.
      if (auto name = diagnostic.getLocation()->findInstanceOf<NameLoc>())
        os << "'" << name.getName().getValue() << "': ";
      else if (auto file = dyn_cast<FileLineColLoc>(diagnostic.getLocation()))
        os << file.getFilename().getValue() << ":" << file.getLine() << ":" << file.getColumn() << ": ";
      os << diagnostic.str();
    });
  }
  /// The module of a target.
  ModuleOp moduleOf(size_t target) { return target ? *more[target - 1] : *module; }
  llvm::Error takeError(StringRef fallback) {
    std::string text = problem.empty() ? fallback.str() : problem;
    problem.clear();
    std::replace(text.begin(), text.end(), '\n', ' ');
    return llvm::createStringError(text);
  }
};

Compilation::Compilation(CompilerOptions options) : impl(std::make_unique<Impl>(std::move(options))) {}
Compilation::~Compilation() = default;
ModuleOp Compilation::module() {
  return *impl->module;
}
MLIRContext &Compilation::context() {
  return impl->context;
}
CompilerOptions &Compilation::options() {
  return impl->options;
}
ArrayRef<std::pair<std::string, double>> Compilation::phaseSeconds() const {
  return impl->seconds;
}

llvm::Error Compilation::runPasses(ModuleOp module, llvm::function_ref<void(OpPassManager &)> build,
                                   StringRef phase) {
  PhaseTimer timer(impl->seconds, impl->options, phase);
  PassManager pm(&impl->context);
  pm.enableVerifier(false); // each phase's result is verified once, below
  build(pm);
  if (failed(pm.run(module)) || failed(mlir::verify(module)))
    return impl->takeError(("the phase '" + phase + "' failed").str());
  return llvm::Error::success();
}

llvm::Error Compilation::run(StringRef path, Phase last) {
  bool isText = path.ends_with(".mlir");
  impl->program.reset();
  {
    PhaseTimer timer(impl->seconds, impl->options, "import");
    impl->module = isText ? readTextModel(&impl->context, path)
                          : onnx_import::importModel(&impl->context, path, impl->options.import);
  }
  if (!impl->module)
    return impl->takeError("the model cannot be read");
  ModuleOp module = *impl->module;
  if (impl->options.name.empty())
    impl->options.name =
        (isText ? module.getSymName() : std::nullopt).value_or(llvm::sys::path::stem(path)).str();
  // A text may have gone through some phases already; it was lowered for one target then.
  auto stored = module->getAttrOfType<StringAttr>(kPhaseAttr);
  Phase done = stored ? *parsePhase(stored) : Phase::Import;
  if (last < done)
    return llvm::createStringError("the model has been through phase '%s' already", stored.str().c_str());
  ArrayRef<TargetSpec> targets = impl->options.targets;
  auto lowered = module->getAttrOfType<StringAttr>(kTargetAttr);
  if (lowered && lowered != targetNames(targets))
    return llvm::createStringError("the model was lowered for target '%s', but the target is '%s'",
                                   lowered.str().c_str(), targetNames(targets).c_str());
  // A phase on the module of all targets, or on that of one.
  auto stepOf = [&](ModuleOp module, const TargetSpec *target, Phase phase, StringRef name,
                    llvm::function_ref<void(OpPassManager &)> build) -> llvm::Error {
    if (last < phase || phase <= done)
      return llvm::Error::success();
    std::string title = name.str() + (target && targets.size() > 1 ? " for " + target->name : "");
    if (llvm::Error e = runPasses(module, build, title))
      return e;
    Builder b(&impl->context);
    module->setAttr(kPhaseAttr, b.getStringAttr(name));
    if (target)
      module->setAttr(kTargetAttr, b.getStringAttr(target->name));
    return llvm::Error::success();
  };
  auto step = [&](Phase phase, StringRef name, llvm::function_ref<void(OpPassManager &)> build) {
    return stepOf(module, nullptr, phase, name, build);
  };
  if (llvm::Error e = step(Phase::Simplify, "simplify", [&](OpPassManager &pm) {
        RecognizeOptions recognize;
        recognize.fast = impl->options.fastNumerics;
        buildSimplifyPipeline(pm, recognize);
      }))
    return e;
  PlanOptions plan;
  plan.vectorBytes = int64_t(targets.front().vectorBytes);
  plan.leastVectorBytes = int64_t(targets.back().vectorBytes);
  plan.l2Bytes = int64_t(targets.front().l2Bytes);
  plan.winograd = impl->options.fastNumerics;
  AnalyticTaskCost taskCost(targets.front());
  PlannedGraphCost graphCost(taskCost, plan);
  if (llvm::Error e = step(Phase::Substitute, "substitute", [&](OpPassManager &pm) {
        if (impl->options.level == 0 || impl->options.rules == "none")
          return;
        SubstituteOptions substitute;
        substitute.rules = impl->options.rules;
        substitute.strict = impl->options.level == 1 || !impl->options.fastNumerics;
        substitute.errorBudget = impl->options.errorBudget;
        substitute.memoryLimit = impl->options.memoryLimit;
        substitute.vectorBytes = plan.vectorBytes;
        substitute.l2Bytes = plan.l2Bytes;
        substitute.winograd = plan.winograd;
        substitute.report = bool(impl->options.onRemark);
        // Graphs that backtracking takes from its queue; TASO's default.
        constexpr unsigned kTaken = 1000, kThorough = 3;
        substitute.search = impl->options.search;
        if (substitute.search == "backtrack")
          substitute.budget = kTaken;
        if (impl->options.level == 3)
          substitute.budget = substitute.budget * kThorough;
        pm.addPass(createSubstitute(substitute, &graphCost));
        pm.addNestedPass<func::FuncOp>(createCanonicalizerPass());
        pm.addNestedPass<func::FuncOp>(createCSEPass());
      }))
    return e;
  if (llvm::Error e = step(Phase::Plan, "plan", [&](OpPassManager &pm) { pm.addPass(createPlan(plan)); }))
    return e;
  // What is packed for one target need not suit another.
  if (last >= Phase::Plan && done < Phase::Plan && targets.size() == 1 && impl->options.setVariants) {
    impl->options.setVariants(module, targets.front());
    if (llvm::Error e =
            runPasses(module, [](OpPassManager &pm) { pm.addPass(createApplyVariants()); }, "variants"))
      return e;
  }
  if (llvm::Error e =
          step(Phase::Schedule, "schedule", [](OpPassManager &pm) { pm.addPass(createSchedule()); }))
    return e;
  impl->more.clear();
  if (last >= Phase::Lower)
    for (size_t i = 1; i < targets.size(); ++i)
      impl->more.push_back(module.clone());
  for (auto [i, target] : llvm::enumerate(targets)) {
    if (last < Phase::Lower)
      break;
    LowerOptions lower = autotune::lowerOptionsOf(target);
    ModuleOp code = impl->moduleOf(i);
    if (done < Phase::Lower && impl->options.setSchedules)
      impl->options.setSchedules(code, target);
    if (llvm::Error e = stepOf(code, &target, Phase::Lower, "lower", [&](OpPassManager &pm) {
          pm.addPass(createLowerTasks({lower.l2Bytes}));
          buildExpandPipeline(pm.nest<ModuleOp>(), lower);
        }))
      return e;
    if (llvm::Error e = stepOf(code, &target, Phase::LLVM, "llvm",
                               [](OpPassManager &pm) { buildToLLVMPipeline(pm.nest<ModuleOp>()); }))
      return e;
  }
  return llvm::Error::success();
}

std::string Compilation::moduleText() {
  // Compiled-in inputs are small, and have no place in the weights.
  if (auto main = impl->module->lookupSymbol<func::FuncOp>("main"))
    for (unsigned i = 0; i < main.getNumArguments(); ++i)
      if (auto bound = main.getArgAttrOfType<DenseResourceElementsAttr>(i, "nn.bound"))
        main.setArgAttr(i, "nn.bound", toInlineAttr(HostTensor::fromAttr(bound)));
  std::string text;
  llvm::raw_string_ostream os(text);
  impl->module->print(os, OpPrintingFlags().elideLargeResourceString());
  return text;
}

/// Symbol of a task's function in the program. Where there are several targets, it ends with the target's: no
/// target's is the end of another's.
static std::string taskSymbol(const ProgramDesc &program, StringRef task, const TargetSpec &target) {
  return program.symbolName() + "_" + sanitizeSymbol(task) +
         (program.variants.size() > 1 ? "_" + target.symbol : "");
}

/// The code of every task, by the module's name: looking each up in a module of thousands takes long.
static llvm::StringMap<ModuleOp> taskModules(ModuleOp module) {
  llvm::StringMap<ModuleOp> modules;
  for (auto code : module.getOps<ModuleOp>())
    modules[code.getSymName().value_or("")] = code;
  return modules;
}

static ModuleOp codeOf(const llvm::StringMap<ModuleOp> &modules, StringRef task) {
  return modules.lookup((task + kTaskModuleSuffix).str());
}

/// A layout in the manner of "nChw8c": dimensions from the outermost, those with blocks as capitals, then the
/// blocks; halos follow.
static std::string layoutName(sched::LayoutAttr layout, int64_t rank) {
  StringRef letters = rank == 4 ? "nchw" : "abcdefghijklmnopqrstuvwxyz";
  if (rank > int64_t(letters.size()))
    return "rows";
  std::string name, halos;
  for (int64_t i = 0; i < rank; ++i) {
    int64_t d = layout ? layout.getOrder()[i] : i;
    name += layout && layout.getBlock(d) > 1 ? llvm::toUpper(letters[d]) : letters[d];
    if (layout && layout.getHaloOf(d))
      halos += "+" + std::to_string(layout.getHaloOf(d)) + std::string(1, letters[d]);
  }
  for (size_t i = 0; layout && i < layout.getBlocks().size(); i += 2)
    name += std::to_string(layout.getBlocks()[i + 1]) + std::string(1, letters[layout.getBlocks()[i]]);
  return name + halos;
}

/// Adds how the run's operands and results lie, and their bytes.
static void describeTensors(sched::RunOp run, sched::TaskOp task, StepDesc &step) {
  SmallVector<std::string> from, to;
  unsigned next = 0;
  auto add = [&](Value value, SmallVectorImpl<std::string> &names) {
    auto type = cast<RankedTensorType>(value.getType());
    sched::LayoutAttr layout = task.getLayout(next++);
    DimExpr bytes = HostTensor::byteSize(type.getElementType(), {1}).value_or(1);
    if (layout) {
      for (int64_t extent : layout.getBufferShape(type.getShape()))
        bytes = bytes * DimExpr(extent);
    } else {
      for (nn::Dim dim : nn::getDims(type))
        bytes = bytes * toDimExpr(dim);
    }
    step.bytes = step.bytes + bytes;
    if (type.getRank() < 2 || value.getDefiningOp<nn::ConstantOp>())
      return;
    std::string name = layoutName(layout, type.getRank());
    if (!llvm::is_contained(names, name))
      names.push_back(name);
  };
  for (Value operand : run.getInputs())
    add(operand, from);
  for (Value result : run.getOutputs())
    add(result, to);
  step.layouts = llvm::join(from, ", ");
  if (from != to && !to.empty())
    step.layouts += (from.empty() ? "-> " : " -> ") + llvm::join(to, ", ");
}

/// What the modules of all targets have in common.
static llvm::Expected<ProgramDesc> describeCommon(ModuleOp module, const CompilerOptions &options) {
  auto main = module.lookupSymbol<func::FuncOp>("main");
  ProgramDesc program;
  program.name = options.name;
  if (auto symbols = module->getAttrOfType<ArrayAttr>(nn::NNDialect::kSymbolsAttr))
    for (auto symbol : symbols.getAsRange<nn::SymbolAttr>())
      program.symbols.push_back({symbol.getName().str(), symbol.getMin(), symbol.getMax(), symbol.getData()});
  auto describe = [&](Type type, Attribute name, StringRef kind, unsigned index) {
    TensorDesc tensor;
    auto text = dyn_cast_if_present<StringAttr>(name);
    tensor.name = text ? text.str() : (kind + llvm::Twine(index)).str();
    auto ranked = cast<RankedTensorType>(type);
    tensor.type = toElementType(ranked.getElementType());
    for (nn::Dim dim : nn::getDims(ranked))
      tensor.dims.push_back(toDimExpr(dim));
    return tensor;
  };
  for (auto [i, type] : llvm::enumerate(main.getArgumentTypes())) {
    program.inputs.push_back(describe(type, main.getArgAttr(i, "nn.name"), "input", i));
    if (auto bound = main.getArgAttrOfType<ElementsAttr>(i, "nn.bound")) {
      HostTensor value = HostTensor::fromAttr(bound);
      program.inputs.back().bound.assign(value.raw(), value.bytes());
      program.inputs.back().isBound = true;
    }
  }
  for (auto [i, type] : llvm::enumerate(main.getResultTypes()))
    program.outputs.push_back(describe(type, main.getResultAttr(i, "nn.name"), "output", i));

  auto bytesOf = [&](StringRef name) {
    auto attr = module->getAttrOfType<IntegerAttr>(name);
    return attr ? attr.getInt() : 0;
  };
  program.weightBytes = bytesOf("tenon.weights");
  int64_t arena = bytesOf("tenon.arena");
  program.alignment = kPlaceAlignment;
  for (auto [input, output] : options.states) {
    auto find = [](std::vector<TensorDesc> &tensors, StringRef name) {
      return llvm::find_if(tensors, [&](TensorDesc &t) { return t.name == name; }) - tensors.begin();
    };
    size_t from = find(program.inputs, input), to = find(program.outputs, output);
    if (from == program.inputs.size() || to == program.outputs.size())
      return llvm::createStringError("state '%s=%s': expected an input and an output of the model",
                                     input.c_str(), output.c_str());
    if (main.getArgumentTypes()[from] != main.getResultTypes()[to])
      return llvm::createStringError("state '%s=%s': expected input and output of one type", input.c_str(),
                                     output.c_str());
    SmallVector<int64_t> shape;
    auto bounds = nn::getSymbolBounds(module);
    for (nn::Dim dim : nn::getDims(cast<RankedTensorType>(main.getArgumentTypes()[from])))
      shape.push_back(nn::getBounds(dim, bounds)->second);
    Type element = cast<RankedTensorType>(main.getArgumentTypes()[from]).getElementType();
    program.states.push_back({int32_t(from), int32_t(to), arena});
    arena += llvm::alignTo(*HostTensor::byteSize(element, shape), kPlaceAlignment);
  }
  program.arenaBytes = arena;
  for (const TargetSpec &target : options.targets)
    program.variants.push_back({target, {}});
  return program;
}

/// Adds the steps of a variant, whose tasks have their temporary memory in the arena from `arena` on.
static void describeSteps(ModuleOp module, VariantDesc &variant, ProgramDesc &program, int64_t arena) {
  auto main = module.lookupSymbol<func::FuncOp>("main");
  llvm::StringMap<ModuleOp> modules = taskModules(module);
  SymbolTable tasks(module);
  for (auto run : main.getOps<sched::RunOp>()) {
    auto code = codeOf(modules, run.getTask());
    StepDesc step;
    auto task = tasks.lookup<sched::TaskOp>(run.getTask());
    auto origin = task->getAttrOfType<StringAttr>(kOriginAttr);
    step.schedule = origin ? origin.str() : "analytic";
    if (auto variant = task->getAttrOfType<StringAttr>(kVariantAttr))
      step.schedule += " (" + variant.str() + ")";
    describeTensors(run, task, step);
    step.task = taskSymbol(program, run.getTask(), variant.target);
    // A fused location holds those of all operators of the task.
    run.getLoc()->walk([&](Location loc) {
      auto name = dyn_cast<NameLoc>(loc);
      if (!name)
        return WalkResult::advance();
      step.source += (step.source.empty() ? "" : " ") + name.getName().str();
      return WalkResult::skip();
    });
    for (auto place : run.getPlaces()->getAsRange<sched::PlaceAttr>()) {
      BufferDesc buffer;
      buffer.kind = BufferKind(int32_t(place.getKind()));
      bool isIndex =
          place.getKind() == sched::PlaceKind::Input || place.getKind() == sched::PlaceKind::Output;
      buffer.index = isIndex ? int32_t(place.getPosition()) : 0;
      buffer.offset = isIndex ? place.getOffset() : place.getPosition();
      step.buffers.push_back(buffer);
    }
    program.arenaBytes = std::max(program.arenaBytes, describeCode(code, arena, step));
    variant.steps.push_back(std::move(step));
  }
}

llvm::Expected<const ProgramDesc &> Compilation::program() {
  if (!impl->program) {
    llvm::Expected<ProgramDesc> program = describeCommon(*impl->module, impl->options);
    if (!program)
      return program.takeError();
    int64_t arena = program->arenaBytes;
    for (auto [i, variant] : llvm::enumerate(program->variants))
      describeSteps(impl->moduleOf(i), variant, *program, arena);
    impl->program = std::move(*program);
  }
  return *impl->program;
}

llvm::Expected<std::string> Compilation::codeText(bool assembly) {
  llvm::Expected<const ProgramDesc &> desc = program();
  if (!desc)
    return desc.takeError();
  std::string text;
  for (auto [i, target] : llvm::enumerate(impl->options.targets)) {
    llvm::Expected<std::unique_ptr<llvm::TargetMachine>> machine = createTargetMachine(target);
    if (!machine)
      return machine.takeError();
    llvm::StringMap<ModuleOp> modules = taskModules(impl->moduleOf(i));
    for (auto task : impl->moduleOf(i).getOps<sched::TaskOp>()) {
      llvm::LLVMContext context;
      StringRef name = task.getSymName();
      auto module = translateTask(codeOf(modules, name), context, taskSymbol(*desc, name, target));
      if (!module)
        return module.takeError();
      prepareModule(**module, target, **machine);
      if (llvm::Error e = optimizeModule(**module, **machine))
        return e;
      if (!assembly) {
        text += printModule(**module);
        continue;
      }
      llvm::Expected<std::string> part = emitAssembly(**module, **machine);
      if (!part)
        return part.takeError();
      text += *part;
    }
  }
  return text;
}

/// From more tasks than this on, so many share an object.
static constexpr size_t kManyTasks = 256, kTasksPerObject = 32;

llvm::Expected<ModelObjects> Compilation::objects() {
  PhaseTimer timer(impl->seconds, impl->options, "object");
  llvm::Expected<const ProgramDesc &> desc = program();
  if (!desc)
    return desc.takeError();
  if (llvm::Error e = verifyProgram(*desc))
    return e;
  ModelObjects result;
  result.targets = impl->options.targets;
  result.entrySymbol = desc->entrySymbol();
  result.weightsSymbol = desc->weightsSymbol();

  std::vector<llvm::StringMap<ModuleOp>> modules;
  for (size_t i = 0; i < result.targets.size(); ++i)
    modules.push_back(taskModules(impl->moduleOf(i)));
  SmallVector<sched::TaskOp> tasks(impl->module->getOps<sched::TaskOp>());
  // The passes are set up anew for every object, which takes longer than a small task: where there are many,
  // several share one. (How many does not depend on the machine: builds are reproducible.)
  size_t group = tasks.size() > kManyTasks ? kTasksPerObject : 1;
  size_t groups = llvm::divideCeil(tasks.size(), group);
  result.objects.resize(result.targets.size() * groups);
  std::mutex mutex;
  llvm::Error problem = llvm::Error::success();
  auto compileTasks = [&](size_t object) -> llvm::Error {
    llvm::LLVMContext context;
    std::unique_ptr<llvm::Module> all;
    size_t variant = object / groups;
    const TargetSpec &target = result.targets[variant];
    for (sched::TaskOp task : ArrayRef(tasks).drop_front(object % groups * group).take_front(group)) {
      StringRef name = task.getSymName();
      auto module = translateTask(codeOf(modules[variant], name), context, taskSymbol(*desc, name, target));
      if (!module)
        return module.takeError();
      if (!all)
        all = std::move(*module);
      else if (llvm::Linker::linkModules(*all, std::move(*module)))
        return llvm::createStringError("task '%s' cannot be linked to others", name.str().c_str());
    }
    llvm::Expected<std::unique_ptr<llvm::TargetMachine>> machine = createTargetMachine(target);
    if (!machine)
      return machine.takeError();
    llvm::Expected<ObjectBytes> bytes = compileLLVMModule(*all, target, **machine);
    if (!bytes)
      return bytes.takeError();
    result.objects[object] = std::move(*bytes);
    return llvm::Error::success();
  };
  {
    llvm::DefaultThreadPool pool;
    for (size_t i = 0; i < result.objects.size(); ++i)
      pool.async([&, i] {
        if (llvm::Error e = compileTasks(i)) {
          std::lock_guard<std::mutex> lock(mutex);
          problem = llvm::joinErrors(std::move(problem), std::move(e));
        }
      });
  }
  if (problem)
    return problem;
  llvm::Expected<ObjectBytes> table = emitProgram(*desc);
  if (!table)
    return table.takeError();
  result.objects.push_back(std::move(*table));

  llvm::Expected<WeightsSource> source = weights();
  if (!source)
    return source.takeError();
  result.weights = std::move(*source);
  return result;
}

/// Constants by their offset, each in a layout of its own.
static WeightsSource sourceOf(std::map<int64_t, std::pair<ElementsAttr, sched::LayoutAttr>> constants,
                              int64_t size) {
  WeightsSource source;
  source.size = size;
  source.write = [constants = std::move(constants), size](WeightsSink &sink) -> llvm::Error {
    for (auto [offset, constant] : constants) {
      auto [value, layout] = constant;
      if (llvm::Error e = sink.padTo(offset))
        return e;
      if (llvm::Error e = writePacked(HostTensor::fromAttr(value), layout, sink))
        return e;
    }
    return sink.padTo(size);
  };
  return source;
}

llvm::Expected<WeightsSource> Compilation::weights() {
  ModuleOp module = *impl->module;
  auto main = module.lookupSymbol<func::FuncOp>("main");
  auto size = module->getAttrOfType<IntegerAttr>("tenon.weights");
  if (!main || !size)
    return llvm::createStringError("expected a function @main after the schedule");
  std::map<int64_t, std::pair<ElementsAttr, sched::LayoutAttr>> constants;
  for (auto constant : main.getOps<nn::ConstantOp>())
    constants[constant->getAttrOfType<IntegerAttr>(kOffsetAttr).getInt()] = {
        constant.getValue(), constant->getAttrOfType<sched::LayoutAttr>(kLayoutAttr)};
  return sourceOf(std::move(constants), size.getInt());
}

WeightsSource Compilation::textWeights() {
  ModuleOp module = *impl->module;
  std::map<int64_t, std::pair<ElementsAttr, sched::LayoutAttr>> constants;
  int64_t size = 0;
  DenseMap<Attribute, int64_t> places;
  module.walk([&](nn::ConstantOp constant) {
    auto value = dyn_cast<DenseResourceElementsAttr>(constant.getValue());
    if (!value)
      return;
    auto [it, isNew] = places.try_emplace(value, llvm::alignTo(size, kPlaceAlignment));
    if (isNew) {
      constants[it->second] = {value, {}};
      size = it->second + HostTensor::fromAttr(value).bytes();
    }
    constant->setAttr(kContentAttr, IntegerAttr::get(IntegerType::get(module.getContext(), 64), it->second));
  });
  return sourceOf(std::move(constants), size);
}

llvm::Expected<SmallVector<HostTensor>> Compilation::evaluate(ArrayRef<HostTensor> inputs) {
  auto main = impl->module->lookupSymbol<func::FuncOp>("main");
  if (!main)
    return llvm::createStringError("expected a function @main");
  FailureOr<SmallVector<HostTensor>> results = evaluateFunction(main, inputs);
  if (failed(results))
    return impl->takeError("the reference evaluation failed");
  return *results;
}

#include "tenon/Compiler.h"
#include "dialects/Sched/Sched.h"
#include "lib/Driver/Compile.h"
#include "lib/Driver/DrawGraph.h"
#include "lib/Driver/Outputs.h"
#include "lib/Driver/Schedules.h"
#include "lib/Driver/Tensors.h"
#include "lib/Support/AtomicFile.h"
#include "lib/Support/Npy.h"
#include "lib/Target/LoadedModel.h"
#include "passes/Substitute/Search/Search.h"
#include "tenon-c/ThreadPool.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/ErrorHandling.h"
#include "llvm/Support/Signals.h"
#include <csignal>
#include <new>
#include <unistd.h>

using namespace tenon;
using llvm::StringRef;

static Status toStatus(llvm::Error error) {
  if (!error)
    return {};
  std::string text = llvm::toString(std::move(error));
  std::replace(text.begin(), text.end(), '\n', ' ');
  return Status::failure(std::move(text));
}

const char *tenon::version() {
  return TENON_VERSION;
}

/// Ends the process where nothing can be allocated any more.
[[noreturn]] static void die(StringRef reason) {
  llvm::sys::RunInterruptHandlers(); // removes files that are half written
  for (StringRef part :
       {StringRef("error: "), reason.take_until([](char c) { return c == '\n'; }), StringRef("\n")})
    if (::write(STDERR_FILENO, part.data(), part.size()) < 0)
      break;
  ::_exit(1);
}

void tenon::installFatalErrorHandlers() {
  llvm::install_fatal_error_handler([](void *, const char *reason, bool) { die(reason); });
  llvm::install_bad_alloc_error_handler([](void *, const char *, bool) { die("out of memory"); });
  std::set_new_handler([] { die("out of memory"); });
  // A file beyond the user's limit is an error to report, not a reason to be killed.
  std::signal(SIGXFSZ, SIG_IGN);
}

//===----------------------------------------------------------------------===//
// Tensors
//===----------------------------------------------------------------------===//

static Result<Tensor> toTensor(llvm::Expected<RawTensor> raw) {
  if (!raw)
    return toStatus(raw.takeError());
  return Tensor(std::make_shared<RawTensor>(std::move(*raw)));
}

Result<Tensor> Tensor::create(tenon_type type, const std::vector<int64_t> &shape) {
  auto element = static_cast<ElementType>(type);
  if (!elementBytes(element))
    return Status::failure("expected an element type, but got number " + std::to_string(type));
  return toTensor(RawTensor::create(element, shape));
}

Result<Tensor> Tensor::readNpy(const std::string &path) {
  return toTensor(tenon::readNpy(path));
}
Status Tensor::writeNpy(const std::string &path) const {
  return toStatus(tenon::writeNpy(path, *raw));
}
tenon_type Tensor::type() const {
  return static_cast<tenon_type>(raw->type());
}
std::vector<int64_t> Tensor::shape() const {
  return raw->shape().vec();
}
int64_t Tensor::elements() const {
  return raw->numElements();
}
size_t Tensor::bytes() const {
  return raw->bytes();
}
void *Tensor::data() {
  return raw->data();
}
const void *Tensor::data() const {
  return static_cast<const RawTensor &>(*raw).data();
}

/// The tensors for LoadedModel::matchInputs. Those that others hold too are copied.
static llvm::Expected<std::vector<std::pair<std::string, RawTensor>>> takeTensors(NamedTensors tensors) {
  std::vector<std::pair<std::string, RawTensor>> raws;
  for (auto &[name, tensor] : tensors) {
    RawTensor &raw = *tensor.impl();
    if (tensor.impl().use_count() == 1) {
      raws.emplace_back(name, std::move(raw));
      continue;
    }
    llvm::Expected<RawTensor> copy = RawTensor::create(raw.type(), raw.shape());
    if (!copy)
      return copy.takeError();
    if (raw.bytes())
      std::memcpy(copy->data(), raw.data(), raw.bytes());
    raws.emplace_back(name, std::move(*copy));
  }
  return raws;
}

//===----------------------------------------------------------------------===//
// Models that run
//===----------------------------------------------------------------------===//

Result<RunnableModel> RunnableModel::load(const std::string &path, const std::string &target) {
  llvm::Expected<std::unique_ptr<LoadedModel>> model = LoadedModel::fromSharedObject(path, target);
  if (!model)
    return toStatus(model.takeError());
  return RunnableModel(std::move(*model));
}

using ThreadPool = std::unique_ptr<tenon_thread_pool, void (*)(tenon_thread_pool *)>;

/// Threads for a run; null for the caller's alone.
static ThreadPool makePool(int threads) {
  return ThreadPool(threads > 1 ? tenon_thread_pool_create(threads) : nullptr, tenon_thread_pool_destroy);
}

Result<std::vector<Tensor>> RunnableModel::run(NamedTensors inputs, int threads) const {
  auto raws = takeTensors(std::move(inputs));
  if (!raws)
    return toStatus(raws.takeError());
  llvm::Expected<std::vector<RawTensor>> matched = model->matchInputs(std::move(*raws));
  if (!matched)
    return toStatus(matched.takeError());
  ThreadPool pool = makePool(threads);
  llvm::Expected<std::vector<RawTensor>> outputs = model->run(*matched, pool.get());
  if (!outputs)
    return toStatus(outputs.takeError());
  std::vector<Tensor> tensors;
  for (RawTensor &output : *outputs)
    tensors.push_back(Tensor(std::make_shared<RawTensor>(std::move(output))));
  return tensors;
}

/// A value per symbolic dimension of the model, for inputs that are made up.
static llvm::Expected<std::vector<int64_t>> chooseDims(const LoadedModel &model,
                                                       const std::vector<DimRange> &dims) {
  std::vector<int64_t> values;
  for (const tenon_dim_info &dim : model.dims())
    values.push_back(dim.max);
  for (const DimRange &dim : dims) {
    auto it = llvm::find_if(model.dims(), [&](const tenon_dim_info &d) { return dim.name == d.name; });
    // A dimension that was bound while compiling is no dimension of the compiled model.
    if (it == model.dims().end())
      continue;
    if (dim.max < it->min || dim.max > it->max)
      return llvm::createStringError("dimension '%s': expected %lld to %lld, but got %lld", dim.name.c_str(),
                                     (long long)it->min, (long long)it->max, (long long)dim.max);
    values[it - model.dims().begin()] = dim.max;
  }
  return values;
}

Result<Timing> RunnableModel::bench(NamedTensors inputs, const std::vector<DimRange> &dims, double seconds,
                                    int threads, int stepRuns) const {
  llvm::Expected<std::vector<int64_t>> chosen = chooseDims(*model, dims);
  if (!chosen)
    return toStatus(chosen.takeError());
  llvm::Expected<std::vector<RawTensor>> made = model->syntheticInputs(*chosen);
  if (!made)
    return toStatus(made.takeError());
  auto raws = takeTensors(std::move(inputs));
  if (!raws)
    return toStatus(raws.takeError());
  llvm::StringSet<> given;
  for (auto &[name, tensor] : *raws)
    given.insert(name);
  for (auto [info, tensor] : llvm::zip(model->inputs(), *made))
    if (!given.contains(info.name))
      raws->emplace_back(info.name, std::move(tensor));
  llvm::Expected<std::vector<RawTensor>> matched = model->matchInputs(std::move(*raws));
  if (!matched)
    return toStatus(matched.takeError());
  ThreadPool pool = makePool(threads);
  llvm::Expected<BenchResult> result = benchModel(*model, *matched, seconds, pool.get(), stepRuns);
  if (!result)
    return toStatus(result.takeError());
  return Timing{result->minMs, result->medianMs,        result->p90Ms,
                result->runs,  result->stepNanoseconds, result->leastStepNanoseconds};
}

ModelSummary RunnableModel::summary() const {
  ModelSummary summary;
  const tenon_model_info &info = model->info();
  summary.name = info.name;
  summary.target = info.target;
  summary.weightBytes = info.weight_bytes;
  summary.arenaBytes = info.arena_bytes;
  auto describe = [](const tenon_tensor_info &tensor, std::string shape) {
    return ModelSummary::Tensor{tensor.name, elementName(static_cast<ElementType>(tensor.type)).str(),
                                std::move(shape), tensor.bound != nullptr};
  };
  for (auto [i, input] : llvm::enumerate(model->inputs()))
    summary.inputs.push_back(describe(input, model->inputShapeText(i)));
  for (auto [i, output] : llvm::enumerate(model->outputs()))
    summary.outputs.push_back(describe(output, model->outputShapeText(i)));
  for (auto [i, variant] : llvm::enumerate(model->variants()))
    summary.variants.push_back({variant.target, variant.selected != 0, model->refusal(i)});
  for (int32_t i = 0; i < info.num_steps; ++i) {
    tenon_step_info step;
    if (tenon_get_step(model->handle(), i, nullptr, &step) != TENON_OK)
      continue;
    summary.steps.push_back({step.name, step.source, step.schedule, step.layouts, step.flops, step.bytes});
    summary.flops += std::max<int64_t>(step.flops, 0);
  }
  return summary;
}

const tenon_model *RunnableModel::handle() const {
  return model->handle();
}

//===----------------------------------------------------------------------===//
// Models that are compiled
//===----------------------------------------------------------------------===//

std::vector<std::string> tenon::phaseNames() {
  llvm::SmallVector<llvm::StringRef> names;
  std::string all = phaseList();
  llvm::StringRef(all).split(names, ", ");
  return std::vector<std::string>(names.begin(), names.end());
}

struct CompiledModel::Impl {
  std::unique_ptr<Compilation> compilation;
  Phase last = Phase::Object;
  /// Made when first asked for.
  std::optional<ModelObjects> objects;

  llvm::Expected<ModelObjects *> getObjects() {
    if (!objects) {
      llvm::Expected<ModelObjects> made = compilation->objects();
      if (!made)
        return made.takeError();
      objects = std::move(*made);
    }
    return &*objects;
  }
};

CompiledModel::CompiledModel(std::unique_ptr<Impl> impl) : impl(std::move(impl)) {}
CompiledModel::CompiledModel(CompiledModel &&) noexcept = default;
CompiledModel &CompiledModel::operator=(CompiledModel &&) noexcept = default;
CompiledModel::~CompiledModel() = default;

/// The phase of that name; the last one for an empty name.
static llvm::Expected<Phase> findPhase(const std::string &name) {
  std::optional<Phase> phase = name.empty() ? Phase::Object : parsePhase(name);
  if (!phase)
    return llvm::createStringError("expected a phase out of " + phaseList() + ", but got '" + name + "'");
  return *phase;
}

Status CompiledModel::checkOutput(const std::string &path, const CompileOptions &options) {
  llvm::Expected<Phase> last = findPhase(options.toPhase);
  if (!last)
    return toStatus(last.takeError());
  llvm::Expected<std::vector<TargetSpec>> targets = parseTargets(options.target);
  return toStatus(targets ? tenon::checkOutput(path, *last, *targets) : targets.takeError());
}

llvm::Expected<std::unique_ptr<Compilation>> tenon::prepareCompilation(const CompileOptions &options) {
  llvm::Expected<std::vector<TargetSpec>> targets = parseTargets(options.target);
  if (!targets)
    return targets.takeError();
  CompilerOptions compiler;
  compiler.targets = *targets;
  compiler.states = options.states;
  compiler.fastNumerics = options.numerics == Numerics::Fast;
  compiler.level = options.level;
  compiler.search = options.search;
  compiler.memoryLimit = options.memoryLimit;
  compiler.rules = options.rules;
  compiler.errorBudget = options.errorBudget;
  compiler.onRemark = options.onRemark;
  compiler.name = options.name;
  compiler.onPhase = options.onPhase;
  for (const DimRange &dim : options.dims)
    if (!compiler.import.dims.try_emplace(dim.name, dim.min, dim.max).second)
      return llvm::createStringError("dimension '" + dim.name + "' is given twice");
  llvm::Expected<StoredChoices> stored =
      storedChoices(options.tuningDatabase, options.costModel, options.tunedOn);
  if (!stored)
    return stored.takeError();
  if (stored->schedules)
    compiler.setSchedules = [source = stored->schedules, warn = options.onWarning](mlir::ModuleOp module,
                                                                                   const TargetSpec &target) {
      applySchedules(module, target, source, warn);
    };
  if (stored->variants)
    compiler.setVariants = [source = stored->variants, fast = compiler.fastNumerics,
                            warn = options.onWarning](mlir::ModuleOp module, const TargetSpec &target) {
      chooseVariants(module, target, fast, source, warn);
    };
  auto compilation = std::make_unique<Compilation>(std::move(compiler));
  for (const auto &[name, tensor] : options.binds) {
    llvm::Expected<HostTensor> host = toHost(&compilation->context(), tensor.impl());
    if (!host)
      return llvm::createStringError("input '" + name + "': " + llvm::toString(host.takeError()));
    if (!compilation->options().import.binds.try_emplace(name, *host).second)
      return llvm::createStringError("input '" + name + "' is given twice");
  }
  return compilation;
}

Result<CompiledModel> CompiledModel::compile(const std::string &path, const CompileOptions &options) {
  auto impl = std::make_unique<Impl>();
  llvm::Expected<Phase> last = findPhase(options.toPhase);
  if (!last)
    return toStatus(last.takeError());
  impl->last = *last;
  llvm::Expected<std::unique_ptr<Compilation>> compilation = prepareCompilation(options);
  if (!compilation)
    return toStatus(compilation.takeError());
  impl->compilation = std::move(*compilation);
  if (llvm::Error error = impl->compilation->run(path, std::min(impl->last, Phase::LLVM)))
    return toStatus(std::move(error));
  if (options.memoryLimit > 0 && impl->last >= Phase::LLVM) {
    llvm::Expected<const ProgramDesc &> program = impl->compilation->program();
    if (!program)
      return toStatus(program.takeError());
    int64_t bytes = program->weightBytes + program->arenaBytes;
    if (bytes > options.memoryLimit)
      return Status::failure("expected a model of " + std::to_string(options.memoryLimit) +
                             " bytes of weights and arena at most, but it needs " + std::to_string(bytes));
  }
  return CompiledModel(std::move(impl));
}

ModelSummary CompiledModel::summary() const {
  ModelSummary summary;
  mlir::ModuleOp module = impl->compilation->module();
  const std::vector<TargetSpec> &targets = impl->compilation->options().targets;
  summary.target = targetNames(targets);
  auto selected = llvm::find_if(targets, [](const TargetSpec &target) { return target.runsHere(); });
  for (auto it = targets.begin(); it != targets.end(); ++it)
    summary.variants.push_back({it->name, it == selected, it->refusal()});
  using Counts = llvm::MapVector<llvm::StringRef, int64_t>;
  Counts counts, views;
  auto count = [](mlir::Region &region, Counts &counts) {
    for (mlir::Operation &op : region.getOps())
      if (!op.hasTrait<mlir::OpTrait::IsTerminator>() && !op.hasTrait<mlir::OpTrait::ConstantLike>() &&
          !mlir::isa<sched::RunOp>(op))
        ++counts[op.getName().getStringRef()];
  };
  auto main = module.lookupSymbol<mlir::func::FuncOp>("main");
  if (!main)
    return summary;
  bool planned = false;
  mlir::SymbolTable tasks(module);
  for (auto run : main.getOps<sched::RunOp>()) {
    planned = true;
    if (auto task = tasks.lookup<sched::TaskOp>(run.getTask()))
      count(task.getBody(), counts);
  }
  count(main.getBody(), planned ? views : counts);
  auto list = [](const Counts &counts, std::vector<std::pair<std::string, int64_t>> &result) {
    for (auto &[name, number] : counts)
      result.emplace_back(name.str(), number);
    llvm::stable_sort(result, [](auto &a, auto &b) { return a.second > b.second; });
  };
  list(counts, summary.operators);
  list(views, summary.views);
  if (auto plans = module->getAttrOfType<mlir::ArrayAttr>(kPlansAttr))
    for (auto plan : plans.getAsRange<mlir::DictionaryAttr>())
      summary.plans.push_back({plan.getAs<mlir::FloatAttr>("nanoseconds").getValueAsDouble() / 1e3,
                               plan.getAs<mlir::IntegerAttr>("bytes").getInt(), plan.contains("chosen")});
  if (impl->last < Phase::LLVM)
    return summary;

  llvm::Expected<const ProgramDesc &> program = impl->compilation->program();
  if (!program) {
    llvm::consumeError(program.takeError());
    return summary;
  }
  summary.name = program->name;
  summary.weightBytes = program->weightBytes;
  summary.arenaBytes = program->arenaBytes;
  std::vector<std::string> symbols;
  std::vector<int64_t> maxima;
  for (const SymbolDesc &symbol : program->symbols) {
    symbols.push_back(symbol.name);
    maxima.push_back(symbol.max);
  }
  auto describe = [&](const TensorDesc &tensor) {
    std::string shape = "(";
    for (auto [i, dim] : llvm::enumerate(tensor.dims))
      shape += (i ? ", " : "") + dim.text(symbols);
    return ModelSummary::Tensor{tensor.name, elementName(tensor.type).str(),
                                shape + (tensor.dims.size() == 1 ? ",)" : ")"), tensor.isBound};
  };
  for (const TensorDesc &input : program->inputs)
    summary.inputs.push_back(describe(input));
  for (const TensorDesc &output : program->outputs)
    summary.outputs.push_back(describe(output));
  const VariantDesc &variant = program->variants[selected == targets.end() ? 0 : selected - targets.begin()];
  for (const StepDesc &step : variant.steps) {
    int64_t flops = step.flops.evaluate(maxima).value_or(-1);
    summary.steps.push_back({step.task, step.source, step.schedule, step.layouts, flops,
                             step.bytes.evaluate(maxima).value_or(-1)});
    summary.flops += std::max<int64_t>(flops, 0);
  }
  return summary;
}

Status CompiledModel::write(const std::string &path) const {
  auto getObjects = [this] { return impl->getObjects(); };
  return toStatus(writeOutput(*impl->compilation, impl->last, path, getObjects));
}

Status CompiledModel::drawRewrites(const std::string &path, CompileOptions options,
                                   const std::string &output) {
  std::vector<CompiledModel> models;
  std::vector<Drawing> drawings;
  for (auto [phase, title] : {std::pair("simplify", "before"), std::pair("substitute", "after")}) {
    options.toPhase = phase;
    if (Status writable = checkOutput(output, options); !writable.ok())
      return writable;
    Result<CompiledModel> model = compile(path, options);
    if (!model.ok())
      return Status::failure(model.message());
    models.push_back(std::move(*model));
    drawings.push_back({title, models.back().impl->compilation->module()});
  }
  return toStatus(writeFile(output, llvm::arrayRefFromStringRef<char>(drawGraphs(drawings))));
}

Result<RunnableModel> CompiledModel::load() const {
  if (impl->last < Phase::Object)
    return Status::failure("a model that was compiled to a phase before 'object' cannot run");
  llvm::Expected<ModelObjects *> objects = impl->getObjects();
  if (!objects)
    return toStatus(objects.takeError());
  llvm::Expected<std::unique_ptr<LoadedModel>> model = LoadedModel::fromObjects(**objects);
  if (!model)
    return toStatus(model.takeError());
  return RunnableModel(std::move(*model));
}

Result<std::vector<Tensor>> CompiledModel::evaluate(NamedTensors inputs) const {
  if (impl->last > Phase::Simplify)
    return Status::failure("the reference evaluates a model that was compiled to 'import' or 'simplify'");
  mlir::ModuleOp module = impl->compilation->module();
  auto main = module.lookupSymbol<mlir::func::FuncOp>("main");
  if (!main)
    return Status::failure("expected a function @main");
  llvm::SmallVector<HostTensor> ordered;
  llvm::StringMap<Tensor> given;
  for (auto &[name, tensor] : inputs)
    if (!given.try_emplace(name, tensor).second)
      return Status::failure("input '" + name + "' is given twice");
  for (unsigned i = 0; i < main.getNumArguments(); ++i) {
    auto attr = main.getArgAttrOfType<mlir::StringAttr>(i, "nn.name");
    std::string name = attr ? attr.getValue().str() : "input" + std::to_string(i);
    auto it = given.find(name);
    if (it != given.end()) {
      llvm::Expected<HostTensor> host = toHost(&impl->compilation->context(), it->second.impl());
      if (!host)
        return Status::failure("input '" + name + "': " + llvm::toString(host.takeError()));
      ordered.push_back(*host);
      given.erase(it);
    } else if (auto bound = main.getArgAttrOfType<mlir::ElementsAttr>(i, "nn.bound")) {
      ordered.push_back(HostTensor::fromAttr(bound));
    } else {
      return Status::failure("input '" + name + "' is missing");
    }
  }
  if (!given.empty())
    return Status::failure("the model has no input '" + given.begin()->getKey().str() + "'");
  auto results = impl->compilation->evaluate(ordered);
  if (!results)
    return toStatus(results.takeError());
  std::vector<Tensor> outputs;
  for (const HostTensor &result : *results) {
    Result<Tensor> tensor = toTensor(toRaw(result));
    if (!tensor.ok())
      return Status::failure(tensor.message());
    outputs.push_back(*tensor);
  }
  return outputs;
}

std::vector<std::pair<std::string, double>> CompiledModel::phaseSeconds() const {
  return impl->compilation->phaseSeconds().vec();
}

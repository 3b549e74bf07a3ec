#include "lib/Target/LoadedModel.h"
#include "lib/Target/Embedded.h"
#include "lib/Target/ProgramDesc.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ExecutionEngine/Orc/AbsoluteSymbols.h"
#include "llvm/ExecutionEngine/Orc/LLJIT.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <dlfcn.h>
#include <optional>

using namespace tenon;
using llvm::StringRef;

LoadedModel::~LoadedModel() = default;

//===----------------------------------------------------------------------===//
// Loading
//===----------------------------------------------------------------------===//

namespace {
class SharedObjectModel : public LoadedModel {
public:
  SharedObjectModel() = default;
  ~SharedObjectModel() override {
    if (library)
      dlclose(library);
  }
  llvm::Error load(StringRef path, StringRef target);

private:
  /// A copy of the file's model that runs the variant for a target.
  llvm::Expected<const tenon_model *> choose(const tenon_model *model, StringRef path, StringRef target);

  void *library = nullptr;
  tenon_model chosen = {};
};

class JitModel : public LoadedModel {
public:
  llvm::Error load(const ModelObjects &model);

private:
  MappedWeights weights;
  std::unique_ptr<llvm::orc::LLJIT> jit;
};
} // namespace

/// Whether a file has the shape of a shared object for this machine, before the system's loader runs its
/// code.
static llvm::Error checkSharedObject(StringRef path) {
  auto buffer = llvm::MemoryBuffer::getFileSlice(path, 64, 0);
  if (!buffer)
    return llvm::createStringError(buffer.getError(), "cannot read '%s': %s", path.str().c_str(),
                                   buffer.getError().message().c_str());
  StringRef start = (*buffer)->getBuffer();
  if (start.size() < 64 || !start.starts_with("\177ELF\2\1") || start[16] != 3 || start[17] != 0)
    return llvm::createStringError("'" + path + "': expected a compiled model (a 64-bit ELF shared object)");
  return llvm::Error::success();
}

llvm::Expected<const tenon_model *> SharedObjectModel::choose(const tenon_model *model, StringRef path,
                                                              StringRef target) {
  std::string known;
  tenon_variant_info info;
  for (uint32_t i = 0; tenon_get_variant(model, static_cast<int32_t>(i), &info) == TENON_OK; ++i) {
    known += (i ? ", " : "") + std::string(info.target);
    if (target != info.target)
      continue;
    chosen = *model;
    chosen.variant = 1 + i;
    return &chosen;
  }
  return llvm::createStringError("'" + path + "' was not compiled for target '" + target +
                                 "': expected one of " + known);
}

llvm::Error SharedObjectModel::load(StringRef path, StringRef target) {
  if (llvm::Error error = checkSharedObject(path))
    return error;
  // Without a slash, the loader would search its own folders.
  std::string name = path.contains('/') ? path.str() : "./" + path.str();
  library = dlopen(name.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (!library) {
    StringRef reason = dlerror();
    reason.consume_front(name + ": ");
    return llvm::createStringError("cannot load '" + path + "': " + reason);
  }
  using Entry = const tenon_model *(*)();
  auto entry = reinterpret_cast<Entry>(dlsym(library, "tenon_model"));
  if (!entry)
    return llvm::createStringError("'" + path +
                                   "': expected a compiled model, but it has no symbol 'tenon_model'");
  const tenon_model *model = entry();
  if (target.empty() || !model || model->abi_version != TENON_ABI_VERSION)
    return attach(model, path);
  llvm::Expected<const tenon_model *> variant = choose(model, path, target);
  return variant ? attach(*variant, path) : variant.takeError();
}

llvm::Error JitModel::load(const ModelObjects &model) {
  namespace orc = llvm::orc;
  if (llvm::none_of(model.targets, [](const TargetSpec &target) { return target.runsHere(); }))
    return llvm::createStringError(
        "code for target '%s' cannot run on this machine: %s", targetNames(model.targets).c_str(),
        llvm::join(llvm::map_range(model.targets, [](const TargetSpec &target) { return target.refusal(); }),
                   "; ")
            .c_str());
  llvm::Expected<MappedWeights> mapped = MappedWeights::create(model.weights);
  if (!mapped)
    return mapped.takeError();
  weights = std::move(*mapped);

  auto created =
      orc::LLJITBuilder()
          .setJITTargetMachineBuilder(orc::JITTargetMachineBuilder(llvm::Triple(model.targets[0].triple)))
          .setPlatformSetUp(orc::setUpInactivePlatform)
          .create();
  if (!created)
    return created.takeError();
  jit = std::move(*created);
  orc::JITDylib &main = jit->getMainJITDylib();
  if (weights.size()) {
    orc::SymbolMap symbols;
    symbols[jit->mangleAndIntern(model.weightsSymbol)] = {orc::ExecutorAddr::fromPtr(weights.data()),
                                                          llvm::JITSymbolFlags::Exported};
    if (llvm::Error error = main.define(orc::absoluteSymbols(std::move(symbols))))
      return error;
  }
  for (const ObjectBytes &object : model.objects)
    if (llvm::Error error = jit->addObjectFile(llvm::MemoryBuffer::getMemBuffer(
            {object.data(), object.size()}, "task", /*RequiresNullTerminator=*/false)))
      return error;
  if (llvm::Error error = jit->addObjectFile(llvm::MemoryBuffer::getMemBuffer(
          embeddedRuntime(model.targets[0].arch), "runtime", /*RequiresNullTerminator=*/false)))
    return error;
  llvm::Expected<orc::ExecutorAddr> entry = jit->lookup(model.entrySymbol);
  if (!entry)
    return entry.takeError();
  return attach(entry->toPtr<const tenon_model *(*)()>()(), "the model");
}

llvm::Expected<std::unique_ptr<LoadedModel>> LoadedModel::fromSharedObject(StringRef path, StringRef target) {
  auto model = std::make_unique<SharedObjectModel>();
  if (llvm::Error error = model->load(path, target))
    return error;
  return model;
}

llvm::Expected<std::unique_ptr<LoadedModel>> LoadedModel::fromObjects(const ModelObjects &objects) {
  auto model = std::make_unique<JitModel>();
  if (llvm::Error error = model->load(objects))
    return error;
  return model;
}

llvm::Error LoadedModel::attach(const tenon_model *handle, StringRef origin) {
  if (!handle || handle->abi_version != TENON_ABI_VERSION)
    return llvm::createStringError("'" + origin + "': expected a model of interface version " +
                                   llvm::Twine(TENON_ABI_VERSION));
  // The C interface serves every version, but below, the table is read directly.
  auto *program = static_cast<const tn_program *>(handle->program);
  if (program->magic != TN_PROGRAM_MAGIC || program->version != TN_PROGRAM_VERSION)
    return llvm::createStringError("'" + origin +
                                   "' was compiled by another version of tenon: compile it again");
  model = handle;
  char message[512];
  if (tenon_check_cpu(model, message, sizeof message) != TENON_OK)
    return llvm::createStringError("'" + origin + "': " + message);
  tenon_get_info(model, &modelInfo);
  inputInfos.resize(modelInfo.num_inputs);
  for (int32_t i = 0; i < modelInfo.num_inputs; ++i)
    tenon_get_input(model, i, &inputInfos[i]);
  outputInfos.resize(modelInfo.num_outputs);
  for (int32_t i = 0; i < modelInfo.num_outputs; ++i)
    tenon_get_output(model, i, &outputInfos[i]);
  dimInfos.resize(modelInfo.num_dims);
  for (int32_t i = 0; i < modelInfo.num_dims; ++i)
    tenon_get_dim(model, i, &dimInfos[i]);
  stateInfos.resize(modelInfo.num_states);
  for (int32_t i = 0; i < modelInfo.num_states; ++i)
    tenon_get_state(model, i, &stateInfos[i]);
  tenon_variant_info variant;
  for (int32_t i = 0; tenon_get_variant(model, i, &variant) == TENON_OK; ++i)
    variantInfos.push_back(variant);
  return llvm::Error::success();
}

std::string LoadedModel::refusal(size_t index) const {
  auto *program = static_cast<const tn_program *>(model->program);
  TargetSpec target;
  target.arch = program->arch == TN_ARCH_X86_64 ? Arch::X86_64 : Arch::AArch64;
  target.featureMask = program->variants[index].features;
  return target.refusal();
}

//===----------------------------------------------------------------------===//
// Inputs
//===----------------------------------------------------------------------===//

static std::string symbolicShape(const tn_tensor &tensor, const std::vector<tenon_dim_info> &dims) {
  std::vector<std::string> names;
  for (const tenon_dim_info &dim : dims)
    names.push_back(dim.name);
  std::string text = "(";
  for (int32_t i = 0; i < tensor.rank; ++i)
    text += (i ? ", " : "") + DimExpr::fromTable(tensor.dims[i]).text(names);
  return text + (tensor.rank == 1 ? ",)" : ")");
}

std::string LoadedModel::inputShapeText(size_t index) const {
  return symbolicShape(static_cast<const tn_program *>(model->program)->inputs[index], dimInfos);
}

std::string LoadedModel::outputShapeText(size_t index) const {
  return symbolicShape(static_cast<const tn_program *>(model->program)->outputs[index], dimInfos);
}

/// The tensor that an input was compiled for.
static llvm::Expected<RawTensor> boundTensor(const tenon_model *model, int32_t index,
                                             const tenon_tensor_info &info) {
  llvm::SmallVector<int64_t> shape(info.rank);
  if (tenon_get_input_shape(model, index, nullptr, shape.data()) != TENON_OK)
    return llvm::createStringError("input '%s': its shape is out of range", info.name);
  llvm::Expected<RawTensor> tensor = RawTensor::create(static_cast<ElementType>(info.type), shape);
  if (tensor && tensor->bytes() == static_cast<size_t>(info.bound_bytes) && info.bound_bytes)
    std::memcpy(tensor->data(), info.bound, info.bound_bytes);
  return tensor;
}

llvm::Expected<std::vector<RawTensor>>
LoadedModel::matchInputs(std::vector<std::pair<std::string, RawTensor>> named) const {
  std::vector<std::optional<RawTensor>> slots(inputInfos.size());
  for (auto &[name, tensor] : named) {
    size_t index = 0;
    while (index < inputInfos.size() && name != inputInfos[index].name)
      ++index;
    if (index == inputInfos.size()) {
      std::string known;
      for (const tenon_tensor_info &info : inputInfos)
        known += (known.empty() ? "'" : ", '") + std::string(info.name) + "'";
      return llvm::createStringError("the model has no input '%s'; its inputs are %s", name.c_str(),
                                     known.empty() ? "none" : known.c_str());
    }
    const tenon_tensor_info &info = inputInfos[index];
    if (slots[index])
      return llvm::createStringError("input '%s' is given twice", name.c_str());
    auto type = static_cast<ElementType>(info.type);
    if (tensor.type() != type)
      return llvm::createStringError("input '%s': expected type %s, but got %s", name.c_str(),
                                     elementName(type).str().c_str(),
                                     elementName(tensor.type()).str().c_str());
    if (tensor.shape().size() != static_cast<size_t>(info.rank))
      return llvm::createStringError("input '%s': expected shape %s, but got %s", name.c_str(),
                                     inputShapeText(index).c_str(), shapeText(tensor.shape()).c_str());
    slots[index] = std::move(tensor);
  }
  std::vector<RawTensor> inputs;
  for (size_t i = 0; i < slots.size(); ++i) {
    if (!slots[i] && inputInfos[i].bound) {
      llvm::Expected<RawTensor> tensor = boundTensor(model, static_cast<int32_t>(i), inputInfos[i]);
      if (!tensor)
        return tensor.takeError();
      slots[i] = std::move(*tensor);
    }
    if (!slots[i])
      return llvm::createStringError("input '%s' is missing: expected %s of shape %s", inputInfos[i].name,
                                     elementName(static_cast<ElementType>(inputInfos[i].type)).str().c_str(),
                                     inputShapeText(i).c_str());
    inputs.push_back(std::move(*slots[i]));
  }
  return inputs;
}

llvm::Expected<std::vector<RawTensor>> LoadedModel::syntheticInputs(llvm::ArrayRef<int64_t> dims) const {
  std::vector<RawTensor> inputs;
  uint64_t state = 0x9e3779b97f4a7c15;
  auto next = [&state] { // xorshift64*, for numbers that look random
    state ^= state >> 12;
    state ^= state << 25;
    state ^= state >> 27;
    return static_cast<double>(static_cast<int64_t>(state * 0x2545f4914f6cdd1d)) * 0x1p-63;
  };
  for (size_t i = 0; i < inputInfos.size(); ++i) {
    const tenon_tensor_info &info = inputInfos[i];
    auto index = static_cast<int32_t>(i);
    if (info.bound) {
      llvm::Expected<RawTensor> tensor = boundTensor(model, index, info);
      if (!tensor)
        return tensor.takeError();
      inputs.push_back(std::move(*tensor));
      continue;
    }
    llvm::SmallVector<int64_t> shape(info.rank);
    if (tenon_get_input_shape(model, index, dims.empty() ? nullptr : dims.data(), shape.data()) != TENON_OK)
      return llvm::createStringError("input '%s': its shape is out of range", info.name);
    llvm::Expected<RawTensor> tensor = RawTensor::create(static_cast<ElementType>(info.type), shape);
    if (!tensor)
      return tensor.takeError();
    if (info.type == TENON_FLOAT32)
      for (int64_t k = 0; k < tensor->numElements(); ++k)
        reinterpret_cast<float *>(tensor->data())[k] = static_cast<float>(next());
    else if (info.type == TENON_FLOAT64)
      for (int64_t k = 0; k < tensor->numElements(); ++k)
        reinterpret_cast<double *>(tensor->data())[k] = next();
    inputs.push_back(std::move(*tensor));
  }
  return inputs;
}

llvm::Expected<std::vector<int64_t>> LoadedModel::inferDims(llvm::ArrayRef<RawTensor> inputs) const {
  std::vector<const int64_t *> shapes;
  for (const RawTensor &input : inputs)
    shapes.push_back(input.shape().data());
  std::vector<int64_t> dims(dimInfos.size(), -1);
  char message[1024];
  if (tenon_infer_dims(model, shapes.data(), dims.data(), message, sizeof message) != TENON_OK)
    return llvm::createStringError("%s", message);
  return dims;
}

//===----------------------------------------------------------------------===//
// Running
//===----------------------------------------------------------------------===//

llvm::Expected<std::unique_ptr<Invocation>> Invocation::create(const LoadedModel &model,
                                                               llvm::ArrayRef<RawTensor> inputs,
                                                               const tenon_thread_pool *pool) {
  assert(inputs.size() == model.inputs().size() && "matchInputs makes as many as there are");
  std::unique_ptr<Invocation> run(new Invocation(model));
  llvm::Expected<std::vector<int64_t>> dims = model.inferDims(inputs);
  if (!dims)
    return dims.takeError();
  for (const RawTensor &input : inputs) {
    run->inputPointers.push_back(input.data());
    run->inputShapes.push_back(input.shape().data());
  }
  for (const tenon_state_info &state : model.states()) {
    const RawTensor &input = inputs[state.input];
    llvm::Expected<RawTensor> buffer =
        RawTensor::create(ElementType::UInt8, {std::max<int64_t>(model.inputs()[state.input].max_bytes, 1)});
    if (!buffer)
      return buffer.takeError();
    if (input.bytes())
      std::memcpy(buffer->data(), input.data(), input.bytes());
    run->inputPointers[state.input] = buffer->data();
    run->stateBuffers.push_back(std::move(*buffer));
  }
  for (size_t i = 0; i < model.outputs().size(); ++i) {
    const tenon_tensor_info &info = model.outputs()[i];
    llvm::SmallVector<int64_t, 4> shape(info.rank);
    // Where the size depends on data, this is the largest.
    if (tenon_get_output_shape(model.handle(), static_cast<int32_t>(i), dims->data(), shape.data()) !=
        TENON_OK)
      return llvm::createStringError("output '%s': its shape is out of range", info.name);
    llvm::Expected<RawTensor> output = RawTensor::create(static_cast<ElementType>(info.type), shape);
    if (!output)
      return output.takeError();
    run->outputPointers.push_back(output->data());
    run->capacities.push_back(output->bytes());
    run->outputShapes.push_back(shape);
    run->outputs.push_back(std::move(*output));
  }
  for (auto &shape : run->outputShapes)
    run->outputShapePointers.push_back(shape.data());
  int64_t size = tenon_workspace_size_for_threads(model.handle(), dims->data(), pool ? pool->threads : 1),
          alignment = model.info().workspace_alignment;
  char *memory = nullptr;
  if (size < 0 || size > INT64_MAX - alignment ||
      !(memory = static_cast<char *>(std::aligned_alloc(alignment, (size + alignment) & -alignment))))
    return llvm::createStringError("out of memory for a workspace of %lld bytes",
                                   static_cast<long long>(size));
  run->workspace = {memory, [](char *p) { std::free(p); }};

  tenon_run_args &args = run->args;
  args.size = sizeof args;
  args.inputs = run->inputPointers.data();
  args.input_shapes = run->inputShapes.data();
  args.outputs = run->outputPointers.data();
  args.output_capacity = run->capacities.data();
  args.output_shapes = run->outputShapePointers.data();
  args.workspace = memory;
  args.workspace_size = static_cast<size_t>(size);
  args.pool = pool;
  return run;
}

Invocation::~Invocation() = default;

llvm::Error Invocation::run(uint64_t *stepNanoseconds, int stepRuns) {
  char message[1024] = "";
  args.step_ns = stepNanoseconds;
  args.step_runs = stepRuns;
  args.error = message;
  args.error_size = sizeof message;
  tenon_status status = tenon_run(model.handle(), &args);
  args.error = nullptr;
  args.error_size = 0;
  if (status != TENON_OK)
    return llvm::createStringError("%s", message);
  return llvm::Error::success();
}

std::vector<RawTensor> Invocation::takeOutputs() {
  for (size_t i = 0; i < outputs.size(); ++i)
    outputs[i].shrink(outputShapes[i]);
  return std::move(outputs);
}

llvm::Expected<std::vector<RawTensor>> LoadedModel::run(llvm::ArrayRef<RawTensor> inputs,
                                                        const tenon_thread_pool *pool,
                                                        std::vector<uint64_t> *stepNanoseconds) const {
  llvm::Expected<std::unique_ptr<Invocation>> invocation = Invocation::create(*this, inputs, pool);
  if (!invocation)
    return invocation.takeError();
  if (stepNanoseconds)
    stepNanoseconds->assign(modelInfo.num_steps, 0);
  if (llvm::Error error = (*invocation)->run(stepNanoseconds ? stepNanoseconds->data() : nullptr))
    return error;
  return (*invocation)->takeOutputs();
}

template <typename T>
static T quantile(std::vector<T> &values, double q) {
  auto at = values.begin() + static_cast<ptrdiff_t>(q * static_cast<double>(values.size() - 1) + 0.5);
  std::nth_element(values.begin(), at, values.end());
  return *at;
}

llvm::Expected<BenchResult> tenon::benchModel(const LoadedModel &model, llvm::ArrayRef<RawTensor> inputs,
                                              double seconds, const tenon_thread_pool *pool, int stepRuns) {
  using Clock = std::chrono::steady_clock;
  llvm::Expected<std::unique_ptr<Invocation>> invocation = Invocation::create(model, inputs, pool);
  if (!invocation)
    return invocation.takeError();
  if (llvm::Error error = (*invocation)->run()) // touches the memory
    return error;
  bool profile = stepRuns > 0;
  size_t steps = model.info().num_steps;
  std::vector<double> times;
  std::vector<uint64_t> ns(steps);
  std::vector<std::vector<uint64_t>> perStep(profile ? steps : 0);
  // A profile keeps a number per step and run; a bound on the runs bounds it.
  const size_t maxRuns = profile ? 1000 : 1000000;
  for (auto start = Clock::now(); times.size() < maxRuns;) {
    auto before = Clock::now();
    if (llvm::Error error = (*invocation)->run(profile ? ns.data() : nullptr, stepRuns))
      return error;
    auto after = Clock::now();
    times.push_back(std::chrono::duration<double, std::milli>(after - before).count());
    for (size_t i = 0; i < perStep.size(); ++i)
      perStep[i].push_back(ns[i]);
    if (times.size() >= 2 && std::chrono::duration<double>(after - start).count() >= seconds)
      break;
  }
  BenchResult result;
  result.runs = static_cast<int64_t>(times.size());
  result.minMs = *std::min_element(times.begin(), times.end());
  result.medianMs = quantile(times, 0.5);
  result.p90Ms = quantile(times, 0.9);
  for (std::vector<uint64_t> &step : perStep) {
    result.stepNanoseconds.push_back(quantile(step, 0.5));
    result.leastStepNanoseconds.push_back(quantile(step, 0));
  }
  return result;
}

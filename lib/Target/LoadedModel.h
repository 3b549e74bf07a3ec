#ifndef TENON_LIB_TARGET_LOADEDMODEL_H
#define TENON_LIB_TARGET_LOADEDMODEL_H

#include "lib/Support/RawTensor.h"
#include "lib/Target/Linker.h"
#include "tenon-c/Model.h"
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace tenon {

/// A compiled model in this process, loaded from a shared object or linked in memory from the same object
/// bytes. It is a thin layer over the C interface, which `handle` gives.
class LoadedModel {
public:
  /// Loads a `.so` that `tenon compile` made. Refuses what is not one, and models for other processors.
  /// Of several variants, it runs that for `target`, or, if that is empty, the best for this processor.
  static llvm::Expected<std::unique_ptr<LoadedModel>> fromSharedObject(llvm::StringRef path,
                                                                       llvm::StringRef target = "");
  /// Links the objects in memory. The weights are produced once, into memory that the model owns.
  static llvm::Expected<std::unique_ptr<LoadedModel>> fromObjects(const ModelObjects &model);
  virtual ~LoadedModel();

  const tenon_model *handle() const { return model; }
  const tenon_model_info &info() const { return modelInfo; }
  const std::vector<tenon_tensor_info> &inputs() const { return inputInfos; }
  const std::vector<tenon_tensor_info> &outputs() const { return outputInfos; }
  const std::vector<tenon_dim_info> &dims() const { return dimInfos; }
  const std::vector<tenon_state_info> &states() const { return stateInfos; }
  /// What the model has code for; the preferred variant first.
  const std::vector<tenon_variant_info> &variants() const { return variantInfos; }
  /// Why this machine cannot run variant `index`, as TargetSpec::refusal.
  std::string refusal(size_t index) const;
  /// Shape of an input or output with the symbols' names in place of their values: "(N, 3, 224, 224)".
  std::string inputShapeText(size_t index) const;
  std::string outputShapeText(size_t index) const;

  /// Brings named tensors into the order of the inputs. Refuses names that are unknown or given twice, inputs
  /// that are missing (unless their value is compiled in), and a wrong type or number of dimensions.
  llvm::Expected<std::vector<RawTensor>>
  matchInputs(std::vector<std::pair<std::string, RawTensor>> named) const;

  /// Inputs for measuring: reproducible pseudo-random numbers in [-1, 1) for floats, zeros for integers
  /// (valid as indices), content that is compiled in. `dims` has a value per symbolic dimension, or is empty:
  /// their maxima.
  llvm::Expected<std::vector<RawTensor>> syntheticInputs(llvm::ArrayRef<int64_t> dims) const;

  /// The dimensions that follow from the inputs' shapes; checks the shapes.
  llvm::Expected<std::vector<int64_t>> inferDims(llvm::ArrayRef<RawTensor> inputs) const;

  /// Runs once. `pool` may be null; `stepNanoseconds`, if given, receives an entry per step.
  llvm::Expected<std::vector<RawTensor>> run(llvm::ArrayRef<RawTensor> inputs,
                                             const tenon_thread_pool *pool = nullptr,
                                             std::vector<uint64_t> *stepNanoseconds = nullptr) const;

protected:
  LoadedModel() = default;
  /// Takes over the model's handle; refuses another version of the interface and processors that cannot run
  /// it.
  llvm::Error attach(const tenon_model *handle, llvm::StringRef origin);

private:
  const tenon_model *model = nullptr;
  tenon_model_info modelInfo = {};
  std::vector<tenon_tensor_info> inputInfos, outputInfos;
  std::vector<tenon_dim_info> dimInfos;
  std::vector<tenon_state_info> stateInfos;
  std::vector<tenon_variant_info> variantInfos;
};

/// All that one run needs, made once, so that runs can be repeated and timed by themselves.
class Invocation {
public:
  /// Copies the inputs that are states (runs change them) and refers to the others, which must outlive it.
  /// `pool` may be null.
  static llvm::Expected<std::unique_ptr<Invocation>>
  create(const LoadedModel &model, llvm::ArrayRef<RawTensor> inputs, const tenon_thread_pool *pool);
  ~Invocation();

  /// Runs once. With `stepNanoseconds`, an entry per step is written there; of `stepRuns` runs of the step in
  /// a row, that of the last. With more than one the results are undefined.
  llvm::Error run(uint64_t *stepNanoseconds = nullptr, int stepRuns = 1);
  /// The results of the last run, in their final shapes. Ends the use of this object.
  std::vector<RawTensor> takeOutputs();

private:
  explicit Invocation(const LoadedModel &model) : model(model) {}

  const LoadedModel &model;
  std::vector<RawTensor> stateBuffers, outputs;
  std::vector<const void *> inputPointers;
  std::vector<void *> outputPointers;
  std::vector<size_t> capacities;
  std::vector<const int64_t *> inputShapes;
  std::vector<llvm::SmallVector<int64_t, 4>> outputShapes;
  std::vector<int64_t *> outputShapePointers;
  std::unique_ptr<char, void (*)(char *)> workspace{nullptr, nullptr};
  tenon_run_args args = {};
};

/// How long a model takes.
struct BenchResult {
  double minMs = 0, medianMs = 0, p90Ms = 0;
  int64_t runs = 0;
  /// Nanoseconds of each step, if asked for: the median and the least.
  std::vector<uint64_t> stepNanoseconds, leastStepNanoseconds;
};

/// Runs the model again and again for about `seconds` (at least three times, the first of which does not
/// count). With `stepRuns` above 0, times each step, too: it runs that often in a row, of which the last
/// counts.
llvm::Expected<BenchResult> benchModel(const LoadedModel &model, llvm::ArrayRef<RawTensor> inputs,
                                       double seconds, const tenon_thread_pool *pool, int stepRuns);

} // namespace tenon

#endif // TENON_LIB_TARGET_LOADEDMODEL_H

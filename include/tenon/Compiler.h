#ifndef TENON_COMPILER_H
#define TENON_COMPILER_H

#include "tenon-c/Model.h"
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

/// The C++ interface of the compiler: from a model's file to something that runs, or to a file. It needs the
/// standard library alone; no exceptions are thrown, every failure is a Status with one line of text.
///
///     tenon::Result<tenon::CompiledModel> model = tenon::CompiledModel::compile("resnet50.onnx", {});
///     if (!model.ok())
///       return fail(model.message());
///     tenon::Status written = model->write("resnet50.so");
namespace tenon {

class RawTensor;
class LoadedModel;

/// Success, or why not: one line that says what, where (node and operator) and what to do.
class [[nodiscard]] Status {
public:
  Status() = default;
  static Status failure(std::string message) {
    Status status;
    status.failed = true;
    status.text = std::move(message);
    return status;
  }
  bool ok() const { return !failed; }
  const std::string &message() const { return text; }

private:
  bool failed = false;
  std::string text;
};

/// A value, or why there is none. Reading the value of a failure is a mistake of the caller.
template <typename T>
class [[nodiscard]] Result {
public:
  Result(T value) : held(new T(std::move(value))) {}     // NOLINT: a value is a result
  Result(Status failure) : status(std::move(failure)) {} // NOLINT: so is a failure
  bool ok() const { return status.ok(); }
  const std::string &message() const { return status.message(); }
  T &operator*() { return *held; }
  const T &operator*() const { return *held; }
  T *operator->() { return held.get(); }
  const T *operator->() const { return held.get(); }

private:
  Status status;
  std::unique_ptr<T> held;
};

/// A dense tensor in C order. Copies share the elements.
class Tensor {
public:
  /// A tensor of zeros. Fails for a negative extent and where memory does not suffice.
  static Result<Tensor> create(tenon_type type, const std::vector<int64_t> &shape);
  /// NumPy's .npy format: bool, integers, floats and complex numbers.
  static Result<Tensor> readNpy(const std::string &path);
  /// Appears whole or not at all. Types that NumPy lacks are written as raw bytes.
  Status writeNpy(const std::string &path) const;

  tenon_type type() const;
  std::vector<int64_t> shape() const;
  int64_t elements() const;
  /// Bytes of all elements.
  size_t bytes() const;
  void *data();
  const void *data() const;

  explicit Tensor(std::shared_ptr<RawTensor> tensor) : raw(std::move(tensor)) {}
  const std::shared_ptr<RawTensor> &impl() const { return raw; }

private:
  std::shared_ptr<RawTensor> raw;
};

using NamedTensors = std::vector<std::pair<std::string, Tensor>>;

/// `Strict`: f32 semantics, error within twice that of sequential summation (sums are reassociated, which
/// rounds less). `Fast` also computes convolutions by Winograd's algorithm where that is faster: an error of
/// some 1e-5 of the output's largest magnitude.
enum class Numerics { Strict, Fast };

/// The values that a symbolic dimension may take: min == max binds it.
struct DimRange {
  std::string name;
  int64_t min = 0;
  int64_t max = 0;
};

/// How to compile; one structure for all front ends.
struct CompileOptions {
  /// As `--target` spells it. Several targets of one architecture, separated by commas, are compiled into one
  /// model, which runs the best that its processor can and holds its weights once.
  std::string target = "native";
  std::vector<DimRange> dims;
  /// Values of inputs. Those that determine shapes are compiled in, and all tell the symbolic dimensions.
  NamedTensors binds;
  /// In-out tensors: an input and the output that replaces it.
  std::vector<std::pair<std::string, std::string>> states;
  /// Threads that the front end runs on; what is compiled is the same for any number.
  int threads = 1;
  Numerics numerics = Numerics::Fast;
  /// Schedules that were kept by `tenon tune`, from its database, if one is given; and, for tasks without
  /// one, those that a learned model expects to be fastest: a file of `tenon tune-db train`, or "shipped" for
  /// the model that comes with the compiler. Empty or "none": what the compiler's estimate says.
  std::string tuningDatabase, costModel;
  /// The machine whose kept schedules are taken: its fingerprint, or how it begins. Empty: this machine; for
  /// a target that does not run here, whichever was tuned last.
  std::string tunedOn;
  /// Told what was ignored, one line each; may be null.
  std::function<void(const std::string &warning)> onWarning;
  /// How much is spent on finding a cheaper graph by rules: 0 nothing, 1 those that keep every bit, 2 those
  /// that the numerics allow, 3 the same with three times the budget.
  int level = 0;
  /// How it is found: "egraph" by equality saturation and exact extraction, "backtrack" as TASO does.
  std::string search = "egraph";
  /// A file of rules beside those that are built in; "none": the graph stays as it is.
  std::string rules;
  /// Relative error that rules may add which are not safe for infinities and large numbers; 0: none of these.
  double errorBudget = 0;
  /// Bytes of weights and arena that the model may need on one thread; 0: any number. The search takes the
  /// fastest of the graphs that fit (see ModelSummary::plans); a model that still needs more is refused.
  int64_t memoryLimit = 0;
  /// The last phase to run; empty: all. See phaseNames().
  std::string toPhase;
  /// The model's name, which symbols carry; the file's stem if empty.
  std::string name;
  /// Told the name of each phase when it begins, from the calling thread. May be null.
  std::function<void(const std::string &phase)> onPhase;
  /// Told which rewrites were chosen, and what each saves. May be null.
  std::function<void(const std::string &remark)> onRemark;
};

/// The phases that `toPhase` may name, in order.
std::vector<std::string> phaseNames();

/// "0.1.0".
const char *version();

/// For programs that are a compiler and nothing else: what cannot be recovered from (no memory, an error deep
/// in LLVM) ends the process with one line, `error: …`, and status 1, instead of a stack trace.
void installFatalErrorHandlers();

/// What a model is, in words and numbers.
struct ModelSummary {
  struct Tensor {
    std::string name;
    std::string type;   ///< "float32"
    std::string shape;  ///< symbols stand for themselves: "(N, 3, 224, 224)"
    bool bound = false; ///< its value is compiled in
  };
  /// One step of the program.
  struct Step {
    std::string task;
    std::string source;   ///< the model's nodes
    std::string schedule; ///< what was chosen, and where the choice came from
    std::string layouts;  ///< of operands and results that are not weights: "from -> to", or one for all
    int64_t flops = 0;    ///< at the largest dimensions; -1 where they depend on data
    int64_t bytes = 0;    ///< of all operands and results; likewise
  };
  /// The code for one target.
  struct Variant {
    std::string target;
    bool selected = false; ///< this machine runs it
    std::string refusal;   ///< why this machine cannot run it, "lacks avx512f"; empty if it can
  };
  std::string name, target; ///< several targets are separated by commas
  std::vector<Variant> variants;
  std::vector<Tensor> inputs, outputs;
  /// Name of each operator and how often it occurs; empty for a compiled file, which does not know.
  std::vector<std::pair<std::string, int64_t>> operators;
  /// The same for those that cost nothing: they name a part of memory, and no step computes them.
  std::vector<std::pair<std::string, int64_t>> views;
  std::vector<Step> steps; ///< of the variant that this machine runs, or else of the first
  int64_t flops = 0, weightBytes = 0, arenaBytes = 0;
  /// A graph that the search for a cheaper one planned: what the estimate says of it.
  struct Plan {
    double microseconds = 0; ///< on one thread
    int64_t bytes = 0;       ///< of weights and arena
    bool isChosen = false;   ///< the model is this one
  };
  /// Those of which no other one is both faster and smaller, the fastest first. Each can be had by
  /// CompileOptions::memoryLimit. Empty without a search.
  std::vector<Plan> plans;
};

/// How long a model takes.
struct Timing {
  double minMs = 0, medianMs = 0, p90Ms = 0;
  int64_t runs = 0;
  /// If steps are timed, nanoseconds of each step: the median and the least.
  std::vector<uint64_t> stepNanoseconds, leastStepNanoseconds;
};

/// A model that runs in this process. Runs may go on in several threads at once.
class RunnableModel {
public:
  /// Loads a `.so` that the compiler wrote. Of a file for several targets, it runs the variant for `target`,
  /// or, if that is empty, the best for this processor.
  static Result<RunnableModel> load(const std::string &path, const std::string &target = "");

  /// Runs once, on `threads` threads. Inputs are given by name, in any order; results are in the model's
  /// order. Inputs that nobody else holds are moved, not copied.
  Result<std::vector<Tensor>> run(NamedTensors inputs, int threads = 1) const;
  /// Runs again and again for about `seconds`, at least three times, of which the first does not count.
  /// Inputs that are not given are pseudo-random for floats and zero for integers, with symbolic dimensions
  /// as in `dims` or else at their maxima. With `stepRuns` above 0, each step is timed, too: it runs that
  /// often in a row, of which the last counts. So 1 shows it as it is within the model, 2 as it is when what
  /// it reads lies in the caches that can hold it.
  Result<Timing> bench(NamedTensors inputs, const std::vector<DimRange> &dims, double seconds, int threads,
                       int stepRuns) const;
  ModelSummary summary() const;
  /// The C interface.
  const tenon_model *handle() const;

  explicit RunnableModel(std::shared_ptr<const LoadedModel> model) : model(std::move(model)) {}

private:
  std::shared_ptr<const LoadedModel> model;
};

/// A model that went through the compiler, up to the phase asked for. Copies no weights: it refers to the
/// model's file, which must stay as it is.
class CompiledModel {
public:
  /// Reads and compiles a model (.onnx or .mlir). Problems of several nodes come in one message.
  static Result<CompiledModel> compile(const std::string &path, const CompileOptions &options);
  CompiledModel(CompiledModel &&) noexcept;
  CompiledModel &operator=(CompiledModel &&) noexcept;
  ~CompiledModel();

  /// Refuses, before any work is done, an output that `write` would refuse after this compilation or that
  /// cannot be written.
  static Status checkOutput(const std::string &path, const CompileOptions &options);

  ModelSummary summary() const;
  /// Writes a file, whole or not at all, in the form its ending names: .so, .o (with .h beside it), .h,
  /// .mlir, .ll, .s (the last three with their weights beside them, in `path`.weights). With several targets,
  /// .ll and .s hold the code for all, and .mlir goes up to phase "schedule".
  Status write(const std::string &path) const;
  /// Draws a model's graph before and after the search for a cheaper one (`options.level`, `options.rules`),
  /// side by side, into a file in Graphviz's language, which appears whole or not at all.
  static Status drawRewrites(const std::string &path, CompileOptions options, const std::string &output);
  /// Links it into this process.
  Result<RunnableModel> load() const;
  /// Evaluates it by the reference definition of its operators, slowly. Only of a model compiled `toPhase`
  /// "import" or "simplify".
  Result<std::vector<Tensor>> evaluate(NamedTensors inputs) const;
  /// Name of each phase that ran, and its seconds.
  std::vector<std::pair<std::string, double>> phaseSeconds() const;

private:
  struct Impl;
  explicit CompiledModel(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl;
};

} // namespace tenon

#endif // TENON_COMPILER_H

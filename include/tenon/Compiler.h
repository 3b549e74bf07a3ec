#ifndef TENON_COMPILER_H
#define TENON_COMPILER_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

/// The C++ interface of the compiler: from a model's file to something that runs, or to a file.
namespace tenon {

/// `strict`: f32 semantics, error within twice that of sequential summation; `fast` may reassociate.
enum class Numerics { Strict, Fast };

/// The values a symbolic dimension may take: min == max binds it.
struct DimRange {
  std::string name;
  int64_t min = 0;
  int64_t max = 0;
};

/// How to compile; one structure for all front ends.
struct CompileOptions {
  /// As `--target` spells it.
  std::string target = "native";
  std::vector<DimRange> dims;
  /// Inputs whose value is compiled in: name and .npy file.
  std::vector<std::pair<std::string, std::string>> binds;
  /// Threads that the plan is made for.
  int threads = 1;
  Numerics numerics = Numerics::Fast;
  /// Last phase to run, or empty: all. See phaseNames().
  std::string toPhase;
};

/// The phases that `toPhase` may name, in order.
std::vector<std::string> phaseNames();

/// One step of a program, as `inspect` shows it.
struct StepSummary {
  std::string task, source, schedule;
  int64_t flops = 0; ///< at the largest dimensions, or -1 where they depend on data
};

/// What a model is, in words and numbers.
struct ModelSummary {
  /// Name, element type ("float32"), shape in which symbols stand for themselves ("(N, 3, 224, 224)").
  struct Tensor {
    std::string name, type, shape;
  };
  std::string name, target;
  std::vector<Tensor> inputs, outputs;
  std::vector<std::pair<std::string, int64_t>> operators; ///< operator name and how many
  std::vector<StepSummary> steps;
  int64_t flops = 0, weightBytes = 0, arenaBytes = 0;
};

class LoadedModel;

/// A model that went through the compiler, up to the phase asked for. Copies no weights: it refers to the
/// model's file.
class CompiledArtifact {
public:
  virtual ~CompiledArtifact() = default;

  virtual ModelSummary summary() const = 0;
  /// Writes OUT, whole or not at all, in the form its ending names: .so, .o (with .h beside it), .h, .mlir,
  /// .ll, .s (the last three with their weights in OUT.weights).
  virtual llvm::Error write(llvm::StringRef path) const = 0;
  /// Links it into this process.
  virtual llvm::Expected<std::unique_ptr<LoadedModel>> load() const = 0;
};

/// Reads and compiles a model (.onnx or .mlir). The error says what is wrong, with the node's and operator's
/// name where there is one; several of the same kind come as one.
llvm::Expected<std::unique_ptr<CompiledArtifact>> compileModel(llvm::StringRef path,
                                                               const CompileOptions &options);

/// Evaluates the model by the reference definition of its operators: inputs and outputs as .npy files.
llvm::Error runReference(llvm::StringRef path, const CompileOptions &options,
                         llvm::ArrayRef<std::pair<std::string, std::string>> inputs,
                         llvm::StringRef outputDir);

} // namespace tenon

#endif // TENON_COMPILER_H

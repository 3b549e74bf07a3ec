#pragma once

#include "lib/Import/Translate.h"
#include "lib/Target/Linker.h"
#include "lib/Target/ProgramDesc.h"

/// The pipelines behind the API and the tools: from a model file to objects.
namespace tenon {

/// Where a compilation may stop, in order. Each phase's result is a module that `tenon-opt` reads.
enum class Phase { Import, Simplify, Substitute, Plan, Schedule, Lower, LLVM, Object };

/// "import", "simplify", ...; nullopt for another word.
std::optional<Phase> parsePhase(llvm::StringRef text);
/// The words, separated by ", ".
std::string phaseList();

/// Attribute of a task: where its schedule came from, as `inspect` says it; without it, the compiler chose.
inline constexpr llvm::StringLiteral kOriginAttr = "tenon.origin";
/// Attribute of a task that is not computed as planned: the variant's name.
inline constexpr llvm::StringLiteral kVariantAttr = "tenon.variant";

struct CompilerOptions {
  /// At least one. What is the same for all, such as layouts and weights, is made for the first, which has
  /// the widest vectors; see parseTargets.
  std::vector<TargetSpec> targets;
  onnx_import::ImportOptions import;
  /// In-out tensors: input name and the output that replaces it.
  std::vector<std::pair<std::string, std::string>> states;
  /// Whether what rounds more than f32 semantics do is allowed: convolutions by Winograd's algorithm, causal
  /// masks of -1e9.
  bool fastNumerics = true;
  /// How much is spent on finding a cheaper graph: 0 nothing, 1 rules that keep every bit, 2 all rules that
  /// the numerics allow, 3 the same with three times the budget.
  int level = 0;
  /// "egraph", or "backtrack" for TASO's way; see tenon-substitute.
  std::string search = "egraph";
  /// A file of rules beside those that are built in; "none": the graph stays as it is.
  std::string rules;
  /// Relative error that rules may add which are not safe for large numbers and infinities.
  double errorBudget = 0;
  /// Bytes of weights and arena that the model may need; 0: any number. The search prefers graphs that fit.
  int64_t memoryLimit = 0;
  /// Remarks of passes (the rewrites that were chosen) are told here; may be null.
  std::function<void(const std::string &)> onRemark;
  /// The model's name; the file's stem if empty.
  std::string name;
  /// Gives the tasks of a planned module the schedules that they shall have on a target, with kOriginAttr;
  /// the others are the compiler's choice. May be null.
  std::function<void(mlir::ModuleOp, const TargetSpec &)> setSchedules;
  /// Chooses variants of the tasks of a planned module, for the only target: tasks that are to be computed in
  /// another way get kWantedLayoutsAttr and kVariantAttr. May be null.
  std::function<void(mlir::ModuleOp, const TargetSpec &)> setVariants;
  /// Told the name of each phase when it begins; may be null.
  std::function<void(const std::string &)> onPhase;
};

/// One model under compilation: the context, the module, and what it becomes.
class Compilation {
public:
  explicit Compilation(CompilerOptions options);
  ~Compilation();

  /// Reads a `.onnx` or `.mlir` file and runs the phases up to `last` (Object excluded).
  llvm::Error run(llvm::StringRef path, Phase last);
  /// The module in its present form; from Phase::Lower on, that of the first target.
  mlir::ModuleOp module();
  mlir::MLIRContext &context();
  /// May be changed before `run`.
  CompilerOptions &options();
  /// Name of each phase that ran, and its seconds.
  llvm::ArrayRef<std::pair<std::string, double>> phaseSeconds() const;
  /// The module as text. Large constants are resources, which `text` leaves out: they are read from
  /// OUT.weights.
  std::string moduleText();

  /// After Phase::LLVM: the program's table, made by the first call.
  llvm::Expected<const ProgramDesc &> program();
  /// After Phase::LLVM: one LLVM module per task and target as text, optimised (`assembly`: as assembly).
  llvm::Expected<std::string> codeText(bool assembly);
  /// After Phase::LLVM: all objects, and the weights, which are streamed from the model's file on demand and
  /// stay valid as long as this object.
  llvm::Expected<ModelObjects> objects();
  /// After Phase::Schedule: the program's weights, packed. Valid as long as this object.
  llvm::Expected<WeightsSource> weights();
  /// The contents, row-major, of the constants that `moduleText` leaves out, at offsets that an attribute of
  /// them (kContentAttr) names from then on. Valid as long as this object.
  WeightsSource textWeights();
  /// After Phase::Import or later, before Plan: `@main` by the operators' references.
  llvm::Expected<llvm::SmallVector<HostTensor>> evaluate(llvm::ArrayRef<HostTensor> inputs);

private:
  llvm::Error runPasses(mlir::ModuleOp module, llvm::function_ref<void(mlir::OpPassManager &)> build,
                        llvm::StringRef phase);
  struct Impl;
  std::unique_ptr<Impl> impl;
};

} // namespace tenon

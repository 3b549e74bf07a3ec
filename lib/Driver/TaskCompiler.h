#pragma once

#include "autotune/Space/TaskSpace.h"
#include "lib/Target/Linker.h"
#include "mlir/IR/MLIRContext.h"

/// Single tasks of a model, compiled again and again. To tune a model:
///
///   Compilation compilation(options);                       // lib/Driver/Compile.h
///   compilation.run(path, Phase::Plan);
///   for (const PlannedTask &planned : listTasks(compilation.module())) {
///     auto compiler = TaskCompiler::create(planned.text, target);       // one per thread: it has a context
///     of its own const autotune::TaskSpace &space = (*compiler)->space(); autotune::Point point =
///     space.sample(rng);
///     (*compiler)->compile(point, "candidate.so");                      // inputs: operands, outputs:
///     results
///   }
///
/// The candidate's inputs and outputs are the task's operands and results as they lie in memory: where the
/// task has a layout for one, a tensor of the shape of the layout's buffer.
namespace tenon {

/// A task of a planned model.
struct PlannedTask {
  std::string name;
  int64_t runs = 0;                      ///< in the model
  std::string text;                      ///< a module of this task alone, without its schedule
  llvm::SmallVector<unsigned> constants; ///< the operands that are constants, in the first run
};
/// All tasks of a planned module that run, in the order of their first runs.
std::vector<PlannedTask> listTasks(mlir::ModuleOp planned);

/// What a candidate's machine code says about it, in instructions.
struct CodeReport {
  int64_t all = 0;      ///< of the whole task
  int64_t inner = 0;    ///< of the innermost loops that compute with vectors
  int64_t largest = 0;  ///< of the longest of these
  int64_t products = 0; ///< fused multiply-adds in these
  int64_t spills = 0;   ///< accesses of the stack in these
};
/// Counts in the text of an assembly file, for x86-64 or AArch64.
CodeReport readAssembly(llvm::StringRef text, Arch arch);

/// Compiles points of a task's space for one target. The code is that which the whole model gets.
class TaskCompiler {
public:
  /// `text`: of a PlannedTask.
  static llvm::Expected<std::unique_ptr<TaskCompiler>> create(llvm::StringRef text, const TargetSpec &target);
  ~TaskCompiler();

  mlir::MLIRContext &context();
  /// With its layouts; its body is what it means.
  sched::TaskOp task();
  const autotune::TaskSpace &space() const;
  /// Writes a shared object with a model of the task alone.
  llvm::Error compile(const autotune::Point &point, llvm::StringRef path);
  /// The parts that compile() links.
  llvm::Expected<ModelObjects> objects(const autotune::Point &point);
  /// Writes the point's LLVM IR, optimised, for measurers that run no library; returns the range of a whole
  /// call.
  llvm::Expected<int64_t> writeCode(const autotune::Point &point, llvm::StringRef path);
  /// Compiles once more, to assembly, and reads it: for the few that a search ends with.
  llvm::Expected<CodeReport> inspect(const autotune::Point &point);

private:
  TaskCompiler();
  struct Impl;
  std::unique_ptr<Impl> impl;
};

} // namespace tenon

#pragma once

#include "autotune/Measure/Measure.h"
#include "lib/Driver/Schedules.h"

namespace tenon {

/// One way to compute a planned task.
struct Choice {
  std::string variant; ///< TaskVariant::name
  std::string schedule;
};

/// The ways that are proposed for a task of a model, the one that measured fastest first.
struct Finalists {
  std::string task; ///< its name
  std::vector<Choice> choices;
  std::optional<size_t> kept; ///< which of them is
};

/// How a model ran before and with what is kept.
struct Confirmation {
  double beforeMs = 0, afterMs = 0;
};

/// Runs a whole model with its present variants and schedules and with those proposed, in turns, step by
/// step, where `measurer` measures. First each task's finalists against each other, those of one rank in one
/// model; then what won. Keeps the winners whose steps are not slower there, if the whole model is not slower
/// with these; else none. On failure nothing is kept. Models are written to `folder` and removed again.
/// `budget`: seconds that this may take, about; fewer finalists have a turn if it is short.
llvm::Expected<Confirmation> confirmFinalists(llvm::StringRef path, const CompileOptions &options,
                                              llvm::MutableArrayRef<Finalists> finalists,
                                              autotune::Measurer &measurer, llvm::StringRef folder,
                                              double budget);

} // namespace tenon

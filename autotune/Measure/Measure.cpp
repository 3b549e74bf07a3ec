#include "autotune/Measure/Measure.h"

using namespace tenon::autotune;
using llvm::StringRef;

Measurer::~Measurer() = default;

llvm::Expected<std::vector<TurnTimes>> Measurer::runInTurns(llvm::ArrayRef<std::string>, double) {
  return llvm::createStringError("there is no machine to run whole models on");
}

static constexpr const char *kOutcomes[] = {"ok", "crashed", "timed out", "wrong", "failed"};

StringRef tenon::autotune::outcomeName(Outcome outcome) {
  return kOutcomes[static_cast<size_t>(outcome)];
}

bool tenon::autotune::parseOutcome(StringRef name, Outcome &outcome) {
  for (size_t i = 0; i < std::size(kOutcomes); ++i)
    if (name == kOutcomes[i]) {
      outcome = static_cast<Outcome>(i);
      return true;
    }
  return false;
}

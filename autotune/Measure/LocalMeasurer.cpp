#include "autotune/Measure/Measurers.h"
#include "autotune/Measure/RunnerProcess.h"

using namespace tenon;
using namespace tenon::autotune;
using llvm::StringRef;

namespace {
/// Measures on this machine, by one runner that lives as long as the measurer.
class LocalMeasurer : public Measurer {
public:
  LocalMeasurer(const MeasureOptions &options, const std::string &program)
      : options(options), program(program), here(describeThisMachine()),
        runner(commandOf(runnerFlags(options))) {}
  const Machine &machine() const override { return here; }
  std::vector<Measurement> measure(llvm::ArrayRef<Candidate> candidates) override {
    std::vector<Measurement> results;
    for (const Candidate &candidate : candidates)
      results.push_back(measureOne(candidate));
    return results;
  }
  llvm::Expected<std::vector<TurnTimes>> runInTurns(llvm::ArrayRef<std::string> models,
                                                    double seconds) override {
    std::vector<std::string> words = turnsFlags(options, seconds);
    words.insert(words.end(), models.begin(), models.end());
    llvm::Expected<std::string> line =
        LineProcess(commandOf(words)).ask("", turnsPatience(models.size(), seconds));
    if (!line)
      return line.takeError();
    return parseTurns(*line, models.size());
  }

private:
  std::vector<std::string> commandOf(std::vector<std::string> words) const {
    words.insert(words.begin(), program);
    return words;
  }
  Measurement measureOne(const Candidate &candidate);

  MeasureOptions options;
  std::string program;
  Machine here;
  LineProcess runner;
};
} // namespace

Measurement LocalMeasurer::measureOne(const Candidate &candidate) {
  Measurement failed;
  if (StringRef(candidate.library + candidate.expectation).find_first_of("\t\n") != StringRef::npos) {
    failed.message = "expected names of files without tabs and line ends";
    return failed;
  }
  // The runner watches over the candidates; this is for when it stands still itself.
  double patience = options.timeout + 10 * options.seconds + 60;
  std::string request = candidate.expectation + "\t" + candidate.library;
  llvm::Expected<std::string> line = runner.ask(request, patience);
  if (!line) {
    // The runner itself is gone, which is no candidate's fault: its process is not theirs. Again, by a new
    // one.
    llvm::consumeError(line.takeError());
    line = runner.ask(request, patience);
  }
  llvm::Expected<Measurement> result = line ? parseMeasurement(*line) : line.takeError();
  if (result)
    return *result;
  runner.stop();
  failed.message = llvm::toString(result.takeError());
  return failed;
}

llvm::Expected<std::unique_ptr<Measurer>> autotune::createLocalMeasurer(const MeasureOptions &options,
                                                                        StringRef runner) {
  std::string program = runner.str();
  if (program.empty()) {
    llvm::Expected<std::string> found = findRunner();
    if (!found)
      return found.takeError();
    program = *found;
  }
  return std::make_unique<LocalMeasurer>(options, program);
}

#include "autotune/Measure/BlockProfile.h"
#include "autotune/Measure/Expectation.h"
#include "autotune/Measure/MachineCode.h"
#include "autotune/Measure/Measurers.h"
#include "llvm/IRReader/IRReader.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/SourceMgr.h"

using namespace tenon;
using namespace tenon::autotune;
using llvm::StringRef;

/// Bytes a cycle between neighbouring caches, from the nearest outwards, and the last one and memory; as
/// NestCost has them, for one core.
static constexpr double kBandwidth[CacheSimulator::kLevels] = {28, 5.5, 4};
/// What of the lesser of two times, those of arithmetic and of memory, is not hidden behind the greater one.
static constexpr double kExposed = 0.1;

namespace {
/// Estimates, by LLVM's machine-code analyser and a simulation of caches.
class McaMeasurer : public Measurer {
public:
  McaMeasurer(const McaOptions &options, TargetSpec target, Machine machine)
      : options(options), target(std::move(target)), there(std::move(machine)) {}
  const Machine &machine() const override { return there; }
  std::vector<Measurement> measure(llvm::ArrayRef<Candidate> candidates) override {
    std::vector<Measurement> results;
    for (const Candidate &candidate : candidates) {
      Measurement m;
      if (llvm::Error error = measureOne(candidate, m))
        m.message = llvm::toString(std::move(error));
      results.push_back(std::move(m));
    }
    return results;
  }

private:
  llvm::Error measureOne(const Candidate &candidate, Measurement &m);
  double nanoseconds(double cycles, const int64_t (&misses)[CacheSimulator::kLevels]) const;

  McaOptions options;
  TargetSpec target;
  Machine there;
};
} // namespace

static llvm::Expected<std::unique_ptr<llvm::Module>> readModule(const std::string &path,
                                                                llvm::LLVMContext &context) {
  llvm::SMDiagnostic diagnostic;
  std::unique_ptr<llvm::Module> module = llvm::parseIRFile(path, diagnostic, context);
  if (!module)
    return llvm::createStringError("'" + path + "': " + diagnostic.getMessage());
  return module;
}

double McaMeasurer::nanoseconds(double cycles, const int64_t (&misses)[CacheSimulator::kLevels]) const {
  double longest = cycles, sum = cycles;
  for (int level = 0; level < CacheSimulator::kLevels; ++level) {
    double fill = static_cast<double>(misses[level] * there.lineBytes) / kBandwidth[level];
    longest = std::max(longest, fill);
    sum += fill;
  }
  return (longest + kExposed * (sum - longest)) * 1000 / static_cast<double>(there.megahertz);
}

llvm::Error McaMeasurer::measureOne(const Candidate &candidate, Measurement &m) {
  llvm::Expected<ReadExpectation> expected = ReadExpectation::open(candidate.expectation);
  if (!expected)
    return expected.takeError();
  auto context = std::make_unique<llvm::LLVMContext>();
  llvm::Expected<std::unique_ptr<llvm::Module>> module = readModule(candidate.code, *context);
  if (!module)
    return module.takeError();
  TaskOperands operands;
  operands.range = candidate.range;
  for (size_t i = 0; i < expected->numInputs(); ++i)
    operands.inputs.push_back(expected->input(i));
  for (size_t i = 0; i < expected->numOutputs(); ++i)
    operands.outputBytes.push_back(expected->output(i).size());
  llvm::Expected<TaskProfile> profile = profileTask(std::move(*module), std::move(context), target.runsHere(),
                                                    operands, there, options.timeout);
  if (!profile)
    return profile.takeError();
  if (profile->outcome != Outcome::Ok) {
    m.outcome = profile->outcome;
    return llvm::createStringError(profile->message);
  }
  for (size_t i = 0; i < profile->outputs.size(); ++i)
    if (std::string difference = expected->difference(i, profile->outputs[i]); !difference.empty()) {
      m.outcome = Outcome::Wrong;
      return llvm::createStringError(difference);
    }

  llvm::LLVMContext second;
  llvm::Expected<std::unique_ptr<llvm::Module>> again = readModule(candidate.code, second);
  if (!again)
    return again.takeError();
  llvm::Expected<llvm::Function *> task = findTask(**again);
  if (!task)
    return task.takeError();
  llvm::Expected<double> cycles = analyseCycles(**again, **task, profile->counts, target, options.cpu);
  if (!cycles)
    return cycles.takeError();
  m.ns = m.low = m.high = nanoseconds(*cycles, profile->warmMisses);
  m.coldNs = nanoseconds(*cycles, profile->coldMisses);
  m.runs = 1;
  m.outcome = Outcome::Ok;
  return llvm::Error::success();
}

llvm::Expected<std::unique_ptr<Measurer>> autotune::createMcaMeasurer(const McaOptions &options) {
  llvm::Expected<TargetSpec> target = parseTarget(options.target);
  if (!target)
    return target.takeError();
  if (llvm::Error error = checkProcessor(*target, options.cpu))
    return error;
  if (options.megahertz <= 0)
    return llvm::createStringError("expected a frequency of the processor");
  // Its times are its own: no machine has them.
  llvm::Expected<Machine> machine = describeProcessor(options.target, "llvm-mca " + options.cpu);
  if (!machine)
    return machine.takeError();
  machine->megahertz = options.megahertz;
  for (auto [bytes, field] : {std::pair(options.l1Bytes, &machine->l1Bytes),
                              {options.l2Bytes, &machine->l2Bytes},
                              {options.l3Bytes, &machine->l3Bytes}})
    if (bytes > 0)
      *field = bytes;
  return std::make_unique<McaMeasurer>(options, std::move(*target), std::move(*machine));
}

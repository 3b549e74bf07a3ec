#include "autotune/Measure/MachineCode.h"
#include "lib/Target/Codegen.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/Analysis/LoopInfo.h"
#include "llvm/IR/Dominators.h"
#include "llvm/MC/MCAsmInfo.h"
#include "llvm/MC/MCContext.h"
#include "llvm/MC/MCInst.h"
#include "llvm/MC/MCInstrAnalysis.h"
#include "llvm/MC/MCInstrInfo.h"
#include "llvm/MC/MCObjectFileInfo.h"
#include "llvm/MC/MCParser/MCAsmParser.h"
#include "llvm/MC/MCParser/MCTargetAsmParser.h"
#include "llvm/MC/MCRegisterInfo.h"
#include "llvm/MC/MCStreamer.h"
#include "llvm/MC/MCSubtargetInfo.h"
#include "llvm/MC/MCSymbol.h"
#include "llvm/MC/MCTargetOptions.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/MCA/Context.h"
#include "llvm/MCA/CustomBehaviour.h"
#include "llvm/MCA/InstrBuilder.h"
#include "llvm/MCA/Instruction.h"
#include "llvm/MCA/Pipeline.h"
#include "llvm/MCA/SourceMgr.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/SourceMgr.h"
#include "llvm/Target/TargetMachine.h"
#include <map>

using namespace tenon;
using namespace tenon::autotune;
using llvm::StringRef;

/// A loop's last branch is predicted if it comes back within so many iterations.
static constexpr double kPredictedTrips = 32;
/// What runs less than this part of all instructions is not simulated.
static constexpr double kNegligible = 0.002;
/// Instructions of the long and the short simulation of a sequence; their difference has no beginning and no
/// end.
static constexpr size_t kLongRun = 9000, kShortRun = 3000;

//===----------------------------------------------------------------------===//
// Machine code by blocks
//===----------------------------------------------------------------------===//

namespace {
/// A block of machine code, and the block of IR that it is of: its number, -1 if code generation made it.
struct MachineBlock {
  int64_t source = -1;
  std::vector<llvm::MCInst> instructions;
};

/// Collects the instructions between labels.
class BlockStreamer : public llvm::MCStreamer {
public:
  BlockStreamer(llvm::MCContext &context, const llvm::StringMap<int64_t> &sources)
      : MCStreamer(context), sources(sources) {}
  void emitInstruction(const llvm::MCInst &instruction, const llvm::MCSubtargetInfo &) override {
    if (blocks.empty())
      blocks.emplace_back();
    blocks.back().instructions.push_back(instruction);
  }
  void emitLabel(llvm::MCSymbol *symbol, llvm::SMLoc where) override {
    MCStreamer::emitLabel(symbol, where);
    auto known = sources.find(symbol->getName());
    if (known != sources.end())
      blocks.push_back({known->second, {}});
  }
  bool emitSymbolAttribute(llvm::MCSymbol *, llvm::MCSymbolAttr) override { return true; }
  void emitCommonSymbol(llvm::MCSymbol *, uint64_t, llvm::Align) override {}

  std::vector<MachineBlock> blocks;

private:
  const llvm::StringMap<int64_t> &sources;
};

/// What LLVM knows of a target's machine code.
struct MachineDescription {
  llvm::Triple triple;
  const llvm::Target *target = nullptr;
  llvm::MCTargetOptions options;
  std::unique_ptr<llvm::MCRegisterInfo> registers;
  std::unique_ptr<llvm::MCAsmInfo> assembly;
  std::unique_ptr<llvm::MCInstrInfo> instructions;
  std::unique_ptr<llvm::MCSubtargetInfo> subtarget;
  std::unique_ptr<llvm::MCInstrAnalysis> analysis;
};
} // namespace

static llvm::Expected<MachineDescription> describeCode(const llvm::TargetMachine &machine,
                                                       const TargetSpec &spec, StringRef cpu) {
  MachineDescription d;
  d.triple = machine.getTargetTriple();
  d.target = &machine.getTarget();
  d.registers.reset(d.target->createMCRegInfo(d.triple));
  d.assembly.reset(d.target->createMCAsmInfo(*d.registers, d.triple, d.options));
  d.instructions.reset(d.target->createMCInstrInfo());
  // Asked for one that it does not know, LLVM prints and takes another.
  d.subtarget.reset(d.target->createMCSubtargetInfo(d.triple, "", ""));
  if (!d.subtarget->isCPUStringValid(cpu))
    return llvm::createStringError("LLVM knows no processor '" + cpu + "' of this architecture");
  d.subtarget.reset(d.target->createMCSubtargetInfo(d.triple, cpu, spec.features));
  if (!d.subtarget->getSchedModel().hasInstrSchedModel())
    return llvm::createStringError("LLVM has no scheduling model of processor '" + cpu + "'");
  d.analysis.reset(d.target->createMCInstrAnalysis(d.instructions.get()));
  return d;
}

llvm::Error autotune::checkProcessor(const TargetSpec &target, StringRef cpu) {
  llvm::Expected<std::unique_ptr<llvm::TargetMachine>> machine = createTargetMachine(target);
  if (!machine)
    return machine.takeError();
  return describeCode(**machine, target, cpu).takeError();
}

/// The comments in assembly say which block of IR a block is of: ".LBB0_3:   // %b7", and "// %bb.4:   //
/// %b8" where there is no label, which gets one here.
static std::string labelBlocks(StringRef assembly, llvm::StringMap<int64_t> &sources) {
  std::string result;
  int64_t made = 0;
  for (StringRef line : llvm::split(assembly, '\n')) {
    StringRef label = line.take_until([](char c) { return c == ':'; });
    StringRef comment = label.size() < line.size() ? line.drop_front(label.size() + 1) : "";
    bool unlabelled = label.consume_front("// %bb.") || label.consume_front("# %bb.");
    if (unlabelled || label.starts_with(".LBB")) {
      StringRef name = comment.rsplit('%').second.trim();
      int64_t source = -1;
      if (!comment.contains('%') || !name.consume_front("tnb") || name.getAsInteger(10, source))
        source = -1;
      std::string symbol = unlabelled ? ".Ltnbb" + std::to_string(made++) : label.str();
      sources[symbol] = source;
      if (unlabelled)
        result += symbol + ":\n";
    }
    result += line.str() + "\n";
  }
  return result;
}

static llvm::Expected<std::vector<MachineBlock>> parseBlocks(const MachineDescription &d,
                                                             StringRef assembly) {
  llvm::StringMap<int64_t> sources;
  std::string text = labelBlocks(assembly, sources), problem;
  llvm::SourceMgr manager;
  manager.AddNewSourceBuffer(llvm::MemoryBuffer::getMemBuffer(text), llvm::SMLoc());
  manager.setDiagHandler(
      [](const llvm::SMDiagnostic &diagnostic, void *text) {
        if (diagnostic.getKind() == llvm::SourceMgr::DK_Error)
          *static_cast<std::string *>(text) = diagnostic.getMessage().str();
      },
      &problem);
  llvm::MCContext context(d.triple, d.assembly.get(), d.registers.get(), d.subtarget.get(), &manager);
  std::unique_ptr<llvm::MCObjectFileInfo> file(d.target->createMCObjectFileInfo(context, /*PIC=*/true));
  context.setObjectFileInfo(file.get());
  BlockStreamer streamer(context, sources);
  d.target->createNullTargetStreamer(streamer);
  std::unique_ptr<llvm::MCAsmParser> parser(llvm::createMCAsmParser(manager, context, streamer, *d.assembly));
  std::unique_ptr<llvm::MCTargetAsmParser> targetParser(
      d.target->createMCAsmParser(*d.subtarget, *parser, *d.instructions, d.options));
  parser->setTargetParser(*targetParser);
  if (parser->Run(/*NoInitialTextSection=*/false) || !problem.empty())
    return llvm::createStringError("cannot read the task's assembly: " + problem);
  // What follows belongs to the context, which ends here.
  for (MachineBlock &block : streamer.blocks)
    for (llvm::MCInst &instruction : block.instructions)
      for (llvm::MCOperand &operand : instruction)
        if (operand.isExpr())
          operand = llvm::MCOperand::createImm(0);
  return std::move(streamer.blocks);
}

//===----------------------------------------------------------------------===//
// Cycles
//===----------------------------------------------------------------------===//

namespace {
/// Simulates sequences of instructions on one processor.
class Analyser {
public:
  explicit Analyser(const MachineDescription &d) : d(d) {}
  /// Cycles of a sequence that repeats itself.
  llvm::Expected<double> cycles(llvm::ArrayRef<llvm::MCInst> sequence);

private:
  const MachineDescription &d;
};
} // namespace

llvm::Expected<double> Analyser::cycles(llvm::ArrayRef<llvm::MCInst> sequence) {
  namespace mca = llvm::mca;
  constexpr unsigned kCallCycles = 100;
  mca::InstrumentManager instruments(*d.subtarget, *d.instructions);
  mca::InstrBuilder builder(*d.subtarget, *d.instructions, *d.registers, d.analysis.get(), instruments,
                            kCallCycles);
  std::vector<std::unique_ptr<mca::Instruction>> lowered;
  for (const llvm::MCInst &instruction : sequence) {
    // Where these go is not in the sequence; a call of the C library's memory functions is known by what it
    // does to the caches.
    const llvm::MCInstrDesc &kind = d.instructions->get(instruction.getOpcode());
    if (kind.isCall() || kind.isReturn())
      continue;
    llvm::Expected<std::unique_ptr<mca::Instruction>> made = builder.createInstruction(instruction, {});
    if (made)
      lowered.push_back(std::move(*made));
    else // of no known cost, such as a hint
      llvm::consumeError(made.takeError());
  }
  if (lowered.empty())
    return 0.0;
  auto simulate = [&](unsigned repeats) -> llvm::Expected<double> {
    mca::CircularSourceMgr source(lowered, repeats);
    mca::CustomBehaviour behaviour(*d.subtarget, source, *d.instructions);
    mca::PipelineOptions options(0, 0, 0, 0, 0, 0, /*NoAlias=*/true);
    mca::Context context(*d.registers, *d.subtarget);
    std::unique_ptr<mca::Pipeline> pipeline = d.subtarget->getSchedModel().isOutOfOrder()
                                                  ? context.createDefaultPipeline(options, source, behaviour)
                                                  : context.createInOrderPipeline(options, source, behaviour);
    llvm::Expected<unsigned> cycles = pipeline->run();
    if (!cycles)
      return cycles.takeError();
    return static_cast<double>(*cycles);
  };
  auto few = static_cast<unsigned>(kShortRun / lowered.size() + 1),
       many = few + static_cast<unsigned>((kLongRun - kShortRun) / lowered.size() + 1);
  llvm::Expected<double> shorter = simulate(few);
  if (!shorter)
    return shorter;
  llvm::Expected<double> longer = simulate(many);
  if (!longer)
    return longer;
  return (*longer - *shorter) / (many - few);
}

/// Cycles lost where loops end, in branches that come unexpected: how many of them there are.
static double countMispredictions(llvm::Function &task, const llvm::LoopInfo &loops,
                                  const llvm::DenseMap<const llvm::BasicBlock *, int64_t> &counts) {
  double total = 0;
  for (const llvm::Loop *loop : loops.getLoopsInPreorder()) {
    int64_t entries = 0, iterations = counts.lookup(loop->getHeader());
    if (const llvm::BasicBlock *before = loop->getLoopPredecessor())
      entries = counts.lookup(before);
    if (entries > 0 && static_cast<double>(iterations) >= kPredictedTrips * static_cast<double>(entries))
      total += static_cast<double>(entries);
  }
  return total;
}

llvm::Expected<double> autotune::analyseCycles(llvm::Module &module, llvm::Function &task,
                                               llvm::ArrayRef<int64_t> counts, const TargetSpec &target,
                                               StringRef cpu) {
  llvm::Expected<std::unique_ptr<llvm::TargetMachine>> machine = createTargetMachine(target);
  if (!machine)
    return machine.takeError();
  llvm::Expected<MachineDescription> description = describeCode(**machine, target, cpu);
  if (!description)
    return description.takeError();

  // Loops, before code generation changes the blocks.
  llvm::DominatorTree dominators(task);
  llvm::LoopInfo loops(dominators);
  llvm::DenseMap<const llvm::BasicBlock *, int64_t> countOf;
  llvm::DenseMap<const llvm::Loop *, int64_t> loopNumbers;
  std::vector<int64_t> loopOf; // 0: in no loop
  for (llvm::BasicBlock &block : task) {
    size_t number = loopOf.size();
    countOf[&block] = counts[number];
    const llvm::Loop *loop = loops.getLoopFor(&block);
    loopOf.push_back(loop ? loopNumbers.try_emplace(loop, loopNumbers.size() + 1).first->second : 0);
    block.setName("tnb" + llvm::Twine(number));
  }
  double mispredictions = countMispredictions(task, loops, countOf);

  (*machine)->Options.MCOptions.AsmVerbose = true;
  llvm::Expected<std::string> assembly = emitAssembly(module, **machine);
  if (!assembly)
    return assembly.takeError();
  llvm::Expected<std::vector<MachineBlock>> blocks = parseBlocks(*description, *assembly);
  if (!blocks)
    return blocks.takeError();

  // Sequences, by loop and count, in the order of the code.
  std::map<std::pair<int64_t, int64_t>, std::vector<llvm::MCInst>> sequences;
  int64_t source = 0;
  double instructions = 0;
  for (const MachineBlock &block : *blocks) {
    if (block.source >= 0 && block.source < static_cast<int64_t>(counts.size()))
      source = block.source;
    std::vector<llvm::MCInst> &sequence = sequences[{loopOf[source], counts[source]}];
    sequence.insert(sequence.end(), block.instructions.begin(), block.instructions.end());
    instructions += static_cast<double>(counts[source]) * static_cast<double>(block.instructions.size());
  }
  Analyser analyser(*description);
  const llvm::MCSchedModel &model = description->subtarget->getSchedModel();
  double total = mispredictions * model.MispredictPenalty;
  for (const auto &[key, sequence] : sequences) {
    auto times = static_cast<double>(key.second);
    if (times * static_cast<double>(sequence.size()) < kNegligible * instructions) {
      total += times * static_cast<double>(sequence.size()) / std::max(1u, model.IssueWidth);
      continue;
    }
    llvm::Expected<double> cycles = analyser.cycles(sequence);
    if (!cycles)
      return cycles.takeError();
    total += times * *cycles;
  }
  return total;
}

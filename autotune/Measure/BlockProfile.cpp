#include "autotune/Measure/BlockProfile.h"
#include "autotune/Measure/Process.h"
#include "llvm/Analysis/ValueTracking.h"
#include "llvm/ExecutionEngine/Orc/LLJIT.h"
#include "llvm/IR/Constants.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/IntrinsicInst.h"
#include "llvm/IR/Verifier.h"
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace tenon;
using namespace tenon::autotune;
using llvm::Value;

llvm::Expected<llvm::Function *> autotune::findTask(llvm::Module &module) {
  // void task(buffers, scratch, dims, begin, end)
  llvm::Function *found = nullptr;
  for (llvm::Function &function : module) {
    if (function.isDeclaration() || function.arg_size() != 5 || !function.getReturnType()->isVoidTy() ||
        !function.getArg(0)->getType()->isPointerTy() || !function.getArg(4)->getType()->isIntegerTy(64))
      continue;
    if (found)
      return llvm::createStringError("expected the code of one task, but got several");
    found = &function;
  }
  if (!found)
    return llvm::createStringError("expected the code of a task");
  return found;
}

//===----------------------------------------------------------------------===//
// Instrumentation
//===----------------------------------------------------------------------===//

namespace {
/// Adds counters and calls to a task's function.
class Instrumentation {
public:
  Instrumentation(llvm::Function &task, int64_t *counts, void (*access)(void *, const void *, int64_t),
                  void *simulator)
      : task(task), context(task.getContext()), layout(task.getDataLayout()),
        i64(llvm::Type::getInt64Ty(context)), pointer(llvm::PointerType::get(context, 0)),
        counts(constant(counts)), access(constant(reinterpret_cast<void *>(access))),
        simulator(constant(simulator)),
        accessType(llvm::FunctionType::get(llvm::Type::getVoidTy(context), {pointer, pointer, i64}, false)) {}

  void apply() {
    task.removeFnAttr(llvm::Attribute::Memory); // it writes the counts now
    std::vector<llvm::Instruction *> all;
    for (llvm::Instruction &instruction : llvm::instructions(task))
      all.push_back(&instruction);
    for (llvm::Instruction *instruction : all)
      visit(*instruction);
    int64_t number = 0;
    for (llvm::BasicBlock &block : task) {
      llvm::IRBuilder<> b(&block, block.getFirstInsertionPt());
      Value *place = b.CreateConstGEP1_64(i64, counts, number++);
      b.CreateStore(b.CreateAdd(b.CreateLoad(i64, place), b.getInt64(1)), place);
    }
  }

private:
  /// An address of this process.
  Value *constant(const void *address) {
    return llvm::ConstantExpr::getIntToPtr(llvm::ConstantInt::get(i64, reinterpret_cast<uintptr_t>(address)),
                                           pointer);
  }
  void report(llvm::IRBuilder<> &b, Value *address, Value *bytes) {
    // What is on the stack is in the nearest cache, and constants are few.
    if (address->getType()->isPointerTy() &&
        llvm::isa<llvm::AllocaInst, llvm::GlobalVariable>(llvm::getUnderlyingObject(address)))
      return;
    b.CreateCall(accessType, access, {simulator, address, bytes});
  }
  Value *sizeOf(llvm::Type *type) {
    return llvm::ConstantInt::get(i64, layout.getTypeStoreSize(type).getKnownMinValue());
  }
  void visit(llvm::Instruction &instruction);
  void visitMasked(llvm::IRBuilder<> &b, Value *address, Value *mask, llvm::Type *type);

  llvm::Function &task;
  llvm::LLVMContext &context;
  const llvm::DataLayout &layout;
  llvm::Type *i64;
  llvm::PointerType *pointer;
  Value *counts, *access, *simulator;
  llvm::FunctionType *accessType;
};
} // namespace

/// One address, then the lanes of the mask are the first ones; or an address per lane.
void Instrumentation::visitMasked(llvm::IRBuilder<> &b, Value *address, Value *mask, llvm::Type *type) {
  auto *vector = llvm::cast<llvm::FixedVectorType>(type);
  unsigned lanes = vector->getNumElements();
  Value *bytes = sizeOf(vector->getElementType());
  if (address->getType()->isPointerTy()) {
    llvm::Type *bits = llvm::IntegerType::get(context, lanes);
    Value *count = b.CreateUnaryIntrinsic(llvm::Intrinsic::ctpop, b.CreateBitCast(mask, bits));
    report(b, address, b.CreateMul(b.CreateZExtOrTrunc(count, i64), bytes));
    return;
  }
  for (unsigned lane = 0; lane < lanes; ++lane)
    report(b, b.CreateExtractElement(address, lane),
           b.CreateMul(b.CreateZExt(b.CreateExtractElement(mask, lane), i64), bytes));
}

void Instrumentation::visit(llvm::Instruction &instruction) {
  llvm::IRBuilder<> b(&instruction);
  if (auto *load = llvm::dyn_cast<llvm::LoadInst>(&instruction))
    return report(b, load->getPointerOperand(), sizeOf(load->getType()));
  if (auto *store = llvm::dyn_cast<llvm::StoreInst>(&instruction))
    return report(b, store->getPointerOperand(), sizeOf(store->getValueOperand()->getType()));
  if (auto *move = llvm::dyn_cast<llvm::MemIntrinsic>(&instruction)) {
    Value *bytes = b.CreateZExtOrTrunc(move->getLength(), i64);
    report(b, move->getDest(), bytes);
    if (auto *transfer = llvm::dyn_cast<llvm::MemTransferInst>(move))
      report(b, transfer->getSource(), bytes);
    return;
  }
  auto *intrinsic = llvm::dyn_cast<llvm::IntrinsicInst>(&instruction);
  if (!intrinsic)
    return;
  switch (intrinsic->getIntrinsicID()) {
  case llvm::Intrinsic::masked_load:
  case llvm::Intrinsic::masked_gather:
    return visitMasked(b, intrinsic->getArgOperand(0), intrinsic->getArgOperand(1), intrinsic->getType());
  case llvm::Intrinsic::masked_store:
  case llvm::Intrinsic::masked_scatter:
    return visitMasked(b, intrinsic->getArgOperand(1), intrinsic->getArgOperand(2),
                       intrinsic->getArgOperand(0)->getType());
  case llvm::Intrinsic::prefetch:
    return report(b, intrinsic->getArgOperand(0), llvm::ConstantInt::get(i64, 1));
  default:
    return;
  }
}

/// Makes code of any target this machine's: what only that target has gives zeros. Whether there was any.
static bool retarget(llvm::Module &module, bool runsHere) {
  bool replaced = false;
  for (llvm::Function &function : module) {
    for (const char *attribute : {"target-cpu", "tune-cpu", "target-features", "prefer-vector-width"})
      function.removeFnAttr(attribute);
    for (llvm::Instruction &instruction : llvm::make_early_inc_range(llvm::instructions(function))) {
      auto *intrinsic = llvm::dyn_cast<llvm::IntrinsicInst>(&instruction);
      if (runsHere || !intrinsic || !llvm::Intrinsic::isTargetIntrinsic(intrinsic->getIntrinsicID()))
        continue;
      if (!intrinsic->getType()->isVoidTy())
        intrinsic->replaceAllUsesWith(llvm::Constant::getNullValue(intrinsic->getType()));
      intrinsic->eraseFromParent();
      replaced = true;
    }
  }
  return replaced;
}

//===----------------------------------------------------------------------===//
// The run
//===----------------------------------------------------------------------===//

namespace {
/// Memory that is there once it is touched. It begins at a multiple of 64 MB, so that addresses are the same,
/// as far as caches are concerned, in every run.
class Mapping {
public:
  Mapping(size_t size, int flags)
      : bytes(size + kAlignment),
        map(mmap(nullptr, bytes, PROT_READ | PROT_WRITE, flags | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0)) {}
  ~Mapping() {
    if (map != MAP_FAILED)
      munmap(map, bytes);
  }
  Mapping(const Mapping &) = delete;
  explicit operator bool() const { return map != MAP_FAILED; }
  char *data() const {
    return reinterpret_cast<char *>((reinterpret_cast<uintptr_t>(map) + kAlignment - 1) & ~(kAlignment - 1));
  }

private:
  static constexpr size_t kAlignment = size_t(64) << 20;
  size_t bytes;
  void *map;
};
} // namespace

/// How many buffers a task may have at most, and bytes of each temporary one.
static constexpr size_t kBuffers = 64, kTemporaryBytes = size_t(1) << 30;

static void reportAccess(void *simulator, const void *address, int64_t bytes) {
  static_cast<CacheSimulator *>(simulator)->access(reinterpret_cast<uintptr_t>(address),
                                                   static_cast<uint64_t>(bytes));
}

llvm::Expected<TaskProfile> autotune::profileTask(std::unique_ptr<llvm::Module> code,
                                                  std::unique_ptr<llvm::LLVMContext> itsContext,
                                                  bool runsHere, const TaskOperands &operands,
                                                  const Machine &machine, double seconds) {
  namespace orc = llvm::orc;
  // The context outlives the module.
  std::unique_ptr<llvm::LLVMContext> context = std::move(itsContext);
  std::unique_ptr<llvm::Module> module = std::move(code);
  llvm::Expected<llvm::Function *> task = findTask(*module);
  if (!task)
    return task.takeError();
  size_t blocks = (*task)->size();
  bool replaced = retarget(*module, runsHere);

  // What the run finds is in memory that both processes see.
  struct Found {
    int64_t cold[CacheSimulator::kLevels], warm[CacheSimulator::kLevels];
    int64_t done;
  };
  size_t outputBytes = 0;
  std::vector<size_t> offsets;
  for (size_t bytes : operands.outputBytes) {
    offsets.push_back(outputBytes);
    outputBytes += (bytes + 4095) / 4096 * 4096 + 4096;
  }
  Mapping found(sizeof(Found) + blocks * sizeof(int64_t), MAP_SHARED),
      outputs(outputBytes + 4096, MAP_SHARED), temporaries(kBuffers * kTemporaryBytes, MAP_PRIVATE);
  if (!found || !outputs || !temporaries)
    return llvm::createStringError("no memory to profile a task");
  auto *result = reinterpret_cast<Found *>(found.data());
  auto *counts = reinterpret_cast<int64_t *>(found.data() + sizeof(Found));

  CacheSimulator simulator({machine.l1Bytes, machine.l2Bytes, machine.l3Bytes}, machine.lineBytes);
  Instrumentation(**task, counts, reportAccess, &simulator).apply();
  (*task)->setName("task");
  (*task)->setLinkage(llvm::GlobalValue::ExternalLinkage);
  (*task)->setVisibility(llvm::GlobalValue::DefaultVisibility);

  auto builder = orc::JITTargetMachineBuilder::detectHost();
  if (!builder)
    return builder.takeError();
  builder->setCodeGenOptLevel(llvm::CodeGenOptLevel::Less);
  auto jit = orc::LLJITBuilder().setJITTargetMachineBuilder(*builder).create();
  if (!jit)
    return jit.takeError();
  module->setTargetTriple((*jit)->getTargetTriple());
  module->setDataLayout((*jit)->getDataLayout());
  if (llvm::Error error = (*jit)->addIRModule(orc::ThreadSafeModule(std::move(module), std::move(context))))
    return error;
  llvm::Expected<orc::ExecutorAddr> address = (*jit)->lookup("task");
  if (!address)
    return address.takeError();
  auto *run = address->toPtr<void (*)(void *const *, void *, int64_t *, int64_t, int64_t)>();

  // Buffers begin at different places of a page, or all of them would fall into the same sets.
  llvm::MutableArrayRef<void *> buffers(reinterpret_cast<void **>(outputs.data() + outputBytes), kBuffers);
  auto *dims = reinterpret_cast<int64_t *>(buffers.end());
  for (size_t i = 0; i < kBuffers; ++i)
    buffers[i] = temporaries.data() + i * kTemporaryBytes + i % 32 * 1088;
  if (operands.inputs.size() + operands.outputBytes.size() >= kBuffers)
    return llvm::createStringError("expected a task of at most %zu operands and results", kBuffers);
  for (size_t i = 0; i < operands.inputs.size(); ++i)
    if (operands.inputs[i].size() > kTemporaryBytes / 2)
      return llvm::createStringError("expected operands of at most %zu bytes", kTemporaryBytes / 2);
    else
      std::memcpy(buffers[i], operands.inputs[i].data(), operands.inputs[i].size());
  for (size_t i = 0; i < offsets.size(); ++i)
    buffers[operands.inputs.size() + i] = outputs.data() + offsets[i] + i % 32 * 64;
  void *scratch = buffers.back();

  pid_t child = fork();
  if (child < 0)
    return llvm::createStringError("cannot start a process: %s", std::strerror(errno));
  if (child == 0) {
    // No memory is allocated here, and nothing returns.
    struct rlimit none = {0, 0};
    setrlimit(RLIMIT_CORE, &none);
    for (int signal : {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGALRM})
      ::signal(signal, SIG_DFL);
    alarm(static_cast<unsigned>(seconds) + 1);
    run(buffers.data(), scratch, dims, 0, operands.range);
    for (int level = 0; level < CacheSimulator::kLevels; ++level)
      result->cold[level] = simulator.misses(level);
    std::memset(counts, 0, blocks * sizeof(int64_t));
    run(buffers.data(), scratch, dims, 0, operands.range);
    for (int level = 0; level < CacheSimulator::kLevels; ++level)
      result->warm[level] = simulator.misses(level) - result->cold[level];
    result->done = 1;
    _exit(0);
  }
  int status = waitFor(child);
  TaskProfile profile;
  if (!result->done) {
    bool late = WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM;
    profile.outcome = late ? Outcome::TimedOut : Outcome::Crashed;
    profile.message = late ? "still running after " + std::to_string(static_cast<int64_t>(seconds)) + " s"
                      : WIFSIGNALED(status)
                          ? strsignal(WTERMSIG(status))
                          : "it ended the process with status " + std::to_string(WEXITSTATUS(status));
    return profile;
  }
  profile.counts.assign(counts, counts + blocks);
  std::copy(std::begin(result->cold), std::end(result->cold), profile.coldMisses);
  std::copy(std::begin(result->warm), std::end(result->warm), profile.warmMisses);
  if (!replaced)
    for (size_t i = 0; i < offsets.size(); ++i) {
      const char *data = static_cast<const char *>(buffers[operands.inputs.size() + i]);
      profile.outputs.emplace_back(data, data + operands.outputBytes[i]);
    }
  return profile;
}

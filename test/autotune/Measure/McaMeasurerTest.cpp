#include "autotune/Measure/BlockProfile.h"
#include "autotune/Measure/MachineCode.h"
#include "lib/Driver/Compile.h"
#include "test/autotune/Measure/Candidates.h"
#include "llvm/AsmParser/Parser.h"
#include "llvm/IR/LLVMContext.h"

using namespace mlir;
using namespace tenon;
using namespace tenon::autotune;
using namespace tenon::test;

namespace {

/// A task "y = x" or the like on `elements` floats, by hand: the body of a loop over i from 0 to %n, whose
/// pointers are %px and %py and whose carried value is %c with the next one %d.
std::string loopTask(const std::string &trips, const std::string &body) {
  return R"(
declare float @llvm.fma.f32(float, float, float)
define void @m_task(ptr %buffers, ptr %scratch, ptr %dims, i64 %begin, i64 %end) {
entry:
  %x = load ptr, ptr %buffers
  %at = getelementptr ptr, ptr %buffers, i64 1
  %y = load ptr, ptr %at
  br label %loop
loop:
  %i = phi i64 [0, %entry], [%next, %loop]
  %c = phi float [0.0, %entry], [%d, %loop]
  %px = getelementptr float, ptr %x, i64 %i
  %py = getelementptr float, ptr %y, i64 %i
)" + body +
         R"(
  %next = add i64 %i, 1
  %more = icmp slt i64 %next, )" +
         trips + R"(
  br i1 %more, label %loop, label %done
done:
  store float %d, ptr %y
  ret void
}
)";
}

struct Mca : testing::Test {
  /// A candidate of code by hand: one input x and one output y of 1,000 floats, which may be anything.
  Candidate byHand(const std::string &name, const std::string &text, int64_t range = 1) {
    EXPECT_EQ(message(writeFile(folder / (name + ".ll"), text)), "");
    ExpectedTensor x, y;
    x.type = y.type = ElementType::Float32;
    x.bytes.assign(4 * kElements, 0);
    y.bytes.assign(4 * kElements, 0);
    y.tolerance.assign(kElements, std::numeric_limits<float>::infinity());
    EXPECT_EQ(message(writeExpectation(folder / "any", x, y)), "");
    return {"", folder / "any", folder / (name + ".ll"), range};
  }

  /// A model of one task, compiled for a target, and what it computes.
  Candidate compile(const std::string &name, const std::string &text, const std::string &target) {
    EXPECT_EQ(message(writeFile(folder / (name + ".mlir"), text)), "");
    CompilerOptions options;
    options.targets = {get(parseTarget(target))};
    Candidate candidate{"", folder / (name + ".expectation"), folder / (name + ".ll")};
    Compilation plan(options), code(options);
    EXPECT_EQ(message(plan.run(folder / (name + ".mlir"), Phase::Plan)), "");
    sched::TaskOp task = *plan.module().getOps<sched::TaskOp>().begin();
    EXPECT_EQ(message(writeTaskExpectation(candidate.expectation, task, OperandForm::Tensors)), "");
    EXPECT_EQ(message(code.run(folder / (name + ".mlir"), Phase::LLVM)), "");
    candidate.range = 0;
    for (const PhaseDesc &phase : get(code.program()).variants[0].steps[0].phases)
      candidate.range += phase.range.constant();
    EXPECT_EQ(message(writeFile(candidate.code, get(code.codeText(/*assembly=*/false)))), "");
    return candidate;
  }

  Measurement measure(const Candidate &candidate, McaOptions options) {
    return get(createMcaMeasurer(options))->measure(candidate)[0];
  }
  Measurement onArm(const Candidate &candidate) { return measure(candidate, arm()); }
  static McaOptions arm() {
    McaOptions options;
    options.target = "aarch64";
    options.cpu = "cortex-a76";
    options.megahertz = 1000; // a cycle is a nanosecond
    options.timeout = 2;
    return options;
  }

  Folder folder;
};

std::string convolution(int64_t channels, const std::string &after) {
  std::string c = std::to_string(channels), x = "tensor<1x" + c + "x14x14xf32>",
              w = "tensor<48x" + c + "x3x3xf32>", y = "tensor<1x48x14x14xf32>";
  return "module {\n  func.func @main(%x: " + x + " {nn.name = \"x\"}, %w: " + w +
         " {nn.name = \"w\"}) -> (" + y +
         " {nn.name = \"y\"}) {\n%c = nn.conv %x, %w {dilations = array<i64: 1, 1>, group = 1 : i64, pads = "
         "array<i64: 1, 1, 1, 1>, "
         "strides = array<i64: 1, 1>} : (" +
         x + ", " + w + ") -> " + y + "\n%y = " + after + " %c : (" + y + ") -> " + y + "\nreturn %y : " + y +
         "\n  }\n}\n";
}

TEST_F(Mca, LatencyAndThroughputOfALoop) {
  // A chain of multiply-adds waits for each; four chains next to each other take hardly longer.
  const char *chain = "  %d = call float @llvm.fma.f32(float %c, float 0.5, float 1.0)";
  double once = onArm(byHand("chain", loopTask("10000", chain))).ns,
         twice = onArm(byHand("longer", loopTask("20000", chain))).ns;
  EXPECT_GT(once, 10000 * 3);
  EXPECT_LT(once, 10000 * 12);
  EXPECT_NEAR(twice / once, 2, 0.02);
  double independent =
      onArm(byHand("independent",
                   loopTask("10000", "  %d = fadd float %c, 0.0\n"
                                     "  %v = load float, ptr %x\n"
                                     "  %e = call float @llvm.fma.f32(float %v, float 0.5, float 1.0)\n"
                                     "  store volatile float %e, ptr %y")))
          .ns;
  EXPECT_LT(independent, 1.5 * once);
}

TEST_F(Mca, BlocksCountAsOftenAsTheyRun) {
  // The same loop behind a condition that the run decides.
  auto ifEnd = [&](int64_t range) {
    std::string text = loopTask("10000", "  %d = call float @llvm.fma.f32(float %c, float 0.5, float 1.0)");
    size_t at = text.find("  br label %loop");
    text.replace(at, 16, "  %some = icmp sgt i64 %end, 5\n  br i1 %some, label %loop, label %out");
    text.insert(text.rfind("}"), "out:\n  ret void\n");
    return onArm(byHand("if" + std::to_string(range), text, range));
  };
  EXPECT_GT(ifEnd(6).ns, 30000);
  EXPECT_LT(ifEnd(5).ns, 100);
}

TEST_F(Mca, MemoryTakesItsTime) {
  const char *copy = "  %d = load float, ptr %px\n  store float %d, ptr %py";
  auto wrapped = [&](const std::string &mask) {
    std::string text = loopTask("3000000", copy);
    // x[16 i mod ...]: a line each.
    size_t at = text.find("%px = getelementptr float, ptr %x, i64 %i");
    text.replace(at, 42,
                 "%far = mul i64 %i, 16\n  %where = and i64 %far, " + mask +
                     "\n  %px = getelementptr float, ptr %x, i64 %where\n");
    at = text.find("i64 %i\n", text.find("%py ="));
    text.replace(at, 6, "i64 0");
    return onArm(byHand("m" + mask, text));
  };
  Measurement near = wrapped("4095"), far = wrapped("134217727"); // 16 kB; 192 MB and no line twice
  ASSERT_EQ(near.outcome, Outcome::Ok) << near.message;
  ASSERT_EQ(far.outcome, Outcome::Ok) << far.message;
  EXPECT_GT(far.ns, 4 * near.ns);
  EXPECT_GE(near.coldNs, near.ns);
  EXPECT_NEAR(far.coldNs / far.ns, 1, 0.01);
  // What lies in the second cache, but not in the first.
  Measurement second = wrapped("131071");
  EXPECT_GT(second.ns, near.ns);
  EXPECT_LT(second.ns, far.ns);
  EXPECT_GT(second.coldNs, second.ns);
}

TEST_F(Mca, CompiledTasks) {
  Candidate conv = compile("arm", convolution(32, "nn.relu"), "aarch64"),
            wide = compile("wide", convolution(64, "nn.relu"), "aarch64");
  Measurement one = onArm(conv), two = onArm(wide);
  ASSERT_EQ(one.outcome, Outcome::Ok) << one.message;
  // 32 * 48 * 9 * 14 * 14 products, at most two vectors of four a cycle, and not far from that.
  EXPECT_GT(one.ns, 2709504 / 8);
  EXPECT_LT(one.ns, 2709504 / 8 * 4);
  EXPECT_NEAR(two.ns / one.ns, 2, 0.4);
  // The same time each time, on any machine.
  Measurement again = onArm(conv);
  EXPECT_EQ(again.ns, one.ns);
  EXPECT_EQ(again.coldNs, one.coldNs);
  // A slower core, in order.
  McaOptions small = arm();
  small.cpu = "cortex-a55";
  Measurement slow = measure(conv, small);
  ASSERT_EQ(slow.outcome, Outcome::Ok) << slow.message;
  EXPECT_GT(slow.ns, one.ns);
}

TEST_F(Mca, ChecksAnswersWhereItCan) {
  McaOptions options;
  for (const char *target : {"native", "aarch64", "x86-64-v3", "x86-64-v4"}) {
    options.target = target;
    bool isArm = get(parseTarget(target)).arch == Arch::AArch64;
    options.cpu = isArm ? "cortex-a76" : "skylake-avx512";
    Candidate good = compile("good", convolution(8, "nn.relu"), target),
              other = compile("other", convolution(8, "nn.abs"), target);
    Measurement m = measure(good, options);
    EXPECT_EQ(m.outcome, Outcome::Ok) << target << ": " << m.message;
    m = measure({"", good.expectation, other.code, other.range}, options);
    EXPECT_EQ(m.outcome, Outcome::Wrong) << target;
    EXPECT_NE(m.message.find("output 0, element"), std::string::npos) << m.message;
  }
}

TEST_F(Mca, FailuresAreResults) {
  Measurement m =
      onArm(byHand("crash", loopTask("10", "  %d = load volatile float, ptr inttoptr (i64 16 to ptr)")));
  EXPECT_EQ(m.outcome, Outcome::Crashed);
  EXPECT_EQ(m.message, "Segmentation fault");
  m = onArm(byHand("hang", loopTask("9223372036854775807", "  %d = load volatile float, ptr %x")));
  EXPECT_EQ(m.outcome, Outcome::TimedOut);
  m = onArm(byHand("text", "no code"));
  EXPECT_EQ(m.outcome, Outcome::Failed);
  EXPECT_NE(m.message.find("text.ll"), std::string::npos) << m.message;
  m = onArm(byHand("nothing", "declare void @f()"));
  EXPECT_EQ(m.message, "expected the code of a task");
  Candidate none = byHand("none", "");
  none.code = folder / "nowhere.ll";
  EXPECT_EQ(onArm(none).outcome, Outcome::Failed);
  none.expectation = folder / "nowhere";
  EXPECT_NE(onArm(none).message.find("cannot read"), std::string::npos);

  auto refused = [&](McaOptions options) {
    auto measurer = createMcaMeasurer(options);
    return measurer ? "started" : message(measurer.takeError());
  };
  McaOptions options = arm();
  options.cpu = "cortex-z9";
  EXPECT_EQ(refused(options), "LLVM knows no processor 'cortex-z9' of this architecture");
  options.cpu = "generic";
  EXPECT_EQ(refused(options), "started"); // LLVM gives it a model
  options = arm();
  options.target = "z80";
  EXPECT_NE(refused(options).find("unknown target"), std::string::npos);
  options = arm();
  options.megahertz = 0;
  EXPECT_EQ(refused(options), "expected a frequency of the processor");
}

TEST_F(Mca, EstimatesAreOfNoMachine) {
  std::unique_ptr<Measurer> one = get(createMcaMeasurer(arm()));
  McaOptions options = arm();
  options.l2Bytes = 256 << 10;
  std::unique_ptr<Measurer> other = get(createMcaMeasurer(options));
  EXPECT_NE(one->fingerprint(), other->fingerprint());
  EXPECT_EQ(one->machine().cpu, "llvm-mca cortex-a76");
  EXPECT_EQ(other->machine().l2Bytes, 256 << 10);
  EXPECT_EQ(message(one->runInTurns({"model.so"}, 1).takeError()),
            "there is no machine to run whole models on");
}

TEST(CacheSimulator, CountsWhatComesIn) {
  CacheSimulator caches({4096, 16384, 65536}, 64);
  auto walk = [&](uint64_t bytes) {
    int64_t before[3];
    for (int i = 0; i < 3; ++i)
      before[i] = caches.misses(i);
    for (uint64_t at = 0; at < bytes; at += 4)
      caches.access(at, 4);
    std::vector<int64_t> misses;
    for (int i = 0; i < 3; ++i)
      misses.push_back(caches.misses(i) - before[i]);
    return misses;
  };
  using Misses = std::vector<int64_t>;
  EXPECT_EQ(walk(4096), (Misses{64, 64, 64}));
  EXPECT_EQ(walk(4096), (Misses{0, 0, 0}));
  EXPECT_EQ(walk(8192), (Misses{64, 64, 64}));
  // In turn, the line that comes next has just gone.
  EXPECT_EQ(walk(8192), (Misses{128, 0, 0}));
  EXPECT_EQ(walk(32768), (Misses{512, 384, 384}));
  EXPECT_EQ(walk(32768), (Misses{512, 512, 0}));
  EXPECT_EQ(walk(1 << 20), (Misses{16384, 16384, 15872}));
}

TEST(CacheSimulator, AccessesMayCrossLines) {
  CacheSimulator caches({4096, 16384, 65536}, 64);
  caches.access(60, 8);
  EXPECT_EQ(caches.misses(0), 2);
  caches.access(0, 128);
  EXPECT_EQ(caches.misses(0), 2);
  caches.access(1000, 0);
  EXPECT_EQ(caches.misses(0), 2);
  caches.access(1 << 20, 6400);
  EXPECT_EQ(caches.misses(0), 102);
}

TEST(CacheSimulator, ASetHoldsSoManyLines) {
  // 48 kB: 64 sets of 12 lines.
  CacheSimulator caches({48 << 10, 1 << 20, 1 << 24}, 64);
  for (int round = 0; round < 3; ++round)
    for (uint64_t i = 0; i < 12; ++i)
      caches.access(i * 4096, 1);
  EXPECT_EQ(caches.misses(0), 12);
  caches.access(12 * 4096, 1);
  caches.access(0, 1); // the one used longest ago
  EXPECT_EQ(caches.misses(0), 14);
}

} // namespace

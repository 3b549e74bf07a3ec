#include "autotune/Measure/Machine.h"
#include "autotune/Measure/Measure.h"
#include "llvm/Support/FormatVariadic.h"
#include "gtest/gtest.h"

using namespace tenon::autotune;

namespace {

TEST(Machine, IsTheSameEachTimeItIsDescribed) {
  Machine machine = describeThisMachine();
  EXPECT_EQ(machine.fingerprint(), describeThisMachine().fingerprint());
  EXPECT_EQ(machine.fingerprint().size(), 32u);
  EXPECT_FALSE(machine.cpu.empty());
  EXPECT_GE(machine.cores, 1);
  EXPECT_GE(machine.l2Bytes, machine.l1Bytes);
}

TEST(Machine, EveryPropertyIsPartOfTheFingerprint) {
  const Machine machine = describeThisMachine();
  std::vector<Machine> others(11, machine);
  others[0].arch += "x";
  others[1].cpu += "x";
  others[2].features += ",x";
  ++others[3].cores;
  others[4].megahertz += 50;
  ++others[5].l1Bytes;
  ++others[6].l2Bytes;
  ++others[7].l3Bytes;
  ++others[8].lineBytes;
  ++others[9].vectorBytes;
  ++others[10].vectorRegisters;
  for (const Machine &other : others)
    EXPECT_NE(other.fingerprint(), machine.fingerprint())
        << llvm::formatv("{0}", llvm::json::Value(other.toJson())).str();
}

TEST(Machine, GoesThroughJson) {
  Machine machine = describeThisMachine();
  llvm::Expected<Machine> again = Machine::fromJson(machine.toJson());
  ASSERT_TRUE(bool(again));
  EXPECT_EQ(again->fingerprint(), machine.fingerprint());
  llvm::json::Object less = machine.toJson();
  less.erase("cores");
  EXPECT_EQ(llvm::toString(Machine::fromJson(less).takeError()), "expected a machine with a number 'cores'");
}

TEST(Machine, ReadsCpuinfo) {
  // What the system measures at each start, and what changes from moment to moment, is left out.
  const char *first =
      "processor\t: 0\nvendor_id\t: GenuineIntel\ncpu family\t: 6\nmodel\t\t: 143\nmodel name\t: Xeon\n"
      "stepping\t: 8\nmicrocode\t: 0x1\ncpu MHz\t\t: 2599.998\nbogomips\t: 5199.99\n";
  const char *second =
      "processor\t: 0\nvendor_id\t: GenuineIntel\ncpu family\t: 6\nmodel\t\t: 143\nmodel name\t: Xeon\n"
      "stepping\t: 8\nmicrocode\t: 0x2\ncpu MHz\t\t: 800.000\nbogomips\t: 5200.03\n";
  EXPECT_EQ(parseCpuName(first), "GenuineIntel Xeon 6 143 8");
  EXPECT_EQ(parseCpuName(first), parseCpuName(second));
  EXPECT_EQ(parseMegahertz(first), 2600);
  EXPECT_EQ(parseMegahertz(second), 2600);
  EXPECT_EQ(parseMegahertz("model name : Intel(R) Xeon(R) CPU @ 2.25GHz\nbogomips : 9000\n"), 2250);
  EXPECT_EQ(
      parseCpuName(
          "processor : 0\nCPU implementer : 0x41\nCPU variant : 0x4\nCPU part : 0xd0b\nCPU revision : 1\n"),
      "0x41 0x4 0xd0b 1");
  EXPECT_EQ(parseMegahertz("processor : 0\nBogoMIPS : 50.00\n"), 0);
  EXPECT_EQ(parseMegahertz(""), 0);
}

TEST(Machine, DescribesAnotherProcessor) {
  llvm::Expected<Machine> machine = describeProcessor("aarch64+dotprod", "cortex-a76");
  ASSERT_TRUE(bool(machine));
  EXPECT_EQ(machine->arch, "aarch64");
  EXPECT_EQ(machine->vectorBytes, 16);
  EXPECT_EQ(machine->features, "dotprod");
  llvm::Expected<Machine> other = describeProcessor("aarch64+dotprod", "cortex-a55");
  EXPECT_NE(machine->fingerprint(), other->fingerprint());
  EXPECT_NE(llvm::toString(describeProcessor("z80", "z80").takeError()).find("unknown target 'z80'"),
            std::string::npos);
}

TEST(Measure, OutcomesHaveNames) {
  for (Outcome outcome :
       {Outcome::Ok, Outcome::Crashed, Outcome::TimedOut, Outcome::Wrong, Outcome::Failed}) {
    Outcome parsed = Outcome::Ok;
    EXPECT_TRUE(parseOutcome(outcomeName(outcome), parsed));
    EXPECT_EQ(parsed, outcome);
  }
  Outcome parsed;
  EXPECT_FALSE(parseOutcome("splendid", parsed));
}

} // namespace

#include "autotune/Measure/Shell.h"
#include "test/autotune/Measure/Candidates.h"
#include "llvm/Support/FormatVariadic.h"
#include <chrono>

using namespace tenon;
using namespace tenon::autotune;
using namespace tenon::test;

namespace {

struct Local : testing::Test {
  std::unique_ptr<Measurer> start(const MeasureOptions &options) {
    return get(createLocalMeasurer(options, TEST_RUNNER));
  }
  /// The measurement of a candidate with this body, and that a good one is measured after it.
  Measurement measure(const std::string &name, const std::string &body) {
    Candidate planted{makeCandidate(folder, name, body), expectation};
    std::vector<Measurement> results = measurer->measure({planted, good});
    EXPECT_EQ(results.size(), 2u);
    EXPECT_EQ(results[1].outcome, Outcome::Ok) << results[1].message;
    EXPECT_EQ(results[0].message.find('\n'), std::string::npos);
    return results[0];
  }
  void expect(const std::string &name, const std::string &body, Outcome outcome, const std::string &text) {
    Measurement m = measure(name, body);
    EXPECT_EQ(m.outcome, outcome) << m.message;
    EXPECT_NE(m.message.find(text), std::string::npos) << m.message;
  }

  Folder folder;
  std::string expectation = makeExpectation(folder);
  Candidate good{makeCandidate(folder, "good", kRight), expectation};
  std::unique_ptr<Measurer> measurer = start(quick());
};

TEST_F(Local, MeasuresWhatIsRight) {
  Measurement m = measurer->measure(good)[0];
  ASSERT_EQ(m.outcome, Outcome::Ok) << m.message;
  EXPECT_EQ(m.message, "");
  EXPECT_GT(m.ns, 0);
  EXPECT_LE(m.low, m.ns);
  EXPECT_GE(m.high, m.ns);
  EXPECT_GT(m.coldNs, 0);
  EXPECT_GE(m.noise, 0);
  // Many runs make a sample, and many samples a measurement.
  EXPECT_GT(m.runs, 100);
  EXPECT_EQ(measurer->fingerprint(), describeThisMachine().fingerprint());
  EXPECT_EQ(measurer->measure({}).size(), 0u);
}

TEST_F(Local, RunsModelsInTurns) {
  std::string more =
      makeCandidate(folder, "more", std::string("for (volatile int i = 0; i < 100000; ++i) ;") + kRight);
  std::vector<TurnTimes> times = get(measurer->runInTurns({good.library, more}, 0.05));
  ASSERT_EQ(times.size(), 2u);
  ASSERT_EQ(times[1].differences.size(), 1u);
  EXPECT_EQ(times[0].difference, 0);
  EXPECT_GT(times[1].difference, 0);
  EXPECT_GT(times[1].differences[0], 0);
  auto refused = [&](const std::string &name, const std::string &body) {
    auto found = measurer->runInTurns({good.library, makeCandidate(folder, name, body)}, 0.01);
    return found ? "ran" : message(found.takeError());
  };
  EXPECT_EQ(refused("turn_exits", "system_call(number_exit_group, 0, 0, 0, 0, 0, 0);"),
            "whole models do not run: crashed, it ended the process with status 0");
  EXPECT_EQ(refused("turn_writes", std::string(kRight) + "y[-1] = 7;"),
            "whole models do not run: wrong, it wrote beside its outputs or its workspace");
  // The runner's own word, with less patience than a whole model is given.
  ShellResult hangs = runShell(std::string(TEST_RUNNER) + " --timeout 0.5 --turns 0.01 " +
                                   makeCandidate(folder, "turn_hangs", "for (volatile int i = 0;; ++i) ;"),
                               60);
  EXPECT_EQ(hangs.output,
            "{\"outcome\": \"timed out\", \"models\": [], \"message\": \"still running after 0.5 s\"}\n");
}

TEST_F(Local, LeavesOutColdCaches) {
  MeasureOptions options = quick();
  options.coldRuns = 0;
  Measurement m = start(options)->measure(good)[0];
  EXPECT_EQ(m.outcome, Outcome::Ok) << m.message;
  EXPECT_EQ(m.coldNs, 0);
}

TEST_F(Local, RunsOnSeveralThreads) {
  MeasureOptions options = quick();
  options.threads = 2;
  EXPECT_EQ(start(options)->measure(good)[0].outcome, Outcome::Ok);
}

TEST_F(Local, ACrashIsAResult) {
  expect("crash", "*(volatile int *)16 = 1;", Outcome::Crashed, "Segmentation fault");
  expect("illegal", "__builtin_trap();", Outcome::Crashed, "");
  expect("ends", "system_call(number_exit_group, 3, 0, 0, 0, 0, 0);", Outcome::Crashed,
         "ended the process with status 3");
  expect("ends_well", std::string(kRight) + "system_call(number_exit_group, 0, 0, 0, 0, 0, 0);",
         Outcome::Crashed, "ended the process with status 0");
}

TEST_F(Local, AHangIsAResult) {
  expect("hang", "for (volatile int i = 0;; ++i) ;", Outcome::TimedOut, "still running after 1 s");
  // Not at once, and with all that it could say closed.
  expect("hang_later",
         "static int runs; if (++runs == 30) { for (int fd = 0; fd < 100; ++fd) system_call(number_close, "
         "fd, 0, 0, 0, 0, 0); for (volatile int i = 0;; ++i) ; }" +
             std::string(kRight),
         Outcome::TimedOut, "still running");
}

TEST_F(Local, AWrongAnswerIsAResult) {
  expect("wrong", std::string(kRight) + "y[777] += 0.001f;", Outcome::Wrong,
         "output 0, element 777: expected");
  expect("unfinished", "for (long i = 0; i < 999; ++i) y[i] = 2 * x[i];", Outcome::Wrong, "nan");
  expect("nan", std::string(kRight) + "y[3] = __builtin_nanf(\"\");", Outcome::Wrong, "element 3");
  expect("accumulates", "for (long i = 0; i < 1000; ++i) y[i] += 2 * x[i];", Outcome::Wrong, "element 0");
  EXPECT_EQ(measure("rounds", std::string(kRight) + "y[777] += 1e-6f;").outcome, Outcome::Ok);
}

TEST_F(Local, WritingBesideAnOutputIsAResult) {
  expect("past", std::string(kRight) + "y[1000] = 1;", Outcome::Wrong, "beside");
  expect("before", std::string(kRight) + "y[-1] = 1;", Outcome::Wrong, "beside");
  expect("far_past", std::string(kRight) + "y[1008] = 1;", Outcome::Crashed, "Segmentation fault");
  expect("page_before", std::string(kRight) + "y[-1024] = 1;", Outcome::Crashed, "Segmentation fault");
  expect("input", std::string(kRight) + "((float *)x)[0] = 1;", Outcome::Crashed, "Segmentation fault");
  expect("past_later", "static int runs; if (++runs > 50) y[1001] = 1;" + std::string(kRight), Outcome::Wrong,
         "beside");
}

TEST_F(Local, MemoryIsLimited) {
#if __has_feature(address_sanitizer)
  GTEST_SKIP() << "AddressSanitizer needs terabytes of addresses";
#endif
  // 16 MB at a time, until there is none.
  expect("memory",
         "for (;;) { long p = system_call(number_mmap, 0, 1 << 24, 3, 0x22, -1, 0); if (p < 0 && p > -4096) "
         "break;"
         "  for (long i = 0; i < 1 << 24; i += 4096) ((volatile char *)p)[i] = 1; } *(volatile int *)0 = 1;",
         Outcome::Crashed, "Segmentation fault");
}

TEST_F(Local, NoFileIsWritten) {
  std::string file = folder / "written";
  EXPECT_EQ(measure("file", std::string(kRight) + "system_call(number_openat, -100, (long)\"" + file +
                                "\", 0101, 0600, 0, 0);")
                .outcome,
            Outcome::Ok);
  EXPECT_FALSE(llvm::sys::fs::exists(file));
}

TEST_F(Local, WhatCannotBeLoadedIsAResult) {
  auto expectFailure = [&](const Candidate &candidate, const std::string &text) {
    std::vector<Measurement> results = measurer->measure({candidate, good});
    EXPECT_EQ(results[0].outcome, Outcome::Failed);
    EXPECT_NE(results[0].message.find(text), std::string::npos) << results[0].message;
    EXPECT_EQ(results[1].outcome, Outcome::Ok) << results[1].message;
  };
  ASSERT_EQ(message(writeFile(folder / "text.so", llvm::StringRef("no library"))), "");
  expectFailure({folder / "none.so", expectation}, "none.so");
  expectFailure({folder / "text.so", expectation}, "text.so");
  expectFailure({good.library, folder / "none"}, "cannot read");
  expectFailure({good.library, folder / "text.so"}, "expected what a task's candidates compute");
  expectFailure({good.library, makeExpectation(folder, "longer", 1001)}, "input 0 is not as expected");
  expectFailure({"tab\there", expectation}, "without tabs");
  // A file that changes is read again.
  makeExpectation(folder, "expectation", 1001);
  EXPECT_EQ(measurer->measure(good)[0].outcome, Outcome::Failed);
  makeExpectation(folder, "expectation");
  EXPECT_EQ(measurer->measure(good)[0].outcome, Outcome::Ok);
}

TEST_F(Local, AnyBrokenExpectationIsRefused) {
  std::string whole = (*llvm::MemoryBuffer::getFile(expectation))->getBuffer().str();
  for (size_t length : {0u, 1u, 8u, 23u, 24u, 60u, 100u, 1000u, 8000u}) {
    ASSERT_EQ(message(writeFile(folder / "broken", llvm::StringRef(whole).take_front(length))), "");
    EXPECT_EQ(measurer->measure(Candidate{good.library, folder / "broken"})[0].outcome, Outcome::Failed)
        << length;
  }
  // All numbers of the head, but for the tolerance's place of the input, which has none.
  for (size_t word : {0, 1, 2, 3, 4, 5, 7, 8, 9, 10})
    for (uint64_t value : {uint64_t(1) << 40, ~uint64_t(0), uint64_t(1) << 63, uint64_t(3)}) {
      std::string broken = whole;
      std::memcpy(broken.data() + 8 * word, &value, 8);
      ASSERT_EQ(message(writeFile(folder / "broken", broken)), "");
      Outcome outcome = measurer->measure(Candidate{good.library, folder / "broken"})[0].outcome;
      EXPECT_TRUE(outcome == Outcome::Failed || outcome == Outcome::Wrong) << word << " " << value;
    }
}

TEST_F(Local, ARunnerThatIsGoneIsStartedAgain) {
  std::string script = folder / "runner";
  // Answers once and ends.
  ASSERT_EQ(
      message(writeFile(
          script, llvm::StringRef(std::string("#!/bin/sh\nread line\nprintf '%s\\n' \"$line\" | exec ") +
                                  TEST_RUNNER + " \"$@\"\n"))),
      "");
  ASSERT_FALSE(llvm::sys::fs::setPermissions(script, llvm::sys::fs::all_all));
  std::unique_ptr<Measurer> mortal = get(createLocalMeasurer(quick(), script));
  for (const Measurement &m : mortal->measure({good, good, good}))
    EXPECT_EQ(m.outcome, Outcome::Ok) << m.message;
  std::unique_ptr<Measurer> none = get(createLocalMeasurer(quick(), folder / "nowhere"));
  Measurement m = none->measure(good)[0];
  EXPECT_EQ(m.outcome, Outcome::Failed);
  EXPECT_NE(m.message.find("cannot start"), std::string::npos) << m.message;
  std::unique_ptr<Measurer> talker = get(createLocalMeasurer(quick(), "/bin/echo"));
  EXPECT_EQ(talker->measure(good)[0].outcome, Outcome::Failed);
}

} // namespace

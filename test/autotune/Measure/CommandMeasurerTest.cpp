#include "test/autotune/Measure/Candidates.h"
#include <csignal>
#include <cstring>

using namespace tenon;
using namespace tenon::autotune;
using namespace tenon::test;

namespace {

/// Another machine, as far as commands can tell: this one, by way of a shell.
struct Command : testing::Test {
  Command() { EXPECT_FALSE(llvm::sys::fs::create_directory(there.folder)); }
  std::unique_ptr<Measurer> start(const CommandOptions &commands) {
    return get(createCommandMeasurer(commands, quick()));
  }
  std::string refused(const CommandOptions &commands) {
    auto measurer = createCommandMeasurer(commands, quick());
    return measurer ? "started" : message(measurer.takeError());
  }
  size_t filesThere() {
    size_t files = 0;
    std::error_code code;
    for (llvm::sys::fs::recursive_directory_iterator it(there.folder, code), end; it != end && !code;
         it.increment(code))
      ++files;
    return files;
  }

  Folder folder;
  CommandOptions there{"cp {file} {remote}", "sh -c {command}", TEST_RUNNER, folder / "there's a folder"};
  std::string expectation = makeExpectation(folder);
  Candidate good{makeCandidate(folder, "good", kRight), expectation};
};

TEST_F(Command, MeasuresAsTheMachineItselfWould) {
  Candidate crash{makeCandidate(folder, "crash", "*(volatile int *)16 = 1;"), expectation};
  Candidate wrong{makeCandidate(folder, "wrong", "y[0] = 7;"), expectation};
  Candidate hang{makeCandidate(folder, "hang", "for (volatile int i = 0;; ++i) ;"), expectation};
  Candidate none{folder / "none.so", expectation};
  Candidate noExpectation{good.library, folder / "none"};
  {
    std::unique_ptr<Measurer> measurer = start(there);
    EXPECT_EQ(measurer->fingerprint(), describeThisMachine().fingerprint());
    std::vector<Measurement> results =
        measurer->measure({good, crash, none, wrong, noExpectation, hang, good});
    std::vector<Outcome> outcomes;
    for (const Measurement &m : results)
      outcomes.push_back(m.outcome);
    EXPECT_EQ(outcomes, (std::vector<Outcome>{Outcome::Ok, Outcome::Crashed, Outcome::Failed, Outcome::Wrong,
                                              Outcome::Failed, Outcome::TimedOut, Outcome::Ok}));
    EXPECT_GT(results[0].ns, 0);
    EXPECT_NE(results[2].message.find("cannot copy"), std::string::npos) << results[2].message;
    // The folder, the runner and the expectation: no candidate stays, and the expectation is copied once.
    EXPECT_EQ(filesThere(), 3u);
    EXPECT_EQ(measurer->measure({good})[0].outcome, Outcome::Ok);
    EXPECT_EQ(filesThere(), 3u);
    EXPECT_EQ(measurer->measure({}).size(), 0u);
  }
  EXPECT_EQ(filesThere(), 0u);
}

TEST_F(Command, AnExpectationThatChangesIsCopiedAgain) {
  std::unique_ptr<Measurer> measurer = start(there);
  EXPECT_EQ(measurer->measure({good})[0].outcome, Outcome::Ok);
  makeExpectation(folder, "expectation", 1001);
  EXPECT_EQ(measurer->measure({good})[0].outcome, Outcome::Failed);
}

TEST_F(Command, ABrokenConnectionCostsNoFinishedMeasurement) {
  CommandOptions frail = there;
  frail.run = "sh -c {command} | head -n 1"; // ends after the first answer
  for (const Measurement &m : start(frail)->measure({good, good, good}))
    EXPECT_EQ(m.outcome, Outcome::Ok) << m.message;
  CommandOptions mute = there;
  mute.run = "case {command} in *--core*) echo 'no route' >&2; exit 5;; *) sh -c {command};; esac";
  for (const Measurement &m : start(mute)->measure({good, good})) {
    EXPECT_EQ(m.outcome, Outcome::Failed);
    EXPECT_NE(m.message.find("no answer"), std::string::npos) << m.message;
    EXPECT_NE(m.message.find("exit status 5: no route"), std::string::npos) << m.message;
  }
}

TEST_F(Command, RunsModelsInTurns) {
  std::string more = makeCandidate(folder, "more",
                                   std::string("for (volatile int i = 0; i < 100000; ++i) ;") + kRight),
              crash = makeCandidate(folder, "crash", "*(volatile int *)16 = 1;");
  std::unique_ptr<Measurer> measurer = start(there);
  std::vector<TurnTimes> times = get(measurer->runInTurns({good.library, more, good.library}, 0.05));
  ASSERT_EQ(times.size(), 3u);
  for (const TurnTimes &one : times) {
    ASSERT_EQ(one.differences.size(), 1u);
    EXPECT_GT(one.total, 0);
  }
  EXPECT_EQ(times[0].difference, 0);
  EXPECT_EQ(times[0].differences[0], 0);
  EXPECT_GT(times[1].differences[0], 0);
  EXPECT_GT(times[1].total, times[0].total);
  // The folder, the runner and two models; of the next ones, none but these.
  EXPECT_EQ(filesThere(), 4u);
  EXPECT_EQ(get(measurer->runInTurns({more}, 0.01)).size(), 1u);
  EXPECT_EQ(filesThere(), 3u);
  auto refused = [&](Measurer &measurer, std::vector<std::string> models) {
    auto times = measurer.runInTurns(models, 0.01);
    return times ? "ran" : message(times.takeError());
  };
  EXPECT_EQ(refused(*measurer, {good.library, crash}),
            "whole models do not run: crashed, " + std::string(strsignal(SIGSEGV)));
  EXPECT_NE(refused(*measurer, {folder / "none.so"}).find("cannot read"), std::string::npos);
  // A connection that breaks once is tried again; one that is broken is an error of one line.
  CommandOptions frail = there;
  frail.run = "case {command} in *--turns*) if mkdir " + (folder / "tried") +
              " 2> /dev/null; then printf '{\"outcome\": \"ok'; exit 4; fi;; esac; sh -c {command}";
  EXPECT_EQ(get(start(frail)->runInTurns({good.library}, 0.01)).size(), 1u);
  CommandOptions mute = there;
  mute.run = "case {command} in *--turns*) echo 'no route' >&2; exit 5;; *) sh -c {command};; esac";
  EXPECT_EQ(refused(*start(mute), {good.library}),
            "no answer by '" + mute.run + "': exit status 5: no route");
  CommandOptions full = there;
  full.copy = "case {file} in *.so) echo 'disk full' >&2; exit 1;; *) cp {file} {remote};; esac";
  EXPECT_NE(refused(*start(full), {good.library}).find("disk full"), std::string::npos);
}

TEST_F(Command, SaysWhatIsWrongWithTheCommands) {
  auto expect = [&](CommandOptions commands, const std::string &text) {
    std::string said = refused(commands);
    EXPECT_NE(said.find(text), std::string::npos) << said;
    EXPECT_EQ(said.find('\n'), std::string::npos);
  };
  CommandOptions other = there;
  other.copy = "cp {file} there";
  expect(other, "expected a command to copy with {file} and {remote}");
  other = there;
  other.run = "sh";
  expect(other, "expected a command to run with {command}");
  other = there;
  other.run = "echo 'no such host' >&2; exit 255 # {command}";
  expect(other, "exit status 255: no such host");
  other = there;
  other.run = "echo welcome # {command}";
  expect(other, "it says 'welcome'");
  other = there;
  other.copy = "false {file} {remote}";
  expect(other, "cannot copy");
  other = there;
  other.runner = good.library;
  expect(other, "tenon-runner does not run there");
  other = there;
  other.folder = folder / "nowhere";
  expect(other, "cannot make a folder");
  EXPECT_EQ(filesThere(), 0u);
}

/// The runner compiled for aarch64 as the head of tenon-runner.c says, with Debian's C library for that, and
/// a program that runs it in qemu; empty if either is missing.
std::string buildForAArch64(Folder &folder) {
  const std::string root = "/usr/aarch64-linux-gnu", source = TEST_SOURCE,
                    program = folder / "runner-aarch64";
  if (!llvm::sys::fs::exists(root + "/include/stdio.h") || std::system("qemu-aarch64 --version > "
                                                                       "/dev/null 2>&1"))
    return "";
  std::string objects, command = "cd " + source + " && ";
  for (const char *file :
       {"tools/tenon-runner/tenon-runner", "tools/tenon-runner/Memory", "autotune/Measure/ExpectationFile",
        "tools/tenon-runner/Invocation", "tools/tenon-runner/Machine", "tools/tenon-runner/Measure",
        "tools/tenon-runner/Statistics", "tools/tenon-runner/Turns", "runtime/ThreadPool"}) {
    std::string object = folder / (llvm::StringRef(file).rsplit('/').second.str() + ".o");
    command += std::string(TEST_C_COMPILER) + " --target=aarch64-linux-gnu -isystem " + root +
               "/include -O2 -fPIC -I. -Iinclude -c " + file + ".c -o " + object + " && ";
    objects += " " + object;
  }
  std::string libraries = root + "/lib/";
  // No compiler's library: quadruple precision is in none of the C library's.
  command += "ld.lld-22 -pie --dynamic-linker /lib/ld-linux-aarch64.so.1 " + libraries + "Scrt1.o " +
             libraries + "crti.o" + objects + " -L" + libraries + " -lc -lm " + libraries + "crtn.o -o " +
             program;
  EXPECT_EQ(std::system(command.c_str()), 0) << command;
  std::string script = folder / "emulated";
  EXPECT_EQ(
      message(writeFile(script, "#!/bin/sh\nexec qemu-aarch64 -L " + root + " '" + program + "' \"$@\"\n")),
      "");
  return script;
}

TEST_F(Command, MeasuresAnotherArchitectureInAnEmulator) {
  CommandOptions emulated = there;
  emulated.runner = buildForAArch64(folder);
  if (emulated.runner.empty())
    GTEST_SKIP() << "expected qemu-aarch64 and libc6-dev-arm64-cross, which scripts/setup installs";
  MeasureOptions slow = quick();
  slow.timeout = 20;
  std::unique_ptr<Measurer> measurer = get(createCommandMeasurer(emulated, slow));
  EXPECT_EQ(measurer->machine().arch, "aarch64");
  Candidate arm{makeCandidate(folder, "arm", kRight, kElements, "aarch64"), expectation};
  Candidate wrong{makeCandidate(folder, "arm_wrong", "y[0] = 7;", kElements, "aarch64"), expectation};
  Candidate crash{makeCandidate(folder, "arm_crash", "*(volatile int *)16 = 1;", kElements, "aarch64"),
                  expectation};
  std::vector<Measurement> results = measurer->measure({arm, wrong, crash, good});
  EXPECT_EQ(results[0].outcome, Outcome::Ok) << results[0].message;
  EXPECT_EQ(results[1].outcome, Outcome::Wrong) << results[1].message;
  EXPECT_EQ(results[2].outcome, Outcome::Crashed) << results[2].message;
  // This machine's candidate is no library there.
  EXPECT_EQ(results[3].outcome, Outcome::Failed) << results[3].message;
  EXPECT_EQ(get(measurer->runInTurns({arm.library, arm.library}, 0.02)).size(), 2u);
}

} // namespace

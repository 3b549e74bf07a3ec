#include "Commands.h"
#include "Report.h"
#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <unistd.h>

using namespace tenon;
using namespace tenon::cli;

//===----------------------------------------------------------------------===//
// tune
//===----------------------------------------------------------------------===//

static std::atomic<bool> stopped{false};

/// The first interrupt ends the tuning, the second one the program.
static void onInterrupt(int) {
  stopped = true;
  std::signal(SIGINT, SIG_DFL);
}

static Result<TuningOptions> tuningOptions(const Arguments &arguments) {
  TuningOptions options;
  options.database = arguments.get("--tuning-db");
  if (options.database.empty())
    return Status::failure("expected '--tuning-db FILE', the database for what is measured");
  if (arguments.has("--minutes")) {
    Result<double> minutes = parseSeconds("--minutes", arguments.get("--minutes"));
    if (!minutes.ok())
      return Status::failure(minutes.message());
    options.minutes = *minutes;
  }
  for (auto [flag, field] :
       {std::pair("--trials", &options.trials), std::pair("--explore", &options.explore)})
    if (arguments.has(flag)) {
      Result<int64_t> number = parseInteger(flag, arguments.get(flag), 1, INT32_MAX);
      if (!number.ok())
        return Status::failure(number.message());
      *field = *number;
    }
  if (!arguments.has("--minutes") && !arguments.has("--trials") && !arguments.has("--explore"))
    return Status::failure("expected a limit: '--minutes M', '--trials N' or '--explore N'");
  Result<int64_t> core = parseInteger("--core", arguments.get("--core", "-1"), -1, 4095);
  if (!core.ok())
    return Status::failure(core.message());
  Result<int64_t> seed = parseInteger("--seed", arguments.get("--seed", "1"), 0, INT32_MAX);
  if (!seed.ok())
    return Status::failure(seed.message());
  options.core = static_cast<int>(*core);
  options.seed = static_cast<uint64_t>(*seed);
  options.strategy = arguments.get("--strategy", options.strategy);
  options.costModel = arguments.get("--cost-model", options.costModel);
  options.measurer = arguments.get("--measurer", options.measurer);
  options.cpu = arguments.get("--cpu");
  options.copyCommand = arguments.get("--copy");
  options.runCommand = arguments.get("--run");
  options.runner = arguments.get("--runner");
  return options;
}

static Status tune(const Arguments &arguments) {
  Result<std::string> path = onlyArgument(arguments, "model (.onnx or .mlir)");
  if (!path.ok())
    return Status::failure(path.message());
  Result<CompileOptions> compile = compileOptions(arguments);
  if (!compile.ok())
    return Status::failure(compile.message());
  Result<TuningOptions> options = tuningOptions(arguments);
  if (!options.ok())
    return Status::failure(options.message());
  bool isTerminal = isatty(STDERR_FILENO);
  if (isTerminal)
    options->onProgress = [](const TuningProgress &progress) {
      std::fprintf(stderr, "\r\033[K%s", progressText(progress).c_str());
    };
  stopped = false;
  std::signal(SIGINT, onInterrupt);
  options->stop = &stopped;
  Result<TuningReport> report = tuneModel(*path, *compile, *options);
  std::signal(SIGINT, SIG_DFL);
  if (isTerminal)
    std::fputs("\r\033[K", stderr);
  if (!report.ok())
    return Status::failure(report.message());
  std::fputs(tuningReportText(*report).c_str(), stdout);
  std::string page = arguments.get("--report");
  if (page.empty())
    return {};
  std::string html = tuningReportHtml(*report, path->substr(path->rfind('/') + 1));
  std::FILE *file = std::fopen(page.c_str(), "w");
  bool isWritten = file && std::fwrite(html.data(), 1, html.size(), file) == html.size();
  if (file)
    isWritten = std::fclose(file) == 0 && isWritten;
  return isWritten ? Status() : Status::failure("cannot write '" + page + "': " + std::strerror(errno));
}

Command cli::tuneCommand() {
  std::vector<Flag> flags = withCompileFlags(
      {{"--minutes", "M", "how long it may take, confirming included"},
       {"--trials", "N", "how many schedules to measure at most"},
       {"--explore", "N", "measure N schedules of each task, and keep nothing: data for tune-db train"},
       {"--report", "FILE.html", "write a page with the table and a plot of the best time over time",
        Kind::File},
       {"--measurer", "local|mca|command",
        "local (default): this machine; mca: estimate for --cpu by LLVM's machine-code\n"
        "analyser; command: another machine, by --copy and --run",
        Kind::Text},
       {"--cpu", "NAME", "with mca: the processor as LLVM names it, as in cortex-a76"},
       {"--copy", "COMMAND", "with command: copies a file, as in 'scp -q {file} pi:{remote}'"},
       {"--run", "COMMAND", "with command: runs a command there, as in 'ssh pi {command}'"},
       {"--runner", "FILE", "the program tenon-runner, for the machine that is measured", Kind::File},
       {"--core", "N", "processor to measure on (default: the last one)"},
       {"--strategy", "guided|random|exhaustive",
        "how points are chosen (default: guided; random to explore)"},
       {"--seed", "N", "of everything that is random (default 1)"}});
  // What is tuned on is what is measured.
  flags.erase(
      std::remove_if(flags.begin(), flags.end(), [](Flag &flag) { return flag.name == "--tuned-on"; }),
      flags.end());
  for (Flag &flag : flags) {
    if (flag.name == "--tuning-db")
      flag.help = "database for what is measured and kept; made if it is not there. What it holds is\n"
                  "not measured again";
    if (flag.name == "--cost-model")
      flag.help = "begin with this model (tune-db train) instead of the one that comes with the compiler;\n"
                  "none: learn from nothing";
  }
  return {"tune",
          "MODEL",
          Kind::File,
          "find faster schedules by measuring",
          "Measures schedules of the model's tasks, those that a cost model expects to be fast, and keeps "
          "all times\n"
          "in a database. What is faster in the whole model, too, is kept for 'tenon compile --tuning-db'. "
          "Can be\n"
          "interrupted at any time and goes on where it was.",
          flags,
          {"tenon tune resnet50.onnx --tuning-db tuning.db --minutes 10 --report tuning.html",
           "tenon compile resnet50.onnx --tuning-db tuning.db -o resnet50.so"},
          tune};
}

//===----------------------------------------------------------------------===//
// tune-db
//===----------------------------------------------------------------------===//

static Status train(const std::vector<std::string> &databases, const Arguments &arguments) {
  if (!arguments.has("-o") && !arguments.has("--held-out"))
    return Status::failure("expected '-o FILE' for the model, or '--held-out DATABASE' to measure it");
  TrainingOptions options;
  options.objective = arguments.get("--objective", options.objective);
  Result<int64_t> rounds =
      parseInteger("--rounds", arguments.get("--rounds", std::to_string(options.rounds)), 1, 100000);
  if (!rounds.ok())
    return Status::failure(rounds.message());
  options.rounds = static_cast<int>(*rounds);
  Result<TrainingReport> report =
      trainCostModel(databases, arguments.all("--held-out"), arguments.get("-o"), options);
  if (!report.ok())
    return Status::failure(report.message());
  std::fputs(trainingText(*report).c_str(), stdout);
  return {};
}

static Status tuneDatabase(const Arguments &arguments) {
  const std::vector<std::string> &words = arguments.positional;
  if (words.size() < 2)
    return Status::failure("expected 'stats', 'export', 'import' or 'train', and a database");
  const std::string &action = words[0], &database = words[1];
  if (action != "train")
    for (const char *flag : {"--held-out", "--objective", "--rounds"})
      if (arguments.has(flag))
        return Status::failure(std::string("flag '") + flag + "' is one of 'train'");
  if (action == "train")
    return train(std::vector<std::string>(words.begin() + 1, words.end()), arguments);
  if (action == "import") {
    if (words.size() < 3)
      return Status::failure("expected a file to import");
    for (size_t i = 2; i < words.size(); ++i)
      if (Status status = importTuning(database, words[i]); !status.ok())
        return status;
    return {};
  }
  if (words.size() > 2)
    return Status::failure("expected one database, but got '" + words[2] + "', too");
  if (action == "export") {
    if (arguments.has("-o"))
      return exportTuning(database, arguments.get("-o"));
    Result<std::string> lines = exportTuning(database);
    if (!lines.ok())
      return Status::failure(lines.message());
    std::fputs(lines->c_str(), stdout);
    return {};
  }
  if (action != "stats")
    return Status::failure("expected 'stats', 'export', 'import' or 'train', but got '" + action + "'");
  Result<std::vector<TuningStatistics>> found = tuningStatistics(database);
  if (!found.ok())
    return Status::failure(found.message());
  std::fputs(tuningText(*found).c_str(), stdout);
  return {};
}

Command cli::tuneDatabaseCommand() {
  return {
      "tune-db",
      "stats|export|import|train DATABASE [FILE]...",
      Kind::File,
      "look into, export, join or learn from tuning databases",
      "stats   what the database holds: measured schedules per task, target and machine, and the best time\n"
      "export  writes everything as JSON, an object per line\n"
      "import  adds such lines, or what other databases hold; of two records of a schedule the later one "
      "stays\n"
      "train   learns from all databases which schedules are fast, and writes a cost model",
      {{"-o", "FILE", "where export (default: standard output) and train write", Kind::File},
       {"--held-out", "DATABASE",
        "with train: learn from none of the tasks in this database, and tell how well the\n"
        "model ranks their schedules",
        Kind::File, true},
       {"--objective", "throughput|rank", "with train: what is learned (default throughput)"},
       {"--rounds", "N", "with train: number of trees (default 300)"}},
      {"tenon tune-db stats tuning.db", "tenon tune-db export tuning.db -o tuning.jsonl",
       "tenon tune-db import all.db tuning.jsonl other.db",
       "tenon tune-db train all.db --held-out resnet.db -o cost.model"},
      tuneDatabase};
}

#include "Commands.h"
#include "Report.h"
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <set>
#include <unistd.h>

using namespace tenon;
using namespace tenon::cli;
namespace fs = std::filesystem;

static bool endsWith(const std::string &text, const std::string &ending) {
  return text.size() >= ending.size() &&
         text.compare(text.size() - ending.size(), ending.size(), ending) == 0;
}

//===----------------------------------------------------------------------===//
// From flags to options
//===----------------------------------------------------------------------===//

static const std::vector<std::string> kCompileFlags = {
    "--target", "--dim",          "--bind",         "--state",      "--to", "--numerics",
    "--name",   "--tuning-db",    "--tuned-on",     "--cost-model", "-O",   "--search",
    "--rules",  "--error-budget", "--memory-limit", "--rewrites"};

static const std::string kRunnable = "model (.onnx, .mlir, or .so)";

Result<std::string> cli::onlyArgument(const Arguments &arguments, const std::string &what) {
  if (arguments.positional.size() == 1)
    return arguments.positional[0];
  if (arguments.positional.empty())
    return Status::failure("expected " + what);
  return Status::failure("expected one " + what + ", but got '" + arguments.positional[0] + "' and '" +
                         arguments.positional[1] + "'");
}

/// NAME=FILE.npy, each file read.
static Result<NamedTensors> readTensors(const Arguments &arguments, const std::string &flag) {
  NamedTensors tensors;
  std::set<std::string> names;
  for (const std::string &text : arguments.all(flag)) {
    Result<std::pair<std::string, std::string>> pair = splitPair(flag, text);
    if (!pair.ok())
      return Status::failure("flag '" + flag + "': expected NAME=FILE.npy, but got '" + text + "'");
    if (!names.insert(pair->first).second)
      return Status::failure("input '" + pair->first + "' is given twice");
    Result<Tensor> tensor = Tensor::readNpy(pair->second);
    if (!tensor.ok())
      return Status::failure("input '" + pair->first + "': " + tensor.message());
    tensors.emplace_back(pair->first, *tensor);
  }
  return tensors;
}

Result<CompileOptions> cli::compileOptions(const Arguments &arguments) {
  CompileOptions options;
  options.target = arguments.get("--target", options.target);
  options.toPhase = arguments.get("--to");
  options.name = arguments.get("--name");
  options.tuningDatabase = arguments.get("--tuning-db");
  options.tunedOn = arguments.get("--tuned-on");
  options.costModel = arguments.get("--cost-model");
  options.onWarning = [](const std::string &text) { std::fprintf(stderr, "warning: %s\n", text.c_str()); };
  for (const std::string &text : arguments.all("--dim")) {
    Result<DimRange> dim = parseDim(text);
    if (!dim.ok())
      return Status::failure(dim.message());
    options.dims.push_back(*dim);
  }
  Result<NamedTensors> binds = readTensors(arguments, "--bind");
  if (!binds.ok())
    return Status::failure(binds.message());
  options.binds = *binds;
  for (const std::string &text : arguments.all("--state")) {
    auto pair = splitPair("--state", text);
    if (!pair.ok())
      return Status::failure("flag '--state': expected INPUT=OUTPUT, but got '" + text + "'");
    options.states.push_back(*pair);
  }
  Result<int64_t> threads = parseInteger("--threads", arguments.get("--threads", "1"), 1, 1024);
  if (!threads.ok())
    return Status::failure(threads.message());
  options.threads = static_cast<int>(*threads);
  std::string numerics = arguments.get("--numerics", "fast");
  if (numerics != "strict" && numerics != "fast")
    return Status::failure("flag '--numerics': expected strict or fast, but got '" + numerics + "'");
  options.numerics = numerics == "strict" ? Numerics::Strict : Numerics::Fast;
  Result<int64_t> level = parseInteger("-O", arguments.get("-O", "0"), 0, 3);
  if (!level.ok())
    return Status::failure(level.message());
  options.level = static_cast<int>(*level);
  options.search = arguments.get("--search", options.search);
  if (options.search != "egraph" && options.search != "backtrack")
    return Status::failure("flag '--search': expected egraph or backtrack, but got '" + options.search + "'");
  options.rules = arguments.get("--rules");
  Result<double> budget = parseShare("--error-budget", arguments.get("--error-budget", "0"));
  if (!budget.ok())
    return Status::failure(budget.message());
  options.errorBudget = *budget;
  Result<int64_t> limit = parseInteger("--memory-limit", arguments.get("--memory-limit", "0"), 0, INT64_MAX);
  if (!limit.ok())
    return Status::failure(limit.message());
  options.memoryLimit = *limit;
  if (arguments.has("--rewrites"))
    options.onRemark = [](const std::string &remark) { std::fprintf(stderr, "%s\n", remark.c_str()); };
  // Progress is for people: on a terminal, in one line that goes away.
  if (isatty(STDERR_FILENO))
    options.onPhase = [](const std::string &phase) { std::fprintf(stderr, "\r\033[K%s ...", phase.c_str()); };
  return options;
}

/// What the commands on a model have in common.
struct Request {
  std::string path;
  CompileOptions options;
  NamedTensors inputs;
  bool isCompiled; ///< a .so
};

/// The positional argument (`what` it is) and the flags that several commands have.
static Result<Request> readRequest(const Arguments &arguments, const std::string &what) {
  Result<std::string> path = onlyArgument(arguments, what);
  if (!path.ok())
    return Status::failure(path.message());
  Result<CompileOptions> options = compileOptions(arguments);
  if (!options.ok())
    return Status::failure(options.message());
  Result<NamedTensors> inputs = readTensors(arguments, "--input");
  if (!inputs.ok())
    return Status::failure(inputs.message());
  Request request{*path, *options, *inputs, endsWith(*path, ".so")};
  // What is compiled now takes its dimensions from the inputs' shapes, too.
  if (!request.isCompiled)
    request.options.binds.insert(request.options.binds.end(), inputs->begin(), inputs->end());
  return request;
}

static void endProgress(const CompileOptions &options) {
  if (options.onPhase)
    std::fputs("\r\033[K", stderr);
}

static void printPhases(const Arguments &arguments, const CompiledModel &model) {
  if (arguments.has("--timing"))
    for (const auto &[phase, seconds] : model.phaseSeconds())
      std::fprintf(stderr, "%9.3f s  %s\n", seconds, phase.c_str());
}

static Result<CompiledModel> compileModel(const Request &request) {
  Result<CompiledModel> model = CompiledModel::compile(request.path, request.options);
  endProgress(request.options);
  return model;
}

/// What runs: a compiled file, or a model compiled now.
struct Loaded {
  RunnableModel model;
  ModelSummary summary;
  double compileSeconds = -1;
};

static Result<Loaded> loadModel(const Request &request, const Arguments &arguments) {
  if (request.isCompiled) {
    for (const std::string &flag : kCompileFlags)
      if (flag != "--dim" && flag != "--target" && arguments.has(flag))
        return Status::failure("flag '" + flag + "' has no effect: '" + request.path +
                               "' is compiled already");
    Result<RunnableModel> model = RunnableModel::load(request.path, arguments.get("--target"));
    if (!model.ok())
      return Status::failure(model.message());
    return Loaded{*model, model->summary()};
  }
  auto start = std::chrono::steady_clock::now();
  Result<CompiledModel> compiled = compileModel(request);
  if (!compiled.ok())
    return Status::failure(compiled.message());
  Result<RunnableModel> model = compiled->load();
  if (!model.ok())
    return Status::failure(model.message());
  std::chrono::duration<double> spent = std::chrono::steady_clock::now() - start;
  printPhases(arguments, *compiled);
  return Loaded{*model, compiled->summary(), spent.count()};
}

//===----------------------------------------------------------------------===//
// compile
//===----------------------------------------------------------------------===//

static Status compile(const Arguments &arguments) {
  Result<Request> request = readRequest(arguments, "model (.onnx or .mlir)");
  if (!request.ok())
    return Status::failure(request.message());
  std::string output = arguments.get("-o");
  if (output.empty())
    return Status::failure("expected '-o OUT' with OUT ending in .so, .o, .h, .mlir, .ll, .s or .dot");
  Status writable = CompiledModel::checkOutput(output, request->options);
  if (!writable.ok())
    return writable;
  Result<CompiledModel> model = compileModel(*request);
  if (!model.ok())
    return Status::failure(model.message());
  Status written = model->write(output);
  printPhases(arguments, *model);
  return written;
}

//===----------------------------------------------------------------------===//
// run
//===----------------------------------------------------------------------===//

/// Writes output_0.npy and so on; on failure none of them stays.
static Status writeOutputs(const std::vector<Tensor> &outputs, const std::string &folder) {
  std::vector<std::string> written;
  for (size_t i = 0; i < outputs.size(); ++i) {
    std::string path = folder + "/output_" + std::to_string(i) + ".npy";
    Status status = outputs[i].writeNpy(path);
    if (!status.ok()) {
      for (const std::string &file : written)
        std::remove(file.c_str());
      return status;
    }
    written.push_back(path);
  }
  return {};
}

static Result<std::vector<Tensor>> runModel(const Arguments &arguments, Request request) {
  if (arguments.has("--reference")) {
    if (request.isCompiled)
      return Status::failure("flag '--reference' needs the model itself, but '" + request.path +
                             "' is compiled");
    request.options.toPhase = "import";
    Result<CompiledModel> model = compileModel(request);
    if (!model.ok())
      return Status::failure(model.message());
    return model->evaluate(std::move(request.inputs));
  }
  Result<Loaded> loaded = loadModel(request, arguments);
  if (!loaded.ok())
    return Status::failure(loaded.message());
  request.options.binds.clear();
  return loaded->model.run(std::move(request.inputs), request.options.threads);
}

static Status run(const Arguments &arguments) {
  Result<Request> request = readRequest(arguments, kRunnable);
  if (!request.ok())
    return Status::failure(request.message());
  std::string folder = arguments.get("--output-dir");
  if (folder.empty())
    return Status::failure("expected '--output-dir DIR', the folder for output_0.npy, output_1.npy, ...");
  std::error_code code;
  fs::create_directories(folder, code);
  if (code || access(folder.c_str(), W_OK | X_OK) != 0)
    return Status::failure("cannot write to folder '" + folder +
                           "': " + (code ? code : std::error_code(errno, std::generic_category())).message());
  Result<std::vector<Tensor>> outputs = runModel(arguments, std::move(*request));
  if (!outputs.ok())
    return Status::failure(outputs.message());
  return writeOutputs(*outputs, folder);
}

//===----------------------------------------------------------------------===//
// bench and inspect
//===----------------------------------------------------------------------===//

static Status bench(const Arguments &arguments) {
  Result<Request> request = readRequest(arguments, kRunnable);
  if (!request.ok())
    return Status::failure(request.message());
  Result<double> seconds = parseSeconds("--seconds", arguments.get("--seconds", "2"));
  if (!seconds.ok())
    return Status::failure(seconds.message());
  Result<Loaded> loaded = loadModel(*request, arguments);
  if (!loaded.ok())
    return Status::failure(loaded.message());
  const CompileOptions &options = request->options;
  bool warm = arguments.has("--warm"), profile = arguments.has("--profile");
  if (warm && !profile)
    return Status::failure("--warm: expected --profile beside it");
  Result<Timing> timing =
      loaded->model.bench(request->inputs, options.dims, *seconds, options.threads, profile + warm);
  if (!timing.ok())
    return Status::failure(timing.message());
  Peak peak;
  if (profile)
    peak = measurePeak(options.threads);
  auto report = arguments.has("--json") ? benchJson : benchText;
  std::fputs(report(loaded->summary, *timing, loaded->compileSeconds, profile ? &peak : nullptr).c_str(),
             stdout);
  return {};
}

static Status inspect(const Arguments &arguments) {
  Result<Request> request = readRequest(arguments, kRunnable);
  if (!request.ok())
    return Status::failure(request.message());
  ModelSummary summary;
  if (std::string drawing = arguments.get("--dot"); !drawing.empty()) {
    if (request->isCompiled || drawing.size() < 5 || drawing.substr(drawing.size() - 4) != ".dot")
      return Status::failure(
          "--dot: expected a model (.onnx or .mlir) and a file that ends in .dot, but got '" +
          (request->isCompiled ? request->path : drawing) + "'");
    Status drawn = CompiledModel::drawRewrites(request->path, request->options, drawing);
    if (!drawn.ok())
      return drawn;
  }
  if (request->isCompiled) {
    Result<Loaded> loaded = loadModel(*request, arguments);
    if (!loaded.ok())
      return Status::failure(loaded.message());
    summary = loaded->summary;
  } else {
    request->options.toPhase = "llvm";
    Result<CompiledModel> model = compileModel(*request);
    if (!model.ok())
      return Status::failure(model.message());
    summary = model->summary();
  }
  std::fputs(inspectText(summary).c_str(), stdout);
  return {};
}

static Status completion(const Arguments &arguments) {
  Result<std::string> shell = onlyArgument(arguments, "shell: bash, zsh or fish");
  if (!shell.ok())
    return Status::failure(shell.message());
  Result<std::string> script = completionScript(*shell);
  if (!script.ok())
    return Status::failure(script.message());
  std::fputs(script->c_str(), stdout);
  return {};
}

//===----------------------------------------------------------------------===//
// Tables
//===----------------------------------------------------------------------===//

std::vector<Flag> cli::withCompileFlags(std::vector<Flag> more) {
  std::vector<Flag> flags = {
      {"--target", "TARGET",
       "what to compile for: native (default), x86-64[-v2|-v3|-v4] or aarch64, each with\n"
       "+feature and -feature, as in aarch64+dotprod; several, as in x86-64-v3,x86-64-v4,\n"
       "make one file that runs the best its processor can; with OUT.so: which of its\n"
       "targets to run",
       Kind::Target},
      {"--dim", "NAME=N|NAME=A..B",
       "bind a symbolic dimension to N, or let it vary from A to B; a dimension\n"
       "without a name is called INPUT.AXIS, as in image.0",
       Kind::Text, true},
      {"--bind", "INPUT=FILE.npy", "compile in the value of an input that determines shapes", Kind::File,
       true},
      {"--state", "INPUT=OUTPUT",
       "make INPUT a state that OUTPUT replaces after every run, as a cache of keys", Kind::Text, true},
      {"--threads", "N",
       "number of threads to run on (default 1); what is compiled is the same for any\n"
       "number"},
      {"--numerics", "strict|fast",
       "strict: f32 semantics; fast (default): also Winograd's convolution where it is\n"
       "faster, which rounds more, and a causal mask of -1e9 counts as infinite",
       Kind::Numerics},
      {"-O", "LEVEL",
       "search for a cheaper graph: 0 (default) none, 1 by rules that keep every bit, 2\n"
       "by all that the numerics allow, 3 the same with three times the budget"},
      {"--search", "egraph|backtrack",
       "how -O searches: in an e-graph (default), or by backtracking as TASO does, which\n"
       "takes longer and finds no better graph",
       Kind::Search},
      {"--rules", "FILE|none",
       "apply the rules of FILE, too, which are proven first; none: the graph stays as it is", Kind::File},
      {"--error-budget", "X",
       "also apply rules that are not safe for infinities and large numbers, as long as\n"
       "the relative error that they may add is below X (default 0)"},
      {"--memory-limit", "BYTES",
       "take the fastest graph found by -O whose weights and arena need no more (inspect\n"
       "lists them), and refuse a model that does (default 0: no limit)"},
      {"--rewrites", "", "tell which rewrites were chosen, and what each saves", Kind::None},
      {"--name", "NAME", "the model's name, which symbols carry (default: that of the file)"},
      {"--tuning-db", "FILE",
       "take the schedules that tenon tune kept in this database for this target and\n"
       "machine",
       Kind::File},
      {"--tuned-on", "MACHINE",
       "take those of another machine, by its number in tenon tune-db stats or how that begins\n"
       "(default: this one; for a target that does not run here, whichever was tuned last)"},
      {"--cost-model", "FILE|shipped|none",
       "for tasks without such a schedule, take what this model (tenon tune-db train)\n"
       "expects to be fastest; shipped: the model that comes with the compiler; none (default):\n"
       "what the compiler's estimate says",
       Kind::File},
      {"--timing", "", "print the seconds of each phase to standard error", Kind::None},
  };
  flags.insert(flags.begin(), more.begin(), more.end());
  return flags;
}

const std::vector<Command> &cli::commands() {
  static const std::vector<Command> table = {
      {"compile",
       "MODEL",
       Kind::File,
       "compile a model to a file",
       "Compiles MODEL (.onnx, with its external data, or .mlir) to the form that OUT's ending names:\n"
       "  .so    shared object with code, weights and runtime; needs only libc and libm\n"
       "  .o     the same as an object to link into a program, with a C header OUT.h beside it\n"
       "  .h     the C header alone\n"
       "  .mlir  the module after the last phase, with its weights in OUT.mlir.weights\n"
       "  .ll    LLVM IR of every task; .s: assembly; weights beside them as for .mlir",
       withCompileFlags({{"-o", "OUT", "file to write; it appears whole or not at all", Kind::File},
                         {"--to", "PHASE",
                          "stop after a phase: import, simplify, substitute, plan, schedule, lower, llvm\n"
                          "or object (default)",
                          Kind::Phase}}),
       {"tenon compile resnet50.onnx -o resnet50.so",
        "tenon compile bert.onnx --dim batch=1 --dim seq=1..512 -o bert.so",
        "tenon compile model.onnx --target x86-64-v3 -o model.o      # and model.h",
        "tenon compile model.onnx --target x86-64-v3,x86-64-v4 -o model.so",
        "tenon compile model.onnx --to simplify -o model.mlir"},
       compile},
      {"run",
       "MODEL|OUT.so",
       Kind::File,
       "run a model on inputs from .npy files",
       "Runs a compiled .so, or compiles MODEL and runs it, and writes DIR/output_0.npy, DIR/output_1.npy, "
       "... in\n"
       "the model's order. Symbolic dimensions are taken from the inputs' shapes unless --dim says "
       "otherwise.",
       withCompileFlags(
           {{"--input", "NAME=FILE.npy", "an input's value", Kind::File, true},
            {"--output-dir", "DIR", "folder for the results; made if it is not there", Kind::Folder},
            {"--reference", "", "compute by the operators' reference definitions: slow, obviously right",
             Kind::None}}),
       {"tenon run resnet50.so --input data=cat.npy --output-dir out",
        "tenon run resnet50.onnx --input data=cat.npy --output-dir expected --reference"},
       run},
      {"bench",
       "MODEL|OUT.so",
       Kind::File,
       "measure a model's latency",
       "Runs the model again and again and reports its latency. Inputs that are not given are pseudo-random.",
       withCompileFlags(
           {{"--seconds", "S", "how long to measure (default 2)"},
            {"--input", "NAME=FILE.npy", "an input's value", Kind::File, true},
            {"--profile", "", "time each step, too, slowest first, beside what the machine gives at most",
             Kind::None},
            {"--warm", "",
             "with --profile: each step twice in a row, of which the second counts, so that what it\n"
             "reads lies in the caches that can hold it",
             Kind::None},
            {"--json", "",
             "print one JSON object: min_ms, median_ms, p90_ms, runs, flops, compile_s,\n"
             "arena_bytes, weight_bytes; with --profile peak_gflops and steps",
             Kind::None}}),
       {"tenon bench resnet50.so --seconds 5", "tenon bench bert.onnx --dim batch=1 --dim seq=128 --profile"},
       bench},
      {"inspect",
       "MODEL|OUT.so",
       Kind::File,
       "show what a model consists of",
       "Shows inputs, outputs, operators, work, weights, memory, and the steps with where their schedule "
       "came from.",
       withCompileFlags({{"--dot", "FILE.dot",
                          "also draw the graph before and after the search that -O asks for, for Graphviz:\n"
                          "dot -Tsvg FILE.dot",
                          Kind::File}}),
       {"tenon inspect resnet50.onnx", "tenon inspect nasnet.onnx -O 2 --dot nasnet.dot"},
       inspect},
      tuneCommand(),
      tuneDatabaseCommand(),
      {"completion",
       "bash|zsh|fish",
       Kind::Text,
       "print a completion script for a shell",
       "Prints a script that completes commands, flags and files.",
       {},
       {"tenon completion bash > ~/.local/share/bash-completion/completions/tenon",
        "tenon completion zsh > ~/.zfunc/_tenon",
        "tenon completion fish > ~/.config/fish/completions/tenon.fish"},
       completion},
  };
  return table;
}

#include "lib/Driver/Outputs.h"
#include "lib/Driver/DrawGraph.h"
#include "lib/Support/AtomicFile.h"
#include "llvm/Support/Path.h"

using namespace tenon;
using llvm::ArrayRef;
using llvm::StringRef;

namespace {
/// Weights to a file, as they come.
class FileSink : public WeightsSink {
public:
  explicit FileSink(AtomicFile &file) : file(file) {}

protected:
  llvm::Error append(llvm::ArrayRef<char> bytes) override { return file.write(bytes); }

private:
  AtomicFile &file;
};
} // namespace

/// The weights in a file of their own, beside a text that refers to them by offset.
static llvm::Error writeWeights(StringRef path, const WeightsSource &weights) {
  llvm::Expected<AtomicFile> file = AtomicFile::create(path);
  if (!file)
    return file.takeError();
  FileSink sink(*file);
  if (llvm::Error error = produceWeights(weights, sink))
    return error;
  return file->commit();
}

llvm::Error tenon::checkOutput(StringRef path, Phase last, ArrayRef<TargetSpec> targets) {
  StringRef ending = llvm::sys::path::extension(path);
  if (!llvm::is_contained({".so", ".o", ".h", ".mlir", ".ll", ".s", ".dot"}, ending))
    return llvm::createStringError("cannot write '" + path +
                                   "': expected a name that ends in .so, .o, .h, .mlir, .ll, .s or .dot");
  if (ending == ".dot" && last > Phase::Substitute)
    return llvm::createStringError("cannot write '" + path +
                                   "': expected a phase up to substitute, whose graph is drawn");
  if (ending != ".mlir" && ending != ".dot" &&
      (last < Phase::LLVM || (last == Phase::LLVM && ending != ".ll" && ending != ".h")))
    return llvm::createStringError("cannot write '" + path + "': expected " +
                                   (last < Phase::LLVM ? "a .mlir file" : "a .mlir, .ll or .h file") +
                                   " after this phase");
  // Layouts and places are the same for all targets; what follows is a module per target.
  if (ending == ".mlir" && last > Phase::Schedule && targets.size() > 1)
    return llvm::createStringError("cannot write '" + path +
                                   "': expected a phase up to schedule or one target, but got '" +
                                   targetNames(targets) + "'");
  llvm::Expected<AtomicFile> file = AtomicFile::create(path);
  return file ? llvm::Error::success() : file.takeError();
}

llvm::Error tenon::writeOutput(Compilation &compilation, Phase last, StringRef path,
                               llvm::function_ref<llvm::Expected<ModelObjects *>()> objects) {
  if (llvm::Error error = checkOutput(path, last, compilation.options().targets))
    return error;
  StringRef ending = llvm::sys::path::extension(path);
  if (ending == ".dot")
    return writeFile(path, llvm::arrayRefFromStringRef<char>(drawGraphs({{"", compilation.module()}})));
  if (ending == ".mlir") {
    WeightsSource weights = compilation.textWeights();
    if (weights.size)
      if (llvm::Error error = writeWeights((path + ".weights").str(), weights))
        return error;
    return writeFile(path, llvm::arrayRefFromStringRef<char>(compilation.moduleText()));
  }
  llvm::Expected<const ProgramDesc &> program = compilation.program();
  if (!program)
    return program.takeError();
  if (ending == ".h")
    return writeFile(path, llvm::arrayRefFromStringRef<char>(emitHeader(*program)));
  if (ending == ".ll" || ending == ".s") {
    llvm::Expected<std::string> text = compilation.codeText(/*assembly=*/ending == ".s");
    if (!text)
      return text.takeError();
    llvm::Expected<WeightsSource> weights = compilation.weights();
    if (!weights)
      return weights.takeError();
    if (weights->size)
      if (llvm::Error error = writeWeights((path + ".weights").str(), *weights))
        return error;
    return writeFile(path, llvm::arrayRefFromStringRef<char>(*text));
  }
  llvm::Expected<ModelObjects *> model = objects();
  if (!model)
    return model.takeError();
  if (ending == ".so")
    return writeSharedObject(path, **model);
  if (llvm::Error error = writeRelocatable(path, **model))
    return error;
  llvm::SmallString<128> header(path);
  llvm::sys::path::replace_extension(header, ".h");
  return writeFile(header, llvm::arrayRefFromStringRef<char>(emitHeader(*program)));
}

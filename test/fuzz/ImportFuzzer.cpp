// Any bytes must be imported as a model or refused with one line; nothing else may happen. The seeds are made
// by make_seeds.py, the mutator is in WireMutator.cpp.
#include "lib/Import/Translate.h"
#include "mlir/IR/Verifier.h"
#include "test/lib/Import/Exercise.h"
#include <cstdio>
#include <cstdlib>

using namespace mlir;
using namespace tenon;
using namespace tenon::onnx_import;

/// MLIR is not instrumented: its containers and pools look corrupt to AddressSanitizer, and it leaks at exit.
extern "C" const char *__asan_default_options() {
  return "detect_container_overflow=0:allow_user_poisoning=0:detect_leaks=0";
}

/// A context keeps every type and attribute that it has seen: after so many models it is made anew.
static constexpr unsigned kModelsPerContext = 1000;

[[noreturn]] static void fail(const char *what, const std::string &text) {
  std::fprintf(stderr, "%s: %s\n", what, text.c_str());
  std::abort();
}

static void checkMessage(const std::string &message) {
  if (message.empty() || message.find('\n') != std::string::npos)
    fail("expected an error of one line, but got", message);
}

static MLIRContext &getContext() {
  static std::unique_ptr<MLIRContext> context;
  static unsigned models = 0;
  if (models++ % kModelsPerContext == 0)
    context = std::make_unique<MLIRContext>(MLIRContext::Threading::DISABLED);
  return *context;
}

/// Every dimension that is not known gets a range or, by its name's length, a size: else most models would be
/// refused before anything is translated.
static ImportOptions makeOptions(const Graph &graph) {
  ImportOptions options;
  for (const onnx_import::Value &input : graph.inputs()) {
    if (input.type.kind != ValueType::Kind::Tensor || !input.type.dims)
      continue;
    for (auto [axis, dim] : llvm::enumerate(*input.type.dims)) {
      std::string name = dim.symbol.str();
      if (dim.kind == onnx_import::Dim::Kind::Unknown)
        name = (input.name + "." + Twine(axis)).str();
      if (dim.kind != onnx_import::Dim::Kind::Static)
        options.dims[name] =
            name.size() % 2 ? std::pair<int64_t, int64_t>(1, 8) : std::pair<int64_t, int64_t>(4, 4);
    }
  }
  return options;
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  llvm::Expected<std::unique_ptr<Model>> model =
      Model::parse(llvm::StringRef(reinterpret_cast<const char *>(data), size));
  if (!model) {
    checkMessage(llvm::toString(model.takeError()));
    return 0;
  }
  // Kept from being optimised away.
  static volatile uint64_t sink;
  sink = onnx_import::testing::exercise((*model)->graph());
  (void)sink;

  MLIRContext &context = getContext();
  std::string message;
  unsigned errors = 0;
  ScopedDiagnosticHandler handler(&context, [&](Diagnostic &diagnostic) {
    message = diagnostic.str();
    ++errors;
    return success();
  });
  OwningOpRef<ModuleOp> module = importModel(&context, **model, "model.onnx", makeOptions((*model)->graph()));
  if (module && errors)
    fail("imported, but said", message);
  if (!module) {
    if (errors != 1)
      fail("expected one error, but got", std::to_string(errors));
    checkMessage(message);
  } else if (failed(verify(*module))) {
    fail("imported, but invalid", message);
  }
  return 0;
}

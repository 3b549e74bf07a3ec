// Any bytes must be read as a model or refused; nothing else may happen. The seeds are made by
// make_seeds.py, the exercise is the one of the unit tests.
#include "test/lib/Import/Exercise.h"
#include <cstdio>
#include <cstdlib>

using namespace tenon::onnx_import;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  llvm::Expected<std::unique_ptr<Model>> model =
      Model::parse(llvm::StringRef(reinterpret_cast<const char *>(data), size));
  if (!model) {
    std::string message = llvm::toString(model.takeError());
    if (message.empty() || message.find('\n') != std::string::npos) {
      std::fprintf(stderr, "error is not one line: %s\n", message.c_str());
      std::abort();
    }
    return 0;
  }
  // Kept from being optimised away.
  static volatile uint64_t sink;
  sink = tenon::onnx_import::testing::exercise((*model)->graph());
  (void)sink;
  return 0;
}

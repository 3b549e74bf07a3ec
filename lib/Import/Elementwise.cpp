#include "lib/Import/Translate.h"

using namespace mlir;
using namespace tenon;
using onnx_import::NodeImporter;
using onnx_import::Translators;

void onnx_import::populateElementwise(Translators &translators) {
  translators.add("Relu", [](NodeImporter &n) {
    n.out(0, n.create<nn::ReluOp>({n.require(0)}));
    return success();
  });
}

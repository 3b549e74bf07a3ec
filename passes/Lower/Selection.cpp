#include "passes/Lower/MovementUtils.h"

using namespace mlir;
using namespace tenon;
using namespace tenon::lower;

void lower::populateSelection(Lowerings &) {}

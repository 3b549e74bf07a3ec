#include "passes/Plan/Cover.h"
#include "dialects/NN/NN.h"

using namespace mlir;
using namespace tenon;

bool plan::isElementwise(Operation *op) {
  return op->hasTrait<nn::NNElementwise>() && op->getNumResults() == 1;
}

/// Whether what follows `op` element by element can be computed in its epilogue.
static bool isAnchor(Operation *op) {
  return plan::isElementwise(op) || isa<nn::ConvOp, nn::MatMulOp, nn::GemmOp>(op);
}

std::vector<plan::Group> plan::coverBlock(Block &block, llvm::function_ref<bool(Operation *)> isCovered) {
  std::vector<Group> groups;
  llvm::DenseSet<Operation *> taken;
  for (Operation &first : block.without_terminator()) {
    if (!isCovered(&first) || !taken.insert(&first).second)
      continue;
    Group group = {&first};
    while (isAnchor(group.front())) {
      Value value = group.back()->getResult(0);
      if (!value.hasOneUse())
        break;
      Operation *next = *value.user_begin();
      if (next->getBlock() != &block || !isElementwise(next) || !isCovered(next) ||
          nn::getDims(next->getResult(0)) != nn::getDims(value) || !taken.insert(next).second)
        break;
      group.push_back(next);
    }
    groups.push_back(std::move(group));
  }
  return groups;
}

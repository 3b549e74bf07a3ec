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

/// Adds the element-wise operators that follow a value with several uses and come together in one value
/// again, as those of GELU and swish do: all uses of all values but the last are among them.
static bool addDiamond(plan::Group &group, llvm::function_ref<bool(Operation *)> isFree) {
  Value start = group.back()->getResult(0);
  auto countUses = [](Value value) { return std::distance(value.use_begin(), value.use_end()); };
  llvm::SmallDenseSet<Value> values = {start};
  int64_t open = countUses(start); // uses of the values that are yet to come
  plan::Group added;
  constexpr size_t kMost = 32;
  for (Operation *op = group.back()->getNextNode(); op && added.size() < kMost; op = op->getNextNode()) {
    int64_t uses = llvm::count_if(op->getOperands(), [&](Value operand) { return values.contains(operand); });
    if (uses == 0)
      continue;
    if (!plan::isElementwise(op) || !isFree(op) || nn::getDims(op->getResult(0)) != nn::getDims(start))
      return false;
    added.push_back(op);
    open -= uses;
    if (open == 0) {
      group.append(added);
      return true;
    }
    values.insert(op->getResult(0));
    open += countUses(op->getResult(0));
  }
  return false;
}

std::vector<plan::Group>
plan::coverBlock(Block &block, llvm::function_ref<bool(Operation *)> isCovered,
                 llvm::function_ref<bool(Operation *, Value, Operation *)> shouldFuse) {
  std::vector<Group> groups;
  llvm::DenseSet<Operation *> taken;
  for (Operation &first : block.without_terminator()) {
    if (!isCovered(&first) || !taken.insert(&first).second)
      continue;
    Group group = {&first};
    bool isFused = false;
    while (isAnchor(group.front())) {
      Value value = group.back()->getResult(0);
      if (!value.hasOneUse()) {
        size_t before = group.size();
        if (value.use_empty() ||
            !addDiamond(group, [&](Operation *op) { return isCovered(op) && !taken.contains(op); }))
          break;
        taken.insert(group.begin() + before, group.end());
        continue;
      }
      Operation *next = *value.user_begin();
      if (next->getBlock() != &block || !isCovered(next) || taken.contains(next))
        break;
      bool fuses = !isFused && shouldFuse(&first, value, next);
      isFused |= fuses;
      if (!fuses && (!isElementwise(next) || nn::getDims(next->getResult(0)) != nn::getDims(value)))
        break;
      taken.insert(next);
      group.push_back(next);
    }
    groups.push_back(std::move(group));
  }
  return groups;
}

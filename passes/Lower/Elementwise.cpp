#include "passes/Lower/Lowering.h"

using namespace mlir;
using namespace tenon;
using namespace tenon::lower;

void lower::populateElementwise(Lowerings &lowerings) {
  lowerings.add<nn::ReluOp>([](nn::ReluOp op, TaskBuilder &task) {
    Tensor x = task.tensor(op.getX()), y = task.tensor(op.getY());
    Nest nest(task, y.dims);
    nest.inBroadcast(x).out(y);
    nest.emit([&](ScalarBuilder &s, ValueRange in, ValueRange) {
      return Nest::Values{s.max(in[0], s.constant(in[0].getType(), 0))};
    });
    return success();
  });
}

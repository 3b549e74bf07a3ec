#include "lib/Driver/DrawGraph.h"
#include "dialects/NN/NN.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/Support/raw_ostream.h"

using namespace mlir;
using namespace tenon;

/// "1x64x56x56", or the whole type where that is no tensor.
static std::string shapeText(Value value) {
  std::string text;
  llvm::raw_string_ostream os(text);
  auto type = dyn_cast<RankedTensorType>(value.getType());
  if (!type) {
    os << value.getType();
    return text;
  }
  llvm::interleave(
      type.getShape(), os, [&](int64_t extent) { ShapedType::isDynamic(extent) ? os << '?' : os << extent; },
      "x");
  return text;
}

/// The statements for one graph, whose boxes are numbered from `boxes` on.
static void drawGraph(ModuleOp module, unsigned &boxes, llvm::raw_ostream &os) {
  auto main = module.lookupSymbol<func::FuncOp>("main");
  if (!main)
    return;
  llvm::DenseMap<Value, unsigned> boxOf;
  auto draw = [&](StringRef label, StringRef shape, StringRef style) {
    os << "  n" << boxes << " [label=\"" << label << "\\n" << shape << "\"" << style << "];\n";
    return boxes++;
  };
  auto connect = [&](Operation *op, unsigned box) {
    for (Value operand : op->getOperands())
      if (auto it = boxOf.find(operand); it != boxOf.end())
        os << "  n" << it->second << " -> n" << box << ";\n";
  };
  for (Block &block : main.getBody()) {
    for (Value argument : block.getArguments())
      boxOf[argument] = draw("input", shapeText(argument), ", style=rounded");
    for (Operation &op : block) {
      if (isa<nn::ConstantOp>(op))
        continue;
      bool isEnd = op.hasTrait<OpTrait::IsTerminator>();
      unsigned box =
          draw(isEnd ? "output" : op.getName().stripDialect(),
               op.getNumResults() ? shapeText(op.getResult(0)) : "", isEnd ? ", style=rounded" : "");
      connect(&op, box);
      for (Value result : op.getResults())
        boxOf[result] = box;
    }
  }
}

std::string tenon::drawGraphs(ArrayRef<Drawing> drawings) {
  std::string text;
  llvm::raw_string_ostream os(text);
  os << "digraph model {\n  node [shape=box];\n";
  unsigned boxes = 0, frames = 0;
  for (const Drawing &drawing : drawings) {
    // Graphviz draws a frame around what it finds in a subgraph of such a name.
    if (!drawing.title.empty())
      os << "  subgraph cluster" << frames++ << " {\n  label=\"" << drawing.title << "\";\n";
    drawGraph(drawing.module, boxes, os);
    if (!drawing.title.empty())
      os << "  }\n";
  }
  os << "}\n";
  return text;
}

#include "passes/Substitute/Search/Convert.h"
#include "dialects/NN/NN.h"
#include "mlir/Analysis/TopologicalSortUtils.h"
#include "passes/Substitute/NNBridge.h"

using namespace mlir;
using namespace tenon;
using namespace tenon::substitute;
using ClassId = EGraph::ClassId;

/// The shape; -1 for an extent that is not static, so that nothing but an opaque operator has it.
static ShapeOf<int64_t> shapeOf(Value value) {
  ShapeOf<int64_t> shape;
  if (auto type = dyn_cast<RankedTensorType>(value.getType()))
    for (int64_t extent : type.getShape())
      shape.push_back(ShapedType::isDynamic(extent) ? -1 : extent);
  return shape;
}

/// Whether rules may speak of the value.
static bool isPlain(Value value) {
  auto type = dyn_cast<RankedTensorType>(value.getType());
  return type && type.hasStaticShape() && type.getElementType().isF32() && type.getNumElements() > 0;
}

static bool isPlain(Operation *op) {
  return llvm::all_of(op->getOperands(), [](Value v) { return isPlain(v); }) &&
         llvm::all_of(op->getResults(), [](Value v) { return isPlain(v); });
}

FunctionGraph::FunctionGraph(func::FuncOp func) : func(func) {
  Block &body = func.getBody().front();
  for (Value argument : body.getArguments())
    inputs.push_back(argument);
  for (Operation &op : body.without_terminator())
    if (isa<nn::ConstantOp>(op))
      inputs.push_back(op.getResult(0));
    else
      opaque.push_back(&op);
  for (Value input : inputs)
    original.isConstant.push_back(input.getDefiningOp() && isPlain(input));
  addTo(original.graph);
  original.graph.rebuild();
}

/// `x` plus a vector along `axis`, which counts from the last dimension.
ClassId FunctionGraph::addVectorSum(EGraph &graph, ClassId x, ClassId vector, int64_t axis) {
  return *graph.add(OpKind::BiasAdd, {axis}, {x, vector});
}

/// The starts of a slice by single steps that cuts one dimension only, and that dimension.
static std::optional<std::pair<int64_t, int64_t>> getCut(nn::SliceOp slice) {
  ArrayRef<int64_t> from = cast<RankedTensorType>(slice.getX().getType()).getShape(),
                    to = cast<RankedTensorType>(slice.getY().getType()).getShape();
  std::optional<std::pair<int64_t, int64_t>> cut;
  for (auto [d, start] : llvm::enumerate(slice.getStarts().getResults())) {
    std::optional<int64_t> first = nn::getStatic(start);
    if (!first || slice.getSteps()[d] != 1)
      return std::nullopt;
    if (from[d] == to[d])
      continue;
    if (cut)
      return std::nullopt;
    cut = {int64_t(d), *first};
  }
  return cut;
}

bool FunctionGraph::addKnown(EGraph &graph, Operation *op, ClassOf &classOf) {
  if (!isPlain(op) || op->getNumResults() != 1)
    return false;
  auto at = [&](Value value) { return classOf.lookup(value); };
  auto rankOf = [](Value value) { return int64_t(shapeOf(value).size()); };
  Value result = op->getResult(0);
  auto finish = [&](std::optional<ClassId> id) {
    if (!id || ArrayRef<int64_t>(graph.shape(*id)) != ArrayRef<int64_t>(shapeOf(result)))
      return false;
    classOf[result] = *id;
    return true;
  };
  auto append = [](llvm::SmallVector<int64_t, 12> &to, ArrayRef<int64_t> values) {
    to.append(values.begin(), values.end());
  };
  if (auto matmul = dyn_cast<nn::MatMulOp>(op))
    return finish(graph.add(OpKind::MatMul, {}, {at(matmul.getA()), at(matmul.getB())}));
  if (auto gemm = dyn_cast<nn::GemmOp>(op)) {
    Value c = gemm.getC();
    if (gemm.getAlpha().convertToDouble() != 1 ||
        (c &&
         (gemm.getBeta().convertToDouble() != 1 || rankOf(c) != 1 || shapeOf(c)[0] != shapeOf(result)[1])))
      return false;
    auto side = [&](Value value, bool transposed) {
      return transposed ? *graph.add(OpKind::Transpose, {1, 0}, {at(value)}) : at(value);
    };
    ClassId y = *graph.add(OpKind::MatMul, {},
                           {side(gemm.getA(), gemm.getTransA()), side(gemm.getB(), gemm.getTransB())});
    return finish(c ? addVectorSum(graph, y, at(c), -1) : y);
  }
  if (auto conv = dyn_cast<nn::ConvOp>(op)) {
    if (rankOf(conv.getX()) != 4)
      return false;
    llvm::SmallVector<int64_t, 12> params;
    append(params, ArrayRef<int64_t>(shapeOf(conv.getW())).drop_front(2));
    append(params, conv.getStrides());
    append(params, conv.getDilations());
    append(params, conv.getPads());
    params.push_back(conv.getGroup());
    params.push_back(0);
    std::optional<ClassId> y = graph.add(OpKind::Conv, params, {at(conv.getX()), at(conv.getW())});
    if (y && conv.getBias())
      y = addVectorSum(graph, *y, at(conv.getBias()), -3);
    return finish(y);
  }
  if (isa<nn::AddOp, nn::MulOp, nn::SubOp>(op)) {
    Value a = op->getOperand(0), b = op->getOperand(1);
    if (shapeOf(a) == shapeOf(b))
      return finish(graph.add(isa<nn::AddOp>(op)   ? OpKind::Add
                              : isa<nn::MulOp>(op) ? OpKind::Mul
                                                   : OpKind::Sub,
                              {}, {at(a), at(b)}));
    if (!isa<nn::AddOp>(op))
      return false;
    if (rankOf(a) < rankOf(b))
      std::swap(a, b);
    if (rankOf(a) >= 2 && rankOf(b) == 1 && shapeOf(a).back() == shapeOf(b)[0])
      return finish(graph.add(OpKind::BiasAdd, {-1}, {at(a), at(b)}));
    return false;
  }
  auto window = [&](auto pool) -> std::optional<llvm::SmallVector<int64_t, 12>> {
    llvm::SmallVector<int64_t, 12> params;
    append(params, pool.getKernel());
    append(params, pool.getStrides());
    append(params, pool.getPads());
    if (params.size() != pool::Count || pool.getCeilMode() ||
        llvm::any_of(pool.getDilations(), [](int64_t d) { return d != 1; }))
      return std::nullopt;
    return params;
  };
  if (auto pool = dyn_cast<nn::MaxPoolOp>(op)) {
    auto params = window(pool);
    return params && finish(graph.add(OpKind::MaxPool, *params, {at(pool.getX())}));
  }
  if (auto pool = dyn_cast<nn::AvgPoolOp>(op)) {
    auto params = window(pool);
    // A mean that leaves the padding out has another factor at the border.
    bool isWhole =
        pool.getCountIncludePad() || llvm::all_of(pool.getPads(), [](int64_t p) { return p == 0; });
    return params && isWhole && finish(graph.add(OpKind::AvgPool, *params, {at(pool.getX())}));
  }
  if (auto pad = dyn_cast<nn::PadOp>(op)) {
    ArrayRef<int64_t> pads = pad.getPads();
    if (pad.getMode() != "constant" || pad.getValue() || pads.size() != 8 || pads[0] || pads[1] || pads[4] ||
        pads[5])
      return false;
    return finish(graph.add(OpKind::Enlarge, {pads[2], pads[3], pads[6], pads[7]}, {at(pad.getX())}));
  }
  if (isa<nn::ReluOp>(op))
    return finish(graph.add(OpKind::Relu, {}, {at(op->getOperand(0))}));
  if (auto concat = dyn_cast<nn::ConcatOp>(op)) {
    int64_t axis = int64_t(concat.getAxis()) - rankOf(result);
    ClassId whole = at(concat.getInputs().front());
    for (Value part : concat.getInputs().drop_front())
      whole = *graph.add(OpKind::Concat, {axis}, {whole, at(part)});
    return finish(whole);
  }
  if (auto slice = dyn_cast<nn::SliceOp>(op)) {
    auto cut = getCut(slice);
    if (!cut)
      return false;
    auto [dim, start] = *cut;
    int64_t axis = dim - rankOf(result), extent = shapeOf(slice.getX())[dim], size = shapeOf(result)[dim];
    ClassId part = at(slice.getX());
    // First what lies after the slice is cut away, then what lies before it.
    if (start + size < extent)
      part = graph.project(*graph.add(OpKind::Split, {axis, start + size, extent - start - size}, {part}), 0);
    if (start > 0)
      part = graph.project(*graph.add(OpKind::Split, {axis, start, size}, {part}), 1);
    return finish(part);
  }
  if (auto transpose = dyn_cast<nn::TransposeOp>(op))
    return finish(graph.add(OpKind::Transpose, transpose.getPerm(), {at(transpose.getX())}));
  if (auto reshape = dyn_cast<nn::ReshapeOp>(op)) {
    ShapeOf<int64_t> shape = shapeOf(result);
    return finish(graph.add(OpKind::Reshape, shape, {at(reshape.getX())}));
  }
  return false;
}

std::vector<FunctionGraph::Original> FunctionGraph::addTo(EGraph &graph) {
  ClassOf classOf;
  for (auto [id, input] : llvm::enumerate(inputs))
    classOf[input] = graph.addInput(int64_t(id), shapeOf(input));
  std::vector<Original> originals;
  for (auto [id, op] : llvm::enumerate(opaque)) {
    if (!addKnown(graph, op, classOf)) {
      llvm::SmallVector<ClassId, 4> children;
      for (Value operand : op->getOperands())
        children.push_back(classOf.lookup(operand));
      std::vector<ShapeOf<int64_t>> shapes;
      for (Value result : op->getResults())
        shapes.push_back(shapeOf(result));
      ClassId tuple = graph.addOpaque(int64_t(id), children, shapes);
      for (OpResult result : op->getResults())
        classOf[result] = graph.project(tuple, result.getResultNumber());
    }
    Original entry{op, {}, {}};
    for (Value operand : op->getOperands())
      entry.operands.push_back(classOf.lookup(operand));
    for (Value result : op->getResults())
      entry.results.push_back(classOf.lookup(result));
    originals.push_back(std::move(entry));
  }
  if (original.roots.empty())
    for (Value value : func.getBody().front().getTerminator()->getOperands())
      original.roots.push_back(classOf.lookup(value));
  return originals;
}

namespace {
/// Builds a graph's values in a function.
class ValueBuilder {
public:
  ValueBuilder(const EGraph &graph, size_t known, OpBuilder &b, ArrayRef<Value> inputs,
               ArrayRef<Operation *> opaque)
      : graph(graph), b(b), inputs(inputs), opaque(opaque), readers(graph.numIds(), 0) {
    for (EGraph::NodeId node = 0; node < known; ++node)
      for (ClassId child : graph.node(node).children)
        ++readers[graph.find(child)];
  }
  /// For each class, the operator that computes it already, and the number of its result.
  llvm::DenseMap<ClassId, std::pair<Operation *, unsigned>> kept;
  llvm::DenseMap<Operation *, SmallVector<ClassId, 4>> operandsOf;

  Value build(ClassId id) {
    id = graph.find(id);
    if (Value value = values.lookup(id))
      return value;
    Value value = make(id);
    values[id] = value;
    return value;
  }
  ArrayRef<Operation *> getMade() const { return made; }

private:
  Value make(ClassId id) {
    if (auto it = kept.find(id); it != kept.end()) {
      auto [op, number] = it->second;
      if (done.insert(op).second) {
        SmallVector<Value> operands;
        for (ClassId operand : operandsOf[op])
          operands.push_back(build(operand));
        op->setOperands(operands);
        here = op->getLoc();
      }
      return op->getResult(number);
    }
    const EGraph::ENode &node = graph.node(graph[id].nodes.front());
    if (node.op == EGraph::opInput)
      return inputs[node.params[0]];
    if (node.op == EGraph::opOutput) {
      ClassId tuple = graph.find(node.children[0]);
      if (!parts.count(tuple))
        parts[tuple] = makeOperator(graph.node(graph[tuple].nodes.front()));
      return parts[tuple][node.params[0]];
    }
    return makeOperator(node)[0];
  }

  SmallVector<Value, 2> makeOperator(const EGraph::ENode &node) {
    // What no rule knows stays, with the operands that it has now.
    if (node.op == EGraph::opOpaque) {
      Operation *op = opaque[node.params[0]];
      SmallVector<Value> operands;
      for (ClassId child : node.children)
        operands.push_back(build(child));
      op->setOperands(operands);
      here = op->getLoc();
      return SmallVector<Value, 2>(op->getResults());
    }
    // A convolution adds its bias itself; that of a sum is added by one of its convolutions.
    if (node.op == EGraph::Op(OpKind::BiasAdd) && node.params[0] == -3)
      if (std::optional<ClassId> producer = findConvolution(node.children[0])) {
        Value bias = build(node.children[1]), y = build(node.children[0]);
        values.lookup(*producer).getDefiningOp<nn::ConvOp>().getBiasMutable().assign(bias);
        return {y};
      }
    SmallVector<Value> operands;
    if (node.op == EGraph::Op(OpKind::Concat))
      collectParts(node, operands);
    else
      operands = buildOperands(node);
    Location loc = here ? Location(*here) : b.getUnknownLoc();
    if (!operands.empty() && operands[0].getDefiningOp() && !operands[0].getDefiningOp<nn::ConstantOp>())
      loc = operands[0].getLoc();
    Operation *before = b.getInsertionBlock()->getTerminator()->getPrevNode();
    auto results = node.op == EGraph::Op(OpKind::Concat)
                       ? SmallVector<Value, 2>{concatenate(loc, operands, node.params[0])}
                       : buildNN(b, loc, OpKind(node.op), operands, node.params, b.getF32Type());
    for (Operation *op = before ? before->getNextNode() : &b.getInsertionBlock()->front();
         op && op != b.getInsertionBlock()->getTerminator(); op = op->getNextNode())
      made.push_back(op);
    return results;
  }

  /// A convolution that is all or a summand of a value which nothing else reads, and has no bias yet.
  std::optional<ClassId> findConvolution(ClassId id) const {
    id = graph.find(id);
    const EGraph::ENode &node = graph.node(graph[id].nodes.front());
    if (readers[id] != 1 || kept.count(id) || values.count(id))
      return std::nullopt;
    if (node.op == EGraph::Op(OpKind::Conv) && !node.params[conv::Activation])
      return id;
    if (node.op == EGraph::Op(OpKind::Add))
      for (ClassId child : node.children)
        if (std::optional<ClassId> found = findConvolution(child))
          return found;
    return std::nullopt;
  }
  /// Of a sum of more than two values, the one that comes last is built before the sum of the others, so that
  /// the plan adds the others to it when it is computed: what is added is read while it is near.
  SmallVector<Value> buildOperands(const EGraph::ENode &node) {
    auto isSum = [&](ClassId id) {
      return graph.node(graph[graph.find(id)].nodes.front()).op == EGraph::Op(OpKind::Add);
    };
    SmallVector<ClassId> children(node.children.begin(), node.children.end());
    if (node.op == EGraph::Op(OpKind::Add) && isSum(children[0]))
      std::swap(children[0], children[1]);
    SmallVector<Value> operands;
    for (ClassId child : children)
      operands.push_back(build(child));
    return operands;
  }
  /// Concatenations that only this one reads are part of it.
  void collectParts(const EGraph::ENode &node, SmallVector<Value> &parts) {
    for (ClassId child : node.children) {
      child = graph.find(child);
      const EGraph::ENode &part = graph.node(graph[child].nodes.front());
      if (part.op == node.op && part.params == node.params && readers[child] == 1 && !kept.count(child))
        collectParts(part, parts);
      else
        parts.push_back(build(child));
    }
  }
  Value concatenate(Location loc, ArrayRef<Value> parts, int64_t axis) {
    ShapeOf<int64_t> shape = shapeOf(parts[0]);
    axis += int64_t(shape.size());
    for (Value part : parts.drop_front())
      shape[axis] += shapeOf(part)[axis];
    return nn::ConcatOp::create(b, loc, RankedTensorType::get(shape, b.getF32Type()), ValueRange(parts),
                                b.getI64IntegerAttr(axis));
  }

  const EGraph &graph;
  OpBuilder &b;
  ArrayRef<Value> inputs;
  ArrayRef<Operation *> opaque;
  std::vector<unsigned> readers;
  llvm::DenseMap<ClassId, Value> values;
  llvm::DenseMap<ClassId, SmallVector<Value, 2>> parts;
  llvm::DenseSet<Operation *> done;
  std::optional<Location> here;
  std::vector<Operation *> made;
};
} // namespace

LogicalResult FunctionGraph::replace(const ModelGraph &wanted, bool withValues) {
  EGraph graph = wanted.graph;
  size_t classes = graph.numIds(), nodes = graph.numNodes();
  std::vector<Original> originals = addTo(graph);
  Block &body = func.getBody().front();
  Operation *terminator = body.getTerminator();
  OpBuilder b(terminator);
  ValueBuilder builder(graph, nodes, b, inputs, opaque);
  for (const Original &entry : originals) {
    // What is the same value as one of its operands is not what computes it.
    if (llvm::any_of(entry.results, [&](ClassId id) { return llvm::is_contained(entry.operands, id); }))
      continue;
    for (auto [number, id] : llvm::enumerate(entry.results))
      if (id < classes && builder.kept.try_emplace(id, entry.op, unsigned(number)).second)
        builder.operandsOf[entry.op] = entry.operands;
  }
  SmallVector<Value> results;
  for (ClassId root : wanted.roots)
    results.push_back(builder.build(root));
  terminator->setOperands(results);
  // What depends on constants alone is computed now, or stands for a constant that equals no other.
  int64_t placeholders = 0;
  for (Operation *op : builder.getMade()) {
    if (isa<nn::ConstantOp>(op) || op->use_empty() ||
        !llvm::all_of(op->getOperands(), [](Value v) { return v.getDefiningOp<nn::ConstantOp>(); }))
      continue;
    b.setInsertionPoint(op);
    if (!withValues) {
      for (Value result : op->getResults()) {
        auto type = cast<RankedTensorType>(result.getType());
        auto other = DenseElementsAttr::get(type, float(++placeholders));
        result.replaceAllUsesWith(nn::ConstantOp::create(b, op->getLoc(), type, other));
      }
      continue;
    }
    SmallVector<HostTensor> values;
    if (failed(nn::evaluateConstant(op, values)))
      return op->emitOpError("has no value");
    for (auto [result, value] : llvm::zip(op->getResults(), values)) {
      auto constant =
          nn::create<nn::ConstantOp>(b, op->getLoc(), {}, {b.getNamedAttr("value", value.toAttr())});
      if (failed(constant))
        return failure();
      result.replaceAllUsesWith(constant->getY());
    }
  }
  sortTopologically(&body);
  SmallVector<Operation *> ops;
  for (Operation &op : body.without_terminator())
    ops.push_back(&op);
  for (Operation *op : llvm::reverse(ops))
    if (op->use_empty() && isa<nn::NNDialect>(op->getDialect()) && isMemoryEffectFree(op))
      op->erase();
  return success();
}

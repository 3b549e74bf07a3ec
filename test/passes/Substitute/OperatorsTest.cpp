#include "passes/Substitute/Operators.h"
#include "dialects/NN/Evaluate.h"
#include "dialects/NN/NN.h"
#include "mlir/IR/Verifier.h"
#include "passes/Substitute/Evaluate.h"
#include "passes/Substitute/IndexNotation.h"
#include "passes/Substitute/NNBridge.h"
#include "gtest/gtest.h"
#include <cmath>

using namespace tenon;
using namespace tenon::substitute;
using llvm::ArrayRef;

// The three meanings of every operator are held against each other on all small shapes: the values on
// integers against the reference of dialects/NN, and the denotation, with symbols for all extents and
// parameters, against the values.

namespace {

using Numbers = llvm::SmallVector<int64_t, 12>;
using Shapes = std::vector<ShapeOf<int64_t>>;

/// One application of an operator: operand shapes and parameters.
struct Case {
  Shapes shapes;
  Numbers params;
};

/// Calls `visit` with every list of numbers between the bounds.
void forEach(ArrayRef<std::pair<int64_t, int64_t>> bounds,
             llvm::function_ref<void(ArrayRef<int64_t>)> visit) {
  Numbers numbers;
  for (auto [least, most] : bounds)
    numbers.push_back(least);
  while (true) {
    visit(numbers);
    size_t i = 0;
    while (i < bounds.size() && ++numbers[i] > bounds[i].second)
      numbers[i] = bounds[i].first, ++i;
    if (i == bounds.size())
      return;
  }
}

/// All small cases of an operator, legal or not.
std::vector<Case> casesOf(OpKind op) {
  std::vector<Case> cases;
  switch (op) {
  case OpKind::MatMul:
    forEach({{1, 3}, {1, 3}, {1, 3}, {0, 2}}, [&](ArrayRef<int64_t> n) {
      Case c{{{n[0], n[1]}, {n[1], n[2]}}, {}};
      if (n[3] > 0)
        c.shapes[0].insert(c.shapes[0].begin(), 2);
      if (n[3] > 1)
        c.shapes[1].insert(c.shapes[1].begin(), 2);
      cases.push_back(c);
    });
    break;
  case OpKind::Conv:
    forEach({{1, 2}, {1, 2}, {1, 2}, {1, 4}, {1, 2}, {1, 2}, {1, 2}, {0, 1}, {0, 1}, {0, 1}},
            [&](ArrayRef<int64_t> n) {
              // groups, channels and outputs per group, height, kernel, stride, dilation, pads, relu
              cases.push_back({{{1, n[0] * n[1], n[3], 3}, {n[0] * n[2], n[1], n[4], 2}},
                               {n[4], 2, n[5], 1, n[6], 1, n[7], 1, n[8], 0, n[0], n[9]}});
              cases.push_back({{{2, n[0] * n[1], 3, n[3]}, {n[0] * n[2], n[1], 2, n[4]}},
                               {2, n[4], 1, n[5], 1, n[6], 0, n[7], 1, n[8], n[0], n[9]}});
            });
    break;
  case OpKind::Add:
  case OpKind::Mul:
  case OpKind::Sub:
    forEach({{1, 3}, {1, 3}},
            [&](ArrayRef<int64_t> n) { cases.push_back({{{n[0], n[1]}, {n[0], n[1]}}, {}}); });
    break;
  case OpKind::BiasAdd:
    forEach({{1, 3}, {1, 3}, {1, 2}, {-3, -1}},
            [&](ArrayRef<int64_t> n) { cases.push_back({{{n[0], n[1], n[2]}, {n[3 + n[3]]}}, {n[3]}}); });
    break;
  case OpKind::Relu:
    forEach({{1, 3}, {1, 3}}, [&](ArrayRef<int64_t> n) { cases.push_back({{{n[0], n[1]}}, {}}); });
    break;
  case OpKind::Concat:
    forEach({{1, 3}, {1, 3}, {1, 2}, {1, 2}, {-3, -1}}, [&](ArrayRef<int64_t> n) {
      Case c{{{n[2], n[3], 2}, {n[2], n[3], 2}}, {n[4]}};
      c.shapes[0][3 + n[4]] = n[0];
      c.shapes[1][3 + n[4]] = n[1];
      cases.push_back(c);
    });
    break;
  case OpKind::Split:
    forEach({{1, 3}, {1, 3}, {1, 2}, {1, 2}, {-3, -1}}, [&](ArrayRef<int64_t> n) {
      Case c{{{n[2], n[3], 2}}, {n[4], n[0], n[1]}};
      c.shapes[0][3 + n[4]] = n[0] + n[1];
      cases.push_back(c);
    });
    break;
  case OpKind::Transpose:
    forEach({{1, 3}, {1, 3}, {1, 3}, {0, 2}, {0, 2}, {0, 2}}, [&](ArrayRef<int64_t> n) {
      cases.push_back({{{n[0], n[1], n[2]}}, {n[3], n[4], n[5]}});
      cases.push_back({{{n[0], n[1], n[2]}}, {n[3], n[4]}});
    });
    break;
  case OpKind::Reshape:
    forEach({{1, 3}, {1, 3}, {1, 3}}, [&](ArrayRef<int64_t> n) {
      cases.push_back({{{n[0], n[1], n[2]}}, {n[0] * n[1], n[2]}});
      cases.push_back({{{n[0], n[1], n[2]}}, {n[0], n[1] * n[2]}});
      cases.push_back({{{n[0] * n[1], n[2]}}, {n[1], n[0] * n[2]}});
      cases.push_back({{{n[0] * n[1], n[2]}}, {n[0], n[1], n[2]}});
    });
    break;
  case OpKind::Enlarge:
    forEach({{1, 2}, {1, 2}, {0, 2}, {0, 2}, {0, 1}, {0, 1}},
            [&](ArrayRef<int64_t> n) { cases.push_back({{{1, 2, n[0], n[1]}}, {n[2], n[3], n[4], n[5]}}); });
    break;
  case OpKind::MaxPool:
  case OpKind::AvgPool:
    forEach({{1, 4}, {1, 3}, {1, 2}, {0, 2}, {0, 2}}, [&](ArrayRef<int64_t> n) {
      cases.push_back({{{1, 2, n[0], 3}}, {n[1], 2, n[2], 1, n[3], 1, n[4], 0}});
      cases.push_back({{{2, 1, 3, n[0]}}, {2, n[1], 1, n[2], 0, n[3], 1, n[4]}});
    });
    break;
  case OpKind::BatchNorm:
    forEach({{1, 2}, {1, 3}, {1, 2}}, [&](ArrayRef<int64_t> n) {
      cases.push_back({{{n[0], n[1], n[2], 2}, {n[1]}, {n[1]}, {n[1]}, {n[1]}}, {}});
    });
    break;
  case OpKind::Zeros:
  case OpKind::Ones:
    forEach({{1, 3}, {1, 3}}, [&](ArrayRef<int64_t> n) { cases.push_back({{}, {n[0], n[1]}}); });
    break;
  case OpKind::Identity:
    forEach({{1, 3}}, [&](ArrayRef<int64_t> n) { cases.push_back({{}, {n[0]}}); });
    break;
  case OpKind::IdentityKernel:
    forEach({{1, 2}, {1, 3}, {1, 3}, {0, 2}, {0, 2}},
            [&](ArrayRef<int64_t> n) { cases.push_back({{}, {n[0], n[1], n[2], n[3], n[4]}}); });
    break;
  case OpKind::PoolKernel:
    forEach({{1, 2}, {1, 3}, {1, 3}},
            [&](ArrayRef<int64_t> n) { cases.push_back({{}, {n[0], n[1], n[2]}}); });
    break;
  }
  return cases;
}

std::vector<IntTensor> operandsOf(const Case &c) {
  Random random(c.params.size() + 3);
  std::vector<IntTensor> operands;
  for (const ShapeOf<int64_t> &shape : c.shapes) {
    IntTensor tensor{shape, {}};
    for (int64_t i = 0, n = numElements(shape); i < n; ++i)
      tensor.data.push_back(random.in(-4, 4));
    operands.push_back(tensor);
  }
  return operands;
}

std::optional<std::vector<IntTensor>> evaluate(OpKind op, ArrayRef<IntTensor> operands,
                                               ArrayRef<int64_t> params) {
  std::vector<const IntTensor *> pointers;
  for (const IntTensor &operand : operands)
    pointers.push_back(&operand);
  return evaluateOperator(op, pointers, params);
}

std::string describe(OpKind op, const Case &c) {
  std::string text = getOperator(op).name;
  for (const auto &shape : c.shapes) {
    text += " ";
    for (int64_t extent : shape)
      text += std::to_string(extent) + "x";
  }
  for (int64_t param : c.params)
    text += " " + std::to_string(param);
  return text;
}

/// The values of all symbols that follow from those of the first ones, in either direction.
Values known(const Facts &facts, const Values &given) {
  Values values = given;
  values.resize(facts.symbols.size());
  for (int round = 0; round < 3; ++round)
    for (size_t s = 0; s < given.size(); ++s)
      bindPattern(facts.resolve(Poly::symbol(s)), *given[s], values);
  facts.complete(values);
  return values;
}

/// The first case in which a denotation, with symbols for all extents and parameters that are not literal,
/// says something else than the values on integers; "" if there is none. `checked` counts the cases.
std::string checkDenotation(const OperatorInfo &info, unsigned &checked) {
  for (const Case &c : casesOf(info.kind)) {
    std::vector<IntTensor> operands = operandsOf(c);
    auto expected = evaluate(info.kind, operands, c.params);
    if (!expected)
      continue;
    ++checked;
    Symbols symbols;
    Values values;
    auto fresh = [&](int64_t number, int64_t least) {
      values.push_back(number);
      return Poly::symbol(symbols.add("v" + std::to_string(values.size()), least));
    };
    std::vector<Shape> shapes;
    for (const auto &shape : c.shapes) {
      shapes.emplace_back();
      for (int64_t extent : shape)
        shapes.back().push_back(fresh(extent, 1));
    }
    llvm::SmallVector<Poly, 12> params;
    size_t position = 0;
    for (const ParamInfo &param : info.params)
      for (size_t i = 0, e = param.count < 0 ? c.params.size() : param.count; i < e; ++i, ++position)
        params.push_back(param.literal ? Poly(c.params[position]) : fresh(c.params[position], param.least));
    Facts facts(symbols);
    AssumeShapes assume(facts);
    auto inferred = info.inferSymbols(shapes, params, assume);
    if (!inferred)
      return describe(info.kind, c) + ": undefined on symbols";
    for (Shape &shape : shapes)
      shape = facts.resolve(shape);
    for (Poly &param : params)
      param = facts.resolve(param);
    std::vector<const IntTensor *> pointers;
    for (const IntTensor &operand : operands)
      pointers.push_back(&operand);
    for (auto [output, tensor] : llvm::enumerate(*expected)) {
      Facts local = facts;
      Shape index;
      for (size_t d = 0; d < tensor.shape.size(); ++d)
        index.push_back(Poly::symbol(local.symbols.add("i" + std::to_string(d), 0)));
      ExprBuilder build(local, Arithmetic::Full);
      auto at = [&](unsigned operand, ArrayRef<Poly> where) { return build.element(operand, where); };
      IndexNotation notation{build, params, shapes, int(output), index, at, {}};
      info.denote(notation);
      Values point = known(facts, values);
      for (auto [dim, extent] : llvm::enumerate(tensor.shape)) {
        auto symbolic = facts.resolve((*inferred)[output][dim]).evaluate(point);
        if (symbolic != extent)
          return describe(info.kind, c) + ": another shape on symbols";
      }
      llvm::SmallVector<int64_t> at0(tensor.shape.size(), 0);
      size_t element = 0;
      do {
        Values here = known(facts, values);
        here.resize(local.symbols.size());
        for (size_t d = 0; d < at0.size(); ++d)
          here[*index[d].asSymbol()] = at0[d];
        std::optional<int64_t> value = substitute::evaluate(notation.result, local, here, pointers);
        if (value != tensor.data[element])
          return describe(info.kind, c) + ": element " + std::to_string(element) + " is " +
                 std::to_string(tensor.data[element]) + ", but the denotation has " +
                 (value ? std::to_string(*value) : "no value");
        ++element;
      } while (nextIndex(at0, tensor.shape));
    }
  }
  return "";
}

class Operators : public ::testing::TestWithParam<unsigned> {
protected:
  OpKind kind() const { return OpKind(GetParam()); }
};

TEST_P(Operators, DenotationIsTheValuesOnAllSmallShapes) {
  unsigned checked = 0;
  EXPECT_EQ(checkDenotation(getOperator(kind()), checked), "");
  EXPECT_GE(checked, 3u);
}

TEST_P(Operators, ValuesAreThoseOfTheReferenceOnAllSmallShapes) {
  mlir::MLIRContext context;
  context.loadDialect<nn::NNDialect>();
  mlir::OpBuilder b(&context);
  mlir::Location loc = b.getUnknownLoc();
  mlir::Type f64 = b.getF64Type();
  for (const Case &c : casesOf(kind())) {
    std::vector<IntTensor> operands = operandsOf(c);
    // A variance is not negative.
    if (kind() == OpKind::BatchNorm)
      for (int64_t &value : operands[4].data)
        value = std::abs(value);
    auto expected = evaluate(kind(), operands, c.params);
    if (!expected)
      continue;
    auto module = mlir::ModuleOp::create(loc);
    b.setInsertionPointToEnd(module.getBody());
    nn::EvalContext eval;
    llvm::SmallVector<mlir::Value> values;
    for (const IntTensor &operand : operands) {
      HostTensor tensor(f64, operand.shape);
      for (auto [i, value] : llvm::enumerate(operand.data))
        tensor.setF(i, double(value));
      auto type = mlir::RankedTensorType::get(operand.shape, f64);
      values.push_back(nn::ConstantOp::create(b, loc, type, tensor.toAttr()));
      eval.set(values.back(), tensor);
    }
    llvm::SmallVector<mlir::Value, 2> results = buildNN(b, loc, kind(), values, c.params, f64);
    ASSERT_TRUE(mlir::succeeded(mlir::verify(module))) << describe(kind(), c);
    for (mlir::Operation &op : *module.getBody()) {
      if (auto constant = llvm::dyn_cast<nn::ConstantOp>(op))
        eval.set(constant, HostTensor::fromAttr(constant.getValue()));
      else
        ASSERT_TRUE(mlir::succeeded(nn::evaluateOp(&op, eval))) << describe(kind(), c);
    }
    for (auto [output, tensor] : llvm::enumerate(*expected)) {
      const HostTensor &actual = eval.get(results[output]);
      ASSERT_EQ(actual.shape(), ArrayRef<int64_t>(tensor.shape)) << describe(kind(), c);
      for (size_t i = 0; i < tensor.data.size(); ++i) {
        double value = double(tensor.data[i]), scale = 1;
        // Integers stand for reciprocals and roots: the same formula with the real ones.
        if (kind() == OpKind::AvgPool)
          scale =
              1.0 / double(c.params[0] * c.params[1]) / double(integerReciprocal(c.params[0] * c.params[1]));
        if (kind() == OpKind::PoolKernel)
          value = 1.0 / double(c.params[1] * c.params[2]);
        if (kind() == OpKind::BatchNorm) {
          int64_t plane = tensor.shape[2] * tensor.shape[3], ch = int64_t(i) / plane % tensor.shape[1];
          value = double(operands[0].data[i] - operands[3].data[ch]) /
                      std::sqrt(double(operands[4].data[ch]) + 1e-5) * double(operands[1].data[ch]) +
                  double(operands[2].data[ch]);
        }
        ASSERT_NEAR(actual.getF(i), value * scale, 1e-9 * (1 + std::fabs(value))) << describe(kind(), c);
      }
    }
    module->erase();
  }
}

INSTANTIATE_TEST_SUITE_P(All, Operators, ::testing::Range(0u, numOpKinds),
                         [](const auto &info) { return std::string(getOperator(OpKind(info.param)).name); });

// Planted mistakes: the check of denotations must find every one of them.

void swappedMatmul(IndexNotation &n) {
  Bound k = n.build.bound(n.shapes[0].back());
  Poly at = Poly::symbol(k.symbol);
  n.result = n.build.sum({k}, {}, n.build.mul(n.at(0, {at, n.index[0]}), n.at(1, {at, n.index[1]})));
}
void shortMatmul(IndexNotation &n) {
  Bound k = n.build.bound(n.shapes[0].back() - 1);
  Shape a(n.index.begin(), n.index.end()), b(n.index.end() - n.shapes[1].size(), n.index.end());
  a.back() = b[b.size() - 2] = Poly::symbol(k.symbol);
  n.result = n.build.sum({k}, {}, n.build.mul(n.at(0, a), n.at(1, b)));
}
void concatWithoutOffset(IndexNotation &n) {
  unsigned axis = n.index.size() + *n.params[0].constant();
  n.result = n.build.select(n.shapes[0][axis] - 1 - n.index[axis], n.at(0, n.index), n.at(1, n.index));
}
void concatOneTooEarly(IndexNotation &n) {
  unsigned axis = n.index.size() + *n.params[0].constant();
  Shape second(n.index.begin(), n.index.end());
  second[axis] = second[axis] - n.shapes[0][axis];
  n.result = n.build.select(n.shapes[0][axis] - n.index[axis], n.at(0, n.index), n.at(1, second));
}
void splitFromTheStart(IndexNotation &n) {
  n.result = n.at(0, n.index);
}
void ungroupedConv(IndexNotation &n) {
  llvm::SmallVector<Poly, 12> params(n.params.begin(), n.params.end());
  params[conv::Groups] = Poly(1);
  IndexNotation other{n.build, params, n.shapes, n.output, n.index, n.at, {}};
  getOperator(OpKind::Conv).denote(other);
  n.result = other.result;
}
void convWithoutDilation(IndexNotation &n) {
  llvm::SmallVector<Poly, 12> params(n.params.begin(), n.params.end());
  params[conv::Dilation] = params[conv::Dilation + 1] = Poly(1);
  IndexNotation other{n.build, params, n.shapes, n.output, n.index, n.at, {}};
  getOperator(OpKind::Conv).denote(other);
  n.result = other.result;
}
void convWithSwappedPads(IndexNotation &n) {
  llvm::SmallVector<Poly, 12> params(n.params.begin(), n.params.end());
  std::swap(params[conv::Pad], params[conv::Pad + 2]);
  IndexNotation other{n.build, params, n.shapes, n.output, n.index, n.at, {}};
  getOperator(OpKind::Conv).denote(other);
  n.result = other.result;
}
void subAsAdd(IndexNotation &n) {
  n.result = n.build.add(n.at(0, n.index), n.at(1, n.index));
}
void reluAsNothing(IndexNotation &n) {
  n.result = n.at(0, n.index);
}
void batchNormWithoutMean(IndexNotation &n) {
  ExprBuilder &b = n.build;
  const Poly &c = n.index[1];
  n.result = b.add(b.mul(b.mul(n.at(0, n.index), b.rsqrt(n.at(4, {c}))), n.at(1, {c})), n.at(2, {c}));
}
void enlargeAtTheEnd(IndexNotation &n) {
  n.result = n.build.where(
      {{n.shapes[0][2] - 1 - n.index[2], false}, {n.shapes[0][3] - 1 - n.index[3], false}}, n.at(0, n.index));
}
void otherIdentity(IndexNotation &n) {
  n.result = n.build.where({{n.index[0] - n.index[1] + 1, true}}, n.build.constant(1));
}

/// The operator with other parameters.
template <OpKind op>
void changed(IndexNotation &n, llvm::function_ref<void(llvm::SmallVectorImpl<Poly> &)> change) {
  llvm::SmallVector<Poly, 12> params(n.params.begin(), n.params.end());
  change(params);
  IndexNotation other{n.build, params, n.shapes, n.output, n.index, n.at, {}};
  getOperator(op).denote(other);
  n.result = other.result;
}
void maxPoolWithoutStride(IndexNotation &n) {
  changed<OpKind::MaxPool>(n, [](auto &p) { p[pool::Stride] = p[pool::Stride + 1] = Poly(1); });
}
void maxPoolWithSwappedPads(IndexNotation &n) {
  changed<OpKind::MaxPool>(n, [](auto &p) { std::swap(p[pool::Pad], p[pool::Pad + 2]); });
}
void maxPoolOfPadding(IndexNotation &n) {
  // As if the padding were zeros, which the largest element may be.
  changed<OpKind::MaxPool>(n, [](auto &) {});
  n.result = n.build.relu(n.result);
}
void avgPoolOfTransposedWindow(IndexNotation &n) {
  changed<OpKind::AvgPool>(n, [](auto &p) { std::swap(p[pool::Kernel], p[pool::Kernel + 1]); });
}
void avgPoolAsSum(IndexNotation &n) {
  changed<OpKind::AvgPool>(n, [](auto &) {});
  n.result = n.build.mul(n.result, n.build.constant(2));
}
void enlargeWithSwappedPads(IndexNotation &n) {
  changed<OpKind::Enlarge>(n, [](auto &p) { std::swap(p[0], p[2]); });
}
void biasOfTheLastDimension(IndexNotation &n) {
  n.result = n.build.add(n.at(0, n.index), n.at(1, {n.index.back()}));
}
void otherPoolKernel(IndexNotation &n) {
  n.result = n.build.reciprocal(n.params[1] + n.params[2]);
}

TEST(PlantedDenotations, AreFound) {
  const std::pair<OpKind, void (*)(IndexNotation &)> planted[] = {
      {OpKind::MatMul, swappedMatmul},
      {OpKind::MatMul, shortMatmul},
      {OpKind::Concat, concatWithoutOffset},
      {OpKind::Concat, concatOneTooEarly},
      {OpKind::Split, splitFromTheStart},
      {OpKind::Conv, ungroupedConv},
      {OpKind::Conv, convWithoutDilation},
      {OpKind::Conv, convWithSwappedPads},
      {OpKind::Sub, subAsAdd},
      {OpKind::Relu, reluAsNothing},
      {OpKind::BatchNorm, batchNormWithoutMean},
      {OpKind::Enlarge, enlargeAtTheEnd},
      {OpKind::Enlarge, enlargeWithSwappedPads},
      {OpKind::Identity, otherIdentity},
      {OpKind::MaxPool, maxPoolWithoutStride},
      {OpKind::MaxPool, maxPoolWithSwappedPads},
      {OpKind::MaxPool, maxPoolOfPadding},
      {OpKind::AvgPool, avgPoolOfTransposedWindow},
      {OpKind::AvgPool, avgPoolAsSum},
      {OpKind::BiasAdd, biasOfTheLastDimension},
      {OpKind::PoolKernel, otherPoolKernel},
  };
  for (auto [index, mistake] : llvm::enumerate(planted)) {
    OperatorInfo info = getOperator(mistake.first);
    info.denote = mistake.second;
    unsigned checked = 0;
    EXPECT_NE(checkDenotation(info, checked), "") << index << ", " << info.name;
  }
}

} // namespace

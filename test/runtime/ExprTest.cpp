#include "runtime/Expr.h"
#include "gtest/gtest.h"
#include <initializer_list>
#include <optional>
#include <vector>

namespace {

std::optional<int64_t> evaluate(std::vector<tn_instr> code, std::vector<int64_t> symbols = {}) {
  tn_expr expr = {code.data(), static_cast<int64_t>(code.size()), 0};
  int64_t result;
  if (!tn_eval(&expr, nullptr, static_cast<int64_t>(symbols.size()), symbols.data(), &result))
    return std::nullopt;
  return result;
}

std::optional<int64_t> binary(int64_t op, int64_t a, int64_t b) {
  int64_t none = 0;
  tn_instr code[] = {{TN_CONST, a}, {TN_CONST, b}, {op, 0}};
  tn_expr expr = {code, 3, 0};
  int64_t result;
  if (!tn_eval(&expr, nullptr, 0, &none, &result))
    return std::nullopt;
  return result;
}

TEST(Expr, RoundsDivisionsTowardsTheSideTheyAreNamedFor) {
  EXPECT_EQ(binary(TN_FLOORDIV, 7, 2), 3);
  EXPECT_EQ(binary(TN_FLOORDIV, -7, 2), -4);
  EXPECT_EQ(binary(TN_FLOORDIV, -8, 2), -4);
  EXPECT_EQ(binary(TN_CEILDIV, 7, 2), 4);
  EXPECT_EQ(binary(TN_CEILDIV, -7, 2), -3);
  EXPECT_EQ(binary(TN_CEILDIV, 8, 2), 4);
  EXPECT_EQ(binary(TN_MOD, 7, 3), 1);
  EXPECT_EQ(binary(TN_MOD, -7, 3), 2);
  EXPECT_EQ(binary(TN_MOD, -6, 3), 0);
  EXPECT_EQ(binary(TN_MIN, -6, 3), -6);
  EXPECT_EQ(binary(TN_MAX, -6, 3), 3);
}

TEST(Expr, ReadsSymbolsInOrder) {
  // 4*N + M
  std::vector<tn_instr> code = {{TN_CONST, 4}, {TN_SYMBOL, 0}, {TN_MUL, 0}, {TN_SYMBOL, 1}, {TN_ADD, 0}};
  EXPECT_EQ(evaluate(code, {5, 3}), 23);
}

TEST(Expr, UsesMaximaWithoutValues) {
  tn_symbol symbols[] = {{"N", TN_SYMBOL_ENTRY, 1, 9}};
  tn_instr code[] = {{TN_SYMBOL, 0}, {TN_CONST, 1}, {TN_SUB, 0}};
  tn_expr expr = {code, 3, 0};
  int64_t result;
  ASSERT_TRUE(tn_eval(&expr, symbols, 1, nullptr, &result));
  EXPECT_EQ(result, 8);
}

TEST(Expr, RefusesOverflow) {
  EXPECT_FALSE(binary(TN_ADD, INT64_MAX, 1));
  EXPECT_FALSE(binary(TN_SUB, INT64_MIN, 1));
  EXPECT_FALSE(binary(TN_MUL, INT64_MAX / 2 + 1, 2));
  EXPECT_EQ(binary(TN_MUL, INT64_MAX / 2, 2), INT64_MAX - 1);
}

TEST(Expr, RefusesDivisorsThatAreNotPositive) {
  for (int64_t op : {TN_FLOORDIV, TN_CEILDIV, TN_MOD})
    for (int64_t divisor : {INT64_C(0), INT64_C(-1), INT64_MIN})
      EXPECT_FALSE(binary(op, INT64_MIN, divisor));
}

TEST(Expr, RefusesMalformedCode) {
  EXPECT_FALSE(evaluate({{TN_ADD, 0}}));
  EXPECT_FALSE(evaluate({{TN_CONST, 1}, {TN_ADD, 0}}));
  EXPECT_FALSE(evaluate({{TN_CONST, 1}, {TN_CONST, 1}}));
  EXPECT_FALSE(evaluate({{TN_CONST, 1}, {TN_CONST, 1}, {99, 0}}));
  EXPECT_FALSE(evaluate({{TN_SYMBOL, 1}}, {4}));
  EXPECT_FALSE(evaluate({{TN_SYMBOL, -1}}, {4}));
  std::vector<tn_instr> deep(TN_EXPR_STACK + 1, {TN_CONST, 1});
  EXPECT_FALSE(evaluate(deep));
  deep.pop_back();
  deep.insert(deep.end(), TN_EXPR_STACK - 1, {TN_ADD, 0});
  EXPECT_EQ(evaluate(deep), TN_EXPR_STACK);
}

TEST(Expr, MeasuresTensors) {
  auto bytes = [](std::vector<int64_t> extents, int32_t type) -> std::optional<int64_t> {
    std::vector<tn_expr> dims;
    for (int64_t extent : extents)
      dims.push_back({nullptr, 0, extent});
    tn_tensor tensor = {};
    tensor.type = type;
    tensor.rank = static_cast<int32_t>(dims.size());
    tensor.dims = dims.data();
    int64_t result;
    if (!tn_tensor_shape(&tensor, nullptr, 0, nullptr, nullptr, &result))
      return std::nullopt;
    return result;
  };
  EXPECT_EQ(bytes({}, TN_FLOAT64), 8);
  EXPECT_EQ(bytes({3, 5}, TN_FLOAT16), 30);
  EXPECT_EQ(bytes({3, 0, 5}, TN_FLOAT32), 0);
  EXPECT_EQ(bytes({3}, TN_COMPLEX128), 48);
  EXPECT_FALSE(bytes({-1}, TN_FLOAT32));
  EXPECT_FALSE(bytes({INT64_MAX / 4 + 1}, TN_FLOAT32));
  EXPECT_FALSE(bytes({INT64_MAX / 2, INT64_MAX / 2}, TN_INT8));
}

} // namespace

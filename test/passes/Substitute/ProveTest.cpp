#include "passes/Substitute/Prove.h"
#include "lib/Support/HostTensor.h"
#include "passes/Substitute/Equality.h"
#include "passes/Substitute/RuleText.h"
#include "gtest/gtest.h"

using namespace tenon;
using namespace tenon::substitute;

namespace {

Rule parse(const std::string &body) {
  auto rules = parseRules("rule \"r\"\n" + body + "end\n");
  EXPECT_TRUE(bool(rules)) << (rules ? "" : llvm::toString(rules.takeError()));
  return rules && rules->size() == 1 ? (*rules)[0] : Rule();
}

Proof proveText(const std::string &body, bool derive = false) {
  ProveOptions options;
  options.derive = derive;
  return prove(parse(body), options);
}

std::string conditionsOf(const Proof &proof) {
  std::string text;
  for (const Constraint &c : proof.derived)
    text += (text.empty() ? "" : ", ") + c.poly.str(proof.rule.symbols) + (c.equal ? " == 0" : " >= 0");
  return text;
}

TEST(Prove, MatrixProductsAssociate) {
  Proof proof = proveText("x: [*, m, k]\ny: [*, k, n]\nz: [*, n, p]\n"
                          "source\n a = matmul(x, y)\n b = matmul(a, z)\n yield b\n"
                          "target\n a = matmul(y, z)\n b = matmul(x, a)\n yield b\n");
  EXPECT_EQ(proof.verdict, Verdict::Proven);
  EXPECT_EQ(proof.rule.ruleClass, RuleClass::Reassociating);
}

TEST(Prove, MovementIsExact) {
  Proof proof =
      proveText("x: [*, m, k]\ny: [*, n, k]\nz: [*, k, p]\n"
                "source\n a = concat(x, y) axis=-2\n b = matmul(a, z)\n yield b\n"
                "target\n a = matmul(x, z)\n b = matmul(y, z)\n c = concat(a, b) axis=-2\n yield c\n");
  EXPECT_EQ(proof.verdict, Verdict::Proven);
  EXPECT_EQ(proof.rule.ruleClass, RuleClass::Exact);
}

TEST(Prove, FactoringAndZeroWeightsAreRisky) {
  Proof factored = proveText("x: [*]\ny: [*]\nz: [*]\n"
                             "source\n a = mul(x, y)\n b = mul(x, z)\n c = add(a, b)\n yield c\n"
                             "target\n a = add(y, z)\n b = mul(x, a)\n yield b\n");
  EXPECT_EQ(factored.verdict, Verdict::Proven);
  EXPECT_EQ(factored.rule.ruleClass, RuleClass::Risky);
  Proof cancelled =
      proveText("x: [*]\ny: [*]\nsource\n a = add(x, y)\n b = sub(a, y)\n yield b\ntarget\n yield x\n");
  EXPECT_EQ(cancelled.verdict, Verdict::Proven);
  EXPECT_EQ(cancelled.rule.ruleClass, RuleClass::Risky);
  Proof infinite = proveText("x: [*]\nsource\n a = relu(x)\n b = mul(x, a)\n yield b\n"
                             "target\n a = relu(x)\n b = mul(a, a)\n yield b\n");
  EXPECT_EQ(infinite.verdict, Verdict::Proven);
  EXPECT_EQ(infinite.rule.ruleClass, RuleClass::Risky);
  Proof enlarged = proveText(
      "x: [n, g*c, h, w]\nk: [g*m, c, kh, kw]\nwith p >= 0, e >= 0\nwhere p >= e*d\n"
      "source\n a = enlarge(k) pad=[e, e, e, e]\n"
      " b = conv(x, a) kernel=[kh + 2*e, kw + 2*e] dilation=[d, d] pad=[p, p, p, p] groups=g\n yield b\n"
      "target\n b = conv(x, k) kernel=[kh, kw] dilation=[d, d] "
      "pad=[p - e*d, p - e*d, p - e*d, p - e*d] groups=g\n yield b\n");
  EXPECT_EQ(enlarged.verdict, Verdict::Proven);
  EXPECT_EQ(enlarged.rule.ruleClass, RuleClass::Risky);
}

TEST(Prove, ConditionsAreDerivedOrTheRuleIsRefused) {
  const char *text =
      "x: [m, k]\ny: [n, l]\n"
      "source\n a = relu(x)\n b = relu(y)\n yield a, b\n"
      "target\n a = concat(x, y) axis=-2\n b = relu(a)\n c, d = split(b) axis=-2 sizes=[m, n]\n yield c, d\n";
  Proof derived = proveText(text, true);
  EXPECT_EQ(derived.verdict, Verdict::Proven);
  EXPECT_EQ(conditionsOf(derived), "k - l == 0");
  Proof refused = proveText(text, false);
  EXPECT_EQ(refused.verdict, Verdict::Refuted);
  ASSERT_TRUE(refused.counterexample);
  EXPECT_EQ(refused.counterexample->difference, "the target is undefined");
}

TEST(Prove, AWrongSplitPointIsRefutedByValues) {
  Proof proof =
      proveText("x: [*, m]\ny: [*, m]\n"
                "source\n a = concat(x, y) axis=-1\n b, c = split(a) axis=-1 sizes=[m, m]\n yield b\n"
                "target\n yield y\n");
  EXPECT_EQ(proof.verdict, Verdict::Refuted);
  ASSERT_TRUE(proof.counterexample);
  EXPECT_NE(proof.counterexample->difference.find("result 0 has"), std::string::npos);
}

TEST(Prove, ReluIsNotLinear) {
  EXPECT_EQ(proveText("x: [*]\ny: [*]\nsource\n a = add(x, y)\n b = relu(a)\n yield b\n"
                      "target\n a = relu(x)\n b = relu(y)\n c = add(a, b)\n yield c\n")
                .verdict,
            Verdict::Refuted);
  EXPECT_EQ(
      proveText("x: [*]\nsource\n a = relu(x)\n b = relu(a)\n yield b\ntarget\n a = relu(x)\n yield a\n")
          .verdict,
      Verdict::Proven);
}

TEST(Prove, TwoConvolutionsOfOneInputGetOneWindow) {
  Proof proof =
      proveText("x: [n, g*c, h, w]\nk: [g*m, c, kh, kw]\nl: [g*o, c, lh, lw]\n"
                "with p0 >= 0, p1 >= 0, p2 >= 0, p3 >= 0, q0 >= 0, q1 >= 0, q2 >= 0, q3 >= 0\n"
                "source\n a = conv(x, k) kernel=[kh, kw] stride=[s, t] pad=[p0, p1, p2, p3] groups=g\n"
                " b = conv(x, l) kernel=[lh, lw] stride=[s, t] pad=[q0, q1, q2, q3] groups=g\n yield a, b\n"
                "target\n a = conv(x, k) kernel=[kh, kw] stride=[s, t] pad=[p0, p1, p2, p3] groups=g\n"
                " e = enlarge(l) pad=[p0 - q0, p1 - q1, p2 - q2, p3 - q3]\n"
                " b = conv(x, e) kernel=[kh, kw] stride=[s, t] pad=[p0, p1, p2, p3] groups=g\n yield a, b\n",
                true);
  EXPECT_EQ(proof.verdict, Verdict::Proven) << proof.reason;
  EXPECT_EQ(proof.derived.size(), 6u) << conditionsOf(proof);
}

// The engine itself: nothing may be cancelled that is not the same.

TEST(Equality, SumsOverDifferentRangesDiffer) {
  Symbols symbols;
  Poly m = Poly::symbol(symbols.add("m", 1)), n = Poly::symbol(symbols.add("n", 1));
  Facts facts(symbols);
  ExprBuilder build(facts, Arithmetic::Full);
  auto sumOf = [&](const Poly &extent, const Poly &offset) {
    Bound k = build.bound(extent);
    return build.sum({k}, {}, build.element(0, {Poly::symbol(k.symbol) + offset}));
  };
  Expr whole = sumOf(m + n, 0), first = sumOf(m, 0), second = sumOf(n, m), wrong = sumOf(n, m + 1);
  EXPECT_TRUE(proveEqual(facts, whole, build.add(first, second), {}));
  EXPECT_FALSE(proveEqual(facts, whole, first, {}));
  EXPECT_FALSE(proveEqual(facts, whole, build.add(first, wrong), {}));
  EXPECT_FALSE(proveEqual(facts, build.add(whole, first), whole, {}));
}

TEST(Facts, AnswersAreSafe) {
  Symbols symbols;
  Poly a = Poly::symbol(symbols.add("a", 1)), b = Poly::symbol(symbols.add("b", 1));
  Facts facts(symbols);
  EXPECT_TRUE(facts.implies({{a - b, false}}, {a * b - b * b, false}));
  EXPECT_FALSE(facts.implies({}, {a - b, false}));
  Poly q = facts.floorDiv(a * b + 1, a);
  EXPECT_EQ(facts.floorDiv(a * b, a), b);
  EXPECT_TRUE(facts.implies({{a - 2, false}}, {q - b, true}));
  EXPECT_FALSE(facts.implies({}, {q - b, true})) << "a may be 1";
  EXPECT_TRUE(facts.assume({a - b, true}));
  EXPECT_EQ(facts.resolve(a), facts.resolve(b));
  EXPECT_FALSE(facts.assume({a - b - 1, true}));
}

} // namespace

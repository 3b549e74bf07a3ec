#include "passes/Substitute/RuleText.h"
#include "gtest/gtest.h"

using namespace tenon::substitute;

static const char *const matmul = R"(rule "matmul-associates" reassociating proven
  x: [*, m, k]
  y: [*, k, n]
  z: [*, n, p]
  source
    %0 = matmul(x, y)
    %1 = matmul(%0, z)
    yield %1
  target
    %0 = matmul(y, z)
    %1 = matmul(x, %0)
    yield %1
end
)";

static const char *const split = R"(rule "conv-split" exact unproven
  x: [n, g*c, h, w]
  k: [g*a + g*b, c, 3, 3]
  with p >= 0
  where g == 1, c + 2 >= a
  source
    %0 = conv(x, k) kernel=[3, 3] stride=[s, s] pad=[p, p, 2*p + 1, p] groups=g relu=1
    %1, %2 = split(%0) axis=-3 sizes=[g*a, g*b]
    yield %1, %2
  target
    %0 = conv(x, k) kernel=[3, 3] stride=[s, s] pad=[p, p, 2*p + 1, p] groups=g relu=1
    %1, %2 = split(%0) axis=-3 sizes=[g*a, g*b]
    yield %1, %2
end
)";

static std::string errorOf(const std::string &text) {
  auto rules = parseRules(text);
  return rules ? "" : llvm::toString(rules.takeError());
}

TEST(RuleText, PrintsWhatItParses) {
  for (const char *text : {matmul, split}) {
    auto rules = parseRules(text);
    ASSERT_TRUE(bool(rules)) << llvm::toString(rules.takeError());
    ASSERT_EQ(rules->size(), 1u);
    EXPECT_EQ(toString((*rules)[0]), text);
  }
}

TEST(RuleText, RulesFollowEachOther) {
  auto rules = parseRules(std::string("# two rules\n") + matmul + "\n" + split + "# the end");
  ASSERT_TRUE(bool(rules)) << llvm::toString(rules.takeError());
  EXPECT_EQ(rules->size(), 2u);
}

TEST(RuleText, ErrorsNameTheLine) {
  EXPECT_EQ(errorOf("rule \"r\" fast\n"),
            "line 1: expected exact, reassociating, risky, proven or unproven, but got 'fast'");
  EXPECT_EQ(errorOf("rule \"r\"\n x: [m]\n source\n a = frob(x)\n"),
            "line 4: expected an operator, but got 'frob'");
  EXPECT_EQ(errorOf("rule \"r\"\n x: [m]\n source\n a = relu(y)\n"), "line 4: expected a value, but got 'y'");
  EXPECT_EQ(errorOf("rule \"r\"\n x: [m]\n source\n a = relu(x, x)\n"),
            "line 4: expected 1 operands and 1 results of relu, but got 2 and 1");
  EXPECT_EQ(errorOf("rule \"r\"\n x: [m]\n source\n a, b = split(x) axis=-1\n"),
            "line 4: expected sizes=... of split");
  EXPECT_EQ(errorOf("rule \"r\"\n x: [m]\n x: [m]\n"), "line 3: expected a new name, but got 'x' again");
  EXPECT_EQ(
      errorOf(
          "rule \"r\"\n x: [*, m]\n source\n a = reshape(x) shape=[m]\n yield a\n target\n yield x\nend\n"),
      "line 8: expected no '*' in the shapes of a rule with reshape");
  EXPECT_EQ(errorOf("rule \"r\"\n x: [m]\n source\n a = relu(x)\n yield a\n target\n b, c = split(x) axis=-1 "
                    "sizes=[n, m]\n yield b\nend\n"),
            "line 9: expected a symbol of the source, but got 'n'");
  EXPECT_EQ(errorOf("rule \"r\"\n x: [m]\n source\n yield x\n target\n yield x, x\nend\n"),
            "line 7: expected as many results of the target as of the source, 1, but got 2");
}

TEST(RuleText, HostileTextIsAnError) {
  EXPECT_NE(errorOf("rule \"r"), "");
  EXPECT_NE(errorOf("rule"), "");
  EXPECT_NE(errorOf(std::string("rule \"r\"\n x: [") + std::string(100000, '(') + "\n"), "");
  std::string product = "(a + b + c + d)";
  for (int i = 0; i < 6; ++i)
    product += "*" + product;
  EXPECT_NE(errorOf("rule \"r\"\n x: [" + product + "]\n"), "");
  EXPECT_NE(errorOf("rule \"r\"\n x: [999999*999999*999999*999999]\n"), "");
  std::string text = matmul;
  for (size_t i = 0; i < text.size(); ++i) {
    errorOf(text.substr(0, i));
    std::string changed = text;
    changed[i] = '*';
    errorOf(changed);
    changed[i] = '\0';
    errorOf(changed);
  }
}

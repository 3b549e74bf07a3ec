#pragma once

#include "passes/Substitute/Poly.h"

/// Rewrite rules as data: two small graphs of operators with symbolic shapes. docs/substitution.md tells a
/// rule's life; Operators.h says what each operator means, RuleText.h how a rule is written.
namespace tenon::substitute {

/// The operators that rules speak of; `getOperator` in Operators.h has one entry for each.
enum class OpKind : uint8_t {
  MatMul,
  Conv,
  Add,
  Mul,
  Sub,
  Relu,
  Concat,
  Split,
  Transpose,
  Reshape,
  Enlarge,
  MaxPool,
  AvgPool,
  BatchNorm,
  Zeros,
  Ones,
  Identity,
  IdentityKernel,
  PoolKernel,
  BiasAdd,
};
constexpr unsigned numOpKinds = unsigned(OpKind::BiasAdd) + 1;

/// Output `output` of operator `node` of the same graph; free input `-1 - node` if `node` is negative.
struct ValueRef {
  int node = 0;
  int output = 0;
  static ValueRef input(unsigned i) { return {-1 - int(i), 0}; }
  bool isInput() const { return node < 0; }
  unsigned inputIndex() const { return -1 - node; }
  bool operator==(const ValueRef &o) const { return node == o.node && output == o.output; }
  bool operator!=(const ValueRef &o) const { return !(*this == o); }
  bool operator<(const ValueRef &o) const { return node != o.node ? node < o.node : output < o.output; }
};

/// An operator with its operands. `params` are what its entry in the table lists, in that order; one that
/// must be a number (an axis) is a constant polynomial.
struct Node {
  OpKind op;
  llvm::SmallVector<ValueRef, 5> operands;
  llvm::SmallVector<Poly, 4> params;
};

/// Operators in an order in which operands come before their readers.
using Graph = std::vector<Node>;

/// A free input and its shape. In a lifted rule, the shape is that of the trailing dimensions.
struct Input {
  std::string name;
  Shape shape;
};

/// What a rule changes in floating-point arithmetic.
enum class RuleClass : uint8_t {
  /// The same operations on the same numbers: every result has the same bits.
  Exact,
  /// Sums and products are regrouped: the same products are added, in another order or by other steps.
  Reassociating,
  /// Results may overflow or become NaN where those of the source do not (sums are multiplied out or
  /// factored,
  /// zeros are multiplied or not, values cancel). Needs an error budget.
  Risky,
};

enum class RuleStatus : uint8_t { Unproven, Proven };

/// `source` may be replaced by `target` wherever it occurs with shapes that fit the inputs' and the
/// conditions.
///
/// A rule is *lifted* if all its operators work slice by slice: any number of leading dimensions may come
/// before those of the inputs, the same ones in all (axes count from the last dimension).
struct Rule {
  std::string name;
  Symbols symbols;
  std::vector<Input> inputs;
  Graph source, target;
  /// Which value of the target replaces which of the source.
  std::vector<std::pair<ValueRef, ValueRef>> outputs;
  /// What must hold beside the source being well-formed.
  std::vector<Constraint> conditions;
  bool lifted = false;
  RuleClass ruleClass = RuleClass::Risky;
  RuleStatus status = RuleStatus::Unproven;
};

/// Binds symbols of `rule` from the inputs' extents (of the trailing dimensions, if lifted), beside what
/// `values` holds already (parameters of matched operators). False if ranks or extents do not fit, a bound is
/// broken, or a symbol of the source, the target or a condition is left without a value.
bool bindShapes(const Rule &rule, llvm::ArrayRef<llvm::SmallVector<int64_t, 4>> extents, Values &values);

/// Binds the symbols in `pattern` so that it has the value `actual`, if there is at most one unknown and it
/// is determined; true if the pattern is bound completely now and has the value, false if it has not; nullopt
/// if too much is unknown.
std::optional<bool> bindPattern(const Poly &pattern, int64_t actual, Values &values);

/// Whether all conditions hold, and all symbols are at least what they must be.
bool checkConditions(const Rule &rule, const Values &values);

} // namespace tenon::substitute

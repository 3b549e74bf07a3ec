#pragma once

#include "passes/Substitute/Rule.h"

/// The table of rule operators: everything that is known of an operator is here or is reached from here.
namespace tenon::substitute {

struct IndexNotation; // IndexNotation.h

/// Where shape functions record what must hold. One function serves numbers (`ConcreteShapes`) and symbols
/// (`SymbolicShapes` in Inference.h).
template <typename Num>
class ShapeChecks {
public:
  virtual ~ShapeChecks() = default;
  /// Requires `a == b`. False if that is impossible for sure: the operator is undefined.
  virtual bool equal(const Num &a, const Num &b) = 0;
  /// Requires `a >= least`.
  virtual bool atLeast(const Num &a, int64_t least) = 0;
  /// `a / b`, rounded down; `b` is positive.
  virtual Num floorDiv(const Num &a, const Num &b) = 0;
  /// Requires that the positive `b` divides `a`, and returns the quotient.
  virtual std::optional<Num> exactDiv(const Num &a, const Num &b) = 0;
};

template <typename Num>
using ShapeOf = llvm::SmallVector<Num, 4>;

/// A dense row-major tensor of integers modulo 2^64: sums and products wrap.
struct IntTensor {
  llvm::SmallVector<int64_t, 4> shape;
  std::vector<int64_t> data;
  bool operator==(const IntTensor &other) const { return shape == other.shape && data == other.data; }
};

/// How a parameter is written: `name=value` for one number, `name=[...]` for several.
struct ParamInfo {
  const char *name;
  /// How many entries of `Node::params`; -1: one list of any length, then the only parameter.
  int count;
  /// What it is where the text does not say; nullopt: it must be said.
  std::optional<int64_t> byDefault;
  /// The least value of a symbol that stands for it.
  int64_t least;
  /// Whether it must be a number.
  bool literal = false;
};

struct OperatorInfo {
  OpKind kind;
  const char *name;
  int operands;
  int outputs;
  llvm::ArrayRef<ParamInfo> params;
  /// The operands' order does not matter, to the last bit.
  bool commutative;
  /// Works slice by slice along leading dimensions, which all operands then have in common (constants aside).
  bool liftable;
  /// The operator of dialects/NN that it is; with several, what it is made of.
  const char *nn;
  /// The least rank of the operands, or the rank itself where `exactRank`; -1: any.
  int rank;
  bool exactRank;

  /// The outputs' shapes; nullopt if the operator is undefined.
  std::optional<std::vector<ShapeOf<int64_t>>> (*inferNumbers)(llvm::ArrayRef<ShapeOf<int64_t>>,
                                                               llvm::ArrayRef<int64_t>,
                                                               ShapeChecks<int64_t> &);
  std::optional<std::vector<Shape>> (*inferSymbols)(llvm::ArrayRef<Shape>, llvm::ArrayRef<Poly>,
                                                    ShapeChecks<Poly> &);
  /// The outputs, on integers. The shapes were inferred.
  void (*evaluate)(llvm::ArrayRef<const IntTensor *>, llvm::ArrayRef<int64_t>,
                   llvm::MutableArrayRef<IntTensor>);
  /// The operator's meaning in index notation, from which rules are proven.
  void (*denote)(IndexNotation &);
};

const OperatorInfo &getOperator(OpKind kind);
/// Null if there is none of this name.
const OperatorInfo *findOperator(llvm::StringRef name);

/// Entries of `Node::params` of an operator; -1: any number.
int numParams(const OperatorInfo &info);

/// Positions of parameters that other code speaks of.
namespace conv {
enum { Kernel = 0, Stride = 2, Dilation = 4, Pad = 6, Groups = 10, Activation = 11, Count = 12 };
}
namespace pool {
enum { Kernel = 0, Stride = 2, Pad = 4, Count = 8 };
}

/// Shape checks on numbers: what is required must be so.
class ConcreteShapes : public ShapeChecks<int64_t> {
public:
  bool equal(const int64_t &a, const int64_t &b) override { return a == b; }
  bool atLeast(const int64_t &a, int64_t least) override { return a >= least; }
  int64_t floorDiv(const int64_t &a, const int64_t &b) override {
    return a >= 0 ? a / b : -((-a + b - 1) / b);
  }
  std::optional<int64_t> exactDiv(const int64_t &a, const int64_t &b) override {
    if (b < 1 || a % b)
      return std::nullopt;
    return a / b;
  }
};

/// The outputs of an operator on numbers; nullopt if it is undefined on these shapes.
std::optional<std::vector<ShapeOf<int64_t>>> inferShapes(OpKind op, llvm::ArrayRef<ShapeOf<int64_t>> operands,
                                                         llvm::ArrayRef<int64_t> params);
/// Same, with the values; at most `maxElements` per tensor.
std::optional<std::vector<IntTensor>> evaluateOperator(OpKind op, llvm::ArrayRef<const IntTensor *> operands,
                                                       llvm::ArrayRef<int64_t> params);

/// What stands for the factor `1 / n` of a mean in evaluations on integers, and for `1 / sqrt(v + epsilon)`:
/// any function does, as no rule may depend on more than that equal arguments have equal values.
int64_t integerReciprocal(int64_t n);
int64_t integerRsqrt(int64_t v);

} // namespace tenon::substitute

#pragma once

#include "passes/Substitute/Facts.h"

/// Tensors in index notation: what an element is, as a sum of guarded products of elements of the free
/// inputs, with indices that are polynomials over shapes, free and bound indices.
namespace tenon::substitute {

struct Factor;

/// A bound index that takes the values from 0 to below `extent`.
struct Bound {
  Symbol symbol;
  Poly extent;
};

/// `coefficient * sum over the bound indices for which all guards hold of the product of the factors`; for
/// terms without bound indices, 0 unless all guards hold.
struct Term {
  int64_t coefficient = 1;
  std::vector<Bound> bounds;
  std::vector<Constraint> guards;
  std::vector<Factor> factors;
};

/// A sum of terms; none at all: 0.
using Expr = std::vector<Term>;

/// Something that a term multiplies.
struct Factor {
  enum Kind {
    Element,    ///< `input[indices]`
    Reciprocal, ///< `1 / indices[0]`
    Rsqrt,      ///< `1 / sqrt(argument + epsilon)`, a function of its argument
    Relu,       ///< `max(argument, 0)`
    Max,        ///< the largest argument over the bound indices for which all guards hold
    // What is not multiplied out, where arithmetic must stay as it is:
    Sum,      ///< the sum of its arguments in this order, or the other way round
    Product,  ///< the product of its arguments, likewise
    Reduction ///< the sum of argument over the bound indices for which all guards hold
  } kind;
  unsigned input = 0;
  Shape indices;
  std::vector<Expr> arguments;
  std::vector<Bound> bounds;
  std::vector<Constraint> guards;
};

/// How much of arithmetic is used to bring expressions into one form.
enum class Arithmetic {
  Exact,   ///< only that sums and products commute
  Regroup, ///< sums and products are associative, and a sum over an index of products is one of the products
  Full     ///< everything that holds for real numbers
};

/// Builds expressions. All functions are exact laws of real numbers; which are used, `arithmetic` says.
class ExprBuilder {
public:
  ExprBuilder(Facts &facts, Arithmetic arithmetic) : facts(facts), arithmetic(arithmetic) {}

  Expr element(unsigned input, llvm::ArrayRef<Poly> indices);
  Expr constant(int64_t value);
  Expr reciprocal(const Poly &value);
  Expr add(Expr a, Expr b);
  Expr negate(Expr a);
  Expr mul(Expr a, Expr b);
  Expr relu(const Expr &a);
  Expr rsqrt(const Expr &a);
  /// `a` where all constraints hold, else 0.
  Expr where(llvm::ArrayRef<Constraint> constraints, Expr a);
  /// `a` if `condition >= 0`, else `b`.
  Expr select(const Poly &condition, const Expr &a, const Expr &b);
  /// A new index for `sum` and `max`.
  Bound bound(const Poly &extent);
  Expr sum(llvm::ArrayRef<Bound> bounds, llvm::ArrayRef<Constraint> guards, Expr a);
  /// The caller knows that some value of the indices meets the guards.
  Expr max(llvm::ArrayRef<Bound> bounds, llvm::ArrayRef<Constraint> guards, Expr a);

  Facts &facts;
  const Arithmetic arithmetic;
  /// Something could not be expressed: what was built means nothing.
  bool failed = false;

private:
  Expr wrap(llvm::ArrayRef<Expr> arguments, llvm::ArrayRef<Bound> bounds,
            llvm::function_ref<Expr(llvm::ArrayRef<Expr>)> make);
  Expr opaqueSum(Expr a);
  Expr cells(const Expr &a, llvm::function_ref<Expr(Expr)> make);
};

/// What an operator's denotation gets, and `result`, which it sets: the element of output `output` at
/// `index`.
struct IndexNotation {
  ExprBuilder &build;
  llvm::ArrayRef<Poly> params;
  llvm::ArrayRef<Shape> shapes;
  int output;
  llvm::ArrayRef<Poly> index;
  llvm::function_ref<Expr(unsigned operand, llvm::ArrayRef<Poly> index)> at;
  Expr result;
};

/// This with `value` for `symbol` everywhere; bounds of the symbol itself must not occur.
Expr replaced(const Expr &expr, Symbol symbol, const Poly &value);
Term replaced(const Term &term, Symbol symbol, const Poly &value);
/// The term with another name for one of its bound indices.
Term withBound(const Term &term, size_t position, Symbol symbol);
/// Whether the symbol occurs in `expr`.
bool mentions(const Expr &expr, Symbol symbol);

/// The value of an expression on numbers, as `integerReciprocal` and the like define it; nullopt if an index
/// is outside of its tensor (which no denotation may do) or unknown.
std::optional<int64_t> evaluate(const Expr &expr, const Facts &facts, Values values,
                                llvm::ArrayRef<const IntTensor *> inputs);

std::string toString(const Expr &expr, const Symbols &symbols);

} // namespace tenon::substitute

#pragma once

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringRef.h"
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace tenon::substitute {

/// A variable of a rule or of a proof: its position in a `Symbols`.
using Symbol = uint16_t;

/// The variables of one rule: extents, strides, pads, split points, and, while it is proven, indices.
class Symbols {
public:
  /// A new variable that takes integers from `least` on.
  Symbol add(std::string name, int64_t least);
  std::optional<Symbol> find(llvm::StringRef name) const;

  const std::string &name(Symbol symbol) const { return entries[symbol].name; }
  int64_t least(Symbol symbol) const { return entries[symbol].least; }
  /// Narrows the variable to integers from `least` on.
  void raise(Symbol symbol, int64_t least) { entries[symbol].least = std::max(entries[symbol].least, least); }
  size_t size() const { return entries.size(); }

private:
  struct Entry {
    std::string name;
    int64_t least;
  };
  std::vector<Entry> entries;
};

/// Values of symbols, by position; nullopt where a symbol has none.
using Values = std::vector<std::optional<int64_t>>;

/// A polynomial with integer coefficients over symbols. The terms are sorted and none is zero, so equal
/// polynomials are equal representations.
class Poly {
public:
  /// Symbols with repetition, sorted: a product.
  using Monomial = llvm::SmallVector<Symbol, 4>;
  using Term = std::pair<Monomial, int64_t>;

  Poly() = default;
  Poly(int64_t constant) {
    if (constant)
      terms.push_back({{}, constant});
  }
  static Poly symbol(Symbol symbol) {
    Poly p;
    p.terms.push_back({{symbol}, 1});
    return p;
  }

  llvm::ArrayRef<Term> getTerms() const { return terms; }
  bool isZero() const { return terms.empty(); }
  /// The value, if no symbol occurs.
  std::optional<int64_t> constant() const;
  /// The symbol, if the polynomial is one.
  std::optional<Symbol> asSymbol() const;
  bool contains(Symbol symbol) const;
  /// All symbols that occur, sorted.
  std::vector<Symbol> symbols() const;

  Poly operator+(const Poly &other) const;
  Poly operator-(const Poly &other) const;
  Poly operator*(const Poly &other) const;
  Poly operator-() const;
  bool operator==(const Poly &other) const { return terms == other.terms; }
  bool operator!=(const Poly &other) const { return terms != other.terms; }
  bool operator<(const Poly &other) const { return terms < other.terms; }

  /// This with `value` for `symbol`.
  Poly substitute(Symbol symbol, const Poly &value) const;
  /// `factor` and `rest` of `factor * symbol + rest`, if the symbol occurs linearly in this sense.
  std::optional<std::pair<Poly, Poly>> linearIn(Symbol symbol) const;
  /// The quotient, if `divisor` divides this polynomial.
  std::optional<Poly> divide(const Poly &divisor) const;
  /// The value, or nullopt if a symbol has none or on overflow.
  std::optional<int64_t> evaluate(const Values &values) const;
  /// A lower bound if every symbol is at least what `symbols` says; nullopt if terms are negative.
  std::optional<int64_t> lowerBound(const Symbols &symbols) const;

  std::string str(const Symbols &symbols) const;

private:
  std::vector<Term> terms;
};

/// `poly >= 0`, or `poly == 0`.
struct Constraint {
  Poly poly;
  bool equal = false;
  bool operator==(const Constraint &other) const { return equal == other.equal && poly == other.poly; }
  bool operator<(const Constraint &other) const {
    return equal != other.equal ? equal < other.equal : poly < other.poly;
  }
  /// Whether it holds; nullopt as for Poly::evaluate.
  std::optional<bool> evaluate(const Values &values) const;
};

using Shape = llvm::SmallVector<Poly, 4>;

} // namespace tenon::substitute

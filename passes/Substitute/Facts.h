#pragma once

#include "passes/Substitute/Operators.h"

namespace tenon::substitute {

/// `quotient == floor(numerator / denominator)`.
struct Division {
  Symbol quotient;
  Poly numerator, denominator;
};

/// What is known of a proof's symbols, and what follows from it. Equations are used as substitutions where
/// they determine a symbol; everything else is a question whether constraints contradict each other.
class Facts {
public:
  explicit Facts(Symbols symbols);

  Symbols symbols;

  /// This with everything that was solved put in.
  Poly resolve(const Poly &poly) const;
  Shape resolve(llvm::ArrayRef<Poly> shape) const;
  Constraint resolve(const Constraint &constraint) const;

  /// Takes a constraint for true. False if it contradicts by itself (a number that is not 0, say).
  bool assume(Constraint constraint);
  /// Takes `symbol == value` for true; the symbol does not occur in `value`.
  void solve(Symbol symbol, const Poly &value);
  /// A symbol that an equation of `poly` and 0 determines, and its value; of those that `eligible` admits.
  std::optional<std::pair<Symbol, Poly>> findSolution(const Poly &poly,
                                                      llvm::function_ref<bool(Symbol)> eligible) const;
  /// Without factors that are positive for sure: an equation of it and 0 says the same.
  Poly withoutPositiveFactors(const Poly &poly) const;

  /// `numerator / denominator` rounded down: a polynomial where that is one, else a symbol with its division.
  Poly floorDiv(const Poly &numerator, const Poly &denominator);

  /// Whether the facts and `given` imply the constraint. False also if that was not found out.
  bool implies(llvm::ArrayRef<Constraint> given, const Constraint &constraint) const;
  /// Whether the facts and `given` cannot all hold. False also if that was not found out.
  bool contradict(llvm::ArrayRef<Constraint> given) const;

  /// Whether the value of `poly` may change with that of the symbol, also through quotients.
  bool dependsOn(const Poly &poly, Symbol symbol) const;
  /// Whether some quotient does.
  bool isDivided(Symbol symbol) const;

  llvm::ArrayRef<Constraint> assumptions() const { return assumed; }
  llvm::ArrayRef<Division> getDivisions() const { return divisions; }
  /// The values of solved symbols and quotients that follow from those of the others.
  void complete(Values &values) const;

private:
  void simplify();
  bool findModel(llvm::ArrayRef<Constraint> given, unsigned attempts) const;
  /// `given` and all facts, as constraints.
  std::vector<Constraint> everything(llvm::ArrayRef<Constraint> given) const;

  std::vector<Constraint> assumed;
  std::vector<Division> divisions;
  /// In the order in which they were found; values contain no symbol that is solved.
  std::vector<std::pair<Symbol, Poly>> solved;
};

/// Shape checks on symbols, as assumptions (of the source of a rule: it occurs, so it is well-formed).
class AssumeShapes : public ShapeChecks<Poly> {
public:
  explicit AssumeShapes(Facts &facts) : facts(facts) {}
  bool equal(const Poly &a, const Poly &b) override { return facts.assume({a - b, true}); }
  bool atLeast(const Poly &a, int64_t least) override { return facts.assume({a - least, false}); }
  Poly floorDiv(const Poly &a, const Poly &b) override { return facts.floorDiv(a, b); }
  std::optional<Poly> exactDiv(const Poly &a, const Poly &b) override;

private:
  Facts &facts;
};

} // namespace tenon::substitute

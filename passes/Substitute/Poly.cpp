#include "passes/Substitute/Poly.h"
#include "llvm/ADT/STLExtras.h"
#include <algorithm>

using namespace tenon::substitute;

Symbol Symbols::add(std::string name, int64_t least) {
  entries.push_back({std::move(name), least});
  return entries.size() - 1;
}

std::optional<Symbol> Symbols::find(llvm::StringRef name) const {
  for (size_t i = 0; i < entries.size(); ++i)
    if (entries[i].name == name)
      return Symbol(i);
  return std::nullopt;
}

std::optional<int64_t> Poly::constant() const {
  if (terms.empty())
    return 0;
  if (terms.size() == 1 && terms[0].first.empty())
    return terms[0].second;
  return std::nullopt;
}

std::optional<Symbol> Poly::asSymbol() const {
  if (terms.size() == 1 && terms[0].second == 1 && terms[0].first.size() == 1)
    return terms[0].first[0];
  return std::nullopt;
}

bool Poly::contains(Symbol symbol) const {
  return llvm::any_of(terms, [&](const Term &term) { return llvm::is_contained(term.first, symbol); });
}

std::vector<Symbol> Poly::symbols() const {
  std::vector<Symbol> found;
  for (const Term &term : terms)
    found.insert(found.end(), term.first.begin(), term.first.end());
  llvm::sort(found);
  found.erase(std::unique(found.begin(), found.end()), found.end());
  return found;
}

/// The sum of two sorted lists of terms, the second times `factor`.
static void addTerms(std::vector<Poly::Term> &result, llvm::ArrayRef<Poly::Term> a,
                     llvm::ArrayRef<Poly::Term> b, int64_t factor) {
  size_t i = 0, j = 0;
  result.reserve(a.size() + b.size());
  while (i < a.size() || j < b.size()) {
    if (j == b.size() || (i < a.size() && a[i].first < b[j].first)) {
      result.push_back(a[i++]);
    } else if (i == a.size() || b[j].first < a[i].first) {
      result.push_back({b[j].first, factor * b[j].second});
      ++j;
    } else {
      int64_t sum = a[i].second + factor * b[j].second;
      if (sum)
        result.push_back({a[i].first, sum});
      ++i, ++j;
    }
  }
}

Poly Poly::operator+(const Poly &other) const {
  Poly result;
  addTerms(result.terms, terms, other.terms, 1);
  return result;
}

Poly Poly::operator-(const Poly &other) const {
  Poly result;
  addTerms(result.terms, terms, other.terms, -1);
  return result;
}

Poly Poly::operator-() const {
  return Poly() - *this;
}

Poly Poly::operator*(const Poly &other) const {
  Poly result;
  for (const Term &a : terms) {
    Poly row;
    for (const Term &b : other.terms) {
      Monomial product = a.first;
      product.append(b.first.begin(), b.first.end());
      llvm::sort(product);
      row.terms.push_back({product, a.second * b.second});
    }
    llvm::sort(row.terms);
    result = result + row;
  }
  return result;
}

Poly Poly::substitute(Symbol symbol, const Poly &value) const {
  if (!contains(symbol))
    return *this;
  Poly result;
  for (const Term &term : terms) {
    Poly product(term.second);
    Monomial rest;
    int count = 0;
    for (Symbol s : term.first)
      s == symbol ? void(++count) : rest.push_back(s);
    product.terms[0].first = rest;
    for (; count; --count)
      product = product * value;
    result = result + product;
  }
  return result;
}

std::optional<std::pair<Poly, Poly>> Poly::linearIn(Symbol symbol) const {
  Poly factor, rest;
  for (const Term &term : terms) {
    int64_t count = llvm::count(term.first, symbol);
    if (count > 1)
      return std::nullopt;
    if (!count) {
      rest.terms.push_back(term);
      continue;
    }
    Term reduced = term;
    reduced.first.erase(llvm::find(reduced.first, symbol));
    factor.terms.push_back(reduced);
  }
  if (factor.isZero())
    return std::nullopt;
  llvm::sort(factor.terms);
  return std::make_pair(factor, rest);
}

/// The order of division: by degree, then by the symbols. It agrees with multiplication.
static bool gradedLess(const Poly::Monomial &a, const Poly::Monomial &b) {
  if (a.size() != b.size())
    return a.size() < b.size();
  return std::lexicographical_compare(b.begin(), b.end(), a.begin(), a.end());
}

static const Poly::Term &leadingTerm(llvm::ArrayRef<Poly::Term> terms) {
  return *std::max_element(terms.begin(), terms.end(), [](const Poly::Term &a, const Poly::Term &b) {
    return gradedLess(a.first, b.first);
  });
}

std::optional<Poly> Poly::divide(const Poly &divisor) const {
  if (divisor.isZero())
    return std::nullopt;
  const Term &lead = leadingTerm(divisor.terms);
  Poly rest = *this, quotient;
  while (!rest.isZero()) {
    const Term &top = leadingTerm(rest.terms);
    if (top.second % lead.second ||
        !std::includes(top.first.begin(), top.first.end(), lead.first.begin(), lead.first.end()))
      return std::nullopt;
    Poly step(top.second / lead.second);
    std::set_difference(top.first.begin(), top.first.end(), lead.first.begin(), lead.first.end(),
                        std::back_inserter(step.terms[0].first));
    quotient = quotient + step;
    rest = rest - step * divisor;
  }
  return quotient;
}

std::optional<int64_t> Poly::evaluate(const Values &values) const {
  int64_t sum = 0;
  for (const Term &term : terms) {
    int64_t product = term.second;
    for (Symbol s : term.first) {
      if (s >= values.size() || !values[s] || __builtin_mul_overflow(product, *values[s], &product))
        return std::nullopt;
    }
    if (__builtin_add_overflow(sum, product, &sum))
      return std::nullopt;
  }
  return sum;
}

std::optional<int64_t> Poly::lowerBound(const Symbols &symbols) const {
  int64_t sum = 0;
  for (const Term &term : terms) {
    int64_t product = term.second;
    if (product < 0 && !term.first.empty())
      return std::nullopt;
    for (Symbol s : term.first) {
      if (symbols.least(s) < 0 || __builtin_mul_overflow(product, symbols.least(s), &product))
        return std::nullopt;
    }
    sum += product;
  }
  return sum;
}

std::string Poly::str(const Symbols &symbols) const {
  if (terms.empty())
    return "0";
  std::string text;
  // Positive terms before negative ones, products before the constant, as one writes.
  std::vector<const Term *> order;
  for (bool constant : {false, true})
    for (bool negative : {false, true})
      for (const Term &term : terms)
        if (term.first.empty() == constant && (term.second < 0) == negative)
          order.push_back(&term);
  for (const Term *term : order) {
    int64_t size = std::abs(term->second);
    if (!text.empty())
      text += term->second < 0 ? " - " : " + ";
    else if (term->second < 0)
      text += "-";
    bool first = true;
    if (size != 1 || term->first.empty()) {
      text += std::to_string(size);
      first = false;
    }
    for (Symbol s : term->first) {
      text += (first ? "" : "*") + symbols.name(s);
      first = false;
    }
  }
  return text;
}

std::optional<bool> Constraint::evaluate(const Values &values) const {
  std::optional<int64_t> value = poly.evaluate(values);
  if (!value)
    return std::nullopt;
  return equal ? *value == 0 : *value >= 0;
}

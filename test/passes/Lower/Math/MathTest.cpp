// The error of every function of the math library, in units in the last place, against long double; the
// special values of C's Annex F come with the reference. The measured maxima are printed, and listed in
// docs/math.md.
#include "test/passes/Lower/Math/Jit.h"
#include <cmath>
#include <cstring>
#include <gtest/gtest.h>
#include <limits>
#include <random>

namespace tenon::test {
namespace {

using Wide = long double;

struct Function {
  const char *name;
  Wide (*reference)(Wide, Wide);
  bool binary;
  /// Where half of the samples lie, evenly; the others have random bits.
  double low, high;
  /// Beyond this magnitude arguments are outside the documented domain.
  double limit = std::numeric_limits<double>::infinity();
};

#define UNARY(NAME, CALL) #NAME, [](Wide x, Wide) -> Wide { return CALL(x); }, false

const Function functions[] = {
    {UNARY(exp, expl), -110, 100},
    {UNARY(exp2, exp2l), -155, 130},
    {UNARY(expm1, expm1l), -2, 2},
    {UNARY(sinh, sinhl), -3, 3},
    {UNARY(cosh, coshl), -3, 3},
    {UNARY(tanh, tanhl), -3, 3},
    {UNARY(log, logl), 0, 4},
    {UNARY(log1p, log1pl), -1, 3},
    {UNARY(log2, log2l), 0, 4},
    {UNARY(asinh, asinhl), -3, 3},
    {UNARY(acosh, acoshl), 1, 4},
    {UNARY(atanh, atanhl), -1, 1},
    {UNARY(sin, sinl), -100, 100, 0x1p50},
    {UNARY(cos, cosl), -100, 100, 0x1p50},
    {UNARY(tan, tanl), -100, 100, 0x1p50},
    {UNARY(asin, asinl), -1, 1},
    {UNARY(acos, acosl), -1, 1},
    {UNARY(atan, atanl), -4, 4},
    {UNARY(erf, erfl), -4, 4},
    {"pow", [](Wide x, Wide y) -> Wide { return powl(x, y); }, true, 0, 3},
    {"fmod", [](Wide x, Wide y) -> Wide { return fmodl(x, y); }, true, -100, 100},
};

template <typename T>
T fromBits(uint64_t bits) {
  std::conditional_t<sizeof(T) == 4, uint32_t, uint64_t> narrow = bits;
  T value;
  std::memcpy(&value, &narrow, sizeof(T));
  return value;
}

template <typename T>
std::vector<T> specialValues() {
  using Limits = std::numeric_limits<T>;
  std::vector<T> values = {0,   1, 2,  3,  4,   5,   0.5,  0.25, 0.75, 1.5,
                           2.5, 7, 10, 64, 127, 128, 1023, 1024, 1025};
  for (T x : {T(0.6),
              T(0.625),
              T(0.875),
              T(M_PI),
              T(M_PI_2),
              T(M_PI_4),
              T(M_LN2),
              T(M_E),
              T(M_SQRT1_2),
              T(M_SQRT2),
              T(M_SQRT2 - 1),
              T(M_SQRT2 + 1),
              T(88.7),
              T(103.9),
              T(709.7),
              T(745.1),
              T(8388608),
              T(16777215),
              T(16777216),
              T(0x1p52),
              T(0x1p53),
              T(0x1p100),
              Limits::min(),
              Limits::max(),
              Limits::denorm_min(),
              Limits::epsilon(),
              Limits::min() - Limits::denorm_min(),
              T(1)}) {
    values.push_back(x);
    values.push_back(std::nextafter(x, T(0)));
    values.push_back(std::nextafter(x, Limits::infinity()));
  }
  values.push_back(Limits::infinity());
  for (size_t i = 0, n = values.size(); i < n; ++i)
    values.push_back(-values[i]);
  values.push_back(Limits::quiet_NaN());
  return values;
}

template <typename T>
struct Samples {
  std::vector<T> a, b;
};

/// At least 2^20 arguments of `f`, their count a multiple of 64.
template <typename T>
Samples<T> samplesOf(const Function &f) {
  Samples<T> s;
  std::mt19937_64 random(20);
  std::vector<T> special = specialValues<T>();
  std::uniform_real_distribution<T> even(f.low, f.high);
  for (T x : special)
    for (T y : f.binary ? special : std::vector<T>{0})
      s.a.push_back(x), s.b.push_back(y);
  while (s.a.size() < (1 << 20) + 65536 || s.a.size() % 64) {
    size_t i = s.a.size();
    T x = i % 2 ? even(random) : fromBits<T>(random()), y = 0;
    if (f.binary && f.name == std::string("pow")) {
      // The power spread over the whole range of results; sometimes a negative base and an integer.
      std::uniform_real_distribution<T> exponent(sizeof(T) == 4 ? -110 : -750, sizeof(T) == 4 ? 100 : 715);
      x = std::fabs(x);
      y = exponent(random) / std::log(x);
      if (i % 8 == 7)
        y = std::round(y), x = -x;
    } else if (f.binary) {
      y = i % 2 ? even(random) : fromBits<T>(random());
    }
    s.a.push_back(x), s.b.push_back(y);
  }
  if (f.binary && f.name == std::string("fmod") && sizeof(T) == 8)
    for (size_t i = 0; i < s.a.size(); ++i) // the documented domain of f64: quotients below 2^104
      if (std::isfinite(s.a[i]) && std::isfinite(s.b[i]) && std::fabs(Wide(s.a[i]) / s.b[i]) >= 0x1p104L)
        s.b[i] = std::ldexp(s.a[i], -int(random() % 104)) * (1 + (random() % 1000) / 1000.0);
  return s;
}

/// |got - reference| in units of T's last place at the reference; 0 for equal specials, infinity for wrong
/// ones.
template <typename T>
double ulpError(T got, Wide reference) {
  using Limits = std::numeric_limits<T>;
  constexpr double wrong = std::numeric_limits<double>::infinity();
  if (std::isnan(reference) || std::isnan(got))
    return std::isnan(reference) && std::isnan(got) ? 0 : wrong;
  if (reference == 0 || std::isinf(reference))
    return got == reference && std::signbit(got) == std::signbit(reference) ? 0 : wrong;
  // Overflow: as if there were one binade more.
  Wide value = got;
  if (std::isinf(got))
    value = std::copysign(ldexpl(1, Limits::max_exponent), got);
  Wide top = ldexpl(1, Limits::max_exponent);
  reference = std::min(std::max(reference, -top), top);
  int exponent = std::max(ilogbl(reference), Limits::min_exponent - 1);
  exponent = std::min(exponent, Limits::max_exponent - 1);
  return double(fabsl(value - reference) / ldexpl(1, exponent - (Limits::digits - 1)));
}

template <typename T>
void measure(Jit &jit, double allowed) {
  for (const Function &f : functions) {
    std::string name = std::string("tenon_") + f.name + (sizeof(T) == 4 ? "_f32" : "_f64");
    Samples<T> s = samplesOf<T>(f);
    std::vector<T> scalar(s.a.size()), vector(s.a.size());
    jit.scalar(name)(s.a.data(), s.b.data(), scalar.data(), s.a.size());
    jit.vector(name)(s.a.data(), s.b.data(), vector.data(), s.a.size());
    double worst = 0;
    size_t at = 0, different = 0;
    for (size_t i = 0; i < s.a.size(); ++i) {
      // Bit for bit, but for NaN, whose payload no one promises.
      different +=
          std::memcmp(&scalar[i], &vector[i], sizeof(T)) && !(std::isnan(scalar[i]) && std::isnan(vector[i]));
      if (std::isfinite(s.a[i]) && std::fabs(s.a[i]) > f.limit) {
        EXPECT_LE(std::fabs(scalar[i]), 1) << name << "(" << s.a[i] << ")";
        continue;
      }
      double error = ulpError<T>(scalar[i], f.reference(s.a[i], s.b[i]));
      if (error > worst)
        worst = error, at = i;
    }
    printf("%-18s max error %.3f ulp at (%a%s%s)\n", name.c_str(), worst, double(s.a[at]),
           f.binary ? ", " : "", f.binary ? std::to_string(s.b[at]).c_str() : "");
    EXPECT_LE(worst, allowed) << name << "(" << s.a[at] << ", " << s.b[at] << ") = " << scalar[at]
                              << ", but expected " << double(f.reference(s.a[at], s.b[at]));
    EXPECT_EQ(different, 0u) << name << ": scalar and vector results differ";
  }
}

std::vector<std::string> namesFor(const char *suffix) {
  std::vector<std::string> names;
  for (const Function &f : functions)
    names.push_back(std::string("tenon_") + f.name + suffix);
  return names;
}

TEST(Math, F32Error) {
  Jit jit(namesFor("_f32"), 8);
  measure<float>(jit, 2);
}

TEST(Math, F64Error) {
  Jit jit(namesFor("_f64"), 4);
  measure<double>(jit, 2);
}

} // namespace
} // namespace tenon::test

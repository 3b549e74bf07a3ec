// The narrow floats: every code is decoded and compared with the format's definition; encoding is compared
// with a search for the nearest code, at every code, every midpoint and their neighbours, and on 2^20 random
// bit patterns.
#include "test/passes/Lower/Math/Jit.h"
#include <cmath>
#include <cstring>
#include <gtest/gtest.h>
#include <limits>
#include <random>

namespace tenon::test {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double none = std::numeric_limits<double>::quiet_NaN();

struct Format {
  const char *name;
  int exponentBits, mantissaBits, bias;
  /// Codes without their sign: of NaN (the smallest of them) and of infinity; -1 if there is none.
  int nan, inf;
  /// FNUZ: the code of -0 is the only NaN.
  bool unsignedZero;
  /// What NaN becomes.
  int encodedNan;

  int signBit() const { return 1 << (exponentBits + mantissaBits); }

  /// The value of a code without its sign, NaN where it has none.
  double decode(int code) const {
    if (inf >= 0 && code == inf)
      return infinity;
    if (nan >= 0 && code >= nan)
      return none;
    int exponent = code >> mantissaBits, mantissa = code & ((1 << mantissaBits) - 1);
    if (exponent == 0)
      return std::ldexp(mantissa, 1 - bias - mantissaBits);
    return std::ldexp((1 << mantissaBits) + mantissa, exponent - bias - mantissaBits);
  }

  int largest() const {
    int code = signBit() - 1;
    while (!std::isfinite(decode(code)))
      --code;
    return code;
  }

  /// The code of the value nearest to |x|, an even one in a tie; one past the largest finite code on
  /// overflow.
  int nearest(double x) const {
    x = std::fabs(x);
    int top = largest();
    // One step beyond the largest, where the next binade or mantissa would be.
    double next = 2 * decode(top) - decode(top - 1);
    int low = 0;
    for (int high = top; low < high;) {
      int middle = (low + high + 1) / 2;
      if (decode(middle) <= x)
        low = middle;
      else
        high = middle - 1;
    }
    double above = low == top ? next : decode(low + 1);
    double toLow = x - decode(low), toHigh = above - x;
    return toLow < toHigh || (toLow == toHigh && low % 2 == 0) ? low : low + 1;
  }

  int encode(float x, bool saturate) const {
    int sign = std::signbit(x) ? signBit() : 0;
    if (std::isnan(x))
      return unsignedZero ? signBit() : nan < 0 ? encodedNan ^ sign : encodedNan | sign;
    int code = std::isinf(x) ? largest() + 1 : nearest(x);
    if (code > largest()) {
      if (saturate)
        code = largest();
      else if (inf >= 0)
        code = inf;
      else
        return unsignedZero ? signBit() : encodedNan | sign;
    }
    return unsignedZero && code == 0 ? 0 : code | sign;
  }
};

// f4e2m1 has no NaN: ml_dtypes, by which ONNX defines the cast, turns NaN into -0 (and -NaN into 0).
const Format formats[] = {
    {"f8e4m3fn", 4, 3, 7, 0x7F, -1, false, 0x7F},  {"f8e4m3fnuz", 4, 3, 8, -1, -1, true, 0x80},
    {"f8e5m2", 5, 2, 15, 0x7D, 0x7C, false, 0x7E}, {"f8e5m2fnuz", 5, 2, 16, -1, -1, true, 0x80},
    {"f4e2m1", 2, 1, 1, -1, -1, false, 0x8},
};

std::vector<float> samplesFor(const std::vector<double> &values) {
  std::vector<float> samples = {0.0f, NAN, INFINITY, std::numeric_limits<float>::max(), 1e-45f, 1e-38f};
  for (size_t i = 0; i + 1 < values.size(); ++i)
    for (double x : {values[i], (values[i] + values[i + 1]) / 2})
      for (float y : {float(x), std::nextafter(float(x), 0.0f), std::nextafter(float(x), INFINITY)})
        samples.push_back(y);
  for (size_t i = 0, n = samples.size(); i < n; ++i)
    samples.push_back(-samples[i]);
  std::mt19937 random(8);
  while (samples.size() < (1 << 20) || samples.size() % 64) {
    uint32_t bits = random();
    if (samples.size() % 2) // near the formats' ranges
      bits = (bits & 0x807FFFFF) | ((100 + random() % 50) << 23);
    float x;
    std::memcpy(&x, &bits, 4);
    samples.push_back(x);
  }
  return samples;
}

/// Runs the scalar and the vector version, which must agree, and returns the results.
template <typename Out, typename In>
std::vector<Out> both(Jit &jit, const std::string &name, const std::vector<In> &in) {
  std::vector<Out> scalar(in.size()), vector(in.size());
  jit.scalar(name)(in.data(), nullptr, scalar.data(), in.size());
  jit.vector(name)(in.data(), nullptr, vector.data(), in.size());
  EXPECT_EQ(std::memcmp(scalar.data(), vector.data(), in.size() * sizeof(Out)), 0) << name;
  return scalar;
}

uint32_t bitsOf(float x) {
  uint32_t bits;
  std::memcpy(&bits, &x, 4);
  return bits;
}

TEST(Convert, DecodesEveryCode) {
  std::vector<std::string> names;
  for (const Format &f : formats)
    names.push_back(std::string("tenon_") + f.name + "_to_f32");
  Jit jit(names, 8);
  std::vector<uint8_t> codes(256);
  for (int i = 0; i < 256; ++i)
    codes[i] = i;
  for (const Format &f : formats) {
    std::vector<float> values = both<float>(jit, std::string("tenon_") + f.name + "_to_f32", codes);
    for (int code = 0; code < 2 * f.signBit(); ++code) {
      double expected = f.decode(code & (f.signBit() - 1));
      expected = code & f.signBit() ? -expected : expected;
      if (std::isnan(expected) || (f.unsignedZero && code == f.signBit()))
        EXPECT_TRUE(std::isnan(values[code])) << f.name << " " << code;
      else
        EXPECT_EQ(bitsOf(values[code]), bitsOf(float(expected))) << f.name << " " << code;
    }
  }
}

TEST(Convert, EncodesTheNearest) {
  std::vector<std::string> names;
  for (const Format &f : formats)
    for (const char *suffix : {"", "_sat"})
      names.push_back(std::string("tenon_f32_to_") + f.name + suffix);
  Jit jit(names, 8);
  for (const Format &f : formats) {
    std::vector<double> values;
    for (int code = 0; code <= f.largest(); ++code)
      values.push_back(f.decode(code));
    double step = values.back() - values[values.size() - 2];
    for (int i = 1; i < 4; ++i)
      values.push_back(f.decode(f.largest()) + i * step);
    std::vector<float> samples = samplesFor(values);
    for (bool saturate : {false, true}) {
      std::string name = std::string("tenon_f32_to_") + f.name + (saturate ? "_sat" : "");
      std::vector<uint8_t> codes = both<uint8_t>(jit, name, samples);
      int wrong = 0;
      for (size_t i = 0; i < samples.size() && wrong < 5; ++i) {
        // Without NaN and infinity there is nothing but saturation.
        int expected = f.encode(samples[i], saturate || (f.nan < 0 && !f.unsignedZero));
        wrong += codes[i] != expected;
        EXPECT_EQ(int(codes[i]), expected) << name << "(" << samples[i] << ")";
      }
    }
  }
}

TEST(Convert, Bfloat16) {
  Jit jit({"tenon_f32_to_bf16", "tenon_bf16_to_f32"}, 8);
  const Format f{"bf16", 8, 7, 127, 0x7F81, 0x7F80, false, 0x7FC0};
  std::vector<double> values;
  for (int code = 0; code < 0x7F80; ++code)
    values.push_back(f.decode(code));
  values.push_back(2 * values.back() - values[values.size() - 2]);
  std::vector<float> samples = samplesFor(values);
  std::vector<uint16_t> codes = both<uint16_t>(jit, "tenon_f32_to_bf16", samples);
  int wrong = 0;
  for (size_t i = 0; i < samples.size() && wrong < 5; ++i) {
    wrong += codes[i] != f.encode(samples[i], false);
    EXPECT_EQ(codes[i], f.encode(samples[i], false)) << samples[i];
  }
  std::vector<uint16_t> all(65536);
  for (int i = 0; i < 65536; ++i)
    all[i] = i;
  std::vector<float> decoded = both<float>(jit, "tenon_bf16_to_f32", all);
  for (uint32_t i = 0; i < 65536; ++i)
    EXPECT_EQ(bitsOf(decoded[i]), i << 16);
}

TEST(Convert, F64ToF16RoundsOnce) {
  Jit jit({"tenon_f64_to_f16"}, 8);
  const Format f{"f16", 5, 10, 15, 0x7C01, 0x7C00, false, 0x7E00};
  std::vector<double> samples = {0.0,     infinity, 1e300,    1e-300, 5e-324, 65519.999999999993,
                                 65520.0, 0x1p128,  0x1.8p-25};
  for (int code = 0; code < 0x7C00; ++code) {
    // A midpoint of f16, moved by less than f32 can tell: rounding twice would lose the direction.
    double middle = (f.decode(code) + (code == 0x7BFF ? 65536 : f.decode(code + 1))) / 2;
    for (double x : {f.decode(code), middle, std::nextafter(middle, 0.0), std::nextafter(middle, infinity)})
      samples.push_back(x);
  }
  std::mt19937_64 random(16);
  while (samples.size() < (1 << 19) || samples.size() % 64) {
    std::uniform_real_distribution<double> exponent(-30, 18);
    samples.push_back(std::exp2(exponent(random)));
  }
  for (size_t i = 0; i < samples.size(); i += 2)
    samples[i] = -samples[i];
  std::vector<uint16_t> codes = both<uint16_t>(jit, "tenon_f64_to_f16", samples);
  int wrong = 0;
  for (size_t i = 0; i < samples.size() && wrong < 5; ++i) {
    int code = std::isinf(samples[i]) ? 0x7C00 : std::min(f.nearest(samples[i]), 0x7C00);
    code |= std::signbit(samples[i]) ? 0x8000 : 0;
    wrong += codes[i] != code;
    EXPECT_EQ(codes[i], code) << samples[i];
  }
  std::vector<double> nan(8, none);
  for (uint16_t code : both<uint16_t>(jit, "tenon_f64_to_f16", nan))
    EXPECT_TRUE((code & 0x7C00) == 0x7C00 && (code & 0x3FF));
}

} // namespace
} // namespace tenon::test

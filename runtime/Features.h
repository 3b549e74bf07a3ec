/* What the processor and the operating system offer, as the bits of tn_variant.features. */
#ifndef TENON_RUNTIME_FEATURES_H
#define TENON_RUNTIME_FEATURES_H

#include "runtime/Program.h"

/* Names of the bits, in order, as --target spells them. */
#define TN_X86_FEATURE_NAMES                                                                                 \
  "sse3", "ssse3", "sse4.1", "sse4.2", "popcnt", "avx", "f16c", "fma", "movbe", "avx2", "bmi", "bmi2",       \
      "lzcnt", "avx512f", "avx512bw", "avx512cd", "avx512dq", "avx512vl", "avx512vnni", "avx512bf16",        \
      "avx512fp16", "avx512vbmi", "avx512vbmi2", "avx512bitalg", "avx512vpopcntdq", "avx512ifma", "avxvnni", \
      "amx-tile", "amx-int8", "amx-bf16", "gfni", "vpclmulqdq", "cx16", "sahf", "xsave", "pclmul"
#define TN_ARM_FEATURE_NAMES "fullfp16", "dotprod", "i8mm", "bf16", "sve", "sve2", "lse", "rdm", "fp16fml"

#if defined(__x86_64__)

static const char *const tn_feature_names[] = {TN_X86_FEATURE_NAMES};
#define TN_HOST_ARCH TN_ARCH_X86_64

static inline void tn_cpuid(uint32_t leaf, uint32_t subleaf, uint32_t *regs) {
  __asm__ volatile("cpuid"
                   : "=a"(regs[0]), "=b"(regs[1]), "=c"(regs[2]), "=d"(regs[3])
                   : "0"(leaf), "2"(subleaf));
}

static inline uint64_t tn_bit(uint32_t reg, int bit, uint64_t feature) {
  return (reg >> bit) & 1 ? feature : 0;
}

static inline uint64_t tn_detect_features(void) {
  const uint64_t ymm_features =
      TN_X86_AVX | TN_X86_F16C | TN_X86_FMA | TN_X86_AVX2 | TN_X86_AVXVNNI | TN_X86_VPCLMULQDQ;
  const uint64_t zmm_features = TN_X86_AVX512F | TN_X86_AVX512BW | TN_X86_AVX512CD | TN_X86_AVX512DQ |
                                TN_X86_AVX512VL | TN_X86_AVX512VNNI | TN_X86_AVX512BF16 | TN_X86_AVX512FP16 |
                                TN_X86_AVX512VBMI | TN_X86_AVX512VBMI2 | TN_X86_AVX512BITALG |
                                TN_X86_AVX512VPOPCNTDQ | TN_X86_AVX512IFMA;
  const uint64_t tile_features = TN_X86_AMX_TILE | TN_X86_AMX_INT8 | TN_X86_AMX_BF16;
  uint64_t f = 0;
  uint32_t r[4]; /* eax, ebx, ecx, edx */
  tn_cpuid(0, 0, r);
  uint32_t max_leaf = r[0];
  tn_cpuid(1, 0, r);
  uint32_t ecx = r[2];
  f |= tn_bit(ecx, 0, TN_X86_SSE3) | tn_bit(ecx, 1, TN_X86_PCLMUL) | tn_bit(ecx, 9, TN_X86_SSSE3) |
       tn_bit(ecx, 12, TN_X86_FMA) | tn_bit(ecx, 13, TN_X86_CX16) | tn_bit(ecx, 19, TN_X86_SSE41) |
       tn_bit(ecx, 20, TN_X86_SSE42) | tn_bit(ecx, 22, TN_X86_MOVBE) | tn_bit(ecx, 23, TN_X86_POPCNT) |
       tn_bit(ecx, 26, TN_X86_XSAVE) | tn_bit(ecx, 28, TN_X86_AVX) | tn_bit(ecx, 29, TN_X86_F16C);
  int osxsave = (ecx >> 27) & 1;
  if (max_leaf >= 7) {
    tn_cpuid(7, 0, r);
    uint32_t subleaves = r[0];
    f |= tn_bit(r[1], 3, TN_X86_BMI) | tn_bit(r[1], 5, TN_X86_AVX2) | tn_bit(r[1], 8, TN_X86_BMI2) |
         tn_bit(r[1], 16, TN_X86_AVX512F) | tn_bit(r[1], 17, TN_X86_AVX512DQ) |
         tn_bit(r[1], 21, TN_X86_AVX512IFMA) | tn_bit(r[1], 28, TN_X86_AVX512CD) |
         tn_bit(r[1], 30, TN_X86_AVX512BW) | tn_bit(r[1], 31, TN_X86_AVX512VL) |
         tn_bit(r[2], 1, TN_X86_AVX512VBMI) | tn_bit(r[2], 6, TN_X86_AVX512VBMI2) |
         tn_bit(r[2], 8, TN_X86_GFNI) | tn_bit(r[2], 10, TN_X86_VPCLMULQDQ) |
         tn_bit(r[2], 11, TN_X86_AVX512VNNI) | tn_bit(r[2], 12, TN_X86_AVX512BITALG) |
         tn_bit(r[2], 14, TN_X86_AVX512VPOPCNTDQ) | tn_bit(r[3], 22, TN_X86_AMX_BF16) |
         tn_bit(r[3], 23, TN_X86_AVX512FP16) | tn_bit(r[3], 24, TN_X86_AMX_TILE) |
         tn_bit(r[3], 25, TN_X86_AMX_INT8);
    if (subleaves >= 1) {
      tn_cpuid(7, 1, r);
      f |= tn_bit(r[0], 4, TN_X86_AVXVNNI) | tn_bit(r[0], 5, TN_X86_AVX512BF16);
    }
  }
  tn_cpuid(0x80000000u, 0, r);
  if (r[0] >= 0x80000001u) {
    tn_cpuid(0x80000001u, 0, r);
    f |= tn_bit(r[2], 0, TN_X86_SAHF) | tn_bit(r[2], 5, TN_X86_LZCNT);
  }
  /* The registers are usable only where the system saves them. */
  uint32_t xcr0 = 0, high = 0;
  if (osxsave)
    __asm__ volatile("xgetbv" : "=a"(xcr0), "=d"(high) : "c"(0));
  if ((xcr0 & 0x6) != 0x6)
    f &= ~ymm_features;
  if ((xcr0 & 0xe6) != 0xe6)
    f &= ~zmm_features;
  if ((xcr0 & 0x60000) != 0x60000)
    f &= ~tile_features;
  return f;
}

#elif defined(__aarch64__)

static const char *const tn_feature_names[] = {TN_ARM_FEATURE_NAMES};
#define TN_HOST_ARCH TN_ARCH_AARCH64

#ifdef __cplusplus
extern "C"
#endif
    unsigned long getauxval(unsigned long type);

static inline uint64_t tn_detect_features(void) {
  unsigned long a = getauxval(16 /* AT_HWCAP */), b = getauxval(26 /* AT_HWCAP2 */);
  uint64_t f = 0;
  f |= (a >> 8) & 1 ? TN_ARM_LSE : 0;
  f |= (a >> 9) & (a >> 10) & 1 ? TN_ARM_FP16 : 0;
  f |= (a >> 12) & 1 ? TN_ARM_RDM : 0;
  f |= (a >> 20) & 1 ? TN_ARM_DOTPROD : 0;
  f |= (a >> 22) & 1 ? TN_ARM_SVE : 0;
  f |= (a >> 23) & 1 ? TN_ARM_FP16FML : 0;
  f |= (b >> 1) & 1 ? TN_ARM_SVE2 : 0;
  f |= (b >> 13) & 1 ? TN_ARM_I8MM : 0;
  f |= (b >> 14) & 1 ? TN_ARM_BF16 : 0;
  return f;
}

#else
#error "the runtime knows x86-64 and aarch64"
#endif

#endif /* TENON_RUNTIME_FEATURES_H */

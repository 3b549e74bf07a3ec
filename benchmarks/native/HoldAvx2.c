// Preloaded into a process, hides from it that the processor has AVX-512, AVX10 or AMX: it makes the
// instruction cpuid fault (arch_prctl ARCH_SET_CPUID, Intel's CPUID faulting), and answers instead of it.
// Libraries that choose their kernels by environment variables do so in part only: OpenVINO's matrix products
// by MLAS heed no such variable.
#if defined(__x86_64__)
#define _GNU_SOURCE
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

struct registers {
  uint32_t a, b, c, d;
};

static long allowCpuid(unsigned long allowed) {
  enum { kSetCpuid = 0x1012 };
  return syscall(SYS_arch_prctl, kSetCpuid, allowed);
}

static struct registers askProcessor(uint32_t leaf, uint32_t part) {
  struct registers r;
  __asm__ volatile("cpuid" : "=a"(r.a), "=b"(r.b), "=c"(r.c), "=d"(r.d) : "a"(leaf), "c"(part));
  return r;
}

#define BIT(n) (UINT32_C(1) << (n))

/// What the processor says, without the features beyond AVX2.
static struct registers answer(uint32_t leaf, uint32_t part) {
  struct registers r = askProcessor(leaf, part);
  if (leaf == 7 && part == 0) {
    // AVX512F, DQ, IFMA, PF, ER, CD, BW, VL; VBMI, VBMI2, VNNI, BITALG, VPOPCNTDQ; 4VNNIW, 4FMAPS,
    // VP2INTERSECT, AMX-BF16, AVX512-FP16, AMX-TILE, AMX-INT8.
    r.b &= ~(BIT(16) | BIT(17) | BIT(21) | BIT(26) | BIT(27) | BIT(28) | BIT(30) | BIT(31));
    r.c &= ~(BIT(1) | BIT(6) | BIT(11) | BIT(12) | BIT(14));
    r.d &= ~(BIT(2) | BIT(3) | BIT(8) | BIT(22) | BIT(23) | BIT(24) | BIT(25));
  } else if (leaf == 7 && part == 1) {
    // AVX-VNNI, AVX512-BF16, AMX-FP16; AVX-VNNI-INT8, AVX-NE-CONVERT, AMX-COMPLEX, AVX-VNNI-INT16, AVX10.
    r.a &= ~(BIT(4) | BIT(5) | BIT(21));
    r.d &= ~(BIT(4) | BIT(5) | BIT(8) | BIT(10) | BIT(19));
  }
  return r;
}

static void onFault(int number, siginfo_t *info, void *context) {
  (void)info;
  greg_t *registers = ((ucontext_t *)context)->uc_mcontext.gregs;
  const uint8_t *code = (const uint8_t *)registers[REG_RIP];
  if (code[0] != 0x0f || code[1] != 0xa2) { // not cpuid: a true fault, which the instruction repeats
    signal(number, SIG_DFL);
    return;
  }
  allowCpuid(1);
  struct registers r = answer((uint32_t)registers[REG_RAX], (uint32_t)registers[REG_RCX]);
  allowCpuid(0);
  registers[REG_RAX] = r.a;
  registers[REG_RBX] = r.b;
  registers[REG_RCX] = r.c;
  registers[REG_RDX] = r.d;
  registers[REG_RIP] += 2;
}

/// Threads and children inherit it.
__attribute__((constructor)) static void hold(void) {
  if (!(askProcessor(7, 0).b & BIT(16)))
    return;
  struct sigaction action = {.sa_sigaction = onFault, .sa_flags = SA_SIGINFO | SA_NODEFER};
  if (sigaction(SIGSEGV, &action, 0) || allowCpuid(0)) {
    fprintf(stderr, "this processor or system cannot hide AVX-512 (CPUID faulting)\n");
    exit(1);
  }
}
#endif

/* The functions of the C library that compiled code may call, without their bodies. Made into a shared object
 * named libc.so.6 or libm.so.6, it lets a model be linked where no C library is installed for developers, and
 * lets the linker refuse any call of something else. */
#define F(name)                                                                                              \
  void name(void) {}

/* clang-format off */
#ifdef TN_STUB_c
F(memcpy) F(memmove) F(memset) F(memcmp) F(bcmp) F(strlen) F(abort) F(clock_gettime) F(nanosleep) F(sched_yield) F(getauxval)
#endif

#ifdef TN_STUB_m
#define M(name) F(name) F(name##f)
M(acos) M(acosh) M(asin) M(asinh) M(atan) M(atan2) M(atanh) M(cbrt) M(ceil) M(copysign) M(cos) M(cosh) M(erf) M(erfc)
M(exp) M(exp2) M(exp10) M(expm1) M(fabs) M(floor) M(fma) M(fmax) M(fmin) M(fmod) M(frexp) M(hypot) M(ldexp) M(lgamma)
M(llrint) M(llround) M(log) M(log10) M(log1p) M(log2) M(lrint) M(lround) M(modf) M(nearbyint) M(pow) M(remainder)
M(rint) M(round) M(roundeven) M(scalbn) M(sin) M(sincos) M(sinh) M(sqrt) M(tan) M(tanh) M(tgamma) M(trunc)
#endif

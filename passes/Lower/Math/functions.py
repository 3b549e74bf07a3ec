"""The math functions of generated kernels, as expressions; docs/math.md describes each method.

Every function takes argument nodes and `goal`, the relative error allowed to its polynomials: about a
tenth of an ulp of the type computed in, or of f32 when an f32 function is computed in f64.
"""
from mpmath import mp, mpf
from emitter import *

BIAS = {"f32": 127, "f64": 1023}
NATIVE = {"f32": mpf(2)**-27, "f64": mpf(2)**-58}
WIDE = mpf(2)**-33
TINY = {"f32": mpf(2)**-30, "f64": mpf(2)**-60}


def parts(value, ty, count):
    """`value` as an unevaluated sum of `count` numbers of type `ty`, largest first."""
    result = []
    for _ in range(count):
        result.append(rounded(value, ty))
        value = value - result[-1]
    return result


def nearest(x, scale):
    """x * scale rounded to an integer, as a float and as the bits of an integer.

    Adding 1.5 * 2^mantissa leaves the integer in the low bits of the sum: neither a conversion (which
    AVX2 lacks for 64 bits) nor an undefined result for NaN.
    """
    shift = mpf(3) * mpf(2)**(MANTISSA[x.ty] - 1)
    t = fma(x, scale, shift)
    return t - shift, bitcast(t) - raw(bits_of(shift, x.ty), INTEGER[x.ty])


def power_of_two(k, ty): return bitcast((k + BIAS[ty]) << MANTISSA[ty], ty)


def scale(p, n, k, vanishes=None):
    """p * 2^k in two steps, so that neither factor overflows and only the last step rounds; 0 where the
    condition `vanishes` holds.

    There the last factor is 0: a product that underflows takes processors 150 cycles, and most elements of a
    softmax with a causal mask would.
    """
    _, first = nearest(n, mpf("0.5"))
    second = power_of_two(k - first, p.ty)
    return p * power_of_two(first, p.ty) * (second if vanishes is None else select(vanishes, 0, second))


def clamp(x, lo, hi):
    """Keeps NaN."""
    x = select(x.lt(lo), lo, x) if lo is not None else x
    return select(x.gt(hi), hi, x)


def odd(f):
    """Computes f on |x| and gives it the sign of x, so that -0 stays -0."""
    return lambda x, goal: copysign(f(absf(x), goal), x)


# Exponentials -----------------------------------------------------------------------------------------


def reduce_exp(x):
    """x = n ln 2 + r with |r| <= ln 2 / 2; the first step is exact, by fma."""
    n, k = nearest(x, 1 / mp.ln2)
    high, low = parts(mp.ln2, x.ty, 2)
    return n, k, fma(n, -low, fma(n, -high, x))


def expm1_poly(r, goal):
    c = fit(lambda t: (mp.expm1(t) - t) / t**2, -mp.ln2 / 2, mp.ln2 / 2, goal, r.ty, weight=lambda t: t * t)
    return fma(r * r, horner(c, r), r)


EXP_RANGE = {"f32": (-104, 89), "f64": (-746, 710)}


def exp(x, goal):
    vanishes = x.lt(EXP_RANGE[x.ty][0])
    n, k, r = reduce_exp(clamp(x, *EXP_RANGE[x.ty]))
    return scale(expm1_poly(r, goal) + 1, n, k, vanishes)


def exp2(x, goal):
    low, high = {"f32": (-151, 129), "f64": (-1076, 1025)}[x.ty]
    vanishes = x.lt(low)
    x = clamp(x, low, high)
    n, k = nearest(x, 1)
    r = x - n
    c = fit(lambda t: (2**t - 1) / t, -mpf(1) / 2, mpf(1) / 2, goal, x.ty, weight=lambda t: t)
    return scale(fma(r, horner(c, r), 1), n, k, vanishes)


def expm1(x, goal):
    """2^k expm1(r) + (2^k - 1), at half the scale so that 2^128 needs no special case."""
    clamped = clamp(x, -40, EXP_RANGE[x.ty][1])
    n, k, r = reduce_exp(clamped)
    half = power_of_two(k - 1, x.ty)
    y = fma(half, expm1_poly(r, goal), half - mpf("0.5")) * 2
    return select(absf(x).lt(TINY[x.ty]), x, y)


def half_exp(x, goal):
    """exp(x) / 2, for x >= 0, without overflow before the result overflows."""
    n, k, r = reduce_exp(clamp(x, None, EXP_RANGE[x.ty][1] + 1))
    return scale(expm1_poly(r, goal) + 1, n - 1, k - 1)


@odd
def sinh(a, goal):
    c = fit(lambda z: (mp.sinh(mp.sqrt(z)) / mp.sqrt(z) - 1) / z, mpf(0), mpf(1), goal, a.ty, weight=lambda z: z)
    z = a * a
    small = fma(a * z, horner(c, z), a)
    h = half_exp(a, goal)
    return select(a.lt(1), small, h - mpf("0.25") / h)


def cosh(x, goal):
    h = half_exp(absf(x), goal)
    return h + mpf("0.25") / h


@odd
def tanh(a, goal):
    """An odd polynomial below 0.6, else 1 - 2 / (exp(2a) + 1)."""
    limit = mpf("0.6")
    c = fit(lambda z: (mp.tanh(mp.sqrt(z)) / mp.sqrt(z) - 1) / z, mpf(0), limit**2, goal, a.ty, weight=lambda z: z)
    z = a * a
    small = fma(a * z, horner(c, z), a)
    n, k, r = reduce_exp(clamp(a + a, None, 2 * {"f32": 10, "f64": 20}[a.ty]))
    e = (expm1_poly(r, goal) + 1) * power_of_two(k, a.ty)
    return select(a.lt(limit), small, 1 - 2 / (e + 1))


# Logarithms -------------------------------------------------------------------------------------------


def split_log(x):
    """x = m 2^e with m in [sqrt(1/2), sqrt(2)), subnormals included; e as a float."""
    ty, m = x.ty, MANTISSA[x.ty]
    integer = INTEGER[ty]
    up = m + 2
    small = x.lt(mpf(2)**(1 - BIAS[ty]))
    x = select(small, x * mpf(2)**up, x)
    bits, one = bitcast(x), BIAS[ty] << m
    # Biased so that the exponent is positive and a logical shift extracts it.
    shifted = bits - raw(bits_of(mp.sqrt(mpf(1) / 2), ty), integer) + raw(one, integer)
    biased = shifted >> raw(m, integer)
    anchor = bits_of(mpf(2)**m, ty)
    e = bitcast(biased | raw(anchor, integer), ty) - (mpf(2)**m + BIAS[ty])
    mantissa = bitcast(bits - (shifted & const(-1 << m, integer)) + raw(one, integer), ty)
    return mantissa, select(small, e - up, e)


def log1p_rest(f, goal):
    """log(1 + f) - f for f in [sqrt(1/2) - 1, sqrt(2) - 1]."""
    low, high = mp.sqrt(mpf(1) / 2) - 1, mp.sqrt(2) - 1
    if f.ty == "f32":
        c = fit(lambda t: (mp.log1p(t) - t) / t**2, low, high, goal, f.ty, weight=lambda t: t * t / mp.log1p(t),
                fixed=(-mpf(1) / 2,))
        return f * f * horner(c, f)
    # With s = f / (2 + f): log(1 + f) = 2 s + s R(s^2) = f - f^2 / 2 + s (f^2 / 2 + R), as in fdlibm.
    top = (high / (2 + high))**2
    c = fit(lambda z: (2 * mp.atanh(mp.sqrt(z)) / mp.sqrt(z) - 2) / z, mpf(0), top, goal, f.ty, weight=lambda z: z)
    s = f / (f + 2)
    z = s * s
    h = f * f * mpf("0.5")
    return fma(s, fma(z, horner(c, z), h), -h)


def log_of_parts(e, f, f_low, goal):
    """e ln 2 + log(1 + f + f_low)."""
    high, low = parts(mp.ln2, f.ty, 2)
    rest = fma(e, low, log1p_rest(f, goal))
    if f_low is not None:
        rest = rest + f_low
    return fma(e, high, f + rest)


def log_specials(x, y, zero, where_zero):
    """inf and NaN pass through; `where_zero` is a pole; below it there is nothing."""
    y = select(x.lt(inf(x.ty)), y, x)
    y = select(x.eq(where_zero), zero, y)
    return select(x.lt(where_zero), nan(x.ty), y)


def log(x, goal):
    m, e = split_log(x)
    return log_specials(x, log_of_parts(e, m - 1, None, goal), inf_negative(x.ty), 0)


def inf_negative(ty): return const(-mp.inf, ty)


def log1p_finite(x, goal):
    """log(1 + x) for finite x > -1: the rounding error of 1 + x returns as a correction."""
    u = x + 1
    c = select(x.lt(1), x - (u - 1), 1 - (u - x))
    m, e = split_log(u)
    # 2^-e, exact; c is below ulp(u) / 2, so an e near the top of the range leaves nothing of it.
    _, k = nearest(e, -1)
    c = c * power_of_two(k, x.ty)
    c = select(u.lt(mpf(2)**100), c, 0)
    base = m - 1
    f = base + c
    return log_of_parts(e, f, c - (f - base), goal)


def log1p(x, goal):
    y = log_specials(x, log1p_finite(x, goal), inf_negative(x.ty), -1)
    return select(absf(x).lt(TINY[x.ty]), x, y)


def two_sum(a, b):
    s = a + b
    t = s - a
    return s, (a - (s - t)) + (b - t)


def fast_two_sum(a, b):
    """Exact where |a| >= |b|."""
    s = a + b
    return s, b - (s - a)


def two_product(a, b):
    p = a * b
    return p, fma(a, b, -p)


def log_pair(x):
    """log(x) for finite x > 0 as a sum of two f64, to about 2^-65: atanh's series in pairs."""
    m, e = split_log(x)
    f = m - 1
    d, d_low = two_sum(m, const(1, "f64"))
    r = 1 / d
    s = f * r
    s_low = r * (fma(-s, d, f) - s * d_low)
    z, z_low = two_product(s, s)
    z_low = fma(s + s, s_low, z_low)
    # log(m) = 2 s + s z (2/3 + z Q(z)).
    top = ((mp.sqrt(2) - 1) / (mp.sqrt(2) + 1))**2
    c = fit(lambda t: ((2 * mp.atanh(mp.sqrt(t)) / mp.sqrt(t) - 2) / t - mpf(2) / 3) / t, mpf(0), top,
            mpf(2)**-70, "f64", weight=lambda t: t * t)
    third, third_low = parts(mpf(2) / 3, "f64", 2)
    q, q_low = two_product(z, horner(c, z))
    q, q_low2 = fast_two_sum(const(third, "f64"), q)
    q_low = q_low + q_low2 + third_low
    w, w_low = two_product(s, z)
    w_low = fma(s, z_low, fma(s_low, z, w_low))
    t, t_low = two_product(w, q)
    t_low = fma(w, q_low, fma(w_low, q, t_low))
    y, y_low = fast_two_sum(s + s, t)
    y_low = y_low + (t_low + (s_low + s_low))
    high, low = parts(mp.ln2, "f64", 2)
    a, a_low = two_product(e, const(high, "f64"))
    a_low = fma(e, low, a_low)
    total, rest = two_sum(a, y)
    return fast_two_sum(total, rest + (a_low + y_low))


def log2(x, goal):
    if goal == WIDE:
        y = log_specials(x, log_of_parts(*wide_log_parts(x), goal), inf_negative(x.ty), 0)
        return y * (1 / mp.ln2)
    high, low = log_pair(x)
    c, c_low = parts(1 / mp.ln2, "f64", 2)
    p, p_low = two_product(high, const(c, "f64"))
    y = p + fma(high, c_low, fma(low, c, p_low))
    return log_specials(x, y, inf_negative(x.ty), 0)


def wide_log_parts(x):
    m, e = split_log(x)
    return e, m - 1, None


@odd
def asinh(a, goal):
    """log1p(a + a^2 / (1 + sqrt(1 + a^2))); for large a, log(a) + log(2)."""
    big = a.gt(mpf(2)**60)
    z = a * a
    argument = select(big, a, a + z / (sqrt(z + 1) + 1))
    y = log1p_finite(argument, goal)
    y = select(big, y + mp.ln2, y)
    y = select(a.lt(inf(a.ty)), y, a)
    return select(a.lt(TINY[a.ty]), a, y)


def acosh(x, goal):
    """log1p(t + sqrt(2t + t^2)) with t = x - 1; for large x, log(x) + log(2)."""
    big = x.gt(mpf(2)**60)
    t = x - 1
    argument = select(big, t, t + sqrt(fma(t, t, t + t)))
    y = log1p_finite(argument, goal)
    y = select(big, y + mp.ln2, y)
    y = select(x.lt(inf(x.ty)), y, x)
    return select(x.lt(1), nan(x.ty), y)


@odd
def atanh(a, goal):
    """log1p(2a / (1 - a)) / 2, with 2a + 2a^2 / (1 - a) where a is small."""
    twice, rest = a + a, 1 - a
    argument = select(a.lt(mpf("0.5")), twice + twice * a / rest, twice / rest)
    y = log1p_finite(argument, goal) * mpf("0.5")
    y = select(a.lt(TINY[a.ty]), a, y)
    y = select(a.lt(1), y, inf(a.ty))
    y = select(a.gt(1), nan(a.ty), y)
    return select(a.is_nan(), a, y)


# Powers -----------------------------------------------------------------------------------------------


def pow_core(a, y, goal):
    """a^y for finite a > 0, any finite y."""
    if goal == WIDE:
        z, z_low = log_of_parts(*wide_log_parts(a), goal * mpf(2)**-9) * y, None
    else:
        high, low = log_pair(a)
        z, z_low = two_product(high, y)
        z_low = fma(low, y, z_low)
        # Beyond the clamp the low part means nothing (and may be NaN).
        z_low = select(absf(z).lt(800), z_low, 0)
    n, k, r = reduce_exp(clamp(z, *EXP_RANGE["f64"]))
    if z_low is not None:
        r = r + z_low
    return scale(expm1_poly(r, goal) + 1, n, k)


def pow(x, y, goal):
    """IEEE 754 pow, with all its special cases, by selects over the finite core."""
    ty = x.ty
    a, b = absf(x), absf(y)
    positive = y.gt(0)
    p = pow_core(a, y, goal)
    p = select(a.eq(0), select(positive, 0, inf(ty)), p)
    p = select(a.eq(inf(ty)), select(positive, inf(ty), 0), p)
    grows = Node("arith.cmpi", (a.gt(1), positive), "i1", "eq")
    p = select(b.eq(inf(ty)), select(grows, inf(ty), 0), p)
    p = select(a.eq(1), const(1, ty), p)
    # Beyond 2^53 every y is even, and halving and flooring say so.
    half = y * mpf("0.5")
    integer = unary("floor", y).eq(y)
    odd_integer = integer & unary("floor", half).ne(half)
    sign = bitcast(x) & raw(1 << (BITS[ty] - 1), INTEGER[ty])
    p = bitcast(bitcast(p) | select(odd_integer, sign, 0), ty)
    p = select(x.lt(0) & integer.eq(const(0, "i1")) & x.gt(-mp.inf), nan(ty), p)
    p = select(Node("arith.cmpf", (x, y), "i1", "uno"), x + y, p)
    return select(x.eq(1) | y.eq(0), const(1, ty), p)


# Trigonometry -----------------------------------------------------------------------------------------


def reduce_trig(a, goal):
    """a = n pi/2 + r + r_low for 0 <= a <= 2^50, three-part Cody-Waite: the first step is exact (by
    fma: r0 is a multiple of 2^-52 below 2), the errors of the second are kept. Larger a count as 0."""
    a = select(a.gt(mpf(2)**50), 0, a)
    n, k = nearest(a, 2 / mp.pi)
    p1, p2, p3 = parts(mp.pi / 2, "f64", 3)
    r0 = fma(n, -p1, a)
    if goal == WIDE:
        return k, fma(n, -p2, r0), None
    p, p_low = two_product(n, const(-p2, "f64"))
    w, w_low = two_sum(r0, p)
    r, r_low = two_sum(w, fma(n, -p3, w_low + p_low))
    return k, r, r_low


def sin_cos(r, r_low, goal):
    """sin and cos of r + r_low, |r| <= pi/4."""
    top = (mp.pi / 4)**2 * mpf("1.001")
    s = fit(lambda z: (mp.sin(mp.sqrt(z)) / mp.sqrt(z) - 1) / z, mpf(0), top, goal, "f64", weight=lambda z: z)
    c = fit(lambda z: (mp.cos(mp.sqrt(z)) - 1 + z / 2) / z**2, mpf(0), top, goal, "f64", weight=lambda z: z * z)
    z = r * r
    h = z * mpf("0.5")
    w = 1 - h
    sine, cosine = r * z * horner(s, z), z * z * horner(c, z)
    if r_low is not None:
        sine = sine + r_low * w
        cosine = cosine - r * r_low + ((1 - w) - h)
    return r + sine, w + cosine


def trig(f):
    def whole(x, goal):
        a = absf(x)
        k, r, r_low = reduce_trig(a, goal)
        y = f(x, k, *sin_cos(r, r_low, goal))
        return select(a.lt(inf(x.ty)), y, x - x)
    return whole


def negate_if(bit, y):
    """Flips y's sign where bit 1 of `bit` is set."""
    return bitcast(bitcast(y) ^ ((bit & 2) << 62), y.ty)


@trig
def sin(x, k, s, c):
    swap = (k & 1).ne(0)
    y = negate_if(k, select(swap, c, s))
    return bitcast(bitcast(y) ^ (bitcast(x) & raw(1 << 63, "i64")), "f64")


@trig
def cos(x, k, s, c):
    return negate_if(k + 1, select((k & 1).ne(0), s, c))


@trig
def tan(x, k, s, c):
    swap = (k & 1).ne(0)
    y = select(swap, -c, s) / select(swap, s, c)
    return bitcast(bitcast(y) ^ (bitcast(x) & raw(1 << 63, "i64")), "f64")


def asin_rest(z, goal):
    """(asin(t) / t - 1) / t^2 with z = t^2 <= 1/4."""
    c = fit(lambda u: (mp.asin(mp.sqrt(u)) / mp.sqrt(u) - 1) / u, mpf(0), mpf(1) / 4, goal, "f64",
            weight=lambda u: u)
    return horner(c, z)


def asin_parts(a, goal):
    """Near 1, asin(a) = pi/2 - 2 asin(sqrt((1 - a) / 2)): (is near, t, t's error, t^3 R(t^2))."""
    near = a.gt(mpf("0.5"))
    z = select(near, (1 - a) * mpf("0.5"), a * a)
    root = sqrt(z)
    # The root's own rounding error, by one Newton step.
    error = fma(-root, root, z) / (root + root + mpf(2)**-1000)
    t = select(near, root, a)
    return near, t, select(near, error, 0), t * z * asin_rest(z, goal)


@odd
def asin(a, goal):
    near, t, error, rest = asin_parts(a, goal)
    high, low = parts(mp.pi / 2, "f64", 2)
    y = select(near, high - (2 * t - (low - 2 * (error + rest))), t + rest)
    return select(a.gt(1), nan(a.ty), y)


def acos(x, goal):
    a = absf(x)
    near, t, error, rest = asin_parts(a, goal)
    high, low = parts(mp.pi / 2, "f64", 2)
    negative = x.lt(0)
    middle = high - (copysign(t, x) - (low - copysign(rest, x)))
    twice, twice_rest = t + t, 2 * (error + rest)
    ends = select(negative, 2 * high - (twice - (2 * low - twice_rest)), twice + twice_rest)
    return select(a.gt(1), nan(a.ty), select(near, ends, middle))


@odd
def atan(a, goal):
    """atan(a) = base + atan(t): base 0, pi/4 or pi/2, and |t| <= tan(pi/8)."""
    limit = mp.sqrt(2) - 1
    c = fit(lambda z: (mp.atan(mp.sqrt(z)) / mp.sqrt(z) - 1) / z, mpf(0), limit**2 * mpf("1.001"), goal, "f64",
            weight=lambda z: z)
    middle, large = a.gt(limit), a.gt(mp.sqrt(2) + 1)
    top = select(large, const(-1, a.ty), select(middle, a - 1, a))
    bottom = select(large, a, select(middle, a + 1, const(1, a.ty)))
    half, half_low = parts(mp.pi / 2, "f64", 2)
    base = select(large, const(half, a.ty), select(middle, const(half / 2, a.ty), const(0, a.ty)))
    base_low = select(large, const(half_low, a.ty), select(middle, const(half_low / 2, a.ty), const(0, a.ty)))
    t = top / bottom
    z = t * t
    return base + (t + fma(t * z, horner(c, z), base_low))


# Error function ---------------------------------------------------------------------------------------


@odd
def erf(a, goal):
    """An odd polynomial below 7/8; above, 1 - erfc(a): exp of a polynomial in f32, and in f64
    exp(-a^2) P(1 / (a + c))."""
    limit = mpf("0.875")
    c = fit(lambda z: mp.erf(mp.sqrt(z)) / mp.sqrt(z) - 1, mpf(0), limit**2, 4 * goal, a.ty)
    small = fma(a, horner(c, a * a), a)
    top = {"f32": 4, "f64": 6}[a.ty]
    b = clamp(a, limit, top)
    if a.ty == "f32":
        c = fit(lambda t: mp.log(mp.erfc(t)), limit, top, goal, a.ty, weight=mp.erfc)
        n, k, r = reduce_exp(horner(c, b))
        erfc = (expm1_poly(r, goal) + 1) * power_of_two(k, a.ty)
    else:
        shift = mpf(2)
        low, high = 1 / (top + shift), 1 / (limit + shift)
        centre = rounded((low + high) / 2, "f64")
        c = fit(lambda u: mp.erfc(1 / (u + centre) - shift) * mp.exp((1 / (u + centre) - shift)**2), low - centre,
                high - centre, goal, a.ty, weight=lambda u: mp.exp(-(1 / (u + centre) - shift)**2))
        n, k, r = reduce_exp(-(b * b))
        erfc = (expm1_poly(r, goal) + 1) * power_of_two(k, a.ty) * horner(c, 1 / (b + shift) - centre)
    return select(a.lt(limit), small, 1 - erfc)


# Remainder --------------------------------------------------------------------------------------------


def fmod(x, y, stages):
    """x - trunc(x / y) y, exactly: each stage removes a multiple of y 2^k with a quotient below 2^53.
    Where the stages do not suffice (f64 quotients above 2^104) the result is 0."""
    a, b = absf(x), absf(y)
    r = a
    for k in stages:
        d = b * mpf(2)**k
        q = unary("trunc", r / d)
        left = fma(-q, d, r)
        # The rounded quotient may be one too large, or its remainder one divisor too large.
        left = select(left.lt(0), left + d, left)
        left = select(left.ge(d), left - d, left)
        r = select(r.lt(d), r, left)
    r = select(r.lt(b), r, 0)
    r = copysign(r, x)
    r = select(b.eq(inf(x.ty)), x, r)
    invalid = a.eq(inf(x.ty)) | b.eq(0)
    r = select(invalid, nan(x.ty), r)
    return select(Node("arith.cmpf", (x, y), "i1", "uno"), x + y, r)

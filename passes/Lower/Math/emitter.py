"""Expressions that print as straight-line MLIR, and polynomial fits for their coefficients.

An expression is a node of a graph in which equal nodes are one (so common subexpressions are emitted
once). `function` prints the graph below a result as a `func.func` over arith and math operations.
"""
import struct

from mpmath import mp, mpf

mp.prec = 320
MANTISSA = {"f32": 23, "f64": 52}
INTEGER = {"f32": "i32", "f64": "i64"}
BITS = {"f32": 32, "f64": 64, "f16": 16, "i1": 1, "i4": 4, "i8": 8, "i16": 16, "i32": 32, "i64": 64}


def rounded(value, ty):
    """`value` rounded to the nearest number of type `ty`, as an mpf."""
    value = mpf(value)
    if not mp.isfinite(value):
        return value
    with mp.workprec(MANTISSA[ty] + 1):
        return +value


def bits_of(value, ty):
    fmt = {"f32": ("<f", "<I"), "f64": ("<d", "<Q")}[ty]
    return struct.unpack(fmt[1], struct.pack(fmt[0], float(rounded(value, ty))))[0]


class Node:
    table = {}

    def __new__(cls, op, args, ty, attr=""):
        key = (op, tuple(id(a) for a in args), ty, attr)
        node = cls.table.get(key)
        if node is None:
            node = super().__new__(cls)
            node.op, node.args, node.ty, node.attr = op, args, ty, attr
            cls.table[key] = node
        return node

    def lift(self, other):
        return other if isinstance(other, Node) else const(other, self.ty)

    def binary(self, op, other):
        other = self.lift(other)
        assert other.ty == self.ty, (op, self.ty, other.ty)
        return Node("arith." + op, (self, other), self.ty)

    def arithmetic(self, name, other):
        return self.binary(name + ("f" if self.ty[0] == "f" else "i"), other)

    def __add__(self, o): return self.arithmetic("add", o)
    def __sub__(self, o): return self.arithmetic("sub", o)
    def __mul__(self, o): return self.arithmetic("mul", o)
    def __truediv__(self, o): return self.binary("divf", o)
    def __and__(self, o): return self.binary("andi", o)
    def __or__(self, o): return self.binary("ori", o)
    def __xor__(self, o): return self.binary("xori", o)
    def __lshift__(self, o): return self.binary("shli", o)
    def __rshift__(self, o): return self.binary("shrui", o)
    def __radd__(self, o): return self.lift(o) + self
    def __rsub__(self, o): return self.lift(o) - self
    def __rmul__(self, o): return self.lift(o) * self
    def __rtruediv__(self, o): return self.lift(o) / self
    def __neg__(self): return Node("arith.negf", (self,), self.ty)

    def cmp(self, predicate, other):
        other = self.lift(other)
        return Node("arith.cmpf" if self.ty[0] == "f" else "arith.cmpi", (self, other), "i1", predicate)

    def lt(self, o): return self.cmp("olt", o)
    def gt(self, o): return self.cmp("ogt", o)
    def ge(self, o): return self.cmp("oge", o)
    def eq(self, o): return self.cmp("oeq" if self.ty[0] == "f" else "eq", o)
    def ne(self, o): return self.cmp("une" if self.ty[0] == "f" else "ne", o)
    def is_nan(self): return self.cmp("uno", self)


def const(value, ty):
    """A literal of type `ty`; floats are rounded to nearest, integers are bit patterns."""
    if ty[0] == "f":
        return Node("literal", (), ty, (bits_of(value, ty), mp.nstr(rounded(value, ty), 17)))
    return Node("literal", (), ty, (int(value) & ((1 << BITS[ty]) - 1), ""))


def raw(bits, ty): return Node("literal", (), ty, (bits, ""))
def select(c, a, b, ty=None):
    """`a` or `b`; either may be a number where the other, or `ty`, says its type."""
    ty = ty or (a if isinstance(a, Node) else b).ty
    a, b = (v if isinstance(v, Node) else const(v, ty) for v in (a, b))
    return Node("arith.select", (c, a, b), ty)
def fma(a, b, c):
    ty = next(v.ty for v in (a, b, c) if isinstance(v, Node))
    return Node("math.fma", tuple(v if isinstance(v, Node) else const(v, ty) for v in (a, b, c)), ty)
def unary(name, x): return Node("math." + name, (x,), x.ty)
def absf(x): return unary("absf", x)
def sqrt(x): return unary("sqrt", x)
def copysign(x, s): return Node("math.copysign", (x, s), x.ty)
def convert(op, x, ty): return Node("arith." + op, (x,), ty)
def bitcast(x, ty=None): return convert("bitcast", x, ty or INTEGER[x.ty])
def call(name, ty, *args): return Node("call", args, ty, name)


def inf(ty): return const(mp.inf, ty)
def nan(ty): return raw({"f32": 0x7FC00000, "f64": 0x7FF8000000000000}[ty], ty)


def horner(c, x):
    """c[0] + x * (c[1] + x * (...)), by fused multiply-adds."""
    result = const(c[-1], x.ty)
    for k in reversed(c[:-1]):
        result = fma(result, x, const(k, x.ty))
    return result


def literal(node):
    bits, comment = node.attr
    if node.ty[0] == "f":
        text = f"0x{bits:0{BITS[node.ty] // 4}X}"
    elif node.ty == "i1":
        text = "true" if bits else "false"
        return f"arith.constant {text}", comment
    else:
        signed = bits - (1 << BITS[node.ty]) if bits >> (BITS[node.ty] - 1) else bits
        text, comment = str(signed), f"0x{bits:X}"
    return f"arith.constant {text} : {node.ty}", comment


def function(name, inputs, result):
    """The text of a function `name` whose body computes `result` from `inputs` (argument nodes)."""
    names, lines, order = {}, [], []
    stack = [(result, False)]
    while stack:
        node, done = stack.pop()
        if node in names:
            continue
        if node.op == "argument":
            names[node] = "%" + node.attr
        elif done:
            names[node] = ""
            order.append(node)
        else:
            stack.append((node, True))
            stack.extend((a, False) for a in reversed(node.args))
    for number, node in enumerate(order):
        names[node] = f"%{number}"
        args = ", ".join(names[a] for a in node.args)
        comment = ""
        if node.op == "literal":
            text, comment = literal(node)
        elif node.op in ("arith.cmpf", "arith.cmpi"):
            text = f"{node.op} {node.attr}, {args} : {node.args[0].ty}"
        elif node.op == "call":
            types = ", ".join(a.ty for a in node.args)
            text = f"func.call @{node.attr}({args}) : ({types}) -> {node.ty}"
        elif node.op.startswith("arith.") and len(node.args) == 1 and node.op != "arith.negf":
            text = f"{node.op} {args} : {node.args[0].ty} to {node.ty}"
        else:
            text = f"{node.op} {args} : {node.ty}"
        lines.append(f"  {names[node]} = {text}" + (f"  // {comment}" if comment else ""))
    params = ", ".join(f"%{i.attr}: {i.ty}" for i in inputs)
    return "\n".join([f"func.func private @{name}({params}) -> {result.ty} {{", *lines,
                      f"  return {names[result]} : {result.ty}", "}"]) + "\n"


def argument(name, ty): return Node("argument", (), ty, name)


def fit(f, lo, hi, target, ty, weight=lambda x: 1, fixed=(), grid=240):
    """Coefficients of the shortest polynomial whose weighted error on [lo, hi] is below `target`.

    Weighted least squares at the Chebyshev points, which is close to the minimax polynomial. The
    coefficients are rounded to `ty` one at a time, lowest degree first, and the rest fitted again after
    each, so that rounding costs nearly nothing. `fixed` gives the lowest ones.
    """
    lo, hi = mpf(lo), mpf(hi)
    points = [(lo + hi) / 2 - (hi - lo) / 2 * mp.cos(mp.pi * (k + mpf(1) / 2) / grid) for k in range(grid)]
    weights = [abs(mpf(weight(x))) for x in points]
    values = [mpf(f(x)) * w for x, w in zip(points, weights)]
    columns = []

    def dot(a, b): return mp.fsum(x * y for x, y in zip(a, b))
    def error(c): return max(abs(v - sum(k * p[i] for k, p in zip(c, columns))) for i, v in enumerate(values))

    def refit(done, size):
        """The lowest coefficients `done`, and the others fitted to what they leave."""
        rest = [v - sum(c * p[i] for c, p in zip(done, columns)) for i, v in enumerate(values)]
        free = range(len(done), size)
        a = mp.matrix([[gram[i][j] for j in free] for i in free])
        solution = mp.lu_solve(a, mp.matrix([dot(rest, columns[i]) for i in free]))
        return list(done) + list(solution)

    gram = []
    done = [mpf(c) for c in fixed]
    while True:
        columns.append([w * x**len(columns) for x, w in zip(points, weights)])
        gram = [[dot(a, b) for a in columns] for b in columns]
        size = len(columns)
        assert size < 40, "the target is out of reach"
        if size > len(done) and error(refit(done, size)) < target:
            break
    while len(done) < size:
        done.append(rounded(refit(done, size)[len(done)], ty))
    assert error(done) < 2 * target, "rounding cost too much"
    return done

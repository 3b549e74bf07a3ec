"""The innermost loops of x86-64 or aarch64 assembly that compute with floats, one line each, with counts per iteration:

    FUNCTION: N fma, N other, N loads, N broadcasts, N stores; N scalar, N gathers, N stack, N calls

fma, other: vector instructions of arithmetic, fused multiply-adds and all else. loads, broadcasts: of vectors from memory,
also as an operand, and of one float, for all lanes. scalar: arithmetic on one float. stack: accesses by the stack
pointer, which is what a spill is.

Usage: loops.py FILE.s [REGEX]   of functions whose name matches
"""

import re
import sys

X86_FLOAT = r"v?(?:add|sub|mul|div|max|min|sqrt|rcp\d*|rsqrt\d*|rndscale|round|range|scalef|getexp|getmant|reduce|fn?m(?:add|sub)\d*)"
ARM_FLOAT = r"f(?:add|sub|mul|div|max|maxnm|min|minnm|sqrt|abd|ml[as]|madd|msub|nmadd|nmsub|nmul|rint\w|addp|maxp|maxnmp|minp|minnmp)"


def count_x86(code, count):
    name, _, operands = code.partition("\t")
    memory = "(" in operands
    stored = re.match(r"v?(mov|extract)", name) and re.search(r"\)( {%k\d})?$", operands)
    if re.fullmatch(X86_FLOAT + "p[sdh]", name):
        count["fma" if "fm" in name or "fnm" in name else "other"] += 1
    if re.fullmatch(X86_FLOAT + "s[sdh]", name):
        count["scalar"] += 1
    vector = re.search(r"%[xyz]mm", operands)
    if "gather" in name:
        count["gathers"] += 1
    elif vector and stored:
        count["stores"] += 1
    elif vector and memory:
        count["broadcasts" if "broadcast" in name or "{1to" in operands else "loads"] += 1
    count["stack"] += "(%rsp" in operands
    count["calls"] += name.startswith("call")


def count_arm(code, count):
    name, _, operands = code.partition("\t")
    if re.fullmatch(ARM_FLOAT, name):
        scalar = re.match(r"[sdh]\d", operands)
        count["scalar" if scalar else "fma" if name.startswith("fml") else "other"] += 1
    vectors, floats = (len(re.findall(rf"\b[{kind}]\d+", operands)) for kind in ("qv", "s"))
    if name.startswith("ld"):
        count["loads" if name != "ld1r" else "broadcasts"] += vectors
        count["broadcasts"] += floats
    elif name.startswith("st"):
        count["stores"] += vectors
    count["stack"] += "[sp" in operands
    count["calls"] += name in ("bl", "blr")


def innermost_loops(lines):
    """Instructions of each, by the order of their ends: from the label that a branch goes back to, to the branch."""
    labels, spans = {}, {}
    for number, line in enumerate(lines):
        if line.endswith(":"):
            labels[line[:-1]] = number
        target = re.search(r"(\.L[\w$]+)$", line)
        if target and re.match(r"(j|b\.|b\t|cb|tb)", line) and target[1] in labels:
            spans[labels[target[1]]] = number
    for start, end in sorted(spans.items()):
        if not any(start < other and last <= end for other, last in spans.items()):
            yield [line for line in lines[start : end + 1] if not line.endswith(":")]


def functions(path):
    """(name, lines without comments and directives), labels end with a colon."""
    name, lines = None, []
    for line in open(path):
        line = re.sub(r"\s*(# |//).*", "", line.rstrip())
        if re.fullmatch(r"[\w$]+:", line):
            name, lines = line[:-1], []
        elif line.startswith(".Lfunc_end") and name:
            yield name, lines
            name = None
        elif name and (line.startswith(".L") or re.match(r"\t[a-z]", line)):
            lines.append(line.strip())


def main():
    pattern = sys.argv[2] if len(sys.argv) > 2 else ""
    for name, lines in functions(sys.argv[1]):
        if not re.search(pattern, name):
            continue
        counter = count_x86 if any("%" in line for line in lines) else count_arm
        for loop in innermost_loops(lines):
            count = dict.fromkeys(("fma", "other", "loads", "broadcasts", "stores", "scalar", "gathers", "stack", "calls"), 0)
            for code in loop:
                counter(code, count)
            if count["fma"] + count["other"] + count["scalar"]:
                words = [f"{number} {what}" for what, number in count.items()]
                print(f"{name}: {', '.join(words[:5])}; {', '.join(words[5:])}")


if __name__ == "__main__":
    main()

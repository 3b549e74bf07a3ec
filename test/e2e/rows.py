"""Softmax, normalizations and attention, as exporters write them out, go through compiled code as through onnxruntime:
symbolic lengths, masks of every form, heads moved to the front and back, few and many queries.

Usage: rows.py [--tenon build/bin/tenon] [--filter REGEX]

Outputs, and those of the reference of what was recognised, must agree within 1e-5 of the largest magnitude, be NaN where those of onnxruntime are, and be equal bit by bit
on one, two and three threads. Each case says which operator its model must be recognised as.
"""

import argparse
import pathlib
import subprocess
import tempfile
from functools import partial

import numpy as np
import onnxruntime
from harness import check_cases, run_model, tensor_model, write_model
from onnx import helper

ROOT = pathlib.Path(__file__).resolve().parents[2]
TOLERANCE = 1e-5
random = np.random.default_rng(3)


def floats(*shape):
    return random.standard_normal(shape).astype(np.float32)


def attention(batch, queries, keys, heads, size, mask=None, symbolic=(), past=0, scale="mul", rows=True, spread=1):
    """A model and its inputs. `mask`: an array that is an input, or a constant if it comes as a tuple of one; `rows`: whether
    heads are moved to the front from (batch, positions, heads * size) and back."""
    batch_name, query_name, key_name = (name if name in symbolic else value
                                        for name, value in (("N", batch), ("Q", queries), ("K", keys)))
    nodes, constants, inputs, infos = [], [], {}, []

    def add(op, operands, result, **attributes):
        nodes.append(helper.make_node(op, operands, [result], **attributes))
        return result

    def constant(name, value):
        constants.append((name, np.asarray(value)))
        return name

    def give(name, array, shape):
        inputs[name] = array
        infos.append((name, shape))
        return name

    parts = {}
    for name, length, symbol in (("q", queries, query_name), ("k", keys, key_name), ("v", keys, key_name)):
        if rows:
            x = give(name, floats(batch, length, heads * size) * spread, [batch_name, symbol, heads * size])
            x = add("Reshape", [x, constant(name + "_shape", np.int64([0, 0, heads, size]))], name + "_split")
            order = [0, 2, 3, 1] if name == "k" and not past else [0, 2, 1, 3]
            x = add("Transpose", [x], name + "_moved", perm=order)
        else:
            x = give(name, floats(batch, heads, length, size) * spread, [batch_name, heads, symbol, size])
            if name == "k" and not past:
                x = add("Transpose", [x], "k_turned", perm=[0, 1, 3, 2])
        if past and name != "q":
            before = give(name + "_past", floats(batch, heads, past, size), [batch_name, heads, "P" if "P" in symbolic else past, size])
            x = add("Concat", [before, x], name + "_all", axis=2)
            if name == "k":
                x = add("Transpose", [x], "k_turned", perm=[0, 1, 3, 2])
        parts[name] = x
    number = constant("number", np.float32(1 / np.sqrt(size) if scale == "mul" else np.sqrt(size)))
    if scale == "query":
        parts["q"] = add("Div", [parts["q"], number], "q_scaled")
    scores = add("MatMul", [parts["q"], parts["k"]], "products")
    if scale != "query":
        scores = add("Mul" if scale == "mul" else "Div", [scores, number], "scores")
    if isinstance(mask, tuple):
        scores = add("Add", [constant("mask", mask[0]), scores], "masked")
    elif mask is not None:
        shape = [name if name in symbolic and extent == value else extent for extent, value, name in
                 zip(mask.shape, [batch, heads, queries, keys + past][4 - mask.ndim:], ["N", "H", "Q", "K"][4 - mask.ndim:])]
        scores = add("Add", [scores, give("mask", mask, shape)], "masked")
    y = add("MatMul", [add("Softmax", [scores], "probabilities", axis=-1), parts["v"]], "mixed" if rows else "y")
    if rows:
        y = add("Transpose", [y], "back", perm=[0, 2, 1, 3])
        add("Reshape", [y, constant("joined", np.int64([0, 0, heads * size]))], "y")
    return tensor_model(nodes, infos, initializers=constants, opset=17), inputs


def layer_norm(shape, symbolic=None, axes=(-1,), square="Pow", bias=True):
    nodes = [("ReduceMean", ["x"], ["mean"], "", "", {"axes": axes}), ("Sub", ["x", "mean"], ["d"]),
             ("Pow", ["d", "two"], ["square"]) if square == "Pow" else ("Mul", ["d", "d"], ["square"]),
             ("ReduceMean", ["square"], ["variance"], "", "", {"axes": axes}), ("Add", ["variance", "epsilon"], ["shifted"]),
             ("Sqrt", ["shifted"], ["root"]), ("Div", ["d", "root"], ["n"]), ("Mul", ["n", "scale"], ["s" if bias else "y"])]
    if bias:
        nodes.append(("Add", ["s", "bias"], ["y"]))
    nodes = [helper.make_node(*node[:3], **(node[5] if len(node) > 5 else {})) for node in nodes]
    kept = shape[len(shape) - len(axes):]
    constants = [("epsilon", np.float32(1e-5)), ("two", np.float32(2)), ("scale", floats(*kept)), ("bias", floats(*kept))]
    return tensor_model(nodes, [("x", symbolic or list(shape))], initializers=constants, opset=17), {"x": floats(*shape) * 3 + 5}


def rms_norm(shape, symbolic=None):
    nodes = [("Mul", ["x", "x"], ["square"]), helper.make_node("ReduceMean", ["square"], ["mean"], axes=[-1]), ("Add", ["mean", "epsilon"], ["shifted"]),
             ("Sqrt", ["shifted"], ["root"]), ("Reciprocal", ["root"], ["inverse"]), ("Mul", ["x", "inverse"], ["n"]),
             ("Mul", ["scale", "n"], ["y"])]
    constants = [("epsilon", np.float32(1e-6)), ("scale", floats(shape[-1]))]
    return tensor_model(nodes, [("x", symbolic or list(shape))], initializers=constants, opset=17), {"x": floats(*shape)}


def softmax(shape, symbolic=None, axis=-1):
    nodes = [helper.make_node("ReduceMax", ["x"], ["max"], axes=[axis]), ("Sub", ["x", "max"], ["d"]), ("Exp", ["d"], ["e"]),
             ("ReduceSum", ["e", "axes"], ["sum"]), ("Div", ["e", "sum"], ["y"])]
    x = floats(*shape) * 20
    x.reshape(-1)[::7] = -np.inf
    return tensor_model(nodes, [("x", symbolic or list(shape))], initializers=[("axes", np.int64([axis]))], opset=17), {"x": x}


def cases():
    """(name, operator, (model, inputs), flags)"""
    least = np.finfo(np.float32).min
    hidden = np.where(random.random((2, 1, 1, 37)) < 0.3, least, 0).astype(np.float32)
    everywhere = np.full((2, 1, 1, 37), least, np.float32)
    infinite = np.where(random.random((2, 1, 37, 37)) < 0.3, -np.inf, 0).astype(np.float32)
    infinite[0, 0, 5] = infinite[1, 0, 36] = -np.inf
    causal = np.triu(np.full((128, 128), -1e9, np.float32), 1)
    lengths = "--dim", "Q=1..64", "--dim", "K=1..64"

    def attends(name, *arguments, flags=(), **more):
        return f"attention {name}", "attention", attention(*arguments, **more), flags

    yield attends("of equal lengths", 2, 37, 37, 3, 16)
    yield attends("with a mask of the least number", 2, 37, 37, 3, 16, mask=hidden)
    yield attends("that may see nothing: all numbers equal", 2, 37, 37, 3, 16, mask=everywhere)
    yield attends("that may see nothing: infinities", 2, 37, 37, 3, 16, mask=infinite)
    yield attends("with a bias per head", 1, 20, 24, 4, 8, mask=floats(4, 20, 24), scale="div")
    yield attends("of long blocks", 1, 300, 300, 2, 32, mask=floats(300, 300), scale="query")
    yield attends("of one head and many queries", 1, 400, 96, 1, 24)
    yield attends("of one query", 2, 1, 65, 3, 16)
    yield attends("of one query and key", 1, 1, 1, 3, 16)
    yield attends("of few queries", 2, 3, 65, 3, 16, mask=floats(2, 1, 3, 65))
    yield attends("of two lengths", 2, 19, 45, 3, 16, rows=False)
    yield attends("of values far apart", 2, 64, 64, 3, 16, spread=8)
    yield attends("of symbolic lengths", 2, 37, 45, 3, 16, symbolic="QK", flags=lengths)
    yield attends("of a symbolic batch", 3, 16, 16, 2, 8, symbolic="N", flags=("--dim", "N=1..4"))
    yield attends("of symbolic lengths with a mask", 2, 37, 37, 3, 16, mask=hidden, symbolic="QK", flags=("--dim", "Q=37", "--dim", "K=1..64"))
    yield attends("after a past", 1, 1, 1, 3, 16, past=31)
    yield attends("after a symbolic past", 2, 2, 2, 3, 16, past=31, symbolic="P", flags=("--dim", "P=0..64"))
    yield attends("causal", 1, 128, 128, 3, 16, mask=(causal,))
    yield attends("causal, strict", 1, 128, 128, 3, 16, mask=(causal,), flags=("--numerics", "strict"))
    yield attends("causal, odd", 2, 37, 37, 3, 16, mask=(causal[:37, :37],), rows=False)
    yield attends("causal, infinite", 2, 128, 128, 1, 16, mask=(np.triu(np.full((128, 128), -np.inf, np.float32), 1),))
    yield attends("nearly causal", 2, 37, 37, 3, 16, mask=(causal[1:38, :37],))

    yield "layer norm", "layer_norm", layer_norm((3, 17, 100)), ()
    yield "layer norm of two dimensions", "layer_norm", layer_norm((3, 17, 20), axes=(1, 2), square="Mul"), ()
    yield "layer norm of a symbolic length", "layer_norm", layer_norm((3, 17, 64), ["N", "S", 64], bias=False), ("--dim", "N=1..4", "--dim", "S=1..20")
    yield "rms norm", "rms_norm", rms_norm((5, 96)), ()
    yield "rms norm of a symbolic length", "rms_norm", rms_norm((5, 96), ["N", 96]), ("--dim", "N=1..9")
    yield "softmax", "softmax", softmax((5, 33)), ()
    yield "softmax of a middle dimension", "softmax", softmax((3, 9, 20), axis=1), ()
    yield "softmax of a symbolic length", "softmax", softmax((5, 33), ["N", "S"]), ("--dim", "N=1..9", "--dim", "S=1..64")


def recognise(tenon, model, operator, inputs, flags):
    """What the recognised model's reference gives, and what is wrong, or None."""
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder)
        words = write_model(path, model, inputs)
        done = subprocess.run([tenon, "compile", path / "m.onnx", "--to", "simplify", *flags, "-o", path / "m.mlir"],
                              capture_output=True, text=True, timeout=60)
        if done.returncode:
            return None, done.stderr.strip()
        # The reference evaluates what is imported.
        text = (path / "m.mlir").read_text().replace('tenon.phase = "simplify"', 'tenon.phase = "import"')
        (path / "m.mlir").write_text(text)
        done = subprocess.run([tenon, "run", path / "m.mlir", "--reference", *words, "--output-dir", path / "out"],
                              capture_output=True, text=True, timeout=60)
        if done.returncode:
            return None, done.stderr.strip()
        # All else only moves elements.
        others = [line for line in text.splitlines() if any(
            f"= nn.{name} " in line for name in ("matmul", "reduce", "exp", "sqrt", "div", "add", "mul"))]
        problem = f"expected nn.{operator} and no {others}" if f"nn.{operator} " not in text or others else None
        return np.load(path / "out" / "output_0.npy"), problem


def compare(got, want):
    """What is wrong, or None."""
    if got.shape != want.shape:
        return f"shape {got.shape}, expected {want.shape}"
    if not np.array_equal(np.isnan(got), np.isnan(want)):
        return "NaN at other places"
    error = np.nanmax(np.abs(got - want)) / np.nanmax(np.abs(want))
    return None if error <= TOLERANCE else f"differs by {error:.1e}"


def check(tenon, operator, model, inputs, flags):
    reference, problem = recognise(tenon, model, operator, inputs, flags)
    if problem:
        return problem
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    want = session.run(None, inputs)[0]
    if problem := compare(reference, want):
        return f"reference: {problem}"
    results = []
    for threads in ("1", "2", "3"):
        got, problem = run_model(tenon, model, inputs, [*flags, "--threads", threads])
        if problem := problem or compare(got[0], want):
            return problem
        results.append(got[0])
    if any(result.tobytes() != results[0].tobytes() for result in results):
        return "other bits on other numbers of threads"
    return None


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tenon", default=ROOT / "build" / "bin" / "tenon")
    parser.add_argument("--filter", default="")
    arguments = parser.parse_args()
    onnxruntime.set_default_logger_severity(3)
    check_cases(((name, partial(check, arguments.tenon, operator, model, inputs, list(flags)))
                 for name, operator, (model, inputs), flags in cases()), arguments.filter)


main()

"""Broken and hostile input, from outside: whatever the tool is given, it works or says why not in one line.

Usage: hostile.py [--tenon build/bin/tenon] [--full] [--seed N]

By default 300 files with flipped bytes, 150 mutated operators and 60 texts; --full: 1,000, 1,500 and 1,000.
"""

import argparse
import os
import pathlib
import random
import sys
import tempfile
import warnings

import numpy as np
import onnx

import mutate
from harness import Suite, find_models, tensor_model
from onnx import AttributeProto, TensorProto, helper

warnings.filterwarnings("ignore")
ROOT = pathlib.Path(__file__).resolve().parents[2]
BATCH = ("--dim", "batch=2")


#===-- Files -------------------------------------------------------------------------------------------------===#

def test_files(suite, models, seed):
    for name, content in (("empty", b""), ("text", b"not a model\n"), ("zeros", bytes(5000)), ("ones", b"\xff" * 5000),
                          ("npy", b"\x93NUMPY\x01\x00v\x00{")):
        suite.compile(f"file {name}", content)
        suite.case(f"file {name} run", {"m.onnx": content}, ["run", "m.onnx", "--output-dir", "out"])
        suite.case(f"file {name} as text", {"m.mlir": content}, ["compile", "m.mlir", "-o", "m.so"])
        suite.case(f"file {name} as compiled", {"m.so": content}, ["run", "m.so", "--output-dir", "out"])
    suite.case("file absent", {}, ["compile", "m.onnx", "-o", "m.so"], expect=["m.onnx"])
    suite.case("file is a folder", {"m.onnx/x": b""}, ["compile", "m.onnx", "-o", "m.so"], expect=["m.onnx"])
    suite.case("file is a device", {}, ["compile", "/dev/zero", "-o", "m.so"])
    suite.case("file unreadable", {"m.onnx": b"x"}, ["compile", "m.onnx", "-o", "m.so"],
               prepare=lambda folder: (folder / "m.onnx").chmod(0))
    chance = random.Random(seed)
    for number in range(50):
        data = models[number % len(models)]
        length = chance.randrange(1, len(data))
        suite.compile(f"truncated at {length}", data[:length], BATCH)


def test_flipped(suite, models, count, seed):
    chance = random.Random(seed)
    spans = [mutate.structure_ranges(data) for data in models]
    for number in range(count):
        which = number % len(models)
        # Most stop before code generation, which takes longest and sees least of the file.
        to = () if number % 5 == 0 else ("--to", "simplify", "-o", "m.mlir")
        mutant = mutate.flip(models[which], spans[which], chance)
        flags = [*BATCH, *(to or ("-o", "m.so"))]
        suite.case(f"flipped {number}", {"m.onnx": mutant}, ["compile", "m.onnx", *flags], may_run=True)


#===-- Graphs ------------------------------------------------------------------------------------------------===#

def raw_tensor(name, dims, type=TensorProto.FLOAT, raw=b""):
    return TensorProto(name=name, dims=dims, data_type=type, raw_data=raw)


def external(name, dims, **data):
    tensor = TensorProto(name=name, dims=dims, data_type=TensorProto.FLOAT, data_location=TensorProto.EXTERNAL)
    for key, value in data.items():
        tensor.external_data.add(key=key, value=str(value))
    return tensor


def test_graphs(suite):
    x = [("x", [2, 3])]
    ints = lambda *values: np.array(values, np.int64)
    case = lambda name, *arguments, flags=(), expect=(), **more: suite.compile(
        name, tensor_model(*arguments, **more), flags, expect=expect)

    case("cycle", [("Add", ["x", "b"], ["a"]), ("Add", ["x", "a"], ["b"]), ("Neg", ["a"], ["y"])], x)
    case("self cycle", [("Add", ["x", "y"], ["y"])], x)
    case("missing initializer", [("Add", ["x", "w"], ["y"])], x, expect=["w"])
    case("dangling input", [("Neg", ["nowhere"], ["y"])], x, expect=["nowhere"])
    case("dangling output", [("Neg", ["x"], ["z"])], x, expect=["y"])
    case("duplicate values", [("Neg", ["x"], ["y"]), ("Abs", ["x"], ["y"])], x, expect=["y"])
    case("output shadows input", [("Neg", ["x"], ["x"]), ("Neg", ["x"], ["y"])], x)
    case("duplicate inputs", [("Neg", ["x"], ["y"])], [("x", [2]), ("x", [3])])
    case("duplicate initializers", [("Add", ["w", "w"], ["y"])], [], initializers=[("w", np.ones(2)), ("w", np.ones(3))])
    case("no outputs", [("Neg", ["x"], ["y"])], x, ("z",))
    case("unknown operator", [("Frobnicate", ["x"], ["y"])], x, expect=["Frobnicate"])
    case("empty operator", [("", ["x"], ["y"])], x)
    case("unknown domain", [helper.make_node("Neg", ["x"], ["y"], domain="org.example")], x, expect=["org.example"])
    for opset in (0, 1, 6, 29, 1000, -1, 2**62):
        case(f"opset {opset}", [("Neg", ["x"], ["y"])], x, opset=opset)
    case("no dim", [("Neg", ["x"], ["y"])], [("x", ["n", 3])], expect=["--dim n="])
    case("no rank", [("Neg", ["x"], ["y"])], [("x", None)])
    case("unknown dim", [("Neg", ["x"], ["y"])], x, flags=["--dim", "n=3"], expect=["n"])
    for text in ("n", "n=", "n=x", "n=-1", "n=3..2", "n=1..", "n=99999999999999999999", "n=9223372036854775807", "=3",
                 "n=0..9223372036854775807"):
        case(f"dim {text}", [("Neg", ["x"], ["y"])], [("x", ["n", 3])], flags=["--dim", text])
    case("empty graph", [], x)
    none = onnx.ModelProto(ir_version=8)
    none.opset_import.add(version=17)
    suite.compile("no graph", none)
    no_opset = tensor_model([("Neg", ["x"], ["y"])], x)
    del no_opset.opset_import[:]
    suite.compile("no opset", no_opset, may_run=True)

    # Sizes.
    for dims in ([2**62, 2**62], [2**63 - 1], [2**31, 2**31], [2**20] * 4, [-1], [-(2**63)], [1] * 65, [2**40, 0, 2**40]):
        case(f"input of shape {dims}", [("Neg", ["x"], ["y"])], [("x", dims)])
        suite.compile(f"initializer of shape {dims}",
                      tensor_model([("Add", ["x", "w"], ["y"])], x, initializers=[raw_tensor("w", dims)]))
        suite.compile(f"attribute of shape {dims}",
                      tensor_model([helper.make_node("Constant", [], ["y"], value=raw_tensor("", dims))]))
    for name, nodes, inputs in (
            ("Expand", [("Expand", ["x", "s"], ["y"])], ints(2**40, 2**40, 3)),
            ("ConstantOfShape", [("ConstantOfShape", ["s"], ["y"])], ints(2**40, 2**40)),
            ("ConstantOfShape negative", [("ConstantOfShape", ["s"], ["y"])], ints(-1)),
            ("ConstantOfShape 2^63-1", [("ConstantOfShape", ["s"], ["y"])], ints(2**63 - 1)),
            ("Reshape", [("Reshape", ["x", "s"], ["y"])], ints(2**62, 2**62, -1)),
            ("Reshape -2", [("Reshape", ["x", "s"], ["y"])], ints(-2)),
            ("Reshape two -1", [("Reshape", ["x", "s"], ["y"])], ints(-1, -1)),
            ("Tile", [("Tile", ["x", "s"], ["y"])], ints(2**62, 2**62)),
            ("Tile negative", [("Tile", ["x", "s"], ["y"])], ints(-1, 2)),
            ("Pad", [("Pad", ["x", "s"], ["y"])], ints(2**62, 2**62, 2**62, 2**62)),
            ("Pad below nothing", [("Pad", ["x", "s"], ["y"])], ints(-100, 0, 0, 0)),
            ("Pad lowest", [("Pad", ["x", "s"], ["y"])], ints(-(2**63), 0, 0, -(2**63))),
            ("Split", [("Split", ["x", "s"], ["y"])], ints(2**62, 2**62, 2**62, 2**62 + 2)),
            ("Unsqueeze", [("Unsqueeze", ["x", "s"], ["y"])], ints(2**62)),
            ("Unsqueeze twice", [("Unsqueeze", ["x", "s"], ["y"])], ints(0, 0)),
            ("Squeeze", [("Squeeze", ["x", "s"], ["y"])], ints(0)),
            ("ReduceSum", [("ReduceSum", ["x", "s"], ["y"])], ints(-(2**63))),
            ("TopK", [("TopK", ["x", "s"], ["y", "i"])], ints(2**62)),
            ("TopK negative", [("TopK", ["x", "s"], ["y", "i"])], ints(-1)),
            ("Resize", [("Resize", ["x", "", "", "s"], ["y"])], ints(2**40, 2**40)),
            ("Resize negative", [("Resize", ["x", "", "", "s"], ["y"])], ints(-1, 2))):
        case(f"{name} of hostile size", nodes, x, initializers=[("s", inputs)])
    for scale in (1e30, -1.0, float("nan"), float("inf")):
        case(f"Resize by {scale}", [("Resize", ["x", "", "s"], ["y"])], x, initializers=[("s", np.array([scale, 1], np.float32))])
    for limits in ((0, 2**62, 1), (0, 10, 0), (-(2**63), 2**63 - 1, 1)):
        case(f"Range {limits}", [("Range", ["a", "b", "c"], ["y"])], [],
             initializers=[(n, np.array(v, np.int64)) for n, v in zip("abc", limits)])
    case("OneHot of hostile depth", [("OneHot", ["i", "d", "v"], ["y"])], [("i", [4], TensorProto.INT64)],
         initializers=[("d", np.array(2**62)), ("v", np.array([0, 1], np.float32))])
    for name, attributes in (("kernel", {"kernel_shape": [2**62, 2**62]}), ("kernel 0", {"kernel_shape": [0, 3]}),
                             ("kernel -1", {"kernel_shape": [-1, -1]}),
                             ("strides 0", {"kernel_shape": [2, 2], "strides": [0, 0]}),
                             ("strides -1", {"kernel_shape": [2, 2], "strides": [-1, 1]}),
                             ("dilations", {"kernel_shape": [2, 2], "dilations": [2**62, 2**63 - 1]}),
                             ("pads", {"kernel_shape": [2, 2], "pads": [2**63 - 1] * 4}),
                             ("pads negative", {"kernel_shape": [2, 2], "pads": [-(2**63)] * 4}),
                             ("pads and window", {"kernel_shape": [2**31 - 1] * 2, "pads": [2**31 - 2] * 4}),
                             ("three extents", {"kernel_shape": [2, 2, 2]})):
        suite.compile(f"MaxPool with hostile {name}",
                      tensor_model([helper.make_node("MaxPool", ["x"], ["y"], **attributes)], [("x", [1, 1, 8, 8])]))
        suite.compile(f"Conv with hostile {name}",
                      tensor_model([helper.make_node("Conv", ["x", "w"], ["y"], **attributes)], [("x", [1, 1, 8, 8])],
                                   initializers=[("w", np.ones((1, 1, 3, 3), np.float32))]))
    for group in (0, -1, 2**62, 3):
        suite.compile(f"Conv of {group} groups",
                      tensor_model([helper.make_node("Conv", ["x", "w"], ["y"], group=group)], [("x", [1, 4, 8, 8])],
                                   initializers=[("w", np.ones((4, 4, 3, 3), np.float32))]))

    # Contents of tensors.
    for name, tensor in (("short", raw_tensor("w", [2, 3], raw=bytes(23))), ("long", raw_tensor("w", [2, 3], raw=bytes(25))),
                         ("absent", raw_tensor("w", [2, 3])), ("type 0", raw_tensor("w", [2, 3], 0, bytes(24))),
                         ("type 99", raw_tensor("w", [2, 3], 99, bytes(24))),
                         ("field of another type", TensorProto(name="w", dims=[2, 3], data_type=1, int32_data=[1] * 6)),
                         ("few in a field", TensorProto(name="w", dims=[2, 3], data_type=1, float_data=[1] * 5)),
                         ("int8 out of range", TensorProto(name="w", dims=[2], data_type=3, int32_data=[1000, 1])),
                         ("bool of 2", raw_tensor("w", [1], TensorProto.BOOL, b"\x02")),
                         ("string", TensorProto(name="w", dims=[1], data_type=8, string_data=[b"a"])),
                         ("no external file", external("w", [2, 3], location="absent.bin")),
                         ("external file elsewhere", external("w", [2, 3], location="../../../../etc/passwd")),
                         ("external file absolute", external("w", [2, 3], location="/etc/passwd")),
                         ("no location", external("w", [2, 3], offset=0)),
                         ("external short", external("w", [2, 3], location="w.bin", length=20)),
                         ("external offset", external("w", [2, 3], location="w.bin", offset=10)),
                         ("external offset negative", external("w", [2, 3], location="w.bin", offset=-4)),
                         ("external offset overflow", external("w", [2, 3], location="w.bin", offset=2**64 - 8)),
                         ("external offset no number", external("w", [2, 3], location="w.bin", offset="x")),
                         ("external folder", external("w", [2, 3], location=".")),
                         ("external link out", external("w", [2, 3], location="link.bin"))):
        model = tensor_model([("Add", ["x", "w"], ["y"])], x, initializers=[tensor])
        suite.case(f"tensor: {name}", {"m.onnx": model, "w.bin": bytes(24)}, ["compile", "m.onnx", "-o", "m.so"],
                   prepare=lambda folder: os.symlink("/etc/passwd", folder / "link.bin"))

    # Type confusion.
    case("types differ", [("Add", ["x", "i"], ["y"])], [*x, ("i", [2, 3], TensorProto.INT64)])
    case("bool arithmetic", [("Add", ["x", "x"], ["y"])], [("x", [2], TensorProto.BOOL)])
    case("float indices", [("Gather", ["x", "x"], ["y"])], x)
    case("float shape", [("Reshape", ["x", "x"], ["y"])], x)
    case("float condition", [("Where", ["x", "x", "x"], ["y"])], x)
    case("strings", [("Neg", ["x"], ["y"])], [("x", [2], TensorProto.STRING)])
    case("complex numbers", [("Neg", ["x"], ["y"])], [("x", [2], TensorProto.COMPLEX64)])
    for type in (0, 17, 29, 1000, -1):
        suite.compile(f"Cast to type {type}", tensor_model([helper.make_node("Cast", ["x"], ["y"], to=type)], x), may_run=type == 17)
    wrong = tensor_model([helper.make_node("Transpose", ["x"], ["y"], perm=[1, 0])], x)
    for type in (AttributeProto.FLOAT, AttributeProto.GRAPH, AttributeProto.STRING):
        wrong.graph.node[0].attribute[0].type = type
        suite.compile(f"attribute of type {type}", wrong)
    for perm in ([0, 0], [0], [2, 0], [-1, 0], [2**62, 0], [0, 1, 2]):
        suite.compile(f"Transpose by {perm}", tensor_model([helper.make_node("Transpose", ["x"], ["y"], perm=perm)], x))
    sequence = tensor_model([("Identity", ["x"], ["y"])])
    sequence.graph.input.append(helper.make_tensor_sequence_value_info("x", TensorProto.FLOAT, [2]))
    suite.compile("a sequence as input", sequence)
    declared = tensor_model([("Neg", ["x"], ["y"])], x)
    declared.graph.output[0].CopyFrom(helper.make_tensor_value_info("y", TensorProto.FLOAT, [7, 7]))
    suite.compile("output declared otherwise", declared, may_run=True)


#===-- Work that a small file asks for -----------------------------------------------------------------------===#

def loop_body(nodes, scan=False):
    infos = [helper.make_tensor_value_info("i", TensorProto.INT64, []), helper.make_tensor_value_info("c", TensorProto.BOOL, []),
             helper.make_tensor_value_info("v", TensorProto.FLOAT, [2, 3])]
    results = [helper.make_tensor_value_info("c", TensorProto.BOOL, []), helper.make_tensor_value_info("w", TensorProto.FLOAT, [2, 3])]
    return helper.make_graph(nodes, "body", infos, results)


def test_bombs(suite):
    """Each must end within the time and memory that a case has, whatever the answer."""
    x = [("x", [2, 3])]
    ints = lambda *values: np.array(values, np.int64)

    def case(name, *arguments, flags=(), **more):
        suite.compile(f"bomb: {name}", tensor_model(*arguments, **more), flags, may_run=True)

    for trips in (10, 4000, 2**62, -1):
        node = helper.make_node("Loop", ["m", "", "x"], ["y"], body=loop_body([helper.make_node("Neg", ["v"], ["w"])]))
        case(f"loop of {trips} trips", [node], x, initializers=[("m", np.array(trips, np.int64))])
    node = helper.make_node("Loop", ["", "", "x"], ["y"], body=loop_body([helper.make_node("Neg", ["v"], ["w"])]))
    case("endless loop", [node], x)
    inner = [helper.make_node("Neg", ["v"], ["w"])]
    for _ in range(6):
        inner = [helper.make_node("Constant", [], ["m"], value_int=8), helper.make_node("Loop", ["m", "", "v"], ["w"], body=loop_body(inner))]
    case("nested loops", [inner[0], helper.make_node("Loop", ["m", "", "x"], ["y"], body=inner[1].attribute[0].g)], x)

    branch = helper.make_graph([helper.make_node("Neg", ["x"], ["r"])], "b", [], [helper.make_tensor_value_info("r", 1, [2, 3])])
    for _ in range(60):
        node = helper.make_node("If", ["c"], ["r"], then_branch=branch, else_branch=branch)
        branch = helper.make_graph([node], "b", [], [helper.make_tensor_value_info("r", 1, [2, 3])])
        if branch.ByteSize() > 1 << 20:
            break
    case("branches within branches", [helper.make_node("If", ["c"], ["y"], then_branch=branch, else_branch=branch)],
         [*x, ("c", [], TensorProto.BOOL)])

    functions = []
    domain = [helper.make_opsetid("", 21), helper.make_opsetid("f", 1)]
    for k in range(30):
        nodes = [helper.make_node(f"F{k + 1}" if k < 29 else "Neg", [a], [b], domain="f" if k < 29 else "")
                 for a, b in (("a", "t"), ("t", "b"))]
        functions.append(helper.make_function("f", f"F{k}", ["a"], ["b"], nodes, domain))
    model = tensor_model([helper.make_node("F0", ["x"], ["y"], domain="f")], x, functions=functions)
    model.opset_import.append(domain[1])
    suite.compile("bomb: 2^30 nodes by functions", model, expect=["error"])
    recursive = helper.make_function("f", "F", ["a"], ["b"], [helper.make_node("F", ["a"], ["b"], domain="f")], domain)
    model = tensor_model([helper.make_node("F", ["x"], ["y"], domain="f")], x, functions=[recursive])
    model.opset_import.append(domain[1])
    suite.compile("bomb: a recursive function", model)

    chain = [("Neg", ["x" if k == 0 else f"v{k}"], [f"v{k + 1}" if k < 1999 else "y"]) for k in range(2000)]
    case("a chain of 2000 nodes", chain, x)
    doubling = [("Concat", ["x" if k == 0 else f"v{k}"] * 2, [f"v{k + 1}" if k < 59 else "y"]) for k in range(60)]
    doubling = [helper.make_node(*node, axis=0) for node in doubling]
    case("doubling by Concat", doubling, x)
    case("doubling by symbolic Concat", doubling, [("x", ["n", 3])], flags=["--dim", "n=1..9"])
    case("multiplying dims", [n for k in range(12) for n in (("MatMul", [f"v{k}" if k else "x", "t"], [f"u{k}"]),
                                                            ("Mul", [f"u{k}", f"u{k}"], [f"v{k + 1}" if k < 11 else "y"]))],
         [("x", ["n", "m"]), ("t", ["m", "m"])], flags=["--dim", "n=1..9", "--dim", "m=1..9"])
    flatten = [helper.make_node("Flatten", ["x" if k == 0 else f"v{k}"], [f"w{k}"], axis=0) for k in range(8)]
    grow = []
    for k in range(8):
        grow += [flatten[k], helper.make_node("Concat", [f"w{k}"] * 2, [f"v{k + 1}" if k < 7 else "y"], axis=0)]
    case("expressions of dims", grow, [("x", ["n", "m", "k"])], flags=["--dim", "n=1..5", "--dim", "m=1..5", "--dim", "k=1..5"])
    case("a giant legal tensor", [("Neg", ["x"], ["y"])], [("x", [2**19, 2**19])])
    case("a giant product", [("MatMul", ["x", "x"], ["y"])], [("x", [2**18, 2**18])])
    case("a giant constant", [("ConstantOfShape", ["s"], ["t"]), ("Add", ["t", "x"], ["y"])], [("x", [1, 1])],
         initializers=[("s", ints(2**18, 2**18))])
    case("a giant expansion", [("Expand", ["w", "s"], ["t"]), ("Add", ["t", "x"], ["y"])], [("x", [1, 1])],
         initializers=[("s", ints(2**18, 2**18)), ("w", np.ones((1, 1), np.float32))])
    case("a giant range", [("Range", ["a", "b", "c"], ["t"]), ("Neg", ["t"], ["y"])], [],
         initializers=[("a", np.array(0)), ("b", np.array(2**36)), ("c", np.array(1))])
    case("shapes computed from giants", [("ConstantOfShape", ["s"], ["t"]), ("ReduceSum", ["t"], ["u"]), ("Reshape", ["x", "u"], ["y"])],
         x, initializers=[("s", ints(2**30))])
    case("a giant window", [helper.make_node("MaxPool", ["x"], ["y"], kernel_shape=[2**15, 2**15])], [("x", [1, 1, 2**15, 2**15])])
    case("a giant window of padding", [helper.make_node("AveragePool", ["x"], ["y"], kernel_shape=[2**30], pads=[2**30 - 1] * 2)],
         [("x", [1, 1, 8])])
    case("a giant resize", [("Resize", ["x", "", "", "s"], ["y"])], [("x", [1, 1, 8, 8])],
         initializers=[("s", ints(1, 1, 2**17, 2**17))])
    case("a giant sort", [("TopK", ["x", "s"], ["y", "i"])], [("x", [2**32])], initializers=[("s", ints(2**32))])
    case("a giant split", [("Split", ["x"], [f"y{k}" for k in range(300)])], [("x", [300])], [f"y{k}" for k in range(300)])
    case("a giant concat", [helper.make_node("Concat", ["x"] * 1000, ["y"], axis=0)], x)
    case("a high rank", [("Neg", ["x"], ["y"])], [("x", [1] * 64)])
    case("a high rank permuted", [helper.make_node("Transpose", ["x"], ["y"], perm=list(range(19, -1, -1)))], [("x", [2] * 20)])
    case("a high rank reduced", [("ReduceSum", ["x", "a"], ["y"])], [("x", [2] * 20)], initializers=[("a", ints(*range(0, 20, 2)))])
    case("a high rank expanded", [("Expand", ["x", "s"], ["y"])], [("x", [1, 2] * 12)], initializers=[("s", ints(*[2] * 24))])
    letters = "abcdefghijklmnopqrstuvwxyz"
    case("an involved Einsum", [helper.make_node("Einsum", ["x", "x"], ["y"], equation=f"{letters[:12]},{letters[6:18]}->{letters[0]}{letters[17]}")],
         [("x", [2] * 12)])
    case("an Einsum of many", [helper.make_node("Einsum", ["x"] * 26, ["y"], equation=",".join(a + b for a, b in zip(letters, letters[1:] + "a")) + "->")],
         [("x", [4, 4])])
    case("a long recurrence", [helper.make_node("LSTM", ["x", "w", "r"], ["y"], hidden_size=4)],
         [("x", [2**20, 1, 4]), ("w", [1, 16, 4]), ("r", [1, 16, 4])])
    case("a long sequence", [("CumSum", ["x", "a"], ["y"])], [("x", [2**28])], initializers=[("a", np.array(0))])
    scan = helper.make_graph([helper.make_node("Add", ["s", "e"], ["t"]), helper.make_node("Identity", ["t"], ["o"])], "body",
                             [helper.make_tensor_value_info("s", 1, [3]), helper.make_tensor_value_info("e", 1, [3])],
                             [helper.make_tensor_value_info("t", 1, [3]), helper.make_tensor_value_info("o", 1, [3])])
    for length in (100, 2**30):
        case(f"a scan of {length} steps", [helper.make_node("Scan", ["z", "x"], ["f", "y"], body=scan, num_scan_inputs=1)],
             [("z", [3]), ("x", [length, 3])])
    case("a Fourier transform", [("DFT", ["x"], ["y"])], [("x", [1, 2**20, 1])])
    case("a prime Fourier transform", [("DFT", ["x"], ["y"])], [("x", [1, 99991, 1])])
    case("a Hann window", [("HannWindow", ["n"], ["y"])], [], initializers=[("n", np.array(2**30))])
    case("a mel matrix", [("MelWeightMatrix", list("abcde"), ["y"])], [],
         initializers=[("a", np.array(2**20)), ("b", np.array(2**20)), ("c", np.array(8000)), ("d", np.array(0.0, np.float32)), ("e", np.array(4000.0, np.float32))])
    case("a determinant", [("Det", ["x"], ["y"])], [("x", [300, 300])])
    case("suppression", [("NonMaxSuppression", ["b", "s", "m"], ["y"])], [("b", [1, 100000, 4]), ("s", [1, 80, 100000])],
         initializers=[("m", np.array([2**62]))])
    case("nothing at all", [("Neg", ["x"], ["y"])], [("x", [0, 2**31])])
    case("pooling of nothing", [helper.make_node("MaxPool", ["x"], ["y"], kernel_shape=[2, 2])], [("x", [1, 0, 8, 8])])
    case("a product of nothing", [("MatMul", ["x", "z"], ["y"])], [("x", [3, 0]), ("z", [0, 4])])
    case("softmax of nothing", [("Softmax", ["x"], ["y"])], [("x", [3, 0])])
    case("a maximum of nothing", [("ReduceMax", ["x", "a"], ["y"])], [("x", [3, 0])], initializers=[("a", ints(1))])
    case("the index of nothing", [helper.make_node("ArgMax", ["x"], ["y"], axis=1)], [("x", [3, 0])])


def test_operators(suite, count, seed):
    """Mutants of ONNX's own node tests, which reach each operator's inference and lowering."""
    from onnx.backend.test.case.node import collect_testcases
    cases = list(collect_testcases(None))
    chance = random.Random(seed)
    for number in range(count):
        test = cases[chance.randrange(len(cases))]
        model = test.model
        if test.data_sets and chance.randrange(4):
            model = mutate.with_constants(model, list(test.data_sets[0][0]))
        mutant = mutate.mutate(model, chance)
        names = {d.dim_param for v in mutant.graph.input for d in v.type.tensor_type.shape.dim} - {""}
        flags = [word for name in sorted(names) for word in ("--dim", f"{name}=5")]
        suite.compile(f"operator {number} {test.name}", mutant, flags, may_run=True)


def test_texts(suite, count, seed):
    """Modules as text, after each phase that may be written, with words exchanged."""
    weights = np.random.default_rng(2).random((10, 12), np.float32)
    model = tensor_model([("MatMul", ["x", "w"], ["h"]), ("Relu", ["h"], ["r"]), ("Add", ["r", "b"], ["y"])], [("x", ["n", 10])],
                         initializers=[("w", weights), ("b", weights[0])])
    texts = []
    for phase in ("import", "simplify", "plan", "schedule", "lower"):
        with tempfile.TemporaryDirectory() as folder:
            folder = pathlib.Path(folder)
            (folder / "m.onnx").write_bytes(model.SerializeToString())
            status, stderr = suite.call(["compile", "m.onnx", "--dim", "n=1..4", "--to", phase, "-o", "t.mlir"], folder)
            if status:
                suite.failures.append((f"text after {phase}", stderr))
                continue
            beside = (folder / "t.mlir.weights").read_bytes()
            texts.append((phase, (folder / "t.mlir").read_text(), beside))
    chance = random.Random(seed)
    for phase, text, beside in texts:
        for name, files in (("absent", {}), ("empty", {"t.mlir.weights": b""}), ("short", {"t.mlir.weights": beside[:-64]})):
            suite.case(f"text after {phase}: weights {name}", {"t.mlir": text.encode(), **files}, ["compile", "t.mlir", "-o", "m.so"])
        for number in range(count // len(texts)):
            mutant = mutate.mutate_text(text, chance)
            suite.case(f"text after {phase} {number}", {"t.mlir": mutant.encode(), "t.mlir.weights": beside},
                       ["compile", "t.mlir", "-o", "m.so"], may_run=True)


#===-- Inputs and outputs ------------------------------------------------------------------------------------===#

def test_inputs(suite):
    model = tensor_model([("Add", ["x", "z"], ["y"])], [("x", ["n", 3]), ("z", ["n", 3])])
    gather = tensor_model([("Gather", ["x", "i"], ["y"])], [("x", [4, 3]), ("i", [2], TensorProto.INT64)])
    good = np.ones((2, 3), np.float32)

    def case(name, files, inputs, model=model, flags=(), may_run=False):
        words = [word for text in inputs for word in ("--input", text)]
        for more in ((), ("--reference",)):
            suite.case(f"input: {name} {' '.join(more)}", {"m.onnx": model, "good.npy": good, **files},
                       ["run", "m.onnx", *words, *flags, *more, "--output-dir", "out"], may_run=may_run)

    both = lambda bad: ["x=good.npy", f"z={bad}"]
    case("good", {}, both("good.npy"), may_run=True)
    case("missing", {}, ["x=good.npy"])
    case("none", {}, [])
    case("unknown", {}, [*both("good.npy"), "q=good.npy"])
    case("twice", {}, [*both("good.npy"), "x=good.npy"])
    case("no name", {}, ["x=good.npy", "good.npy"])
    case("no file", {}, both("absent.npy"))
    case("a folder", {}, both("."))
    for name, array in (("wrong dim", np.ones((2, 4), np.float32)), ("dims disagree", np.ones((3, 3), np.float32)),
                        ("wrong rank", np.ones((2, 3, 1), np.float32)), ("scalar", np.ones((), np.float32)),
                        ("double", np.ones((2, 3))), ("int", np.ones((2, 3), np.int32)),
                        ("complex", np.ones((2, 3), np.complex64)), ("text", np.array([["a", "b", "c"]] * 2)),
                        ("record", np.zeros((2, 3), [("a", "f4")]))):
        case(name, {"bad.npy": array}, both("bad.npy"))
    case("objects", {"bad.npy": b"\x93NUMPY\x01\x00\x46\x00" + b"{'descr': '|O', 'fortran_order': False, 'shape': (2, 3), }".ljust(70)}, both("bad.npy"))
    header = b"\x93NUMPY\x01\x00\x76\x00"
    text = b"{'descr': '<f4', 'fortran_order': False, 'shape': (%s), }"
    for shape in (b"2, -3", b"9223372036854775807, 9223372036854775807", b"4611686018427387904, 4", b"2, 3, 99999999999", b"99999999999999999999999,",
                  b"0, 9223372036854775807", b"1," * 100):
        case(f"shape {shape[:30].decode()}", {"bad.npy": header + (text % shape).ljust(0x75) + b"\n" + bytes(24)}, both("bad.npy"))
    for length in (0, 5, 6, 8, 9, 10, 50, 127, 128, 129, 151):
        whole = header + (text % b"2, 3").ljust(0x75) + b"\n" + bytes(24)
        case(f"cut at {length}", {"bad.npy": whole[:length]}, both("bad.npy"))
    case("excess", {"bad.npy": header + (text % b"2, 3").ljust(0x75) + b"\n" + bytes(28)}, both("bad.npy"))
    # An index outside is no crime that ends the process.
    for index in (-5, 4, 2**62, -(2**63)):
        case(f"index {index}", {"x.npy": np.ones((4, 3), np.float32), "i.npy": np.array([0, index])}, ["x=x.npy", "i=i.npy"],
             model=gather, may_run=True)
    case("unknown bind", {}, both("good.npy"), flags=["--bind", "q=good.npy"])
    case("dim disagrees", {}, both("good.npy"), flags=["--dim", "n=7"])
    case("dim outside", {}, both("good.npy"), flags=["--dim", "n=3..7"])
    case("dim inside", {}, both("good.npy"), flags=["--dim", "n=1..7"], may_run=True)
    giant = tensor_model([("Expand", ["w", "s"], ["t"]), ("Add", ["t", "x"], ["y"])], [("x", [1, 1])],
                         initializers=[("s", np.array([2**18, 2**18])), ("w", np.ones((1, 1), np.float32))])
    case("results beyond memory", {"x.npy": np.ones((1, 1), np.float32)}, ["x=x.npy"], model=giant)
    suite.case("bind of wrong shape", {"m.onnx": model, "b.npy": np.ones(3, np.float32)},
               ["compile", "m.onnx", "--dim", "n=2", "--bind", "x=b.npy", "-o", "m.so"])
    reshape = tensor_model([("Reshape", ["x", "s"], ["y"])], [("x", [2, 3]), ("s", [2], TensorProto.INT64)])
    for values in ([2**62, 4], [-1, -1], [7, 7], [-9, 1], [0, 7]):
        suite.case(f"bind of shape {values}", {"m.onnx": reshape, "s.npy": np.array(values)},
                   ["compile", "m.onnx", "--bind", "s=s.npy", "-o", "m.so"])
    suite.case("unbound shape", {"m.onnx": reshape}, ["compile", "m.onnx", "-o", "m.so"], expect=["--bind s="])


def test_outputs(suite, models):
    model = tensor_model([("Neg", ["x"], ["y"])], [("x", [2, 3])])
    x = {"x.npy": np.ones((2, 3), np.float32)}
    for path in ("absent/m.so", "m", "m.dll", ".so/", "", "m.onnx/m.so", "/proc/m.so", "/dev/full/m.so"):
        suite.case(f"output '{path}'", {"m.onnx": model}, ["compile", "m.onnx", "-o", path])
    for ending in ("so", "o", "h", "mlir", "ll", "s"):
        suite.case(f"output .{ending} is a folder", {"m.onnx": model, f"m.{ending}/x": b""}, ["compile", "m.onnx", "-o", f"m.{ending}"])
        if os.geteuid():  # root writes anywhere
            suite.case(f"output .{ending} in a folder that is read-only", {"m.onnx": model, "d/x": b""},
                       ["compile", "m.onnx", "-o", f"d/m.{ending}"], prepare=lambda folder: (folder / "d").chmod(0o555))
    suite.case("output folder is a file", {"m.onnx": model, "out": b"", **x}, ["run", "m.onnx", "--input", "x=x.npy", "--output-dir", "out"])
    suite.case("output file is a folder", {"m.onnx": model, "out/output_0.npy/x": b"", **x},
               ["run", "m.onnx", "--input", "x=x.npy", "--output-dir", "out"])
    for flags in (["--target", "z80"], ["--to", "nowhere"], ["--threads", "99999999999"], ["--unknown"], ["--dim"], ["--state", "x=y"],
                  ["--state", "x"], ["--state", "a=b"]):
        suite.case(f"flags {flags}", {"m.onnx": model}, ["compile", "m.onnx", "-o", "m.so", *flags], may_run=flags == ["--state", "x=y"])


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--tenon", default=str(ROOT / "build" / "bin" / "tenon"))
    parser.add_argument("--full", action="store_true", help="more mutants")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", default="", help="one section: files, flipped, graphs, bombs, operators, texts, inputs or outputs")
    parser.add_argument("--messages", help="file for every case's message, to read what the tool says")
    arguments = parser.parse_args()
    suite = Suite(arguments.tenon)
    models = [path.read_bytes() for path in find_models(ROOT)]
    sections = {
        "files": lambda: test_files(suite, models, arguments.seed),
        "graphs": lambda: test_graphs(suite),
        "bombs": lambda: test_bombs(suite),
        "inputs": lambda: test_inputs(suite),
        "outputs": lambda: test_outputs(suite, models),
        "operators": lambda: test_operators(suite, 1500 if arguments.full else 150, arguments.seed),
        "texts": lambda: test_texts(suite, 1000 if arguments.full else 60, arguments.seed),
        "flipped": lambda: test_flipped(suite, models, 1000 if arguments.full else 300, arguments.seed),
    }
    for name, section in sections.items():
        if arguments.only in ("", name):
            section()
            suite.finish(name)
    if arguments.messages:
        lines = [f"{name}: {message or 'ok'}" for name, message in suite.messages.items()]
        pathlib.Path(arguments.messages).write_text("\n".join(lines) + "\n")
    sys.exit(suite.report())


if __name__ == "__main__":
    main()

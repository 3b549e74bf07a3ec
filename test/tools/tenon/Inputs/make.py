"""Makes a small ONNX model and its inputs:  make.py MODEL FOLDER  -> FOLDER/model.onnx, FOLDER/INPUT.npy, ...

Files say what a test needs: the names of MODEL are the functions below."""
import sys

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

FLOAT, INT64 = TensorProto.FLOAT, TensorProto.INT64


def tensor(name, shape, element=FLOAT):
    return helper.make_tensor_value_info(name, element, shape)


def relu():
    """One node, static shapes."""
    return ([helper.make_node("Relu", ["x"], ["y"], name="only")], [tensor("x", [3, 4])], [tensor("y", [3, 4])], {},
            {"x": np.linspace(-1, 1, 12, dtype=np.float32).reshape(3, 4)})


def dense():
    """A matrix product with weights and bias; the batch N is symbolic."""
    w = np.arange(256 * 8, dtype=np.float32).reshape(256, 8) / 1000
    b = np.linspace(-1, 1, 8, dtype=np.float32)
    return ([helper.make_node("MatMul", ["x", "w"], ["p"], name="product"),
             helper.make_node("Add", ["p", "b"], ["s"], name="bias"),
             helper.make_node("Relu", ["s"], ["y"], name="activation")],
            [tensor("x", ["N", 256])], [tensor("y", ["N", 8])], {"w": w, "b": b},
            {"x": np.cos(np.arange(2 * 256, dtype=np.float32)).reshape(2, 256)})


def reshape():
    """The second input determines the result's shape."""
    return ([helper.make_node("Reshape", ["x", "shape"], ["r"], name="view"),
             helper.make_node("Relu", ["r"], ["y"], name="activation")],
            [tensor("x", [2, 6]), tensor("shape", [2], INT64)], [tensor("y", [3, 4])], {},
            {"x": np.linspace(-1, 1, 12, dtype=np.float32).reshape(2, 6), "shape": np.array([3, 4], np.int64),
             "other": np.array([4, 3], np.int64)})


def cache():
    """A state: the new cache is the old one plus x."""
    return ([helper.make_node("Add", ["cache", "x"], ["new_cache"], name="update"),
             helper.make_node("Relu", ["new_cache"], ["y"], name="use")],
            [tensor("x", [4]), tensor("cache", [4])], [tensor("y", [4]), tensor("new_cache", [4])], {},
            {"x": np.arange(4, dtype=np.float32), "cache": np.full(4, -1, np.float32)})


def unknown():
    """Two operators that do not exist."""
    return ([helper.make_node("Frobnicate", ["x"], ["y"], name="first"),
             helper.make_node("Defenestrate", ["x"], ["z"], name="second")],
            [tensor("x", [4])], [tensor("y", [4]), tensor("z", [4])], {}, {})


def main():
    name, folder = sys.argv[1:]
    nodes, inputs, outputs, weights, values = globals()[name]()
    graph = helper.make_graph(nodes, name, inputs, outputs,
                              [numpy_helper.from_array(value, key) for key, value in weights.items()])
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), f"{folder}/model.onnx")
    for key, value in values.items():
        np.save(f"{folder}/{key}.npy", value)


main()

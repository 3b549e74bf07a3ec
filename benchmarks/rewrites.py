"""Small models with seeded weights in which graph substitution finds something unaided."""

import pathlib

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper


class Graph:
    """An ONNX graph under construction; values are names."""

    def __init__(self, name):
        self.name, self.nodes, self.weights, self.inputs = name, [], [], []
        self.random = np.random.default_rng(0)

    def input(self, name, *shape):
        self.inputs.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, shape))
        return name

    def weight(self, *shape):
        value = self.random.standard_normal(shape, np.float32) / np.float32(np.sqrt(np.prod(shape[1:]) or 1))
        return self.constant(value)

    def constant(self, value):
        self.weights.append(numpy_helper.from_array(np.asarray(value), f"w{len(self.weights)}"))
        return self.weights[-1].name

    def node(self, op, *inputs, **attributes):
        self.nodes.append(helper.make_node(op, inputs, [f"v{len(self.nodes)}"], **attributes))
        return self.nodes[-1].output[0]

    def save(self, folder, results):
        outputs = [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name, shape in results.items()]
        graph = helper.make_graph(self.nodes, self.name, self.inputs, outputs, self.weights)
        path = pathlib.Path(folder) / f"{self.name}.onnx"
        onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), path)
        return path


def summed_convolutions(folder, channels=64, size=56):
    """Three convolutions of one input, 3x3, 1x3 and 3x1, summed: one of the sum of their kernels."""
    g = Graph("summed_convolutions")
    x = g.input("x", 1, channels, size, size)
    parts = [g.node("Conv", x, g.weight(channels, channels, rows, columns), pads=[rows // 2, columns // 2] * 2)
             for rows, columns in ((3, 3), (1, 3), (3, 1))]
    y = g.node("Relu", g.node("Add", g.node("Add", parts[0], parts[1]), parts[2]))
    return g.save(folder, {y: (1, channels, size, size)})


def linear_attention(folder, length=1024, width=64):
    """Queries times keys times values, without softmax: keys and values first."""
    g = Graph("linear_attention")
    q, k, v = (g.input(name, 1, 12, length, width) for name in "qkv")
    y = g.node("MatMul", g.node("MatMul", q, g.node("Transpose", k, perm=[0, 1, 3, 2])), v)
    return g.save(folder, {y: (1, 12, length, width)})


def low_rank(folder, rows=128, width=768, rank=16):
    """x W + (x A) B: one product with W + A B."""
    g = Graph("low_rank")
    x = g.input("x", rows, width)
    y = g.node("Add", g.node("MatMul", x, g.weight(width, width)),
               g.node("MatMul", g.node("MatMul", x, g.weight(width, rank)), g.weight(rank, width)))
    return g.save(folder, {y: (rows, width)})


def projections(folder, width=64):
    """A row's projections to queries, keys and values: one product."""
    g = Graph("projections")
    x = g.input("x", 1, width)
    q, k, v = (g.node("Add", g.node("MatMul", x, g.weight(width, width)), g.weight(width)) for _ in range(3))
    return g.save(folder, {g.node("Add", g.node("Mul", q, k), v): (1, width)})


UNAIDED = [summed_convolutions, linear_attention, low_rank, projections]


def write(folder):
    """The models' files."""
    return [make(folder) for make in UNAIDED]

"""Writes seeds for ImportFuzzer: small models in which each message of the format occurs, one model per operator
from ONNX's own tests, and the given models with their weights cut down (the fuzzer gains nothing from megabytes
of floats).

Usage: make_seeds.py OUTPUT_FOLDER MODEL.onnx...   (needs the package onnx)
"""

import pathlib
import sys
import warnings

import onnx
from onnx import TensorProto, helper

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1] / "e2e"))
import mutate

# Larger models take long to import, and the rarer a change hits what matters.
LARGEST_SEED = 3000


def value(name, dims=(2, 3), type=TensorProto.FLOAT):
    return helper.make_tensor_value_info(name, type, dims)


def model(nodes, inputs, outputs, initializers=(), functions=(), **extra):
    graph = helper.make_graph(nodes, "g", inputs, outputs, list(initializers))
    opsets = [helper.make_opsetid("", 17), helper.make_opsetid("local", 1), helper.make_opsetid("com.microsoft", 1)]
    return helper.make_model(graph, opset_imports=opsets, functions=list(functions), ir_version=10, **extra)


def branch(name):
    return helper.make_graph([helper.make_node("Add", ["x", "p"], ["r"])], name, [], [value("r")])


def small_models():
    weights = [
        helper.make_tensor("w", TensorProto.FLOAT, [2, 3], [1.0] * 6),
        helper.make_tensor("i", TensorProto.INT64, [2], [1, 2]),
        helper.make_tensor("h", TensorProto.FLOAT16, [2], [1, 2]),
        helper.make_tensor("q", TensorProto.INT4, [3], [1, 2, 3]),
        helper.make_tensor("b", TensorProto.BOOL, [2], [True, False]),
        helper.make_tensor("s", TensorProto.STRING, [2], [b"a", b"b"]),
        helper.make_tensor("r", TensorProto.UINT8, [5000], bytes(5000), raw=True),
    ]
    yield model([helper.make_node("Add", ["x", "w"], ["y"], name="add")], [value("x", ("N", 3))], [value("y")], weights)

    node = helper.make_node("If", ["c"], ["y"], then_branch=branch("then"), else_branch=branch("else"))
    inner = helper.make_node("Neg", ["x"], ["p"])
    yield model([node, inner], [value("c", (), TensorProto.BOOL), value("x")], [value("y")])

    elu = helper.make_node("Elu", ["t"], ["b"])
    elu.attribute.append(onnx.AttributeProto(name="alpha", ref_attr_name="slope", type=onnx.AttributeProto.FLOAT))
    body = [helper.make_node("Neg", ["a"], ["t"]), elu]
    opset = [helper.make_opsetid("", 17), helper.make_opsetid("local", 1)]
    f = helper.make_function("local", "F", ["a"], ["b"], body, opset, ["slope"])
    calls = [helper.make_node("F", [name], ["b"], domain="local") for name in ("a",)]
    g = helper.make_function("local", "G", ["a"], ["b"], calls, opset)
    nodes = [helper.make_node("F", ["x"], ["m"], domain="local", slope=0.5), helper.make_node("G", ["m"], ["y"], domain="local")]
    yield model(nodes, [value("x")], [value("y")], functions=[f, g])

    attributes = helper.make_node("Odd", ["x"], ["y"], domain="com.microsoft", f=1.0, i=2, s="text", fs=[1.0, 2.0],
                                  ints=[3, 4], ss=["a", "b"], t=weights[0], ts=weights[:2])
    attributes.attribute.append(helper.make_attribute("type", helper.make_tensor_type_proto(1, [2, "N", None])))
    sequence = helper.make_sequence_type_proto(helper.make_tensor_type_proto(7, None))
    attributes.attribute.append(helper.make_attribute("types", [sequence, helper.make_optional_type_proto(sequence)]))
    yield model([attributes], [value("x")], [value("y")])

    sparse = helper.make_sparse_tensor(helper.make_tensor("z", TensorProto.FLOAT, [2], [1.0, 2.0]),
                                       helper.make_tensor("", TensorProto.INT64, [2, 2], [0, 0, 1, 2]), [2, 3])
    odd = model([helper.make_node("Add", ["x", "z"], ["y"])], [value("x")], [value("y")])
    odd.graph.sparse_initializer.append(sparse)
    external = odd.graph.initializer.add(name="e", data_type=1, dims=[2], data_location=TensorProto.EXTERNAL)
    for key, text in (("location", "w.bin"), ("offset", "0"), ("length", "8")):
        external.external_data.add(key=key, value=text)
    odd.graph.metadata_props.add(key="k", value="v")
    odd.graph.quantization_annotation.add(tensor_name="x").quant_parameter_tensor_names.add(key="SCALE", value="w")
    odd.training_info.add().initialization.CopyFrom(odd.graph)
    odd.configuration.add(name="two", num_devices=2, device=["a", "b"])
    configuration = odd.graph.node[0].device_configurations.add(configuration_id="two", pipeline_stage=1)
    configuration.sharding_spec.add(tensor_name="x", device=[0, 1]).sharded_dim.add(axis=0)
    yield odd


def operator_models():
    """By name, the smallest test of each operator and set of attributes; what shapes depend on is constant."""
    from onnx.backend.test.case.node import collect_testcases
    warnings.filterwarnings("ignore")
    smallest = {}
    for test in collect_testcases(None):
        if not test.model or not test.data_sets:
            continue
        key = tuple((node.op_type, len(node.input), *sorted(a.name for a in node.attribute)) for node in test.model.graph.node)
        data = mutate.with_constants(test.model, list(test.data_sets[0][0])).SerializeToString()
        # Functions expanded into their nodes are long lists of the same operators.
        if len(key) < 20 and len(data) < min(LARGEST_SEED, len(smallest.get(key, (0, bytes(LARGEST_SEED)))[1])):
            smallest[key] = (test.name, data)
    return dict(smallest.values())


def without_weights(path):
    proto = onnx.load(path)
    for tensor in proto.graph.initializer:
        # The first dimension shrinks to one: still consistent by itself.
        if tensor.raw_data and tensor.dims:
            tensor.raw_data = tensor.raw_data[: len(tensor.raw_data) // max(tensor.dims[0], 1)]
            tensor.dims[0] = 1
    return proto


def main():
    folder = pathlib.Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for number, proto in enumerate(small_models()):
        (folder / f"small_{number}.onnx").write_bytes(proto.SerializeToString())
    for name, data in operator_models().items():
        (folder / f"{name}.onnx").write_bytes(data)
    for path in sys.argv[2:]:
        (folder / pathlib.Path(path).name).write_bytes(without_weights(path).SerializeToString())


if __name__ == "__main__":
    main()

"""Mutants of models: bytes flipped in a file, and well-formed models with wrong contents."""

import copy
import re

import numpy as np
import onnx

EXTREMES = [0, 1, -1, 2, -2, 3, 7, 63, 64, 65, 1000, -1000, 2**15, 2**31 - 1, 2**31, -(2**31), 2**32, 2**40, 2**53, 2**62,
            2**63 - 1, -(2**63), -(2**63) + 1]
FLOATS = [0.0, -0.0, 1.0, -1.0, 1e-45, 1e30, -1e30, float("inf"), float("-inf"), float("nan")]
STRINGS = [b"", b"junk", b"\xff\xfe", b"SAME_UPPER", b"NOTSET", b"reflect", b"wrap", b"edge", b"linear", b"cubic", b"nearest",
           b"max", b"mul", b"tanh", b"forward", b"bidirectional", b"align_corners", b"tf_crop_and_resize", b"ij,jk->ik",
           b"...i->i", b"a" * 5000, b"->", b"ii->i", b",,,->"]


def _number(random):
    """As often a plausible number as an absurd one."""
    return random.choice(EXTREMES) if random.randrange(2) else random.randrange(-4, 10)


def structure_ranges(data):
    """The spans of a model file outside its weights' raw bytes."""
    model = onnx.ModelProto.FromString(data)
    spans, start = [], 0
    for tensor in model.graph.initializer:
        raw = tensor.raw_data
        if len(raw) < 64:
            continue
        at = data.find(raw, start)
        if at < 0:
            continue
        spans.append((start, at))
        start = at + len(raw)
    spans.append((start, len(data)))
    return [span for span in spans if span[0] < span[1]]


def flip(data, spans, random):
    """`data` with one to eight bytes changed, mostly outside the weights. A single bit of a number or a name is
    what leaves a file well-formed."""
    mutant = bytearray(data)
    for _ in range(1 if random.randrange(3) else 1 + random.randrange(8)):
        if random.randrange(4):
            begin, end = spans[random.randrange(len(spans))]
        else:
            begin, end = 0, len(data)
        at = random.randrange(begin, end)
        bit = mutant[at] ^ (1 << random.randrange(8))
        mutant[at] = random.choice([random.randrange(256), bit, bit, bit, 0, 255])
    return bytes(mutant)


def _mutate_attribute(attribute, random):
    kind = attribute.type
    A = onnx.AttributeProto
    if random.randrange(8) == 0:
        attribute.type = random.choice([A.FLOAT, A.INT, A.STRING, A.TENSOR, A.GRAPH, A.FLOATS, A.INTS, A.STRINGS])
        return
    if kind == A.INT:
        attribute.i = _number(random)
    elif kind == A.FLOAT:
        attribute.f = random.choice(FLOATS)
    elif kind == A.STRING:
        attribute.s = random.choice(STRINGS)
    elif kind == A.INTS:
        how = random.randrange(4)
        if how == 0 or not attribute.ints:
            attribute.ints.append(_number(random))
        elif how == 1:
            del attribute.ints[random.randrange(len(attribute.ints))]
        elif how == 2:
            attribute.ints[random.randrange(len(attribute.ints))] = _number(random)
        else:
            value = _number(random)
            for i in range(len(attribute.ints)):
                attribute.ints[i] = value
    elif kind == A.FLOATS:
        if attribute.floats and random.randrange(2):
            attribute.floats[random.randrange(len(attribute.floats))] = random.choice(FLOATS)
        else:
            attribute.floats.append(random.choice(FLOATS))
    elif kind == A.STRINGS:
        if attribute.strings and random.randrange(2):
            attribute.strings[random.randrange(len(attribute.strings))] = random.choice(STRINGS)
        else:
            attribute.strings.append(random.choice(STRINGS))
    elif kind == A.TENSOR:
        _mutate_tensor(attribute.t, random)
    elif kind == A.GRAPH:
        _mutate_graph(attribute.g, random)


def _mutate_tensor(tensor, random):
    how = random.randrange(4)
    try:
        values = onnx.numpy_helper.to_array(tensor).copy()
    except Exception:  # a type that numpy lacks
        how = 0
    if how == 0:
        if tensor.dims and random.randrange(2):
            tensor.dims[random.randrange(len(tensor.dims))] = _number(random)
        else:
            tensor.dims.append(_number(random))
    elif how == 1:
        tensor.data_type = random.randrange(0, 30)
    elif values.dtype.kind in "iuf" and values.size:
        flat = values.reshape(-1)
        limits = np.iinfo(values.dtype) if values.dtype.kind in "iu" else None
        value = _number(random) if limits else random.choice(FLOATS)
        if limits:
            value = min(max(value, limits.min), limits.max)
        if random.randrange(2):
            flat[random.randrange(values.size)] = value
        else:
            flat[:] = value
        tensor.CopyFrom(onnx.numpy_helper.from_array(values, tensor.name))


def _mutate_type(value, random):
    tensor = value.type.tensor_type
    if not value.type.HasField("tensor_type"):
        return
    dims = tensor.shape.dim
    how = random.randrange(8)
    if how == 0:
        tensor.elem_type = random.randrange(0, 30)
    elif how == 1 and dims:
        del dims[random.randrange(len(dims))]
    elif how == 2:
        dims.add().dim_value = _number(random)
    elif how == 3:
        tensor.ClearField("shape")
    elif how == 4 and dims:
        dims[random.randrange(len(dims))].dim_param = "n"
    elif how == 5 and dims:
        for dim in dims:
            dim.dim_value = random.choice([0, 2**20, 2**31, 2**40, 1])
    elif dims:
        dims[random.randrange(len(dims))].dim_value = _number(random)


def _mutate_graph(graph, random):
    how = random.randrange(12)
    node = random.choice(graph.node) if graph.node else None
    if how < 5 and node is not None and node.attribute:
        _mutate_attribute(random.choice(node.attribute), random)
    elif how < 8 and graph.initializer:
        _mutate_tensor(random.choice(graph.initializer), random)
    elif how < 10 and graph.input:
        _mutate_type(random.choice(graph.input), random)
    elif node is not None:
        part = random.choice([node.input, node.output])
        action = random.randrange(4)
        if action == 0 and part:
            del part[random.randrange(len(part))]
        elif action == 1:
            names = [v.name for v in graph.input] + [t.name for t in graph.initializer] + ["", "nowhere"]
            part.append(random.choice(names))
        elif action == 2 and part:
            part[random.randrange(len(part))] = random.choice(list(node.input) + [""])
        elif node.attribute:
            del node.attribute[random.randrange(len(node.attribute))]


def with_constants(model, inputs):
    """The model with its small integer inputs (shapes, axes, counts) as initializers."""
    model = copy.deepcopy(model)
    values = dict(zip([v.name for v in model.graph.input], inputs))
    for value in list(model.graph.input):
        array = values.get(value.name)
        if isinstance(array, (np.ndarray, np.generic)) and array.dtype.kind in "iub" and array.size <= 16:
            model.graph.initializer.append(onnx.numpy_helper.from_array(np.asarray(array), value.name))
            model.graph.input.remove(value)
    return model


def mutate(model, random):
    """A copy of `model` with one to three wrong contents."""
    mutant = copy.deepcopy(model)
    for _ in range(1 + random.randrange(3)):
        _mutate_graph(mutant.graph, random)
    if random.randrange(20) == 0:
        mutant.opset_import[0].version = random.choice([0, 1, 6, 7, 9, 11, 13, 17, 22, 28, 29, 2**62, -1])
    return mutant


def mutate_text(text, random):
    """A module's text with one or two words replaced by others of the text, or numbers by others."""
    word = re.compile(r'-?\d+|"[^"]*"|[a-z_]+\.[a-z_.]+|%\w+')
    for _ in range(1 + random.randrange(2)):
        words = list(word.finditer(text))
        match = random.choice(words)
        if re.fullmatch(r"-?\d+", match.group()):
            other = str(_number(random))
        else:
            alike = [w.group() for w in words if w.group()[0] == match.group()[0] or random.randrange(9) == 0]
            other = random.choice([*alike, ""])
        text = text[: match.start()] + other + text[match.end() :]
    return text

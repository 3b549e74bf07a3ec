"""Networks whose tasks the cost model learns from beside those of ../shared/models: the families that people run, at
other widths and resolutions, with seeded weights. Only shapes matter; a block that repeats is there once."""

import numpy as np
import onnx
from onnx import TensorProto, helper


class Builder:
    def __init__(self, name, shape):
        self.name, self.nodes, self.weights = name, [], []
        self.random = np.random.default_rng(0)
        self.inputs = [helper.make_tensor_value_info("x", TensorProto.FLOAT, shape)]
        self.shapes = {"x": list(shape)}

    def weight(self, *shape):
        value = (self.random.standard_normal(shape) / np.sqrt(max(np.prod(shape[1:]), 1))).astype(np.float32)
        return self.constant(value)

    def constant(self, value):
        self.weights.append(onnx.numpy_helper.from_array(np.asarray(value), f"w{len(self.weights)}"))
        return self.weights[-1].name

    def node(self, op, *inputs, shape=None, **attributes):
        self.nodes.append(helper.make_node(op, inputs, [f"v{len(self.nodes)}"], **attributes))
        out = self.nodes[-1].output[0]
        self.shapes[out] = list(shape or self.shapes[inputs[0]])
        return out

    # Images.
    def activate(self, x, act):
        if act == "relu6":
            return self.node("Clip", x, self.constant(np.float32(0)), self.constant(np.float32(6)))
        if act == "swish":
            return self.node("Mul", x, self.node("Sigmoid", x))
        if act == "hardswish":
            return self.node("HardSwish", x)
        if act == "leaky":
            return self.node("LeakyRelu", x, alpha=0.1)
        return self.node("Relu", x) if act else x

    def conv(self, x, channels, kernel=3, stride=1, groups=1, act="relu"):
        kh, kw = kernel if isinstance(kernel, tuple) else (kernel, kernel)
        n, c, h, w = self.shapes[x]
        ph, pw = kh // 2, kw // 2
        out = [n, channels, (h + 2 * ph - kh) // stride + 1, (w + 2 * pw - kw) // stride + 1]
        y = self.node("Conv", x, self.weight(channels, c // groups, kh, kw), self.weight(channels), shape=out,
                      kernel_shape=[kh, kw], strides=[stride, stride], pads=[ph, pw, ph, pw], group=groups)
        return self.activate(y, act)

    def pool(self, x, op="MaxPool", kernel=2, stride=2):
        n, c, h, w = self.shapes[x]
        pad = (kernel - 1) // 2
        out = [n, c, (h + 2 * pad - kernel) // stride + 1, (w + 2 * pad - kernel) // stride + 1]
        return self.node(op, x, shape=out, kernel_shape=[kernel, kernel], strides=[stride, stride], pads=[pad] * 4)

    def concat(self, *xs):
        n, _, h, w = self.shapes[xs[0]]
        return self.node("Concat", *xs, axis=1, shape=[n, sum(self.shapes[x][1] for x in xs), h, w])

    def inverted(self, x, channels, expand, kernel=3, stride=1, act="relu6", squeeze=0):
        c = self.shapes[x][1]
        y = self.conv(x, c * expand, 1, act=act) if expand > 1 else x
        y = self.conv(y, c * expand, kernel, stride, groups=c * expand, act=act)
        if squeeze:
            n, m, h, w = self.shapes[y]
            s = self.node("GlobalAveragePool", y, shape=[n, m, 1, 1])
            s = self.conv(self.conv(s, max(c // squeeze, 8), 1), m, 1, act=None)
            y = self.node("Mul", y, self.node("Sigmoid", s), shape=[n, m, h, w])
        y = self.conv(y, channels, 1, act=None)
        return self.node("Add", x, y) if stride == 1 and c == channels else y

    def head(self, x, classes):
        n, c, _, _ = self.shapes[x]
        y = self.node("Flatten", self.node("GlobalAveragePool", x, shape=[n, c, 1, 1]), shape=[n, c])
        return self.dense(y, classes)

    # Matrices.
    def dense(self, x, out, act=None):
        shape = self.shapes[x]
        y = self.node("MatMul", x, self.weight(shape[-1], out), shape=[*shape[:-1], out])
        y = self.node("Add", y, self.weight(out))
        if act == "gelu":
            error = self.node("Erf", self.node("Mul", y, self.constant(np.float32(0.5**0.5))))
            half = self.node("Mul", y, self.constant(np.float32(0.5)))
            return self.node("Mul", half, self.node("Add", error, self.constant(np.float32(1))))
        return self.activate(y, act)

    def norm(self, x):
        width = self.shapes[x][-1]
        return self.node("LayerNormalization", x, self.weight(width), self.weight(width), axis=-1)

    def transformer(self, x, heads, ratio=4, act="gelu"):
        n, s, width = self.shapes[x]
        split, back = [n, heads, s, width // heads], [n, s, width]

        def part(y):
            y = self.node("Reshape", y, self.constant(np.array([n, s, heads, width // heads])), shape=[n, s, heads, width // heads])
            return self.node("Transpose", y, perm=[0, 2, 1, 3], shape=split)

        q, k, v = (part(self.dense(x, width)) for _ in range(3))
        k = self.node("Transpose", k, perm=[0, 1, 3, 2], shape=[n, heads, width // heads, s])
        scores = self.node("Mul", self.node("MatMul", q, k, shape=[n, heads, s, s]), self.constant(np.float32(0.125)))
        y = self.node("MatMul", self.node("Softmax", scores, axis=-1), v, shape=split)
        y = self.node("Transpose", y, perm=[0, 2, 1, 3], shape=[n, s, heads, width // heads])
        y = self.node("Reshape", y, self.constant(np.array(back)), shape=back)
        x = self.norm(self.node("Add", x, self.dense(y, width)))
        return self.norm(self.node("Add", x, self.dense(self.dense(x, ratio * width, act), width)))

    def save(self, path, *outputs):
        results = [helper.make_tensor_value_info(out, TensorProto.FLOAT, self.shapes[out]) for out in outputs]
        graph = helper.make_graph(self.nodes, self.name, self.inputs, results, self.weights)
        onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), path)


def image(name, size):
    return Builder(name, [1, 3, size, size])


def inverted_net(name, size, widths, act, kernels, squeeze, expand):
    b = image(name, size)
    x = b.inverted(b.conv("x", widths[0], 3, 2, act=act), widths[1], 1, act=act)
    for i, width in enumerate(widths[2:-1]):
        x = b.inverted(x, width, expand, kernels[i % len(kernels)], 1 if i == 3 else 2, act, squeeze)
        x = b.inverted(x, width, expand, kernels[i % len(kernels)], 1, act, squeeze)
    return b, [b.head(b.conv(x, widths[-1], 1, act=act), 500)]


def separable(name, size, width):
    b = image(name, size)
    x = b.conv("x", width, 3, 2)
    for channels, stride in ((2, 1), (4, 2), (4, 1), (8, 2), (8, 1), (16, 2), (16, 1), (32, 2), (32, 1)):
        c = b.shapes[x][1]
        x = b.conv(b.conv(x, c, 3, stride, groups=c), channels * width, 1)
    return b, [b.head(x, 200)]


def residual(name, size, widths, bottleneck=False, groups=1):
    b = image(name, size)
    x = b.pool(b.conv("x", widths[0], 7, 2), kernel=3)
    for i, width in enumerate(widths):
        stride = 1 if i == 0 else 2
        out = 4 * width if bottleneck else width
        for step in range(2):
            y = x
            if bottleneck:
                y = b.conv(b.conv(y, width, 1), width, 3, stride, groups=groups)
                y = b.conv(y, out, 1, act=None)
            else:
                y = b.conv(b.conv(y, width, 3, stride), width, 3, act=None)
            if b.shapes[x] != b.shapes[y]:
                x = b.conv(x, out, 1, stride, act=None)
            x, stride = b.node("Relu", b.node("Add", y, x)), 1
    return b, [b.head(x, 1000)]


def dense_net(name, size, growth, blocks):
    b = image(name, size)
    x = b.pool(b.conv("x", 2 * growth, 7, 2), kernel=3)
    for i, block in enumerate(blocks):
        for _ in range(block):
            x = b.concat(x, b.conv(b.conv(x, 4 * growth, 1), growth, 3))
        if i + 1 < len(blocks):
            x = b.pool(b.conv(x, b.shapes[x][1] // 2, 1), "AveragePool")
    return b, [b.head(x, 1000)]


def detector(name, size, width):
    b = image(name, size)
    x, outputs = b.conv("x", width, 3, 1, act="leaky"), []
    for i in range(5):
        x = b.conv(b.pool(x), width * 2 ** (i + 1), 3, act="leaky")
        x = b.conv(b.conv(x, width * 2**i, 1, act="leaky"), width * 2 ** (i + 1), 3, act="leaky")
        if i >= 3:
            outputs.append(b.conv(x, 255, 1, act=None))
    return b, outputs


def u_net(name, size, width):
    b = image(name, size)
    x, kept = b.conv(b.conv("x", width), width), []
    for i in range(3):
        kept.append(x)
        x = b.conv(b.conv(b.pool(x), width * 2 ** (i + 1)), width * 2 ** (i + 1))
    for i in reversed(range(3)):
        n, c, h, w = b.shapes[x]
        x = b.node("Resize", x, "", b.constant(np.array([1, 1, 2, 2], np.float32)), shape=[n, c, 2 * h, 2 * w], mode="nearest",
                   coordinate_transformation_mode="asymmetric", nearest_mode="floor")
        x = b.conv(b.conv(b.concat(x, kept[i]), width * 2**i), width * 2**i)
    return b, [b.conv(x, 4, 1, act=None)]


def factored(name, size, width):
    """Branches of 1x1, 3x3, 5x5, 1x7 and 7x1 as in the Inception family."""
    b = image(name, size)
    x = b.pool(b.conv(b.conv("x", width // 2, 3, 2), width), kernel=3)
    for channels in (width, 2 * width, 3 * width):
        y = b.conv(b.conv(x, channels // 2, 1), channels, (1, 7))
        y = b.conv(y, channels, (7, 1))
        z = b.conv(b.conv(x, channels // 4, 1), channels // 2, 5)
        z = b.conv(z, channels // 2, (1, 3))
        p = b.conv(b.pool(x, "AveragePool", 3, 1), channels // 2, 1)
        x = b.pool(b.concat(b.conv(x, channels, 1), y, z, p), kernel=3)
    return b, [b.head(x, 1000)]


def encoder(name, length, width, heads, act="gelu"):
    b = Builder(name, [1, length, width])
    return b, [b.dense(b.transformer("x", heads, act=act), 2 * width)]


def products(name, rows, sizes, act=None):
    """Dense layers one after the other, as in a decoder's step (one row) or a recommender."""
    b = Builder(name, [rows, sizes[0]])
    x = "x"
    for size in sizes[1:]:
        x = b.dense(x, size, act)
    return b, [x]


NETWORKS = {
    "mobilenet_v1_050_160": lambda n: separable(n, 160, 16),
    "mobilenet_v1_100_192": lambda n: separable(n, 192, 32),
    "mobilenet_v2_140_192": lambda n: inverted_net(n, 192, [48, 24, 32, 48, 88, 136, 224, 1792], "relu6", [3], 0, 6),
    "mobilenet_v2_050_128": lambda n: inverted_net(n, 128, [16, 8, 16, 16, 32, 48, 80, 1280], "relu6", [3], 0, 6),
    "mobilenet_v3_256": lambda n: inverted_net(n, 256, [16, 16, 24, 40, 80, 112, 160, 960], "hardswish", [3, 5], 4, 4),
    "efficientnet_b0_224": lambda n: inverted_net(n, 224, [32, 16, 24, 40, 80, 112, 192, 1280], "swish", [3, 5, 3, 5, 5], 4, 6),
    "resnet18_192": lambda n: residual(n, 192, [64, 128, 256, 512]),
    "resnet_wide_112": lambda n: residual(n, 112, [96, 192, 384, 640], bottleneck=True),
    "resnext_288": lambda n: residual(n, 288, [32, 64, 128, 256], bottleneck=True, groups=8),
    "densenet_160": lambda n: dense_net(n, 160, 32, [2, 3, 4, 3]),
    "densenet_224_24": lambda n: dense_net(n, 224, 24, [2, 2, 3, 2]),
    "detector_224": lambda n: detector(n, 224, 16),
    "u_net_96": lambda n: u_net(n, 96, 24),
    "factored_256": lambda n: factored(n, 256, 64),
    "factored_149": lambda n: factored(n, 149, 96),
    "encoder_32_256": lambda n: encoder(n, 32, 256, 4),
    "encoder_196_384": lambda n: encoder(n, 196, 384, 6),
    "encoder_256_512": lambda n: encoder(n, 256, 512, 8, "relu"),
    "encoder_384_1024": lambda n: encoder(n, 384, 1024, 16),
    "products_1_512": lambda n: products(n, 1, [512, 2048, 512, 1536, 512, 8000], "gelu"),
    "products_1_2048": lambda n: products(n, 1, [1024, 4096, 1024, 3072], "relu"),
    "products_1_4096": lambda n: products(n, 1, [2048, 2048, 5632, 2048]),
    "products_4_768": lambda n: products(n, 4, [768, 3072, 768, 2304, 768], "gelu"),
    "products_16_1024": lambda n: products(n, 16, [1024, 1024, 4096, 512, 10], "relu"),
    "products_100_300": lambda n: products(n, 100, [300, 500, 90, 700], "relu"),
}


def write(name, path):
    """Writes one of NETWORKS."""
    builder, outputs = NETWORKS[name](name)
    builder.save(path, *outputs)

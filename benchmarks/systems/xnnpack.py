"""XNNPACK by way of PyPI's executorch: ONNX to a PyTorch program by onnx2torch, lowered to XNNPACK where its
partitioner can, saved, and run by executorch's runtime. Run as a program, it converts."""

import importlib.metadata
import pathlib
import subprocess
import sys


def convert(source, target, folder):
    import numpy as np
    import onnx
    import torch
    from executorch.backends.xnnpack.partition.xnnpack_partitioner import XnnpackPartitioner
    from executorch.exir import to_edge_transform_and_lower
    from onnx2torch import convert as to_torch

    model = onnx.load(source)
    # onnx2torch takes weights from initializers alone, and exporters share equal ones through Identity.
    weights = {tensor.name: tensor for tensor in model.graph.initializer}
    for node in [node for node in model.graph.node if node.op_type == "Identity" and node.input[0] in weights]:
        copy = model.graph.initializer.add()
        copy.CopyFrom(weights[node.input[0]])
        copy.name = node.output[0]
        weights[copy.name] = copy
        model.graph.node.remove(node)
    model = to_torch(model).eval()
    inputs = tuple(torch.from_numpy(np.load(path)) for path in sorted(pathlib.Path(folder).glob("xnnpack_*.npy")))
    with torch.no_grad():
        exported = torch.export.export(model, inputs)
    program = to_edge_transform_and_lower(exported, partitioner=[XnnpackPartitioner()]).to_executorch()
    pathlib.Path(target).write_bytes(program.buffer)


class Model:
    PREPARED_ONCE = True

    def __init__(self, spec):
        self.spec = spec
        self.file = str(pathlib.Path(spec.folder) / "model.pte")

    def prepare(self):
        import numpy as np

        for i, array in enumerate(self.spec.inputs.values()):
            np.save(pathlib.Path(self.spec.folder) / f"xnnpack_{i:03}.npy", array)
        # -P: this folder's modules are called as the systems' own.
        done = subprocess.run([sys.executable, "-B", "-P", __file__, self.spec.model, self.file, self.spec.folder],
                              capture_output=True, text=True)
        if done.returncode:
            raise RuntimeError(f"conversion: {(done.stderr.strip().splitlines() or ['no message'])[-1]}")

    def load(self):
        import torch
        from executorch.extension.pybindings import portable_lib
        from executorch.runtime import Runtime

        portable_lib._unsafe_reset_threadpool(self.spec.threads)
        self.program = Runtime.get().load_program(self.file)
        self.method = self.program.load_method("forward")
        self.values = [torch.from_numpy(array) for array in self.spec.inputs.values()]

    def run(self):
        self.results = self.method.execute(self.values)

    def outputs(self):
        return [value.numpy().copy() for value in self.results]


def version():
    return f"executorch {importlib.metadata.version('executorch')}"


if __name__ == "__main__":
    convert(*sys.argv[1:])

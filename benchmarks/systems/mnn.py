"""MNN's sessions in full precision. A session's inputs do not survive a run, so that filling them is a part of
it; integers are of 32 bits."""

import importlib.metadata
import pathlib
import subprocess
import sys

import MNN
import numpy as np

TYPES = {"float32": MNN.Halide_Type_Float, "int32": MNN.Halide_Type_Int}


class Model:
    PREPARED_ONCE = True

    def __init__(self, spec):
        self.spec = spec
        self.file = str(pathlib.Path(spec.folder) / "model.mnn")

    def prepare(self):
        # Not the command mnnconvert: importing MNN.tools takes seconds, and it reports every conversion to its makers.
        done = subprocess.run([sys.executable, "-c", "import MNN, _tools, sys; _tools.mnnconvert(sys.argv)", "-f", "ONNX",
                               "--modelFile", self.spec.model, "--MNNModel", self.file, "--bizCode", "tenon"],
                              capture_output=True, text=True)
        if done.returncode or not pathlib.Path(self.file).exists():
            lines = (done.stderr + done.stdout).strip().splitlines()
            raise RuntimeError(f"mnnconvert: exit status {done.returncode}: {' | '.join(lines[-3:])}")

    def load(self):
        self.interpreter = MNN.Interpreter(self.file)
        self.session = self.interpreter.createSession(
            {"backend": "CPU", "precision": "high", "numThread": self.spec.threads})
        self.pairs = []
        for name, array in self.spec.inputs.items():
            array = np.ascontiguousarray(array.astype(np.int32) if array.dtype in (np.int64, np.bool_) else array)
            if str(array.dtype) not in TYPES:
                raise RuntimeError(f"inputs of type {array.dtype} are not supported")
            tensor = self.interpreter.getSessionInput(self.session, name)
            self.interpreter.resizeTensor(tensor, array.shape)
            host = MNN.Tensor(array.shape, TYPES[str(array.dtype)], array, MNN.Tensor_DimensionType_Caffe)
            self.pairs.append((tensor, host, array))
        self.interpreter.resizeSession(self.session)

    def run(self):
        for tensor, host, _ in self.pairs:
            tensor.copyFrom(host)
        if self.interpreter.runSession(self.session):
            raise RuntimeError("runSession failed")

    def outputs(self):
        results = []
        for name in self.spec.outputs:
            tensor = self.interpreter.getSessionOutput(self.session, name)
            floats = tensor.getDataType() == MNN.Halide_Type_Float
            array = np.zeros(tensor.getShape(), np.float32 if floats else np.int32)
            host = MNN.Tensor(tensor.getShape(), tensor.getDataType(), array, MNN.Tensor_DimensionType_Caffe)
            tensor.copyToHostTensor(host)
            results.append(np.array(host.getNumpyData()).reshape(tensor.getShape()))
        return results


def version():
    return importlib.metadata.version("MNN")

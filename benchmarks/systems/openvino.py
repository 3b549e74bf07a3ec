"""OpenVINO's CPU plugin in f32, for latency, with shapes fixed."""

import numpy as np
import openvino as ov


class Model:
    def __init__(self, spec):
        self.spec = spec

    def load(self):
        core = ov.Core()
        model = core.read_model(self.spec.model)
        model.reshape({name: list(array.shape) for name, array in self.spec.inputs.items()})
        compiled = core.compile_model(model, "CPU", {
            "INFERENCE_PRECISION_HINT": "f32",
            "PERFORMANCE_HINT": "LATENCY",
            "INFERENCE_NUM_THREADS": self.spec.threads,
        })
        self.compiled = compiled
        self.request = compiled.create_infer_request()
        self.tensors = [ov.Tensor(np.ascontiguousarray(a), shared_memory=True) for a in self.spec.inputs.values()]
        for name, tensor in zip(self.spec.inputs, self.tensors):
            self.request.set_tensor(name, tensor)

    def run(self):
        self.request.start_async()
        self.request.wait()

    def outputs(self):
        return [np.array(self.request.get_output_tensor(i).data) for i in range(len(self.compiled.outputs))]


def version():
    return ov.__version__.split("-")[0]

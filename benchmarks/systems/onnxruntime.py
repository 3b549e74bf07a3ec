"""onnxruntime on the CPU: inputs and outputs bound to memory, all threads in one operator, none across
operators, spinning as it comes."""

import numpy as np
import onnxruntime as ort


class Model:
    def __init__(self, spec):
        self.spec = spec

    def load(self):
        options = ort.SessionOptions()
        options.intra_op_num_threads = self.spec.threads
        options.inter_op_num_threads = 1
        options.execution_mode = ort.ExecutionMode.ORT_SEQUENTIAL
        options.log_severity_level = 3
        for name, value in self.spec.dims.items():
            options.add_free_dimension_override_by_name(name, value)
        self.session = ort.InferenceSession(self.spec.model, options, providers=["CPUExecutionProvider"])
        self.binding = self.session.io_binding()
        self.values = [ort.OrtValue.ortvalue_from_numpy(np.ascontiguousarray(a)) for a in self.spec.inputs.values()]
        for name, value in zip(self.spec.inputs, self.values):
            self.binding.bind_ortvalue_input(name, value)
        for name in self.spec.outputs:
            self.binding.bind_output(name)

    def run(self):
        self.session.run_with_iobinding(self.binding)

    def outputs(self):
        return [np.array(value) for value in self.binding.copy_outputs_to_cpu()]


def version():
    return ort.__version__

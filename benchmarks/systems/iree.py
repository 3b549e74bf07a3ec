"""IREE's CPU backend: one thread by its synchronous device, more by its task system."""

import importlib.metadata
import pathlib
import subprocess
import sys

import numpy as np

SYSTEMS = pathlib.Path(__file__).resolve().parent


class Model:
    PREPARED_ONCE = True

    def __init__(self, spec):
        self.spec = spec
        self.file = str(pathlib.Path(spec.folder) / "model.vmfb")

    def prepare(self):
        tools, text = pathlib.Path(sys.executable).parent, str(pathlib.Path(self.spec.folder) / "model.mlir")
        cpu = "x86-64-v3" if self.spec.isa == "avx2" else "host"
        fixed = str(pathlib.Path(self.spec.folder) / "fixed.onnx")
        dims = [f"{name}={value}" for name, value in self.spec.dims.items()]
        for command in ([pathlib.Path(sys.executable), "-B", SYSTEMS.parent / "fix_shapes.py", self.spec.model, fixed, *dims],
                        [tools / "iree-import-onnx", fixed, "-o", text, "--opset-version", "17"],
                        [tools / "iree-compile", text, "-o", self.file, "--iree-hal-target-device=local",
                         "--iree-hal-local-target-device-backends=llvm-cpu", f"--iree-llvmcpu-target-cpu={cpu}",
                         "--iree-opt-level=O3"]):
            done = subprocess.run(command, capture_output=True, text=True)
            if done.returncode:
                lines = [line for line in done.stderr.splitlines() if "error" in line] or done.stderr.splitlines()
                raise RuntimeError(f"{command[0].name}: {(lines or ['no message'])[0][-300:]}")

    def load(self):
        import iree.runtime as rt

        if self.spec.threads > 1:
            rt.flags.parse_flags(f"--task_topology_group_count={self.spec.threads}")
        config = rt.Config("local-sync" if self.spec.threads == 1 else "local-task")
        module = rt.load_vm_module(rt.VmModule.mmap(config.vm_instance, self.file), config)
        names = [name for name in module.vm_module.function_names if not name.startswith("__") and not name.endswith("$async")]
        self.function = module[names[0]]
        self.values = [rt.asdevicearray(config.device, array) for array in self.spec.inputs.values()]

    def run(self):
        results = self.function(*self.values)
        self.results = results if isinstance(results, (list, tuple)) else [results]
        for result in self.results:
            # Results are handed over before they are computed.
            result.to_host()

    def outputs(self):
        return [np.array(result.to_host()) for result in self.results]


def version():
    return importlib.metadata.version("iree-base-runtime")

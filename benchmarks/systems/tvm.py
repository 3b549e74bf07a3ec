"""TVM's Relax, as it compiles without tuning. Run as a program, it compiles."""

import importlib.metadata
import os
import pathlib
import subprocess
import sys


def compile_model(source, target, isa):
    import onnx
    import tvm
    from tvm import relax
    from tvm.relax.frontend.onnx import from_onnx

    module = from_onnx(onnx.load(source), keep_params_in_input=False)
    cpu = "x86-64-v3" if isa == "avx2" else tvm.target.codegen.llvm_get_system_cpu()
    built = relax.build(module, tvm.target.Target({"kind": "llvm", "mcpu": cpu}))
    built.export_library(target)


class Model:
    PREPARED_ONCE = True

    def __init__(self, spec):
        self.spec = spec
        self.file = str(pathlib.Path(spec.folder) / "model.tvm.so")

    def prepare(self):
        fixed, fix = str(pathlib.Path(self.spec.folder) / "fixed.onnx"), pathlib.Path(__file__).resolve().parent.parent / "fix_shapes.py"
        dims = [f"{name}={value}" for name, value in self.spec.dims.items()]
        # -P: this folder's modules are called as the systems' own.
        for command in ([fix, self.spec.model, fixed, *dims], [__file__, fixed, self.file, self.spec.isa]):
            done = subprocess.run([sys.executable, "-B", "-P", *command], capture_output=True, text=True)
            if done.returncode:
                raise RuntimeError(f"compilation: {(done.stderr.strip().splitlines() or ['no message'])[-1]}")

    def load(self):
        os.environ["TVM_NUM_THREADS"] = str(self.spec.threads)
        import tvm
        from tvm import relax

        self.machine = relax.VirtualMachine(tvm.runtime.load_module(self.file), tvm.cpu())
        self.values = [tvm.runtime.tensor(array) for array in self.spec.inputs.values()]

    def run(self):
        self.results = self.machine["main"](*self.values)

    def outputs(self):
        results = self.results
        results = [results] if hasattr(results, "numpy") else list(results)
        return [result.numpy() for result in results]


def version():
    return importlib.metadata.version("apache-tvm")


if __name__ == "__main__":
    compile_model(*sys.argv[1:])

"""Tenon: compiled by the command, driven through its C interface, with the pool of threads that the command
uses itself."""

import ctypes
import os
import pathlib
import subprocess

from capi import Library
from timer import Entry


# Of the models of this process. They run one after the other, so that one workspace serves all: what lies in the caches
# of one model's is the next one's.
calls = []


class Model:
    def __init__(self, spec):
        self.spec = spec
        self.file = str(pathlib.Path(spec.folder) / "model.so")

    def prepare(self):
        command = [os.environ["TENON"], "compile", self.spec.model, "-o", self.file, "--name", "model",
                   "--threads", str(self.spec.threads)]
        if self.spec.isa == "avx2":
            command += ["--target", "x86-64-v3"]
        for name, value in self.spec.dims.items():
            command += ["--dim", f"{name}={value}"]
        done = subprocess.run(command + self.spec.flags, capture_output=True, text=True)
        if done.returncode:
            raise RuntimeError(f"tenon compile: {done.stderr.strip() or f'exit status {done.returncode}'}")

    def load(self):
        self.library = Library(self.file, self.spec.threads)
        self.call = self.library.prepare(list(self.spec.inputs.values()))
        self.run = self.call.run
        calls.append(self.call)
        largest = max((call.workspace for call in calls), key=len)
        for call in calls:
            call.use(largest)

    def run(self):
        raise RuntimeError("expected a loaded model")

    def entry(self, part):
        """`part` "layer": only the steps count that compute nodes of this name."""
        call, pointer, steps = self.call, ctypes.c_void_p, []
        self.step_ns = (ctypes.c_uint64 * self.library.info.steps)()
        call.args.step_ns = ctypes.addressof(self.step_ns) if part == "layer" else None
        if part == "layer":
            steps = [ctypes.addressof(self.step_ns) + 8 * i for i, (nodes, flops) in enumerate(self.library.steps())
                     if flops and "layer" in nodes]
        arguments = [ctypes.cast(self.library.handle, pointer).value, ctypes.addressof(call.args), 0, None]
        return Entry(ctypes.cast(call.function, pointer).value, arguments, [*call.inputs, *(place for place, _, _ in call.results)],
                     steps)

    def outputs(self):
        return self.call.outputs()

    def flops(self):
        return self.library.flops()


def version():
    done = subprocess.run([os.environ["TENON"], "--version"], capture_output=True, text=True, check=True)
    return done.stdout.split()[-1]

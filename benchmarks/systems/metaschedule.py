"""TVM's MetaSchedule, in the Python of benchmarks/requirements-tvm.txt: a program that tunes and builds, and a system whose models are
what it built. What follows from the model is that of TVM's own pipeline for static shapes with `cpu_weight_prepack`, so
that weights may be packed beforehand as a schedule wants them.

metaschedule.py tune FOLDER MODEL.onnx LAYOUT MINUTES BATCH
    tunes for one thread, into FOLDER: TVM's database, and stamps.jsonl with a line for each schedule: when its time was known,
    in seconds since tuning began, and its time, or null where it failed; the lines are in the order of the
    database's records. `done` is the last one.
metaschedule.py build FOLDER MODEL.onnx LAYOUT SECONDS OUT
    builds OUT.so, and OUT.npz with its weights, from what was known after so many seconds

LAYOUT: nchw or nhwc, the model is one layer, and OUT.so its kernel alone; model, OUT.so is run by TVM's virtual machine.
"""

import ctypes
import importlib.metadata
import json
import os
import pathlib
import shutil
import subprocess
import sys
import time

RECORDS, WORKLOADS, STAMPS = "database_tuning_record.json", "database_workload.json", "stamps.jsonl"


def describe_target():
    import tvm

    return tvm.target.Target({"kind": "llvm", "mcpu": tvm.target.codegen.llvm_get_system_cpu(), "num-cores": 1})


def read(model, layout, target):
    """The model as functions to tune, fused, with buffers for weights marked as free in their layout."""
    import onnx
    import tvm
    from tvm import relax
    from tvm.relax.frontend.onnx import from_onnx

    transform = relax.transform
    convert = [transform.ConvertLayout({"relax.nn.conv2d": ["NHWC", "HWIO"]})] if layout == "nhwc" else []
    with target:
        return tvm.transform.Sequential([
            transform.DecomposeOpsForInference(), transform.CanonicalizeBindings(), *convert, relax.get_pipeline("zero"),
            transform.AttachAttrLayoutFreeBuffers()])(from_onnx(onnx.load(model), keep_params_in_input=False))


def calls(module):
    """The calls of functions in main, with their arguments: (name, arguments)."""
    from tvm import relax

    found = []
    for block in module["main"].body.blocks:
        for binding in block.bindings:
            if isinstance(binding.value, relax.Call) and binding.value.op.name == "relax.call_tir":
                found.append((binding.value.args[0].name_hint, list(binding.value.args[1])))
    return found


def layer(module):
    """The one call with weights: its name and its arguments."""
    from tvm.ir import GenericConst

    found = [call for call in calls(module) if any(isinstance(argument, GenericConst) for argument in call[1])]
    if len(found) != 1:
        raise RuntimeError(f"expected one layer with weights, but got {len(found)}")
    return found[0]


def stamping(folder, start, seconds):
    """TVM's local runner that remembers when each time was known, and a callback that writes it down beside the database, and ends
    the tuning by an exception, of which TVM makes another one, when the time is up: `is_over`."""
    from tvm.ir.utils import derived_object
    from tvm.s_tir import meta_schedule
    from tvm.s_tir.meta_schedule.runner.local_runner import LocalRunnerFuture as Future

    stamps = []

    @derived_object
    class Runner(meta_schedule.runner.PyRunner):
        def __init__(self):
            super().__init__()
            self.local = meta_schedule.runner.LocalRunner()

        def run(self, inputs):
            results = []
            for value in inputs:
                results += [Future(None, "the time is up")] if is_over() else self.local.run([value])
                stamps.append(time.monotonic() - start)
            return results

    @derived_object
    class Callback(meta_schedule.measure_callback.PyMeasureCallback):
        def apply(self, scheduler, task, candidates, builds, runs):
            # What failed to build never came to the runner.
            times = iter(stamps)
            with open(folder / STAMPS, "a") as file:
                for build, run in zip(builds, runs):
                    stamp = time.monotonic() - start if build.error_msg else next(times)
                    ms = 1e3 * sum(map(float, run.run_secs)) / len(run.run_secs) if run.run_secs else None
                    error = str(build.error_msg or run.error_msg or "").strip()[-200:]
                    file.write(json.dumps({"seconds": stamp, "ms": ms, **({"error": error} if error else {})}) + "\n")
            stamps.clear()
            if is_over():
                raise RuntimeError("the time is up")

    def is_over():
        return time.monotonic() - start > seconds

    return Runner(), Callback(), is_over


def tune(folder, model, layout, minutes, batch):
    from tvm.s_tir import meta_schedule

    folder, target = pathlib.Path(folder), describe_target()
    module = read(model, layout, target)
    tasks = meta_schedule.relax_integration.extract_tasks(module, target)
    if layout != "model":
        tasks = [task for task in tasks if task.task_name == layer(module)[0]]
    contexts, weights = meta_schedule.relax_integration.extracted_tasks_to_tune_contexts(tasks, str(folder), seed=1)
    start = time.monotonic()
    runner, callback, is_over = stamping(folder, start, 60 * float(minutes))
    try:
        meta_schedule.tune_tasks(
            tasks=contexts, task_weights=weights, work_dir=str(folder), max_trials_global=10**6, num_trials_per_iter=int(batch),
            runner=runner, measure_callbacks=[*meta_schedule.MeasureCallback.create("default"), callback])
    except Exception:  # TVM's, of whatever type
        if not is_over():
            raise
    (folder / "done").write_text(json.dumps({"seconds": time.monotonic() - start, "target": str(target)}))


def known(folder, seconds, into):
    """A database of what was known then; the number of its records."""
    stamps = [json.loads(line) for line in (folder / STAMPS).read_text().splitlines()]
    count = sum(stamp["seconds"] <= seconds for stamp in stamps)
    into.mkdir(parents=True, exist_ok=True)
    shutil.copy(folder / WORKLOADS, into / WORKLOADS)
    lines = (folder / RECORDS).read_text().splitlines(keepends=True)
    (into / RECORDS).write_text("".join(lines[:count]))
    return count


def build(folder, model, layout, seconds, out):
    import numpy as np
    import tvm
    from tvm import relax
    from tvm.ir import GenericConst

    target, transform, part = describe_target(), relax.transform, pathlib.Path(f"{out}.database")
    module = read(model, layout, target)
    records = known(pathlib.Path(folder), float(seconds), part) if float(seconds) else 0
    with target, tvm.transform.PassContext(opt_level=3):
        module = tvm.transform.Sequential([
            *([transform.MetaScheduleApplyDatabase(str(part))] if records else []), transform.SplitLayoutRewritePreproc(),
            transform.FoldConstant()])(module)
    if layout == "model":
        tvm.compile(module, target).export_library(f"{out}.so")
        return
    name, arguments = layer(module)
    constants = {f"argument_{i}": argument.value.numpy() for i, argument in enumerate(arguments)
                 if isinstance(argument, GenericConst)}
    function = module[name].with_attr("global_symbol", "kernel").without_attr("layout_free_buffers")
    tvm.compile(tvm.IRModule({"kernel": function}), target).export_library(f"{out}.so")
    np.savez(f"{out}.npz", **constants)


class Any(ctypes.Structure):
    """TVMFFIAny"""

    _fields_ = [("type", ctypes.c_int32), ("padding", ctypes.c_uint32), ("value", ctypes.c_void_p)]


class Tensor(ctypes.Structure):
    """DLTensor"""

    _fields_ = [("data", ctypes.c_void_p), ("device_type", ctypes.c_int32), ("device", ctypes.c_int32), ("rank", ctypes.c_int32),
                ("code", ctypes.c_uint8), ("bits", ctypes.c_uint8), ("lanes", ctypes.c_uint16), ("shape", ctypes.c_void_p),
                ("strides", ctypes.c_void_p), ("offset", ctypes.c_uint64)]


def place(array):
    """Its copy at a multiple of 64 bytes, as all memory of TVM's is."""
    memory = empty(array.shape)
    memory[...] = array
    return memory


def empty(shape):
    import numpy as np

    count = int(np.prod(shape))
    memory = np.empty(4 * count + 64, np.uint8)
    begin = -memory.ctypes.data % 64
    return memory[begin : begin + 4 * count].view(np.float32).reshape(shape)


class Model:
    """`flags` of the specification: FOLDER LAYOUT SECONDS."""

    def __init__(self, spec):
        self.spec = spec
        self.tuned, self.layout, self.seconds = spec.flags
        self.out = str(pathlib.Path(spec.folder) / f"{self.layout}-{self.seconds}")

    def prepare(self):
        # -P: this folder's modules are called as the systems' own.
        done = subprocess.run([sys.executable, "-B", "-P", __file__, "build", self.tuned, self.spec.model, self.layout, self.seconds,
                               self.out], capture_output=True, text=True)
        if done.returncode:
            raise RuntimeError(f"compilation: {(done.stderr.strip().splitlines() or ['no message'])[-1]}")

    def load(self):
        os.environ["TVM_NUM_THREADS"] = str(self.spec.threads)
        import tvm

        self.module = tvm.runtime.load_module(f"{self.out}.so")
        if self.layout == "model":
            from tvm import relax

            self.machine = relax.VirtualMachine(self.module, tvm.cpu())
            self.values = [tvm.runtime.tensor(array) for array in self.spec.inputs.values()]
        else:
            self.load_kernel()

    def load_kernel(self):
        import numpy as np

        (image,) = self.spec.inputs.values()
        image = place(image.transpose(0, 2, 3, 1) if self.layout == "nhwc" else image)
        constants = np.load(f"{self.out}.npz")
        self.result = empty(self.result_shape())
        arrays = [place(constants[f"argument_{i}"]) if f"argument_{i}" in constants else image for i in range(1 + len(constants))]
        arrays.append(self.result)
        self.values = (Any * len(arrays))()
        keep = [arrays]
        for value, array in zip(self.values, arrays):
            shape = (ctypes.c_int64 * array.ndim)(*array.shape)
            # One processor, 32 bits of float; 7: kTVMFFIDLTensorPtr.
            tensor = Tensor(array.ctypes.data, 1, 0, array.ndim, 2, 32, 1, ctypes.addressof(shape), None, 0)
            value.type, value.value = 7, ctypes.addressof(tensor)
            keep += [shape, tensor]
        self.answer = Any(0, 0, None)
        self.keep = keep
        self.warm = [image, self.result]
        # Loaded once more, which gives the same library: the one that TVM made ready.
        self.function = getattr(ctypes.CDLL(f"{self.out}.so"), "__tvm_ffi_kernel")
        self.function.argtypes = [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int32, ctypes.c_void_p]

    def result_shape(self):
        import onnx

        graph = onnx.load(self.spec.model, load_external_data=False).graph
        shape = [dim.dim_value for dim in graph.output[0].type.tensor_type.shape.dim]
        return [shape[i] for i in (0, 2, 3, 1)] if self.layout == "nhwc" else shape

    def run(self):
        if self.layout == "model":
            self.results = self.machine["main"](*self.values)
        elif self.function(None, self.values, len(self.values), ctypes.byref(self.answer)):
            raise RuntimeError("the kernel failed")

    def entry(self, part):
        from timer import Entry

        arguments = [None, ctypes.addressof(self.values), len(self.values), ctypes.addressof(self.answer)]
        return Entry(ctypes.cast(self.function, ctypes.c_void_p).value, arguments, self.warm, keep=self.keep)

    def outputs(self):
        if self.layout != "model":
            return [self.result.transpose(0, 3, 1, 2) if self.layout == "nhwc" else self.result]
        results = [self.results] if hasattr(self.results, "numpy") else list(self.results)
        return [result.numpy() for result in results]


def version():
    return importlib.metadata.version("apache-tvm")


if __name__ == "__main__":
    {"tune": tune, "build": build}[sys.argv[1]](*sys.argv[2:])

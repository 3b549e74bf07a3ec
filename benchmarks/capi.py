"""A compiled model from Python: include/tenon-c/Model.h in ctypes."""

import ctypes
import os
import pathlib

import numpy as np

c = ctypes
TYPES = {1: np.float32, 2: np.uint8, 3: np.int8, 4: np.uint16, 5: np.int16, 6: np.int32, 7: np.int64, 9: np.bool_,
         10: np.float16, 11: np.float64, 12: np.uint32, 13: np.uint64, 14: np.complex64, 15: np.complex128}


class Info(c.Structure):
    _fields_ = [("name", c.c_char_p), ("producer", c.c_char_p), ("target", c.c_char_p),
                *((name, c.c_int32) for name in ("inputs", "outputs", "states", "dims", "steps")),
                *((name, c.c_int64) for name in ("weight_bytes", "arena_bytes", "workspace_alignment", "io_alignment"))]


class TensorInfo(c.Structure):
    _fields_ = [("name", c.c_char_p), ("type", c.c_int), ("rank", c.c_int32), ("element_bytes", c.c_int32),
                ("max_bytes", c.c_int64), ("bound", c.c_void_p), ("bound_bytes", c.c_int64)]


class StepInfo(c.Structure):
    _fields_ = [("name", c.c_char_p), ("source", c.c_char_p), ("schedule", c.c_char_p),
                ("layouts", c.c_char_p), ("range", c.c_int64),
                ("flops", c.c_int64), ("bytes", c.c_int64)]


class RunArgs(c.Structure):
    _fields_ = [("size", c.c_size_t), ("inputs", c.c_void_p), ("input_shapes", c.c_void_p), ("dims", c.c_void_p),
                ("outputs", c.c_void_p), ("output_capacity", c.c_void_p), ("output_shapes", c.c_void_p),
                ("final_dims", c.c_void_p), ("workspace", c.c_void_p), ("workspace_size", c.c_size_t),
                ("pool", c.c_void_p), ("step_ns", c.c_void_p), ("error", c.c_char_p), ("error_size", c.c_size_t),
                ("step_runs", c.c_int64)]


def prototype(*arguments, result=c.c_int):
    return c.CFUNCTYPE(result, c.c_void_p, *arguments)


class Api(c.Structure):
    _fields_ = [("size", c.c_uint64), ("info", prototype(c.POINTER(Info), result=None)),
                ("input", prototype(c.c_int32, c.POINTER(TensorInfo))),
                ("output", prototype(c.c_int32, c.POINTER(TensorInfo))),
                ("dim", c.c_void_p), ("state", c.c_void_p),
                ("step", prototype(c.c_int32, c.c_void_p, c.POINTER(StepInfo))),
                ("input_shape", c.c_void_p), ("output_shape", prototype(c.c_int32, c.c_void_p, c.POINTER(c.c_int64))),
                ("infer_dims", prototype(c.c_void_p, c.POINTER(c.c_int64), c.c_char_p, c.c_size_t)),
                ("check_cpu", c.c_void_p), ("workspace_size", prototype(c.c_void_p, result=c.c_int64)),
                ("run", prototype(c.POINTER(RunArgs))),
                ("workspace_size_for_threads", prototype(c.c_void_p, c.c_int32, result=c.c_int64))]


class Handle(c.Structure):
    _fields_ = [("abi_version", c.c_uint32), ("reserved", c.c_uint32), ("api", c.POINTER(Api)), ("program", c.c_void_p)]


pools = {}


def lend(threads):
    """A pool of threads, one for all models of the process; none for one thread."""
    if threads == 1:
        return None
    if threads not in pools:
        library = c.CDLL(str(pathlib.Path(os.environ["TENON_BUILD"]) / "lib" / "libtenon-pool.so"))
        library.tenon_thread_pool_create.restype = c.c_void_p
        library.tenon_thread_pool_create.argtypes = [c.c_int32]
        pools[threads] = library.tenon_thread_pool_create(threads)
    return pools[threads]


def aligned(bytes, alignment):
    """Memory at a multiple of `alignment`."""
    memory = np.empty(bytes + alignment, np.uint8)
    start = -memory.ctypes.data % alignment
    return memory[start : start + bytes]


class Library:
    """A shared object, opened."""

    def __init__(self, path, threads=1):
        library = c.CDLL(path)
        library.tenon_model.restype = c.POINTER(Handle)
        self.handle = library.tenon_model()
        if self.handle.contents.abi_version != 1:
            raise RuntimeError(f"expected version 1 of the interface, but got {self.handle.contents.abi_version}")
        self.api = self.handle.contents.api.contents
        self.info = Info()
        self.api.info(self.handle, self.info)
        self.threads, self.pool = threads, lend(threads)

    def steps(self):
        """Of each step the nodes that it comes from, and its operations, below 0 where that depends on data."""
        step, found = StepInfo(), []
        for i in range(self.info.steps):
            self.api.step(self.handle, i, None, step)
            found.append((step.source.decode().split(), step.flops))
        return found

    def flops(self):
        """Of one inference, or None where that depends on data."""
        flops = [flops for _, flops in self.steps()]
        return None if any(value < 0 for value in flops) else sum(flops)

    def prepare(self, inputs, workspace=None):
        return Call(self, inputs, workspace)


class Call:
    """A model with inputs, outputs and a workspace; `workspace` brings one along, for any shapes."""

    def __init__(self, library, inputs, workspace=None):
        self.library = library
        api, handle, info = library.api, library.handle, library.info
        if len(inputs) != info.inputs:
            raise RuntimeError(f"expected {info.inputs} inputs, but got {len(inputs)}")
        self.inputs = []
        for i, array in enumerate(inputs):
            tensor = TensorInfo()
            api.input(handle, i, tensor)
            if array.dtype != TYPES.get(tensor.type):
                raise RuntimeError(f"expected input {i} of {TYPES.get(tensor.type)}, but got {array.dtype}")
            place = aligned(array.nbytes, max(info.io_alignment, 64))
            place[:] = np.ascontiguousarray(array).reshape(-1).view(np.uint8)
            self.inputs.append(place)
        self.shapes = [(c.c_int64 * max(array.ndim, 1))(*array.shape) for array in inputs]
        pointers = (c.c_void_p * max(len(inputs), 1))(*(place.ctypes.data for place in self.inputs))
        shapes = (c.c_void_p * max(len(inputs), 1))(*(c.addressof(shape) for shape in self.shapes))
        self.error = c.create_string_buffer(1024)
        dims = (c.c_int64 * max(info.dims, 1))(*[-1] * info.dims)
        self.check(api.infer_dims(handle, shapes, dims, self.error, len(self.error)))
        self.results, self.result_shapes = [], []
        for i in range(info.outputs):
            tensor = TensorInfo()
            api.output(handle, i, tensor)
            shape = (c.c_int64 * max(tensor.rank, 1))()
            self.check(api.output_shape(handle, i, dims, shape))
            if tensor.type not in TYPES:
                raise RuntimeError(f"output {i}: type {tensor.type} is none of numpy's")
            count = int(np.prod(shape[: tensor.rank], dtype=np.int64))
            self.results.append((aligned(count * tensor.element_bytes, max(info.io_alignment, 64)),
                                 TYPES[tensor.type], tensor.rank))
            self.result_shapes.append(shape)
        self.workspace = workspace
        if workspace is None:
            self.workspace = aligned(api.workspace_size_for_threads(handle, dims, library.threads), info.workspace_alignment)
        outputs = (c.c_void_p * max(info.outputs, 1))(*(place.ctypes.data for place, _, _ in self.results))
        output_shapes = (c.c_void_p * max(info.outputs, 1))(*(c.addressof(shape) for shape in self.result_shapes))
        self.keep = [pointers, shapes, dims, outputs, output_shapes]
        self.args = RunArgs(size=c.sizeof(RunArgs), inputs=c.addressof(pointers), input_shapes=c.addressof(shapes),
                            outputs=c.addressof(outputs), output_shapes=c.addressof(output_shapes),
                            workspace=self.workspace.ctypes.data, workspace_size=self.workspace.nbytes,
                            pool=library.pool, error=c.cast(self.error, c.c_char_p), error_size=len(self.error))
        self.function, self.reference = api.run, c.byref(self.args)

    def use(self, workspace):
        """Runs in this workspace from now on, which is large enough."""
        self.workspace = workspace
        self.args.workspace, self.args.workspace_size = workspace.ctypes.data, workspace.nbytes

    def check(self, status):
        if status:
            raise RuntimeError(f"status {status}: {self.error.value.decode(errors='replace')}")

    def run(self):
        status = self.function(self.library.handle, self.reference)
        if status:
            self.check(status)

    def outputs(self):
        arrays = []
        for (place, type, rank), shape in zip(self.results, self.result_shapes):
            extents = list(shape[:rank])
            bytes = int(np.prod(extents, dtype=np.int64)) * np.dtype(type).itemsize
            arrays.append(place[:bytes].view(type).reshape(extents).copy())
        return arrays

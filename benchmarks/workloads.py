"""What is measured: models with inputs."""

import pathlib
import sys

import numpy as np
import onnx

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "scripts"))
from model_files import ROOT, SHARED, filled  # noqa: E402

TYPES = onnx.TensorProto


class Workload:
    """A model with seeded inputs, written to `folder`; `dims` are values of its symbolic dimensions (1)."""

    def __init__(self, path, folder, dims=None):
        self.name, self.path = pathlib.Path(path).stem, pathlib.Path(path).resolve()
        self.model = onnx.load(self.path, load_external_data=False)
        self.dims, given = {}, dims or {}
        weights = {tensor.name for tensor in self.model.graph.initializer}
        self.files, random = {}, np.random.default_rng(0)
        for value in self.model.graph.input:
            if value.name in weights:
                continue
            shape = []
            for dim in value.type.tensor_type.shape.dim:
                if dim.dim_param:
                    self.dims[dim.dim_param] = given.get(dim.dim_param, 1)
                shape.append(self.dims[dim.dim_param] if dim.dim_param else dim.dim_value or 1)
            file = pathlib.Path(folder) / f"{self.name}_input_{len(self.files)}.npy"
            np.save(file, self.make(random, value.name, value.type.tensor_type.elem_type, shape))
            self.files[value.name] = str(file)
        self.outputs = [value.name for value in self.model.graph.output]
        # Only the interface was of interest.
        self.model = None

    @staticmethod
    def make(random, name, type, shape):
        """Masks let everything through, positions are the last of 256, tokens are small."""
        if type in (TYPES.INT64, TYPES.INT32):
            value = 1 if "mask" in name else 255 if "position" in name else random.integers(0, 100, shape)
            return np.broadcast_to(value, shape).astype(onnx.helper.tensor_dtype_to_np_dtype(type))
        if type in (TYPES.FLOAT, TYPES.DOUBLE, TYPES.FLOAT16):
            return random.standard_normal(shape, np.float32).astype(onnx.helper.tensor_dtype_to_np_dtype(type))
        raise RuntimeError(f"input '{name}': expected floats or integers, but got type {type}")

    def description(self):
        return {"model": str(self.path), "inputs": self.files, "outputs": self.outputs, "dims": self.dims}


def find(names):
    """Files of models: by path, or by name in the shared folder or examples/; all of those without names."""
    shared = SHARED / "models"
    if not names:
        known = sorted(path.stem for path in shared.glob("*.onnx"))
        names = known or sorted(path.stem for path in (ROOT / "examples" / "models").glob("*.onnx"))
    files = []
    for name in names:
        example = ROOT / "examples" / "models" / f"{name}.onnx"
        if name.endswith(".onnx"):
            files.append(pathlib.Path(name))
        elif (shared / f"{name}.onnx").exists():
            files.append(filled(shared / f"{name}.onnx"))
        else:
            files.append(example)
        if not files[-1].exists():
            raise FileNotFoundError(f"there is no model {name}, neither in {shared} nor in examples/models")
    return files


def difference(got, want):
    """The largest difference over the largest magnitude, over all outputs; infinite where shapes differ."""
    worst = 0.0
    if len(got) != len(want):
        return float("inf")
    for g, w in zip(got, want):
        if g.shape != w.shape:
            return float("inf")
        if not w.size:
            continue
        finite = np.isfinite(w)
        g, w = g.astype(np.float64), w.astype(np.float64)
        if not np.array_equal(np.isfinite(g), finite):
            return float("inf")
        error = np.abs(g - w)[finite].max(initial=0.0)
        worst = max(worst, float(error / max(np.abs(w)[finite].max(initial=0.0), 1e-30)))
    return worst

"""Runs the tool on broken input, in a scratch folder of each case, with limits of time and memory.

A refusal is: exit status 1, exactly one line on standard error, which begins with "error: ", and nothing new
in the scratch folder.
"""

import concurrent.futures
import os
import pathlib
import re
import resource
import shutil
import subprocess
import sys
import tempfile

import numpy as np
import onnx

SECONDS = 10
MEMORY = 8 << 30


class Suite:
    """Cases are queued, run two at a time, and what went wrong is collected."""

    def __init__(self, tenon, jobs=2):
        self.tenon = os.path.abspath(tenon)
        self.pool = concurrent.futures.ThreadPoolExecutor(jobs)
        self.pending = []
        self.failures = []
        self.counts = {"refused": 0, "ran": 0}
        self.messages = {}
        self.memory = MEMORY
        self.seconds = SECONDS
        # AddressSanitizer reserves terabytes of addresses.
        if subprocess.run([self.tenon, "--version"], capture_output=True, preexec_fn=self.limit).returncode:
            print("NOTE: the tool does not start in 8 GB of addresses (a sanitizer?): memory is not limited")
            self.memory = resource.RLIM_INFINITY
            self.seconds = 10 * SECONDS

    def limit(self):
        resource.setrlimit(resource.RLIMIT_AS, (self.memory, self.memory))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))

    def call(self, arguments, cwd):
        try:
            done = subprocess.run([self.tenon, *arguments], cwd=cwd, stdin=subprocess.DEVNULL, capture_output=True,
                                  timeout=self.seconds, preexec_fn=self.limit)
            return done.returncode, done.stderr.decode(errors="replace")
        except subprocess.TimeoutExpired:
            return None, ""

    def verdict(self, status, stderr, new, may_run):
        """What is wrong, or None."""
        if status is None:
            return f"still running after {self.seconds} s"
        if status == 0:
            if not may_run:
                return "accepted"
            if stderr:
                return f"accepted, but said {stderr[:300]!r}"
            return None if new else "accepted, but wrote nothing"
        if status < 0 or status > 1:
            return f"exit status {status}: {stderr[-600:]}"
        if new:
            return f"refused, but wrote {sorted(new)}"
        if not stderr.startswith("error: ") or stderr.count("\n") != 1 or not stderr.endswith("\n"):
            return f"expected one line 'error: ...', but got {stderr[:600]!r}"
        if len(stderr) > 20000:
            return f"an error of {len(stderr)} characters"
        return None

    def case(self, name, files, arguments, may_run=False, expect=(), prepare=None):
        """Writes `files` (name -> bytes, model or array) and expects `arguments` to be refused, with each text of
        `expect` in the message; `may_run` allows success. `prepare(folder)` may do more before, and return a
        function that undoes it."""

        def work():
            folder = pathlib.Path(tempfile.mkdtemp(prefix="tenon-hostile-"))
            undo = None
            try:
                for path, content in files.items():
                    (folder / path).parent.mkdir(parents=True, exist_ok=True)
                    if isinstance(content, np.ndarray):
                        np.save(folder / path, content)
                    else:
                        data = content if isinstance(content, bytes) else content.SerializeToString()
                        (folder / path).write_bytes(data)
                undo = prepare and prepare(folder)
                before = {p for p in folder.rglob("*")}
                status, stderr = self.call(arguments, folder)
                # A folder for results may be made; what matters is that no file is in it.
                new = {str(p.relative_to(folder)) for p in folder.rglob("*") if p not in before and not p.is_dir()}
                problem = self.verdict(status, stderr, new, may_run)
                if not problem and status == 1:
                    missing = [text for text in expect if text not in stderr]
                    if missing:
                        problem = f"expected {missing} in {stderr[:400]!r}"
                if problem:
                    self.failures.append((name, problem))
                    keep = os.environ.get("TENON_KEEP")
                    if keep:
                        shutil.copytree(folder, pathlib.Path(keep) / name.replace("/", "_").replace(" ", "_"),
                                        dirs_exist_ok=True, ignore_dangling_symlinks=True)
                self.counts["ran" if status == 0 else "refused"] += 1
                self.messages[name] = stderr.strip()
            finally:
                if undo:
                    undo()
                shutil.rmtree(folder, ignore_errors=True)

        self.pending.append(self.pool.submit(work))

    def compile(self, name, model, flags=(), **more):
        self.case(name, {"m.onnx": model}, ["compile", "m.onnx", "-o", "m.so", *flags], **more)

    def finish(self, section):
        """Waits for what is queued."""
        for future in self.pending:
            future.result()
        print(f"{section}: {len(self.pending)} cases, {len(self.failures)} failures so far", flush=True)
        self.pending = []

    def report(self):
        for name, problem in sorted(self.failures):
            print(f"FAILED {name}: {problem}")
        print(f"{self.counts['refused']} refused, {self.counts['ran']} ran, {len(self.failures)} failures")
        return 1 if self.failures else 0


def tensor_model(nodes, inputs=(), outputs=("y",), initializers=(), opset=21, **extra):
    """A model from nodes (or onnx.helper.make_node's arguments), (name, shape, type) of inputs, and names of
    outputs, whose type and shape are not declared."""
    helper = onnx.helper
    nodes = [node if isinstance(node, onnx.NodeProto) else helper.make_node(*node) for node in nodes]
    values = []
    for name, shape, *type in inputs:
        values.append(helper.make_tensor_value_info(name, type[0] if type else onnx.TensorProto.FLOAT, shape))
    results = []
    for output in outputs:
        info = onnx.ValueInfoProto()
        info.name = output
        info.type.tensor_type.elem_type = onnx.TensorProto.FLOAT
        results.append(info)
    constants = [item if isinstance(item, onnx.TensorProto) else onnx.numpy_helper.from_array(np.asarray(item[1]), item[0])
                 for item in initializers]
    graph = helper.make_graph(nodes, "g", values, results, constants)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=10, **extra)


def find_models(root):
    """The two small real models; the second is absent where only the tree itself is."""
    shared = pathlib.Path(os.environ.get("TENON_SHARED", root.parent / "shared"))
    paths = [root / "examples" / "models" / "digits_mobilenet.onnx", shared / "models" / "digits_mlp.onnx"]
    found = [path for path in paths if path.exists()]
    for path in paths:
        if path not in found:
            print(f"NOTE: no {path.name}; the tests go without it")
    if not found:
        sys.exit("error: expected examples/models/digits_mobilenet.onnx")
    return found


def write_model(folder, model, inputs):
    """Writes m.onnx and the inputs by name; returns the flags that give the inputs to `tenon run`."""
    (folder / "m.onnx").write_bytes(model.SerializeToString())
    words = []
    for name, array in inputs.items():
        np.save(folder / f"{name}.npy", array)
        words += ["--input", f"{name}={folder / name}.npy"]
    return words


def run_model(tenon, model, inputs, flags):
    """The outputs of `tenon run` with these flags on inputs by name, and the error if there is one."""
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        words = write_model(folder, model, inputs)
        done = subprocess.run([tenon, "run", folder / "m.onnx", *words, *flags, "--output-dir", folder / "out"],
                              capture_output=True, text=True, timeout=60)
        if done.returncode:
            return None, f"exit status {done.returncode}: {done.stderr.strip()}"
        results = []
        for number in range(len(model.graph.output)):
            result = np.load(folder / "out" / f"output_{number}.npy")
            if result.dtype.kind == "V":  # bfloat16: the upper half of a float
                result = (result.view(np.uint16).astype(np.uint32) << 16).view(np.float32)
            results.append(result)
        return results, None


def check_cases(cases, pattern):
    """Calls the check of every (name, check) whose name matches; it returns what is wrong, or None. Ends the process, with
    status 1 if anything was wrong or nothing matched."""
    total = failed = 0
    for name, check in cases:
        if not re.search(pattern, name):
            continue
        total += 1
        if problem := check():
            failed += 1
            print(f"FAILED {name}: {problem}", flush=True)
    print(f"{total - failed} of {total} cases pass")
    sys.exit(failed > 0 or total == 0)

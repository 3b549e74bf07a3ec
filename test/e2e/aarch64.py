"""Runs a suite of this folder on compiled models for aarch64, in qemu's emulation of user programs.

Usage: aarch64.py [--tenon build/bin/tenon] [--target TARGET] [--host aarch64.c] SUITE [ARGUMENT...]

SUITE is a script that takes --tenon PROGRAM, such as layouts.py or ../../scripts/conformance. It gets a program that
stands for `tenon`: `compile` adds the target; `run` makes a shared object, and a small host (aarch64.c) loads it
in qemu-aarch64 with the target's C library, by way of include/tenon-c/Model.h; --reference is left to `tenon` itself.

Needs qemu-user and libc6-arm64-cross of Debian; exit status 77 (skipped) where they are not installed.
"""

import argparse
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

import numpy as np
import onnx

ROOT = pathlib.Path(__file__).resolve().parents[2]
LIBRARIES = pathlib.Path(os.environ.get("TENON_AARCH64_LIBRARIES", "/usr/aarch64-linux-gnu"))
TRIPLE = "aarch64-unknown-linux-gnu"
SECONDS = 600
# numpy's types by TENON_... of Model.h; what numpy lacks, as `tenon run` writes it.
TYPES = {1: "f4", 2: "u1", 3: "i1", 4: "u2", 5: "i2", 6: "i4", 7: "i8", 9: "?", 10: "f2", 11: "f8", 12: "u4", 13: "u8",
         14: "c8", 15: "c16", 16: "V2", 21: "u1", 22: "i1", 25: "u1", 26: "i1"}


def build_host(source, path):
    """Links the host with the target's C library itself, so that no headers and start files are needed."""
    object = path.with_suffix(".o")
    subprocess.run(["clang-22", f"--target={TRIPLE}", "-O1", "-std=c11", "-ffreestanding", "-Wall", "-Wextra", "-Werror",
                    f"-I{ROOT / 'include'}", "-c", source, "-o", object], check=True)
    subprocess.run(["ld.lld-22", object, LIBRARIES / "lib/libc.so.6", "--dynamic-linker", "/lib/ld-linux-aarch64.so.1",
                    "-o", path], check=True)


class Arguments:
    """What `tenon compile` and `tenon run` are told: options by name, and all that is left."""

    def __init__(self, words):
        self.inputs, self.rest, self.output_dir, self.threads = {}, [], None, "1"
        words = iter(words)
        for word in words:
            if word == "--input":
                name, _, path = next(words).partition("=")
                self.inputs[name] = pathlib.Path(path)
            elif word == "--output-dir":
                self.output_dir = pathlib.Path(next(words))
            elif word == "--threads":
                self.threads = next(words)
            else:
                self.rest.append(word)


def write_input(path, array):
    array = np.asarray(array, order="C")
    path.write_bytes(np.array([array.ndim, *array.shape], np.int64).tobytes() + array.tobytes())


def read_output(path):
    data = path.read_bytes()
    type, rank = np.frombuffer(data, np.int64, 2)
    shape = np.frombuffer(data, np.int64, rank, 16)
    dtype = np.dtype(TYPES.get(int(type), "V1"))
    return np.frombuffer(data, dtype, int(np.prod(shape)), 16 + 8 * int(rank)).reshape(shape)


def bindings(model, arguments, arrays):
    """As `tenon run` does, takes what determines shapes for constants, and dimensions from the inputs."""
    for name, array in arrays.items():
        if array.dtype.kind in "iu" and array.size <= 16:
            yield from ("--bind", f"{name}={arguments.inputs[name]}")
    given = {word.partition("=")[0] for flag, word in zip(arguments.rest, arguments.rest[1:]) if flag == "--dim"}
    graph_inputs = onnx.load(model, load_external_data=False).graph.input if model.suffix == ".onnx" else []
    for info in graph_inputs:
        for dim, extent in zip(info.type.tensor_type.shape.dim, arrays[info.name].shape if info.name in arrays else ()):
            if dim.dim_param and dim.dim_param not in given:
                given.add(dim.dim_param)
                yield from ("--dim", f"{dim.dim_param}={extent}")


def run(tenon, target, host, words):
    arguments = Arguments(words)
    with tempfile.TemporaryDirectory(prefix="tenon-aarch64-") as folder:
        folder = pathlib.Path(folder)
        arrays = {name: np.load(path) for name, path in arguments.inputs.items()}
        model = pathlib.Path(arguments.rest[0])
        if model.suffix != ".so":
            done = subprocess.run([tenon, "compile", *arguments.rest, *bindings(model, arguments, arrays), "--target", target,
                                   "-o", folder / "model.so"])
            if done.returncode:
                return done.returncode
            model = folder / "model.so"
        words = []
        for number, (name, array) in enumerate(arrays.items()):
            write_input(folder / str(number), array)
            words.append(f"{name}={folder / str(number)}")
        done = subprocess.run(["qemu-aarch64", "-L", LIBRARIES, host, model, arguments.threads, folder / "output_", *words],
                              stdout=subprocess.PIPE, timeout=SECONDS)
        if done.returncode:
            print(f"error: in qemu: exit status {done.returncode}: {done.stdout.decode(errors='replace').strip()}", file=sys.stderr)
            return 1
        arguments.output_dir.mkdir(parents=True, exist_ok=True)
        for path in folder.glob("output_*"):
            np.save(arguments.output_dir / f"{path.name}.npy", read_output(path))
    return 0


def stand_in(tenon, target, host, *words):
    """Does what `tenon` would do with these words."""
    if words[:1] == ("run",) and "--reference" not in words:
        return run(tenon, target, host, words[1:])
    more = ["--target", target] if words[:1] == ("compile",) else []
    return subprocess.run([tenon, *words, *more]).returncode


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tenon", default=str(ROOT / "build/bin/tenon"))
    parser.add_argument("--target", default="aarch64")
    parser.add_argument("--host", default=ROOT / "test/e2e/aarch64.c", help="its source")
    parser.add_argument("suite", type=pathlib.Path)
    parser.add_argument("arguments", nargs=argparse.REMAINDER)
    options = parser.parse_args()
    if not shutil.which("qemu-aarch64") or not (LIBRARIES / "lib/libc.so.6").exists():
        print("SKIPPED: NO CODE FOR AARCH64 WAS RUN: expected qemu-aarch64 and the target's C library (Debian's "
              "qemu-user and libc6-arm64-cross, which scripts/setup installs)")
        return 77
    with tempfile.TemporaryDirectory(prefix="tenon-aarch64-") as folder:
        host, program = pathlib.Path(folder) / "host", pathlib.Path(folder) / "tenon"
        build_host(options.host, host)
        program.write_text(f"#!/bin/sh\nexec '{sys.executable}' '{__file__}' --as-tenon '{os.path.abspath(options.tenon)}' "
                           f"'{options.target}' '{host}' \"$@\"\n")
        program.chmod(0o755)
        return subprocess.run([sys.executable, "-B", options.suite, "--tenon", program, *options.arguments]).returncode


if __name__ == "__main__":
    sys.exit(stand_in(*sys.argv[2:]) if sys.argv[1:2] == ["--as-tenon"] else main())

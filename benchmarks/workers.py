"""Starts and drives worker.py, one process per system, of which only one is awake at a time."""

import json
import os
import pathlib
import select
import signal
import subprocess
import sys
import tempfile
import time

import machine

HERE = pathlib.Path(__file__).resolve().parent
ON_REQUEST = ("xnnpack", "iree", "tvm")


class Failed(Exception):
    """A system cannot go on; says why."""


def interpreter(system):
    """The Python that has a system's packages."""
    if system not in ON_REQUEST:
        return sys.executable
    done = subprocess.run([HERE / "setup", system], capture_output=True, text=True,
                          env={**os.environ, "TENON_PEERS": sys.executable})
    if done.returncode:
        raise Failed(f"its environment cannot be made: {(done.stderr.strip().splitlines() or ['no message'])[-1]}")
    return done.stdout.split()[-1]


def locate(name, others):
    """The file that drives a system: one of systems/, or of `others` (name -> file)."""
    path = pathlib.Path(others.get(name, HERE / "systems" / f"{name}.py"))
    if not path.exists():
        raise Failed(f"there is no {path}")
    return path


class Worker:
    """A process that sleeps (SIGSTOP) unless it is asked: pools of threads that spin cost the others nothing."""

    def __init__(self, system, isa="native", others={}, hold="cpuid"):
        self.system, self.process = system, None
        path = locate(system, others)
        # No thread count, affinity or instruction set of the caller's.
        foreign = ("OMP_", "KMP_", "MKL_", "GOMP_", "ONEDNN_", "DNNL_")
        environment = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
        if isa == "avx2" and hold == "onednn":
            environment["ONEDNN_MAX_CPU_ISA"] = "AVX2"
        elif isa == "avx2":
            environment["LD_PRELOAD"] = str(machine.build() / "lib" / "libtenon-avx2.so")
        self.errors = tempfile.TemporaryFile()
        self.process = subprocess.Popen(
            [interpreter(system), "-B", HERE / "worker.py", path], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=self.errors, env=environment, start_new_session=True)
        self.rest = b""

    def signal(self, number):
        try:
            os.killpg(self.process.pid, number)
        except ProcessLookupError:
            pass

    def read_line(self, seconds):
        """The next line of the answers; None after `seconds`, empty at the end."""
        end = time.monotonic() + seconds
        while b"\n" not in self.rest:
            ready, _, _ = select.select([self.process.stdout], [], [], max(0, end - time.monotonic()))
            if not ready:
                return None
            part = os.read(self.process.stdout.fileno(), 1 << 16)
            if not part:
                return b""
            self.rest += part
        line, _, self.rest = self.rest.partition(b"\n")
        return line

    def ask(self, timeout=600, **command):
        """The answer to a command; raises Failed where there is none."""
        if self.process.poll() is not None:
            raise Failed(self.last_words())
        self.signal(signal.SIGCONT)
        try:
            self.process.stdin.write(json.dumps(command).encode() + b"\n")
            self.process.stdin.flush()
        except BrokenPipeError:
            self.process.wait()
            raise Failed(self.last_words()) from None
        line = self.read_line(timeout)
        if line is None:
            self.kill()
            raise Failed(f"no answer to '{command['do']}' after {timeout} s")
        if not line:
            self.process.wait()
            raise Failed(self.last_words())
        self.signal(signal.SIGSTOP)
        answer = json.loads(line)
        if "error" in answer:
            raise Failed(answer["error"].strip().replace("\n", " | ")[:400])
        return answer

    def last_words(self):
        status = self.process.returncode
        how = f"killed by {signal.Signals(-status).name}" if status < 0 else f"exit status {status}"
        self.errors.seek(0)
        lines = self.errors.read().decode(errors="replace").strip().splitlines()
        return f"{how}: {lines[-1][-300:]}" if lines else how

    def memory(self, what="VmHWM"):
        """Bytes: VmHWM is the most that was resident since the process began, VmRSS is what is now."""
        for line in pathlib.Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith(what + ":"):
                return int(line.split()[1]) * 1024
        raise Failed(f"its status has no {what}")

    def kill(self):
        self.signal(signal.SIGKILL)
        self.process.wait()

    def close(self):
        if not self.process:
            return
        # Killed, not asked: systems take their time to say goodbye.
        self.kill()
        self.process.stdin.close()
        self.process.stdout.close()
        self.errors.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def load(worker, workload, threads, folder, isa="native", slot="model", flags=()):
    """Loads a workload (workloads.Workload) and runs it once."""
    return worker.ask(timeout=1800, do="load", slot=slot, threads=threads, isa=isa, folder=str(folder), flags=list(flags),
                      **workload.description())

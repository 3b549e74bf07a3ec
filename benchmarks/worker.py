"""A process that runs one system and does what it is told: one line of JSON per command on standard input, one
per answer on standard output. Usage: worker.py SYSTEM.py (started by workers.py)

    {"do": "load", "slot": S, "model": FILE, "inputs": {NAME: FILE.npy}, "outputs": [NAME], "dims": {}, "threads": T,
     "isa": "native", "folder": SCRATCH, "flags": []}            -> base_bytes, prepare_s, load_s, first_ms, ...
    {"do": "warm", "slots": [S], "seconds": X}                   -> runs
    {"do": "run", "slots": [S], "seconds": X, "least": N, "rate": R}   -> ms of every run, cpu_s, wall_s
    {"do": "time", "slot": S, "part": P, "seconds": X, "cold": BYTES}   -> ns of every call, by timer.py; BYTES are swept before
    {"do": "answers", "slot": S, "folder": SCRATCH}              -> files, one per output
    {"do": "quit"}

A failure is answered by {"error": REASON}; `rate` starts that many runs a second.
"""

import ctypes
import importlib.util
import json
import os
import pathlib
import signal
import sys
import time
import types


def load_system(path):
    # By its path: the module of a system is called as the system's own.
    spec = importlib.util.spec_from_file_location("measured_system", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def resident():
    """Bytes that this process takes at present."""
    return int(pathlib.Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


class Worker:
    def __init__(self, path):
        self.path, self.system, self.models, self.timer = path, None, {}, None

    def do_load(self, command):
        import numpy as np

        base = resident()
        self.system = self.system or load_system(self.path)
        inputs = {name: np.load(file) for name, file in command["inputs"].items()}
        spec = types.SimpleNamespace(**{**command, "inputs": inputs})
        model = self.system.Model(spec)
        prepare_s = self.prepare(model, pathlib.Path(command["folder"]) / "prepare_s.json")
        prepared = time.perf_counter()
        model.load()
        loaded = time.perf_counter()
        model.run()
        first = time.perf_counter()
        self.models[command["slot"]] = model
        return {"base_bytes": base, "prepare_s": prepare_s, "load_s": loaded - prepared, "first_ms": 1e3 * (first - loaded),
                "flops": model.flops() if hasattr(model, "flops") else None, "version": str(self.system.version())}

    def prepare(self, model, record):
        """Makes the files that a model is loaded from, once where they do not depend on the threads; seconds."""
        once = getattr(model, "PREPARED_ONCE", False)
        if once and record.exists():
            return json.loads(record.read_text())
        start = time.perf_counter()
        if hasattr(model, "prepare"):
            model.prepare()
        seconds = time.perf_counter() - start
        if once:
            record.write_text(json.dumps(seconds))
        return seconds

    def chosen(self, command):
        return [self.models[slot].run for slot in command["slots"]]

    def do_warm(self, command):
        runs, count, end = self.chosen(command), 0, time.perf_counter() + command["seconds"]
        while not count or time.perf_counter() < end:
            for run in runs:
                run()
            count += 1
        return {"runs": count}

    def do_run(self, command):
        runs, least, rate = self.chosen(command), command.get("least", 1), command.get("rate")
        clock, times = time.perf_counter_ns, []
        cpu, start = time.process_time(), time.perf_counter()
        end = clock() + int(command["seconds"] * 1e9)
        while len(times) < least or clock() < end:
            if rate:
                time.sleep(max(0, start + len(times) / rate - time.perf_counter()))
            before = clock()
            for run in runs:
                run()
            times.append((clock() - before) / 1e6)
        if rate:
            # The last period counts, too: threads that spin do so after a run.
            time.sleep(max(0, start + len(times) / rate - time.perf_counter()))
        return {"ms": times, "cpu_s": time.process_time() - cpu, "wall_s": time.perf_counter() - start}

    def do_time(self, command):
        import timer

        self.timer = self.timer or timer.Timer()
        return {"ns": self.timer.time(self.models[command["slot"]].entry(command["part"]), command["seconds"], command["cold"])}

    def do_answers(self, command):
        import numpy as np

        files = []
        for i, array in enumerate(self.models[command["slot"]].outputs()):
            files.append(str(pathlib.Path(command["folder"]) / f"answer_{i}.npy"))
            np.save(files[-1], array)
        return {"files": files}

    def answer(self, command):
        try:
            return getattr(self, f"do_{command['do']}")(command)
        except Exception as error:  # the system's, whatever it is
            return {"error": f"{type(error).__name__}: {error}"}


def main():
    # A process that sleeps does not notice that nobody is left to wake it. 1: PR_SET_PDEATHSIG.
    ctypes.CDLL(None).prctl(1, signal.SIGKILL, 0, 0, 0)
    # What a system prints must not come between the answers.
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)
    worker = Worker(sys.argv[1])
    for line in sys.stdin:
        command = json.loads(line)
        if command["do"] == "quit":
            break
        print(json.dumps(worker.answer(command)), file=answers, flush=True)
    # Without the destructors of the systems, some of which wait for each other.
    os._exit(0)


if __name__ == "__main__":
    main()

"""What the machine is, how busy it is, and what it gives at most. As a program: prints that as a table.

Usage: peak [THREADS]...     (1 and 2)
"""

import json
import os
import pathlib
import platform
import subprocess
import sys
import time

LEVELS = (("avx512f", "AVX-512"), ("avx2", "AVX2"), ("asimd", "NEON"))


def cpu():
    """Model and vector instructions of the processor."""
    fields = {}
    for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
        name, _, value = line.partition(":")
        fields.setdefault(name.strip(), value.strip())
    flags = fields.get("flags", fields.get("Features", "")).split()
    isa = [name for flag, name in LEVELS if flag in flags]
    isa += [name for flag, name in (("avx512_vnni", "VNNI"), ("avx_vnni", "AVX-VNNI"), ("amx_tile", "AMX"), ("asimddp", "dotprod"))
            if flag in flags]
    memory = next(line for line in pathlib.Path("/proc/meminfo").read_text().splitlines() if line.startswith("MemTotal"))
    return {"model": fields.get("model name", platform.machine()), "isa": isa, "processors": os.cpu_count(),
            "memory_gb": round(int(memory.split()[1]) / 2**20, 1), "system": f"{platform.system()} {platform.release()}"}


def busy_ticks():
    fields = [int(word) for word in pathlib.Path("/proc/stat").read_text().split("\n")[0].split()[1:]]
    return sum(fields[:3]) + sum(fields[5:8])


def load(seconds=2.0):
    """What others do: the mean number of processors busy during `seconds`, and the system's averages."""
    before, start = busy_ticks(), time.monotonic()
    time.sleep(seconds)
    busy = (busy_ticks() - before) / os.sysconf("SC_CLK_TCK") / (time.monotonic() - start)
    return {"busy_processors": round(busy, 2), "averages": [round(x, 2) for x in os.getloadavg()]}


def build():
    return pathlib.Path(os.environ.get("TENON_BUILD", pathlib.Path(__file__).resolve().parent.parent / "build"))


def peak(threads=(1, 2)):
    """Lines of native/Peak.cpp."""
    done = subprocess.run([build() / "bin" / "tenon-peak", *map(str, threads)], capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"tenon-peak: {done.stderr.strip() or f'exit status {done.returncode}'}")
    return [json.loads(line) for line in done.stdout.splitlines()]


def gflops(peaks, threads, isa="native"):
    """The peak for a number of threads, in the given vector instructions or the best there are; or None."""
    values = {line["isa"]: line["value"] for line in peaks if line["what"] == "fma_gflops" and line["threads"] == threads}
    return values.get(isa) if isa != "native" else max(values.values(), default=None)


def describe(about, before):
    return [f"{about['model']}, {about['processors']} processors, {', '.join(about['isa'])}, {about['memory_gb']} GB, "
            f"{about['system']}",
            f"Load before the run: {before['busy_processors']} of {about['processors']} processors busy (averages "
            f"{', '.join(map(str, before['averages']))})"]


def main():
    words = sys.argv[1:] or ["1", "2"]
    if not all(word.isdigit() for word in words):
        print(__doc__.strip())
        return 0 if words[0] in ("-h", "--help") else 1
    print("\n\n".join(describe(cpu(), load())), end="\n\n")
    print("| what | vectors | threads | value |\n|---|---|---:|---:|")
    for line in peak([int(word) for word in words]):
        unit = "GFLOP/s" if line["what"] == "fma_gflops" else "GB/s"
        name = "f32 multiply-add" if line["what"] == "fma_gflops" else "reading memory"
        print(f"| {name} | {line['isa']} | {line['threads']} | {line['value']:.1f} {unit} |")
    return 0


if __name__ == "__main__":
    sys.exit(main())

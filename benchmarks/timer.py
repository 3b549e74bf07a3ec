"""Single calls timed by one loop for all systems: native/TimeCalls.c in ctypes."""

import ctypes
import pathlib

import numpy as np

import machine

c = ctypes


class Part(c.Structure):
    _fields_ = [("memory", c.c_void_p), ("bytes", c.c_int64)]


class Entry:
    """A compiled function: its address, the four arguments of a call, and what a step before would have left in the caches,
    as arrays. `steps`: addresses where a call leaves the nanoseconds of those of its steps that count, if not all does.
    `keep`: what must live as long."""

    def __init__(self, address, arguments, warm, steps=(), keep=()):
        self.address, self.arguments, self.keep = address, arguments, (warm, keep)
        self.steps, self.step_count = (c.c_void_p * max(len(steps), 1))(*steps), len(steps)
        self.parts = (Part * max(len(warm), 1))(*(Part(array.ctypes.data, array.nbytes) for array in warm))
        self.count = len(warm)


class Timer:
    def __init__(self):
        self.call = c.CDLL(str(machine.build() / "lib" / "libtenon-timer.so")).tenon_time_calls
        self.call.restype = c.c_int64
        self.call.argtypes = [c.c_void_p, c.c_void_p, c.c_void_p, c.c_int64, c.c_void_p, c.c_void_p, c.c_int64, Part, c.c_void_p, c.c_int64,
                              c.c_double, c.c_int64, c.c_int64, c.c_void_p]
        self.sweep = np.ones(0, np.int8)

    def time(self, entry, seconds, cold=0, least=5, most=100000):
        """Nanoseconds of every call; `cold`: the bytes that are read before each, or none."""
        if self.sweep.nbytes < cold:
            self.sweep = np.ones(cold, np.int8)
        times = np.empty(most, np.uint64)
        count = self.call(entry.address, *entry.arguments, entry.steps, entry.step_count,
                          Part(self.sweep.ctypes.data if cold else None, cold), entry.parts, entry.count, seconds, least, most, times.ctypes.data)
        if count < 0:
            raise RuntimeError("a call failed")
        return times[:count].tolist()


def second_cache():
    """Bytes of the second cache of the first processor; 1 MB where nobody says."""
    folder = pathlib.Path("/sys/devices/system/cpu/cpu0/cache")
    for level in folder.glob("index*"):
        if (level / "level").read_text().strip() == "2":
            size = (level / "size").read_text().strip()
            return int(size.rstrip("KM")) * {"K": 1 << 10, "M": 1 << 20}.get(size[-1], 1)
    return 1 << 20

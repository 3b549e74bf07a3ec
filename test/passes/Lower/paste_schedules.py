"""Gives every sched.task of a planned module the schedule that the same module, lowered, says it has.

usage: paste_schedules.py PLANNED.mlir LOWERED.mlir
"""

import re
import sys


def schedules(lowered):
    """Name of the task and text of its #sched.schedule."""
    found = {}
    for name, start in ((m.group(1), m.end()) for m in re.finditer(r"module @(\w+)_code .*?tenon\.schedule = ", lowered)):
        depth, end = 0, start
        while True:
            depth += {"<": 1, ">": -1}.get(lowered[end], 0)
            end += 1
            if depth == 0 and lowered[end - 1] == ">":
                break
        found[name] = lowered[start:end]
    return found


def main():
    planned, lowered = (open(path).read() for path in sys.argv[1:])
    for name, schedule in schedules(lowered).items():
        planned, count = re.subn(rf"(sched\.task @{name} .*?)(?= \{{$)", rf"\1 schedule {schedule.removeprefix('#sched.schedule')}", planned, flags=re.M)
        assert count == 1, name
    print(planned, end="")


main()

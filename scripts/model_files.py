"""Where whole models are: in examples/, and in ../shared/models (or $TENON_SHARED/models)."""

import os
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
SHARED = pathlib.Path(os.environ.get("TENON_SHARED", ROOT.parent / "shared"))
CACHE = pathlib.Path(os.environ.get("XDG_CACHE_HOME", pathlib.Path.home() / ".cache")) / "tenon" / "models"


def run(command):
    """The error of a command: empty if it succeeds."""
    result = subprocess.run([str(part) for part in command], capture_output=True, text=True)
    if result.returncode:
        lines = (result.stderr or result.stdout).strip().splitlines() or ["(no output)"]
        return f"exit status {result.returncode}: {' | '.join(lines[:4])}"
    return ""


def filled(skeleton):
    """The model with its weights, made once."""
    target = CACHE / skeleton.name
    if not target.exists() or target.stat().st_mtime < skeleton.stat().st_mtime:
        CACHE.mkdir(parents=True, exist_ok=True)
        part = CACHE / (skeleton.name + ".part")
        error = run([sys.executable, SHARED / "models" / "weights.py", "fill", skeleton, part])
        if error:
            raise RuntimeError(f"weights.py {error}")
        part.rename(target)
    return target

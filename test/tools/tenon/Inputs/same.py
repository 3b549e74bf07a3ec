"""same.py A.npy B.npy [C.npy ...]: fails unless all files hold the same type, shape and (to 1e-5) values."""
import sys

import numpy as np

first, *others = [np.load(path) for path in sys.argv[1:]]
for path, other in zip(sys.argv[2:], others):
    if first.dtype != other.dtype or first.shape != other.shape:
        sys.exit(f"{path}: {other.dtype}{other.shape}, expected {first.dtype}{first.shape}")
    if not np.allclose(first.astype("f8"), other.astype("f8"), rtol=1e-5, atol=1e-5, equal_nan=True):
        sys.exit(f"{path}: values differ")

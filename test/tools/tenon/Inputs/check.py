"""check.py make ROWS FILE: an input of the model dense.mlir. check.py compare INPUT OUTPUT: whether it was computed."""
import sys

import numpy as np

W = np.array([[1, 2, -1], [0.5, 0, 1], [-1, 1, 2], [0, -2, 1]], np.float32)

if sys.argv[1] == "make":
    np.save(sys.argv[3], np.random.default_rng(1).standard_normal((int(sys.argv[2]), 4), np.float32))
else:
    x, y = np.load(sys.argv[2]), np.load(sys.argv[3])
    want = np.maximum(x @ W, 0)
    assert y.dtype == np.float32 and y.shape == want.shape, (y.dtype, y.shape)
    np.testing.assert_allclose(y, want, rtol=1e-5, atol=1e-6)
    print("agrees")

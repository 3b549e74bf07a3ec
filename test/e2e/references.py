"""Every operator's reference evaluation against ONNX's own results: compiled code is compared with the references elsewhere,
which proves nothing where both are wrong.

Usage: references.py [--tenon build/bin/tenon]

Runs the node tests below with --reference. Together they must use every operator of docs/dialects/NN.md.
"""

import argparse
import pathlib
import re
import subprocess
import sys
import tempfile
import warnings

import numpy as np
import onnx
from onnx import numpy_helper

warnings.filterwarnings("ignore")
ROOT = pathlib.Path(__file__).resolve().parents[2]
# Made of symbolic dimensions only, which ONNX's tests lack.
SYMBOLIC = {"iota", "shape_of"}
TESTS = """
    abs acos acosh adagrad adam affine_grid_2d ai_onnx_ml_array_feature_extractor
    ai_onnx_ml_tree_ensemble_set_membership argmax_default_axis_example asin asinh atan atanh
    attention_23_boolmask_fullymasked_row_nan_robustness averagepool_1d_default basic_conv_with_padding
    basic_deform_conv_with_padding batchnorm_epsilon bitcast_2d_float32_to_int32 bitshift_left_int16
    bitshift_right_int16 bitwise_not_2d bitwise_xor_i16_3d causal_conv_with_state_b1_c1_degenerate ceil celu clip
    col2im compress_0 concat_1d_axis_0 convinteger_with_padding convtranspose cos cosh cumprod_1d
    depthtospace_crd_mode_example dequantizelinear det_2d dft dynamicquantizelinear erf exp expand_dim_changed floor
    gathernd_example_float32 gelu_default_1 gelu_tanh_1 gemm_all_attributes globalmaxpool gridsample
    group_normalization_epsilon gru_batchwise hardmax_axis_0 hardsigmoid hardswish isinf isnan
    layer_normalization_2d_axis0 leakyrelu linear_attention_decode_step log lppool_1d_default lrn lstm_batchwise
    matmul_1d_1d matmulinteger maxunpool_export_with_output_shape mish mod_broadcast mod_int64_fmod neg nllloss_NC
    nonmaxsuppression_center_point_box_format nonzero_example onehot_negative_indices prelu_broadcast qlinearconv
    quantizelinear relu resize_downsample_scales_cubic reversesequence_batch rms_normalization_2d_axis0 rnn_seq_length
    roialign_aligned_false rotary_embedding round scatter_elements_with_axis scatternd shrink_hard sigmoid sign sin
    sinh softplus stft swiglu tan tanh tensorscatter thresholdedrelu tile top_k tril unique_length_1
"""


def array(value):
    return numpy_helper.to_array(value) if isinstance(value, onnx.TensorProto) else np.asarray(value)


def check(tenon, test, folder, used):
    """What is wrong, or None; adds the operators to `used`."""
    onnx.save(test.model, folder / "m.onnx")
    inputs = []
    for i, (info, value) in enumerate(zip(test.model.graph.input, test.data_sets[0][0])):
        np.save(folder / f"{i}.npy", array(value))
        inputs.append(f"{info.name}={i}.npy")

    def call(*arguments, flag):
        words = [word for text in inputs for word in (flag, text)]
        return subprocess.run([tenon, *arguments, *words], cwd=folder, capture_output=True, text=True)

    imported = call("compile", "m.onnx", "--to", "import", "-o", "m.mlir", flag="--bind")
    done = imported if imported.returncode else call("run", "m.onnx", "--reference", "--output-dir", "out", flag="--input")
    if done.returncode:
        return done.stderr.strip()
    used.update(re.findall(r"\bnn\.(\w+)", (folder / "m.mlir").read_text()))
    for i, value in enumerate(test.data_sets[0][1]):
        want, got = array(value), np.load(folder / f"out/output_{i}.npy")
        if want.dtype.kind in "fiub" and not np.allclose(got.astype(float), want.astype(float), 1e-3, 1e-5, equal_nan=True):
            return f"output {i} differs"
    return None


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--tenon", default=str(ROOT / "build/bin/tenon"))
    tenon = str(pathlib.Path(parser.parse_args().tenon).resolve())
    from onnx.backend.test.case.node import collect_testcases

    names = {f"test_{name}" for name in TESTS.split()}
    used, failed = set(SYMBOLIC), 0
    with tempfile.TemporaryDirectory() as folder:
        tests = [test for test in collect_testcases(None) if test.name in names]
        for test in tests:
            if problem := check(tenon, test, pathlib.Path(folder), used):
                failed += 1
                print(f"FAILED {test.name}: {problem}")
    unused = set(re.findall(r"### `nn\.(\w+)`", (ROOT / "docs/dialects/NN.md").read_text())) - used
    if unused:
        print(f"FAILED: no test of {', '.join(sorted(unused))}")
    print(f"{len(tests) - failed} of {len(names)} tests pass")
    sys.exit(bool(failed or unused or len(tests) != len(names)))


if __name__ == "__main__":
    main()

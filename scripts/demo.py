#!/usr/bin/env python3
"""What scripts/demo shows, by the tenon command alone; Python only makes the inputs and looks at the outputs.

Usage: demo.py [TENON]
"""

import json
import os
import pathlib
import subprocess
import sys
import tempfile

import numpy as np

ROOT = pathlib.Path(__file__).resolve().parent.parent
SHARED = pathlib.Path(os.environ.get("TENON_SHARED", ROOT.parent / "shared"))
SHADES = " .:-=+*#%@"


def run(*command):
    """Shows and runs a command; its output."""
    words = [str(word) for word in command]
    shown = [word.replace(f"{ROOT}/", "") for word in words]
    print("$ " + " ".join([pathlib.Path(shown[0]).name, *shown[1:]]), flush=True)
    result = subprocess.run(words, capture_output=True, text=True)
    if result.returncode:
        sys.exit(result.stderr.strip() or f"error: {words[0]} ended with exit status {result.returncode}")
    return result.stdout


def draw(images, captions):
    """Images beside each other in characters, with a caption under each."""
    rows = []
    for image in images:
        small = image.reshape(16, 2, 16, 2).mean((1, 3))
        shade = (small - small.min()) / (small.max() - small.min()) * (len(SHADES) - 1)
        rows.append(["".join(SHADES[int(round(s))] * 2 for s in line) for line in shade])
    for lines in zip(*rows):
        print("   ".join(lines).rstrip())
    print("   ".join(f"{caption:^32}" for caption in captions).rstrip())


def latency(tenon, model, *flags):
    report = json.loads(run(tenon, "bench", model, "--seconds", "2", "--json", *flags))
    return report["median_ms"], report["flops"]


def digits(tenon):
    model = ROOT / "examples" / "models" / "digits_mobilenet.onnx"
    data = np.load(ROOT / "examples" / "models" / "digits.npz")
    images, labels = data["test_images"], data["test_labels"]
    np.save("images.npy", images)
    print("\n== A trained classifier of handwritten digits: compiled once for 1 to 500 images, run on 500\n")
    run(tenon, "compile", model, "-o", "digits.so", "--dim", "batch=1..500")
    run(tenon, "run", "digits.so", "--input", "image=images.npy", "--output-dir", ".")
    logits = np.load("output_0.npy")
    predicted = logits.argmax(1)
    weights = np.exp(logits - logits.max(1, keepdims=True))
    sure = weights.max(1) / weights.sum(1)
    shown = [0, 1, 2, 3] + [i for i in np.flatnonzero(predicted != labels)][:1]
    draw(images[shown[:4], 0], [f"{predicted[i]} ({100 * sure[i]:.1f} %)" for i in shown[:4]])
    for i in shown[4:]:
        print(f"\nA mistake, image {i}: taken for {predicted[i]} ({100 * sure[i]:.1f} %), but it is {labels[i]}")
    accuracy = float(np.mean(predicted == labels))
    time, _ = latency(tenon, model, "--dim", "batch=1")
    print(f"\naccuracy {accuracy:.3f} over {len(labels)} images; {time:.3f} ms per image, one thread")
    return accuracy


def mobilenet(tenon):
    skeleton = SHARED / "models" / "mobilenet_v2.onnx"
    if not skeleton.exists():
        print(f"\n== SKIPPED: MobileNetV2, since there is no {skeleton}")
        return 0.0
    import onnxruntime

    print("\n== MobileNetV2, with seeded random weights, beside onnxruntime\n")
    model = "mobilenet_v2.onnx"
    subprocess.run([sys.executable, SHARED / "models" / "weights.py", "fill", skeleton, model], check=True)
    image = np.random.default_rng(0).standard_normal((1, 3, 224, 224), np.float32)
    np.save("image.npy", image)
    run(tenon, "compile", model, "-o", "mobilenet_v2.so")
    run(tenon, "run", "mobilenet_v2.so", "--input", "input=image.npy", "--output-dir", ".")
    got = np.load("output_0.npy")
    session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
    want = session.run(None, {"input": image})[0]
    error = float(np.abs(got - want).max() / np.abs(want).max())
    time, flops = latency(tenon, "mobilenet_v2.so")
    print(f"\nlargest difference to onnxruntime: {error:.1e} of the largest output")
    print(f"{time:.2f} ms per image, {flops / time / 1e6:.1f} GFLOP/s, one thread")
    return error


def main():
    tenon = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ROOT / "build" / "bin" / "tenon").resolve()
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        accuracy = digits(tenon)
        error = mobilenet(tenon)
        os.chdir(ROOT)
    if accuracy < 0.99:
        sys.exit(f"error: expected an accuracy of 0.998, but got {accuracy}")
    if error > 1e-3:
        sys.exit(f"error: expected to agree with onnxruntime within 1e-3, but got {error:.1e}")


if __name__ == "__main__":
    main()

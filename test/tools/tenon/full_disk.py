"""full_disk.py TENON MODEL_MAKER: outputs on a disk that is full fail with one line and leave nothing behind.

The disk is a tmpfs of a few pages. Where mounting is not permitted the test is skipped (status 77), and says so."""
import os
import subprocess
import sys
import tempfile

SKIPPED = 77


def inside(tenon, folder, disk):
    """Runs where `disk` is mounted."""
    failures = []
    commands = {
        "compile": [tenon, "compile", f"{folder}/model.onnx", "--dim", "N=64", "-o", f"{disk}/model.so"],
        "object": [tenon, "compile", f"{folder}/model.onnx", "--dim", "N=64", "-o", f"{disk}/model.o"],
        "assembly": [tenon, "compile", f"{folder}/model.onnx", "--dim", "N=64", "-o", f"{disk}/model.s"],
        "llvm": [tenon, "compile", f"{folder}/model.onnx", "--dim", "N=64", "-o", f"{disk}/model.ll"],
        "text": [tenon, "compile", f"{folder}/model.onnx", "--dim", "N=64", "--to", "lower", "-o", f"{disk}/model.mlir"],
        "run": [tenon, "run", f"{folder}/model.onnx", "--input", f"x={folder}/many.npy", "--output-dir", disk],
    }
    for name, command in commands.items():
        result = subprocess.run(command, capture_output=True, text=True)
        lines = result.stderr.splitlines()
        if result.returncode != 1 or len(lines) != 1 or "error: " not in lines[0] or "No space left" not in lines[0]:
            failures.append(f"{name}: exit {result.returncode}: {result.stderr}")
        if os.listdir(disk):
            failures.append(f"{name}: left {os.listdir(disk)}")
            for file in os.listdir(disk):
                os.remove(f"{disk}/{file}")
    return failures


def main():
    if sys.argv[1] == "inside":
        tenon, folder, disk = sys.argv[2:]
        mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4k", "tmpfs", disk], capture_output=True, text=True)
        if mounted.returncode:
            print(f"cannot mount: {mounted.stderr.strip()}")
            sys.exit(SKIPPED)
        try:
            failures = inside(tenon, folder, disk)
        finally:
            subprocess.run(["umount", disk], check=True)
        sys.exit("\n".join(failures) if failures else 0)

    tenon, make = sys.argv[1:]
    with tempfile.TemporaryDirectory() as folder:
        os.mkdir(f"{folder}/disk")
        subprocess.run([sys.executable, make, "dense", folder], check=True)
        import numpy as np
        np.save(f"{folder}/many.npy", np.zeros((512, 256), np.float32))
        again = [sys.executable, __file__, "inside", os.path.abspath(tenon), folder, f"{folder}/disk"]
        # As root, or as the root of a user namespace of our own.
        status = subprocess.run(again).returncode
        if status == SKIPPED:
            try:
                status = subprocess.run(["unshare", "--user", "--mount", "--map-root-user", *again]).returncode
            except FileNotFoundError:
                pass
            # unshare itself fails with 1 where user namespaces are not permitted.
            if status == 1 and subprocess.run(["unshare", "--user", "--mount", "--map-root-user", "true"],
                                              capture_output=True).returncode:
                status = SKIPPED
        if status == SKIPPED:
            print("SKIPPED: no small tmpfs could be mounted, so the full disk was not tested")
        sys.exit(status)


main()

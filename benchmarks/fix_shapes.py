"""Writes a model with its symbolic dimensions replaced by numbers, for systems without such an option.

Usage: fix_shapes.py MODEL.onnx OUT.onnx NAME=N...
"""

import sys

import onnx


def main():
    model = onnx.load(sys.argv[1])
    dims = {name: int(value) for name, _, value in (word.rpartition("=") for word in sys.argv[3:])}
    for value in [*model.graph.input, *model.graph.output]:
        for dim in value.type.tensor_type.shape.dim:
            if dim.dim_param in dims:
                dim.dim_value = dims[dim.dim_param]
    # What was known of values inside is of other shapes.
    del model.graph.value_info[:]
    onnx.save(model, sys.argv[2])


if __name__ == "__main__":
    main()

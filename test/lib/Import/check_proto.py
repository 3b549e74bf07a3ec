"""Holds lib/Import/onnx.proto against the descriptors of the `onnx` package: every message, field number,
type, label, oneof and enum value that the package has must be in the schema, and nothing else may be.

Usage: check_proto.py PATH_TO_ONNX_PROTO   (needs protoc and the packages onnx and protobuf)
"""

import pathlib
import subprocess
import sys
import tempfile

from google.protobuf import descriptor_pb2
from onnx import onnx_ml_pb2

# Written by the importer itself, never read from a file.
OWN_FIELDS = {("TensorProto", "tenon_span")}


def flatten(file):
    """{message: {field: (number, type, repeated, type name, oneof)}}, {enum: {value: number}}"""
    messages, enums = {}, {}

    def short(name):
        return name.lstrip(".").removeprefix(file.package + ".")

    def visit(message, prefix):
        name = prefix + message.name
        oneofs = [oneof.name for oneof in message.oneof_decl]
        messages[name] = {
            field.name: (
                field.number,
                field.type,
                field.label == field.LABEL_REPEATED,
                short(field.type_name),
                oneofs[field.oneof_index] if field.HasField("oneof_index") else None,
            )
            for field in message.field
            if (name, field.name) not in OWN_FIELDS
        }
        for enum in message.enum_type:
            enums[name + "." + enum.name] = {value.name: value.number for value in enum.value}
        for nested in message.nested_type:
            visit(nested, name + ".")

    for message in file.message_type:
        visit(message, "")
    return messages, enums


def differences(kind, ours, theirs):
    for name in sorted(theirs.keys() - ours.keys()):
        yield f"{kind} {name} is missing from the schema"
    for name in sorted(ours.keys() - theirs.keys()):
        yield f"{kind} {name} is unknown to onnx"
    for name in sorted(ours.keys() & theirs.keys()):
        for part in sorted(ours[name].keys() | theirs[name].keys()):
            mine, other = ours[name].get(part), theirs[name].get(part)
            if mine != other:
                yield f"{kind} {name}.{part}: expected {other}, but got {mine}"


def main():
    proto = pathlib.Path(sys.argv[1]).resolve()
    with tempfile.TemporaryDirectory() as folder:
        out = pathlib.Path(folder) / "set"
        subprocess.run(["protoc", f"--proto_path={proto.parent}", f"--descriptor_set_out={out}", proto.name], check=True)
        ours = descriptor_pb2.FileDescriptorSet.FromString(out.read_bytes()).file[0]
    theirs = descriptor_pb2.FileDescriptorProto()
    onnx_ml_pb2.DESCRIPTOR.CopyToProto(theirs)
    our_messages, our_enums = flatten(ours)
    their_messages, their_enums = flatten(theirs)
    if len(their_messages) < 20:
        sys.exit("error: the descriptors of onnx look empty")
    found = list(differences("message", our_messages, their_messages))
    found += differences("enum", our_enums, their_enums)
    for line in found:
        print(line)
    print(f"{len(their_messages)} messages, {len(their_enums)} enums compared, {len(found)} differences")
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()

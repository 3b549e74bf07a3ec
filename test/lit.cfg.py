# lit tests: RUN lines with tenon-opt, tenon and LLVM's tools, checked by FileCheck.
import os
import platform

import lit.formats
import lit.util

config.name = "Tenon"
config.test_format = lit.formats.ShTest(execute_external=False)
config.suffixes = [".mlir", ".test"]
config.excludes = ["Inputs", "conformance", "fuzz"]
config.test_source_root = os.path.join(config.tenon_source_dir, "test")
config.test_exec_root = os.path.join(config.tenon_binary_dir, "test")

# Our programs first, then those of the LLVM that we are built with, whatever else PATH holds.
tools = [os.path.join(config.tenon_binary_dir, "bin"), config.llvm_tools_dir]
config.environment["PATH"] = os.pathsep.join(tools + [config.environment.get("PATH", "")])
for name in ("FileCheck", "not"):
    if not os.path.exists(os.path.join(config.llvm_tools_dir, name)):
        lit_config.fatal(f"no {name} in {config.llvm_tools_dir}")

config.substitutions.append(("%python", config.python))
config.substitutions.append(("%source", config.tenon_source_dir))
config.substitutions.append(("%models", os.path.join(config.tenon_source_dir, "examples", "models")))
config.substitutions.append(("%llvm-tblgen", os.path.join(config.llvm_tools_dir, "llvm-tblgen")))
config.substitutions.append(("%llvm-include", os.path.join(os.path.dirname(config.llvm_tools_dir), "include")))
for name in ("mlir-translate", "opt", "llc", "llvm-tblgen"):
    if os.path.exists(os.path.join(config.llvm_tools_dir, name)):
        config.available_features.add(name)
if os.path.exists(os.path.join(config.tenon_binary_dir, "bin", "tenon")):
    config.available_features.add("tenon")
if platform.machine() == "x86_64":
    config.available_features.add("x86")
if config.sanitized:
    config.available_features.add("sanitized")
    # Debian's LLVM leaks by design at exit and is not instrumented itself.
    for name in ("ASAN_OPTIONS", "UBSAN_OPTIONS"):  # of scripts/test
        config.environment[name] = os.environ.get(name, "")

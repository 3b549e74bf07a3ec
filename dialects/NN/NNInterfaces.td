#ifndef TENON_NN_INTERFACES_TD
#define TENON_NN_INTERFACES_TD

include "mlir/IR/OpBase.td"

def ReferenceOpInterface : OpInterface<"ReferenceOpInterface"> {
  let description = [{
    The one definition of an operator's meaning, as plain C++ on host tensors: obviously right, not fast.
    It serves constant folding, `run --reference`, and the differential tests of every optimised kernel.
  }];
  let cppNamespace = "::tenon::nn";
  let methods = [
    InterfaceMethod<[{
      Reads the operands from `ctx`, computes, and sets every result in `ctx`. Operand shapes match the types.
      Fails, with a diagnostic, only where the operands' *values* make the result undefined.
    }], "::mlir::LogicalResult", "evaluate", (ins "::tenon::nn::EvalContext &":$ctx)>
  ];
}

def InferOpInterface : OpInterface<"InferOpInterface"> {
  let description = [{
    Shape and type inference with the op's numbered constraints. The verifier infers and compares.
  }];
  let cppNamespace = "::tenon::nn";
  let methods = [
    InterfaceMethod<[{
      Checks the constraints on operands and attributes and appends one type per result. Emits `emitOpError("C1: expected ..., but got ...")` on failure.
    }], "::mlir::LogicalResult", "inferTypes", (ins "::llvm::SmallVectorImpl<::mlir::Type> &":$types)>
  ];
  let verify = [{ return ::tenon::nn::verifyInferredTypes($_op); }];
}

def ShapeArithmeticOpInterface : OpInterface<"ShapeArithmeticOpInterface"> {
  let description = [{
    Operators that shapes are computed with. Where sizes are symbolic, their integer elements are followed as
    dimension expressions, so that what a shape operand says is known at import.
  }];
  let cppNamespace = "::tenon::nn";
  let methods = [
    InterfaceMethod<[{
      The elements of the first result, row-major, from those of the operands; nullopt if they are not known or
      not expressible. The result's shape is static and has at most KnownDims::kMaxElements elements.
    }], "std::optional<::tenon::nn::Dims>", "evaluateDims", (ins "const ::tenon::nn::KnownDims &":$known)>
  ];
}

#endif

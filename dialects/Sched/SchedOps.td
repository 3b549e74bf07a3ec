#ifndef TENON_SCHED_OPS_TD
#define TENON_SCHED_OPS_TD

include "mlir/IR/AttrTypeBase.td"
include "mlir/IR/EnumAttr.td"
include "mlir/IR/OpBase.td"
include "mlir/IR/BuiltinAttributes.td"
include "mlir/IR/SymbolInterfaces.td"
include "mlir/Interfaces/ControlFlowInterfaces.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

def Sched_Dialect : Dialect {
  let name = "sched";
  let cppNamespace = "::tenon::sched";
  let summary = "What runs when, where, beside what";
  let description = [{
    A `sched.task` is the unit of tuning, costing, scheduling, code generation and profiling; `sched.run` executes it on
    buffers. After `tenon-schedule` every value of the model's function has a place: the arena, the weight section, or
    a buffer of the caller's.
  }];
  let useDefaultAttributePrinterParser = 1;
}

class Sched_Op<string mnemonic, list<Trait> traits = []> : Op<Sched_Dialect, mnemonic, traits>;

def Sched_PlaceKind : I32EnumAttr<"PlaceKind", "Where a value lives", [
    I32EnumAttrCase<"Arena", 0, "arena">, I32EnumAttrCase<"Weights", 1, "weights">,
    I32EnumAttrCase<"Input", 2, "input">, I32EnumAttrCase<"Output", 3, "output">]> {
  let cppNamespace = "::tenon::sched";
  let genSpecializedAttr = 0;
}

def Sched_PlaceAttr : AttrDef<Sched_Dialect, "Place"> {
  let mnemonic = "place";
  let summary = "Where a value lives: a region, and the byte offset (arena, weights) or index (input, output)";
  let parameters = (ins EnumParameter<Sched_PlaceKind>:$kind, "int64_t":$position);
  let assemblyFormat = "`<` $kind `,` $position `>`";
}

def Sched_TaskOp : Sched_Op<"task", [IsolatedFromAbove, Symbol, SingleBlock]> {
  let summary = "An isolated piece of the model that is compiled on its own";
  let description = [{
    The body's arguments are the operands of its runs (weights included, so equal tasks share code), the body is `nn`
    until lowering, so evaluating it is its reference, and `sched.yield` returns the results.

    (C1) The block ends in sched.yield.
  }];
  let arguments = (ins SymbolNameAttr:$sym_name);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = "$sym_name attr-dict-with-keyword $body";
  let extraClassDeclaration = [{
    ::mlir::TypeRange getResultTypes() { return getBody().front().getTerminator()->getOperandTypes(); }
    ::mlir::TypeRange getArgumentTypes() { return getBody().front().getArgumentTypes(); }
  }];
  let hasVerifier = 1;
}

def Sched_YieldOp : Sched_Op<"yield", [Pure, ReturnLike, Terminator, HasParent<"TaskOp">]> {
  let summary = "Results of a task";
  let arguments = (ins Variadic<AnyRankedTensor>:$results);
  let builders = [OpBuilder<(ins), [{ (void)$_state; }]>];
  let assemblyFormat = "($results^ `:` type($results))? attr-dict";
}

def Sched_RunOp : Sched_Op<"run", [Pure, DeclareOpInterfaceMethods<SymbolUserOpInterface>]> {
  let summary = "Runs a task";
  let description = [{
    `places`, present after `tenon-schedule`, says where each operand and each result lives.

    (C1) The task exists and its argument and result types are the operands' and results'.
    (C2) `places`, if present, has one entry per operand and result.
  }];
  let arguments = (ins FlatSymbolRefAttr:$task, Variadic<AnyRankedTensor>:$inputs,
    OptionalAttr<TypedArrayAttrBase<Sched_PlaceAttr, "places">>:$places);
  let results = (outs Variadic<AnyRankedTensor>:$outputs);
  let assemblyFormat = "$task `(` $inputs `)` (`places` $places^)? attr-dict `:` functional-type($inputs, $outputs)";
}

#endif

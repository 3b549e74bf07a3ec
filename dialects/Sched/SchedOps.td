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
  let dependentDialects = ["::tenon::kernel::KernelDialect"];
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
  let description = [{
    `offset` is that of a part of the caller's buffer, in bytes.
  }];
  let parameters = (ins EnumParameter<Sched_PlaceKind>:$kind, "int64_t":$position, DefaultValuedParameter<"int64_t", "0">:$offset);
  let assemblyFormat = "`<` $kind `,` $position (`,` $offset^)? `>`";
}

def Sched_LayoutAttr : AttrDef<Sched_Dialect, "Layout"> {
  let mnemonic = "layout";
  let summary = "How a tensor lies in memory, where it is not row-major";
  let description = [{
    The outer dimensions in `order`, then one inner dimension per block: `blocks` lists (dimension, size) pairs from
    the outer to the inner. A blocked dimension is padded to a multiple of its block. `halo`, empty or one number per
    dimension, is how many zeros stand before and after the dimension's elements.

    nChw8c with a border of one pixel: `#sched.layout<order = [0, 1, 2, 3] blocks = [1, 8] halo = [0, 0, 1, 1]>`.
    What is in the padding of a block is not defined, but for constants, where it is zero.

    With `winograd = [m, n]`, the weights (outputs, channels, r, s) of a convolution lie transformed for Winograd's
    F(m x n, r x s), tiles of m rows and n columns; one row of one tap, or column, is not transformed. Order and blocks
    are those of the tensor ((m + r - 1) * (n + s - 1), outputs, channels).

    (C1) `order` is a permutation; blocks are of different dimensions, at least 2 wide, and without halo; halos are
         not negative.
    (C2) `winograd` is two sizes of at least 1, and then there are three dimensions.
  }];
  let parameters = (ins ArrayRefParameter<"int64_t">:$order, OptionalArrayRefParameter<"int64_t">:$blocks, OptionalArrayRefParameter<"int64_t">:$halo,
    OptionalArrayRefParameter<"int64_t">:$winograd);
  let assemblyFormat = "`<` `order` `=` `[` $order `]` (`blocks` `=` `[` $blocks^ `]`)? (`halo` `=` `[` $halo^ `]`)? (`winograd` `=` `[` $winograd^ `]`)? `>`";
  let genVerifyDecl = 1;
  let extraClassDeclaration = [{
    /// Whether weights lie transformed for Winograd's convolution.
    bool isTransformed() const { return !getWinograd().empty(); }
    /// The map from logical subscripts to subscripts of the buffer.
    ::mlir::AffineMap getMap() const;
    /// The shape that order and blocks are about: `shape`, or that of the transformed weights.
    ::llvm::SmallVector<int64_t> getTransformedShape(::llvm::ArrayRef<int64_t> shape) const;
    /// Extents of the buffer of a tensor of this shape, which is static.
    ::llvm::SmallVector<int64_t> getBufferShape(::llvm::ArrayRef<int64_t> shape) const;
    /// Whether a tensor of this shape can have the layout.
    bool fits(::llvm::ArrayRef<int64_t> shape) const;
    /// Block size of dimension `d`, 1 if it is not blocked.
    int64_t getBlock(int64_t d) const;
    int64_t getHaloOf(int64_t d) const { return getHalo().empty() ? 0 : getHalo()[d]; }
  }];
}

def Sched_ScheduleAttr : AttrDef<Sched_Dialect, "Schedule"> {
  let mnemonic = "schedule";
  let summary = "How a task is compiled, where that is a choice";
  let description = [{
    What the lowering would choose by estimates, in the order in which it needs to know; whatever is left out, it chooses.

    `rows`: how many rows of tiles (Winograd's convolution) or queries (attention) go through all nests before the next
    ones, for each place where the lowering works on one block after the other. `strips`: (subscript, rows) pairs,
    which rows a strip of `tenon-fuse-rows` has and how many, 0 for no strips, for each buffer that could be computed so. `phases`: (count, dimension) pairs, how
    many of the neighbouring nests or parallel loops are a phase that threads share, and which of their parallel
    dimensions wider than one point, counted from 0, they are split along; -1 for a parallel loop, and for what
    is not split. `nests`: the schedules of all `kernel.generic`, in the order in which they stand.

    After lowering, a task's module has all of it as `tenon.schedule`, also what was chosen; as the `schedule` of the
    sched.task, it makes the same code:
    `#sched.schedule<phases = [1, 1] nests = [<vector_dim = 1, lanes = 16, tile = [14, 2, 8], order = [0, 1]>]>`.
  }];
  let parameters = (ins OptionalArrayRefParameter<"int64_t">:$rows, OptionalArrayRefParameter<"int64_t">:$strips,
    OptionalArrayRefParameter<"int64_t">:$phases, OptionalArrayRefParameter<"::tenon::kernel::ScheduleAttr">:$nests);
  let assemblyFormat = "`<` (`rows` `=` `[` $rows^ `]` ` `)? (`strips` `=` `[` $strips^ `]` ` `)? (`phases` `=` `[` $phases^ `]` ` `)? (`nests` `=` `[` $nests^ `]`)? `>`";
  let extraClassDeclaration = [{
    /// The same with other parts.
    ScheduleAttr withStrips(::llvm::ArrayRef<int64_t> strips) const;
    ScheduleAttr withPhases(::llvm::ArrayRef<int64_t> phases) const;
    ScheduleAttr withNests(::llvm::ArrayRef<::tenon::kernel::ScheduleAttr> nests) const;
  }];
}

def Sched_TaskOp : Sched_Op<"task", [IsolatedFromAbove, Symbol, SingleBlock]> {
  let summary = "An isolated piece of the model that is compiled on its own";
  let description = [{
    The body's arguments are the operands of its runs (weights included, so equal tasks share code), the body is `nn`
    until lowering, so evaluating it is its reference, and `sched.yield` returns the results. `layouts`, if present,
    has one entry per argument and per result: a `#sched.layout`, or `unit` for row-major. `in_place`, if present, lists
    arguments whose buffer the only result may be written to: a run may give both the same place. `schedule`, if
    present, says how it is lowered.

    (C1) The block ends in sched.yield.
    (C2) One layout per argument and result, of its rank, and only on static shapes.
    (C3) With `in_place`, there is one result, of the layout of the arguments that it lists.
  }];
  let arguments = (ins SymbolNameAttr:$sym_name, OptionalAttr<ArrayAttr>:$layouts, OptionalAttr<DenseI64ArrayAttr>:$in_place,
    OptionalAttr<Sched_ScheduleAttr>:$schedule);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = "$sym_name (`layouts` $layouts^)? (`in_place` $in_place^)? (`schedule` $schedule^)? attr-dict-with-keyword $body";
  let extraClassDeclaration = [{
    ::mlir::TypeRange getResultTypes() { return getBody().front().getTerminator()->getOperandTypes(); }
    ::mlir::TypeRange getArgumentTypes() { return getBody().front().getArgumentTypes(); }
    /// Layout of argument or result `i` (results after the arguments), null for row-major.
    LayoutAttr getLayout(unsigned i) {
      return getLayouts() ? ::llvm::dyn_cast<LayoutAttr>((*getLayouts())[i]) : LayoutAttr();
    }
    LayoutAttr getResultLayout(unsigned i) { return getLayout(getArgumentTypes().size() + i); }
    ::llvm::LogicalResult verifyInPlace();
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

#ifndef TENON_KERNEL_OPS_TD
#define TENON_KERNEL_OPS_TD

include "mlir/IR/AttrTypeBase.td"
include "mlir/IR/EnumAttr.td"
include "mlir/IR/OpBase.td"
include "mlir/IR/BuiltinAttributes.td"
include "mlir/Interfaces/ControlFlowInterfaces.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

def Kernel_Dialect : Dialect {
  let name = "kernel";
  let cppNamespace = "::tenon::kernel";
  let summary = "Kernels on memrefs of physical shape, each with a schedule";
  let description = [{
    The seam between what is machine-independent and what is not. Kernel ops are destination-style on memrefs and say
    *what* a loop nest computes; the schedule attribute says *how* it is tiled and vectorised; the expansion
    (`tenon-expand-kernels`) writes vector code for a machine's vector registers.
  }];
  let useDefaultAttributePrinterParser = 1;
}

class Kernel_Op<string mnemonic, list<Trait> traits = []> : Op<Kernel_Dialect, mnemonic, traits>;

def Kernel_ScheduleAttr : AttrDef<Kernel_Dialect, "Schedule"> {
  let mnemonic = "schedule";
  let summary = "How a kernel.generic is tiled and vectorised";
  let description = [{
    `vector_dim`: the loop dimension along vector lanes, -1 for scalar code. `lanes`: elements per vector. `tile`: per
    loop dimension, how many points (for `vector_dim`: vectors) are computed per iteration: of parallel dimensions all
    at once, held in registers; of reductions one after the other, unrolled, inside the loops of all dimensions.
    `order`: the parallel dimensions from the outermost loop to the innermost. With `pass`, the loops after the first
    reduction in `order` run again for every `pass` points of it (which divide its extent), so that what they read stays
    in a cache; in between, the accumulators lie in the output. 0 stands for one pass over all points. `prefetch`: while
    the tiles of loops inside that of `vector_dim` read one stretch of an operand again and again, so many cache lines of
    the stretch after it are asked for in every iteration of the reductions' loops. Where a tile reads its stretch alone, as
    in the product of a matrix and a vector, every line of it is asked for `ahead` bytes in advance instead.

    `blocks` lists (parallel dimension, points) pairs: `order` names each of these dimensions twice, first for a loop over
    blocks of so many points, which are whole tiles, then for the loop over the tiles of a block. So a block of weights is
    read by a block of rows before the next ones come:
    `#kernel.schedule<vector_dim = 1, lanes = 16, tile = [6, 4, 1], order = [1, 0, 1, 0] blocks = [1, 256, 0, 48]>`.
  }];
  let parameters = (ins "int64_t":$vector_dim, "int64_t":$lanes, ArrayRefParameter<"int64_t">:$tile, ArrayRefParameter<"int64_t">:$order,
    DefaultValuedParameter<"int64_t", "0">:$pass, DefaultValuedParameter<"int64_t", "0">:$prefetch,
    OptionalArrayRefParameter<"int64_t">:$blocks, DefaultValuedParameter<"int64_t", "::tenon::kernel::kAhead">:$ahead);
  let assemblyFormat = "`<` `vector_dim` `=` $vector_dim `,` `lanes` `=` $lanes `,` `tile` `=` `[` $tile `]` `,` `order` `=` `[` $order `]` (`pass` `=` $pass^)? (`prefetch` `=` $prefetch^)? (`ahead` `=` $ahead^)? (`blocks` `=` `[` $blocks^ `]`)? `>`";
  let builders = [AttrBuilder<(ins "int64_t":$vector_dim, "int64_t":$lanes, "::llvm::ArrayRef<int64_t>":$tile,
    "::llvm::ArrayRef<int64_t>":$order, CArg<"int64_t", "0">:$pass, CArg<"int64_t", "0">:$prefetch), [{
      return $_get($_ctxt, vector_dim, lanes, tile, order, pass, prefetch, ::llvm::ArrayRef<int64_t>(), kAhead);
    }]>];
  let extraClassDeclaration = [{
    /// Points of a block of dimension `d`, 0 if it has none.
    int64_t getBlock(int64_t d) const;
  }];
}

def Kernel_GenericOp : Kernel_Op<"generic", [AttrSizedOperandSegments]> {
  let summary = "A perfect loop nest with a scalar body, loop-carried accumulators and an epilogue";
  let description = [{
    For every point of the parallel dimensions (the leading loop dimensions), in any order:

    ```
    acc = inits
    for every point of the reduction dimensions (the trailing `reductions` loop dimensions):
      acc = body(inputs at maps(point), acc)
    outputs at maps(point) = epilogue(acc)
    ```

    Without reductions the body yields the outputs and there is no epilogue. Reductions may be reassociated. Each
    input is read through an affine map from loop dimensions to subscripts (strides, windows and blocked layouts
    included: a dimension may appear as `d floordiv B` and `d mod B`). In both regions `kernel.index` gives loop
    coordinates, `kernel.load` reads captured memrefs at an affine map of the point, and `memref.load` at computed
    subscripts (a gather). Accumulators stay in registers.

    With `range`, dimension 0 runs over [begin, end) of the task's parallel range instead of its whole extent.

    With `domain`, points outside of that set are no points of the reductions, as the places of a window that lie
    beside the image.

    (C1) One map per input and output, from the loop dimensions to the memref's rank.
    (C2) Output maps use parallel dimensions only.
    (C3) The body takes the inputs' elements and the accumulators, and yields the accumulators (the outputs' elements
         when there are none).
    (C4) With reductions, the epilogue takes the accumulators and yields the outputs' elements.
    (C5) The domain is of inequalities, each linear in one reduction dimension and at most one parallel dimension.
  }];
  let arguments = (ins Variadic<Index>:$dynamic_extents, Variadic<AnyMemRef>:$inputs, Variadic<AnyMemRef>:$outputs,
    Variadic<AnyType>:$inits, Variadic<Index>:$range, DenseI64ArrayAttr:$static_extents, AffineMapArrayAttr:$maps, I64Attr:$reductions,
    OptionalAttr<Builtin_IntegerSetAttr>:$domain, OptionalAttr<Kernel_ScheduleAttr>:$schedule);
  let regions = (region SizedRegion<1>:$body, AnyRegion:$epilogue);
  let hasVerifier = 1;
  let assemblyFormat = [{
    `extents` custom<DynamicIndexList>($dynamic_extents, $static_extents) `reductions` `=` $reductions
    (`range` `(` $range^ `)`)?
    (`ins` `(` $inputs^ `:` type($inputs) `)`)? `outs` `(` $outputs `:` type($outputs) `)`
    (`inits` `(` $inits^ `:` type($inits) `)`)? `maps` $maps (`domain` $domain^)? (`schedule` $schedule^)? attr-dict-with-keyword $body $epilogue
  }];
  let extraClassDeclaration = [{
    int64_t getNumLoops() { return getStaticExtents().size(); }
    int64_t getNumParallel() { return getNumLoops() - getReductions(); }
    /// Extents as attributes (static) or values.
    ::llvm::SmallVector<::mlir::OpFoldResult> getMixedExtents();
    ::mlir::AffineMap getMap(unsigned i) { return ::llvm::cast<::mlir::AffineMapAttr>(getMaps()[i]).getValue(); }
    /// The inequalities of the domain.
    ::llvm::SmallVector<DomainBound> getBounds();
    ::mlir::AffineMap getOutputMap(unsigned i) { return getMap(getInputs().size() + i); }
  }];
}

def Kernel_IndexOp : Kernel_Op<"index", [Pure]> {
  let summary = "Coordinate of the current point along a loop dimension";
  let arguments = (ins I64Attr:$dim);
  let results = (outs Index:$result);
  let builders = [OpBuilder<(ins "int64_t":$dim), [{ build($_builder, $_state, $_builder.getIndexType(), uint64_t(dim)); }]>];
  let assemblyFormat = "$dim attr-dict";
}

def Kernel_LoadOp : Kernel_Op<"load", [
    TypesMatchWith<"the element type of the buffer", "buffer", "result", "::llvm::cast<::mlir::MemRefType>($_self).getElementType()">]> {
  let summary = "Element of a buffer at an affine map of the current point";
  let description = [{
    What an epilogue reads beside the accumulators: a bias, a residual.

    (C1) It is in a region of kernel.generic, and the map goes from all its loop dimensions to the buffer's
         subscripts.
  }];
  let arguments = (ins Arg<AnyMemRef, "", [MemRead]>:$buffer, AffineMapAttr:$map);
  let results = (outs AnyType:$result);
  let hasVerifier = 1;
  let assemblyFormat = "$buffer `at` $map attr-dict `:` type($buffer)";
}

def Kernel_YieldOp : Kernel_Op<"yield", [Pure, ReturnLike, Terminator]> {
  let summary = "Values of a region of kernel.generic";
  let arguments = (ins Variadic<AnyType>:$values);
  let builders = [OpBuilder<(ins), [{ (void)$_state; }]>];
  let assemblyFormat = "($values^ `:` type($values))? attr-dict";
}

#endif

#pragma once

#include "dialects/Kernel/Kernel.h"
#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/IR/SymbolTable.h"
#include "mlir/Interfaces/ControlFlowInterfaces.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

#include "dialects/Sched/SchedDialect.h.inc"
#include "dialects/Sched/SchedEnums.h.inc"
#define GET_ATTRDEF_CLASSES
#include "dialects/Sched/SchedAttrs.h.inc"
#define GET_OP_CLASSES
#include "dialects/Sched/SchedOps.h.inc"

namespace tenon {
/// Attribute of a constant after planning, and of the buffers of a task's function: the #sched.layout, where
/// it is not row-major.
inline constexpr llvm::StringLiteral kLayoutAttr = "tenon.layout";
/// Attribute of buffers of a task's function: those that have it may be one and the same, element for
/// element.
inline constexpr llvm::StringLiteral kInPlaceAttr = "tenon.in_place";
/// Attribute of a task's module: the #sched.schedule, of which every pass of the lowering takes its part, or
/// adds what it chose.
inline constexpr llvm::StringLiteral kScheduleAttr = "tenon.schedule";

/// What is known of the schedule of a task's module so far; null for a module that LowerTasks did not make.
sched::ScheduleAttr getSchedule(mlir::ModuleOp code);
} // namespace tenon

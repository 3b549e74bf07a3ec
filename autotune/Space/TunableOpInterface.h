#pragma once

#include "autotune/Space/Space.h"
#include "lib/Target/TargetSpec.h"
#include "mlir/IR/OpDefinition.h"
#include <memory>

#include "autotune/Space/TunableOpInterface.h.inc"

namespace tenon::autotune {

/// Gives sched.task and kernel.generic the interface.
void registerTunableOps(mlir::DialectRegistry &registry);

} // namespace tenon::autotune

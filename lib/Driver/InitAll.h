#pragma once

namespace mlir {
class DialectRegistry;
} // namespace mlir

namespace tenon {

/// Tenon's dialects and those of upstream that it lowers through, with the interfaces and translations
/// needed.
void registerAllDialects(mlir::DialectRegistry &registry);

/// All passes and pipelines, Tenon's named tenon-..., for tools that take pass names.
void registerAllPasses();

} // namespace tenon

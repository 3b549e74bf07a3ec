#pragma once

namespace tenon::onnx_import {

class Translators;

/// Ensembles of decision trees (ai.onnx.ml).
void populateTrees(Translators &translators);

} // namespace tenon::onnx_import

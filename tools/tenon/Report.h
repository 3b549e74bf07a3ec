#pragma once

#include "Peak.h"
#include "tenon/Compiler.h"
#include "tenon/Tuning.h"

/// What the commands print.
namespace tenon::cli {

/// "553.4 MB", "1.2 KB", "17 B"; decimal units.
std::string bytesText(int64_t bytes);
/// "7.75 GFLOP", "940 FLOP".
std::string flopsText(int64_t flops);

/// The page of `tenon inspect`.
std::string inspectText(const ModelSummary &summary);

/// The result of `tenon bench`; `compileSeconds` is negative for a model that was compiled before.
/// With a profile, `peak` is what the machine gives on as many threads; else null.
std::string benchText(const ModelSummary &summary, const Timing &timing, double compileSeconds,
                      const Peak *peak);
std::string benchJson(const ModelSummary &summary, const Timing &timing, double compileSeconds,
                      const Peak *peak);

/// The table of `tenon tune-db stats`.
std::string tuningText(const std::vector<TuningStatistics> &statistics);

} // namespace tenon::cli

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

/// The result of `tenon tune`: a table of the tasks, and how the whole model runs.
std::string tuningReportText(const TuningReport &report);
/// The same as a page of HTML that needs no other file, with the best time found over time as a plot.
std::string tuningReportHtml(const TuningReport &report, const std::string &model);
/// The bar of `tenon tune`, one line.
std::string progressText(const TuningProgress &progress);
/// The result of `tenon tune-db train`.
std::string trainingText(const TrainingReport &report);

/// The table of `tenon tune-db stats`.
std::string tuningText(const std::vector<TuningStatistics> &statistics);

/// As printf.
[[gnu::format(printf, 1, 2)]] std::string format(const char *pattern, ...);
/// Lines of columns; the last column is not padded.
std::string table(const std::vector<std::vector<std::string>> &rows);

} // namespace tenon::cli

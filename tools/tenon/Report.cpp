#include "Report.h"
#include <algorithm>
#include <cstdarg>
#include <cstdio>

using namespace tenon;
using namespace tenon::cli;

std::string cli::format(const char *pattern, ...) {
  va_list arguments, again;
  va_start(arguments, pattern);
  va_copy(again, arguments);
  std::string text(static_cast<size_t>(std::vsnprintf(nullptr, 0, pattern, arguments)), '\0');
  std::vsnprintf(text.data(), text.size() + 1, pattern, again);
  va_end(arguments);
  va_end(again);
  return text;
}

/// A number with the largest of `units` that leaves it at least 1; each unit is a thousand of the one before.
static std::string scaled(int64_t value, std::vector<const char *> units) {
  double number = static_cast<double>(value);
  size_t unit = 0;
  while (number >= 1000 && unit + 1 < units.size()) {
    number /= 1000;
    ++unit;
  }
  return unit ? format("%.2f %s", number, units[unit]) : format("%lld %s", (long long)value, units[0]);
}

std::string cli::bytesText(int64_t bytes) {
  return scaled(bytes, {"B", "kB", "MB", "GB", "TB"});
}
std::string cli::flopsText(int64_t flops) {
  return scaled(flops, {"FLOP", "kFLOP", "MFLOP", "GFLOP", "TFLOP"});
}

std::string cli::table(const std::vector<std::vector<std::string>> &rows) {
  std::vector<size_t> widths;
  for (const auto &row : rows)
    for (size_t i = 0; i < row.size(); ++i) {
      widths.resize(std::max(widths.size(), i + 1));
      widths[i] = std::max(widths[i], row[i].size());
    }
  std::string text;
  for (const auto &row : rows) {
    text += " ";
    for (size_t i = 0; i < row.size(); ++i)
      text += " " + row[i] + (i + 1 < row.size() ? std::string(widths[i] - row[i].size() + 1, ' ') : "");
    text += "\n";
  }
  return text;
}

static std::string stepFlops(int64_t flops) {
  return flops < 0 ? "depends on data" : flopsText(flops);
}

/// A step's nodes, cut where there are many.
static std::string shortened(const std::string &source) {
  constexpr size_t limit = 60;
  return source.size() <= limit ? source : source.substr(0, limit - 3) + "...";
}

/// The steps that compute nothing but change how a tensor lies, with the bytes that they read and write.
static std::string reorders(const ModelSummary &summary) {
  std::vector<std::vector<std::string>> rows;
  int64_t total = 0;
  for (const ModelSummary::Step &step : summary.steps)
    if (step.flops == 0 && step.layouts.find(" -> ") != std::string::npos) {
      rows.push_back({step.task, bytesText(step.bytes), step.layouts, shortened(step.source)});
      total += std::max<int64_t>(step.bytes, 0);
    }
  std::string text = "\nreorders: " + std::to_string(rows.size());
  return text + (rows.empty() ? "" : ", " + bytesText(total)) + "\n" + table(rows);
}

std::string cli::inspectText(const ModelSummary &summary) {
  std::string text = "model    " + summary.name + "\ntarget   " + summary.target + "\nflops    " +
                     flopsText(summary.flops) + "\nweights  " + bytesText(summary.weightBytes) +
                     "\narena    " + bytesText(summary.arenaBytes) + "\n";
  if (!summary.plans.empty()) {
    text += "\nplans that were found\n";
    std::vector<std::vector<std::string>> rows = {{"estimate", "weights and arena", ""}};
    for (const ModelSummary::Plan &plan : summary.plans)
      rows.push_back(
          {format("%.4g us", plan.microseconds), std::to_string(plan.bytes), plan.isChosen ? "chosen" : ""});
    text += table(rows);
  }
  if (summary.variants.size() > 1) {
    text += "\nvariants\n";
    std::vector<std::vector<std::string>> rows;
    for (const ModelSummary::Variant &variant : summary.variants)
      rows.push_back({variant.target, variant.selected          ? "runs here"
                                      : variant.refusal.empty() ? "could run here, too"
                                                                : "not here: " + variant.refusal});
    text += table(rows);
  }
  auto tensors = [&](const char *title, const std::vector<ModelSummary::Tensor> &list) {
    text += std::string("\n") + title + "\n";
    std::vector<std::vector<std::string>> rows;
    for (const ModelSummary::Tensor &tensor : list)
      rows.push_back({tensor.name, tensor.type, tensor.shape + (tensor.bound ? ", compiled in" : "")});
    text += table(rows);
  };
  tensors("inputs", summary.inputs);
  tensors("outputs", summary.outputs);
  for (const auto &[title, list] : {std::pair("operators", &summary.operators), {"views", &summary.views}}) {
    std::vector<std::vector<std::string>> rows;
    for (const auto &[name, count] : *list)
      rows.push_back({std::to_string(count), name});
    text += list->empty() ? "" : std::string("\n") + title + "\n" + table(rows);
  }
  text += "\nsteps\n";
  std::vector<std::vector<std::string>> rows = {{"task", "flops", "schedule", "layouts", "nodes"}};
  for (const ModelSummary::Step &step : summary.steps)
    rows.push_back({step.task, stepFlops(step.flops), step.schedule, step.layouts, shortened(step.source)});
  return text + table(rows) + reorders(summary);
}

static std::vector<size_t> slowestFirst(const Timing &timing) {
  std::vector<size_t> order(timing.stepNanoseconds.size());
  for (size_t i = 0; i < order.size(); ++i)
    order[i] = i;
  std::stable_sort(order.begin(), order.end(),
                   [&](size_t a, size_t b) { return timing.stepNanoseconds[a] > timing.stepNanoseconds[b]; });
  return order;
}

std::string cli::benchText(const ModelSummary &summary, const Timing &timing, double compileSeconds,
                           const Peak *peak) {
  std::string text = format("latency   min %.4g ms, median %.4g ms, 90%% below %.4g ms (%lld runs)\n",
                            timing.minMs, timing.medianMs, timing.p90Ms, (long long)timing.runs);
  text += "work      " + flopsText(summary.flops);
  if (timing.medianMs > 0)
    text += format(", %.4g GFLOP/s", static_cast<double>(summary.flops) / timing.medianMs * 1e-6);
  text += "\nmemory    weights " + bytesText(summary.weightBytes) + ", arena " +
          bytesText(summary.arenaBytes) + "\n";
  if (compileSeconds >= 0)
    text += format("compiled  in %.2f s\n", compileSeconds);
  if (!peak)
    return text;
  uint64_t total = 0;
  for (uint64_t ns : timing.stepNanoseconds)
    total += ns;
  std::vector<std::vector<std::string>> rows = {
      {"microseconds", "share", "GFLOP/s", "of peak", "bytes", "GB/s", "layouts", "task", "nodes"}};
  for (size_t i : slowestFirst(timing)) {
    auto ns = static_cast<double>(timing.stepNanoseconds[i]);
    const ModelSummary::Step &step = summary.steps[i];
    rows.push_back(
        {format("%12.1f", ns * 1e-3), format("%4.1f%%", total ? 100 * ns / static_cast<double>(total) : 0),
         step.flops > 0 && ns > 0 ? format("%7.1f", static_cast<double>(step.flops) / ns) : "      -",
         step.flops > 0 && ns > 0
             ? format("%5.1f %%", 100 * static_cast<double>(step.flops) / ns / peak->gflops)
             : "      -",
         step.bytes < 0 ? "-" : bytesText(step.bytes),
         step.bytes >= 0 && ns > 0 ? format("%5.1f", static_cast<double>(step.bytes) / ns) : "    -",
         step.layouts, step.task, shortened(step.source)});
  }
  return text + format("peak      %.4g GFLOP/s (%s)\n\n", peak->gflops, peak->isa.c_str()) + table(rows);
}

static std::string quoted(const std::string &text) {
  std::string json = "\"";
  for (char c : text) {
    if (c == '"' || c == '\\')
      json += '\\';
    if (static_cast<unsigned char>(c) < 0x20)
      json += format("\\u%04x", c);
    else
      json += c;
  }
  return json + "\"";
}

/// A count, null where it depends on data.
static std::string number(int64_t value) {
  return value < 0 ? "null" : std::to_string(value);
}

std::string cli::benchJson(const ModelSummary &summary, const Timing &timing, double compileSeconds,
                           const Peak *peak) {
  std::string json = format("{\"min_ms\": %.6g, \"median_ms\": %.6g, \"p90_ms\": %.6g, \"runs\": %lld, ",
                            timing.minMs, timing.medianMs, timing.p90Ms, (long long)timing.runs);
  json += format("\"flops\": %lld, \"compile_s\": ", (long long)summary.flops) +
          (compileSeconds < 0 ? "null" : format("%.3f", compileSeconds));
  json += format(", \"arena_bytes\": %lld, \"weight_bytes\": %lld", (long long)summary.arenaBytes,
                 (long long)summary.weightBytes);
  if (peak) {
    json += format(", \"peak_gflops\": %.6g, \"steps\": [", peak->gflops);
    for (size_t i = 0; i < timing.stepNanoseconds.size(); ++i) {
      const ModelSummary::Step &step = summary.steps[i];
      json += std::string(i ? ", " : "") + "{\"task\": " + quoted(step.task) +
              ", \"nodes\": " + quoted(step.source) + ", \"schedule\": " + quoted(step.schedule) +
              format(", \"ns\": %llu, \"min_ns\": %llu, \"flops\": ",
                     (unsigned long long)timing.stepNanoseconds[i],
                     (unsigned long long)timing.leastStepNanoseconds[i]) +
              number(step.flops) + ", \"bytes\": " + number(step.bytes) +
              ", \"layouts\": " + quoted(step.layouts) + "}";
    }
    json += "]";
  }
  return json + "}\n";
}

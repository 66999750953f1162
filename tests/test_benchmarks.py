"""The benchmark's own checks: what is stored is measured as it says, and agrees with itself."""

import json
import sys
from unittest.mock import Mock

import numpy as np
import pytest
from conftest import ROOT

import pkpo

sys.path.insert(0, str(ROOT / "benchmarks"))
import agree  # noqa: E402
import measure  # noqa: E402
import report  # noqa: E402
import show  # noqa: E402
from measure import SELDOM, Case, forget, sweep  # noqa: E402

SORTS = {"np.sort": 0.5, "np.argsort": 1, "torch.sort": 2}
CALLS = {
    ("NumPy", "warm"): (10, ["np.argsort"]),
    ("NumPy", "cold"): (40, ["np.argsort"]),
    ("PyTorch", "warm"): (20, ["np.argsort", "torch.sort"]),
    ("JAX", "warm"): (15, ["np.argsort"]),
}
SIZES = (16, 64, 256)


def a_case(what, n, k, us, start="warm", **more):
    named = {"what": what, "start": start, "shape": [n], "k": k}
    return named | {"median_us": us, "halves_us": [us, us], "ratio": {}} | more


def steady():
    """Return the cases of a run on a machine without moods."""
    cases = []
    for n in SIZES:
        sort = {what: 1.0 + part * n / 32 for what, part in SORTS.items()}
        cases += [a_case(what, n, None, us) for what, us in sort.items()]
        for k in sorted({8, n // 2}):
            for (what, start), (call, beside) in CALLS.items():
                us = call + n / 8
                ratio = {name: us / sort[name] for name in beside}
                cases.append(a_case(what, n, k, us, start, ratio=ratio))
    return cases


def the(cases, what, n, k=None, start="warm"):
    return next(c for c in cases if agree.name(c) == (what, start, (n,), k))


def scale(case, factor):
    """The whole case is measured in another mood than the others."""
    for key in ("median_us", "halves_us"):
        case[key] = (factor * np.array(case[key])).tolist()
    case["ratio"] = {name: factor * x for name, x in case["ratio"].items()}


def complaints(cases, *words):
    return [x for x in agree.disagreements(cases) if all(word in x for word in words)]


def test_a_steady_run_agrees_with_itself():
    assert agree.disagreements(steady()) == []


def test_one_group_of_16_slower_than_one_of_64_is_refused():
    cases = steady()
    scale(the(cases, "NumPy", 16, 8), 2)
    assert complaints(cases) == [
        "NumPy (warm, 16, k = 8): 24.0 µs, more than 18.0 for NumPy (warm, 64, k = 8)",
        "NumPy (warm, 16, k = 8): 24.0 µs, more than 18.0 for NumPy (warm, 64, k = 32)",
    ]


def test_ratios_that_are_not_those_of_the_times_are_refused():
    cases = steady()
    the(cases, "JAX", 64, 32)["ratio"]["np.argsort"] = 10.0
    assert complaints(cases) == [
        "JAX (warm, 64, k = 32): 10.0 times np.argsort by turns, 7.667 by medians"
    ]


def test_a_machine_that_slows_down_as_a_whole_is_not_refused():
    cases = steady()
    for c in cases:
        c["halves_us"] = [0.9 * c["median_us"], 1.1 * c["median_us"]]
    assert agree.disagreements(cases) == []


def test_a_case_that_changed_its_pace_alone_is_refused():
    cases = steady()
    the(cases, "np.sort", 64)["halves_us"] = [2.0, 2.4]
    assert complaints(cases) == [
        "np.sort (warm, 64, k = None): 2.0 µs in the first half of the run, 2.4 in the second"
    ]


def test_a_first_call_faster_than_the_next_is_refused():
    cases = steady()
    scale(the(cases, "NumPy", 256, 8, "cold"), 0.5)
    warm = "NumPy (warm, 256, k = 8): 42.0 µs"
    assert complaints(cases, warm, "more than 36.0 for NumPy (cold, 256, k = 8)")


@pytest.mark.parametrize(("call", "sort"), agree.SORT_OF.items())
def test_a_call_faster_than_its_sort_is_refused(call, sort):
    cases = steady()
    scale(the(cases, sort, 64), 20)
    assert complaints(cases, f"{sort} (warm, 64, k = None)", f"for {call} (warm, 64, k = 8)")


def measured(sort, call):
    """Return a run of 4 sweeps, of which the last two were slower by a factor for each case."""

    def seconds(us, factor):
        return {"0": us * 1e-6, "1": us * 1e-6, "2": factor * us * 1e-6, "3": factor * us * 1e-6}

    case = {"start": "warm", "shape": [16], "seconds": seconds(1, sort)}
    call = case | {"seconds": seconds(10, call)}
    cases = [
        case | {"what": "np.argsort", "k": None, "beside": []},
        call | {"what": "NumPy", "k": 8, "beside": ["np.argsort"]},
    ]
    return {"date": "2026-01-01", "sweeps": 4, "cases": cases}


def test_results_are_medians_in_microseconds_and_ratios_by_turns():
    run = report.results(measured(sort=3, call=3))
    assert run["sweeps"] == 4
    ratio, halves = {"np.argsort": 10.0}, [10.0, 30.0]
    expected = a_case("NumPy", 16, 8, 20.0, ratio=ratio, halves_us=halves, times=4)
    assert run["cases"][1] == expected
    assert json.loads(report.stored(run)) == run


def test_what_disagrees_is_not_stored(tmp_path, monkeypatch):
    for path in ("RESULTS", "FIGURE", "README"):
        monkeypatch.setattr(report, path, tmp_path / path)
    tmp_path.joinpath("measured.json").write_text(json.dumps(measured(sort=1, call=3)))
    with pytest.raises(SystemExit, match="(?s)Not stored: .* 10.0 µs in the first half"):
        report.main(tmp_path / "measured.json")
    assert [path.name for path in tmp_path.iterdir()] == ["measured.json"]


def test_a_sweep_times_each_case_once_and_slow_ones_seldom(monkeypatch):
    monkeypatch.setattr(measure, "perf_counter", iter(range(1000)).__next__)
    monkeypatch.setattr(measure, "gc", Mock())  # among so many tests it would take a second a turn
    monkeypatch.setattr(measure, "SLOW_S", 0.9)  # a call takes one tick of this clock
    calls = []
    often, seldom = (Case(what, calls.append, [what], (1,)) for what in ("often", "seldom"))
    often.calls, often.every = 2, 1
    calls.clear()
    turns = sweep([often, seldom], budget_s=200)
    assert turns > 2 * SELDOM
    assert list(often.seconds) == list(range(turns))
    assert list(seldom.seconds) == list(range(0, turns, SELDOM))
    first = "".join(what[0] for what in calls[:4])
    assert first in ("ooos", "sooo")  # one call to warm up, then those that count


def test_a_cold_call_finds_nothing_kept():
    kept = []
    cold = Case("cold", lambda x: kept.append(x), ["a table"], (1,), forget=kept.clear)
    for _ in range(3):
        cold.timed()
        assert kept == ["a table"]


def tables():
    """Return how many tables the functions of pkpo have kept."""
    modules = [module for name, module in sys.modules.items() if name.split(".")[0] == "pkpo"]
    functions = [f for module in modules for f in vars(module).values()]
    return sum(f.cache_info().currsize for f in functions if hasattr(f, "cache_info"))


def test_forget_empties_the_caches_of_the_package():
    pkpo.pass_at_k(200, 3, 10)
    pkpo.jackknife([0.0, 1.0, 2.0], 2)
    assert tables() > 1
    forget()
    assert tables() == 0


@pytest.fixture
def kept():
    return json.loads(report.RESULTS.read_text())


def test_the_stored_run_agrees_with_itself(kept):
    assert agree.disagreements(kept["cases"]) == []


def test_the_readme_says_what_is_stored(kept):
    section = show.section(kept, report.FIGURE.relative_to(ROOT))
    assert report.SECTION.search(report.README.read_text())[0] == section


def test_the_table_and_the_figure_show_the_same_medians():
    cases = steady()
    for c in cases:
        c["ratio"] = dict.fromkeys(c["ratio"], 99.0)  # shown nowhere
    sizes, ys = show.times_against_n({"cases": cases})
    assert sizes == list(SIZES)
    rows = {line.split(" | ")[0]: line for line in show.table({"cases": cases})[2:]}
    for n, sort, us in zip(sizes, ys["np.argsort"], ys["pkpo, NumPy"], strict=True):
        assert f" {sort:.1f} µs | " in rows[f"| {n}"]
        assert f" | {us / sort:.2f} | " in rows[f"| {n}"]

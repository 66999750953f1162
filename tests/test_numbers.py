"""Numbers as readers see them: as on any other processor, and no zero with a minus."""

import numpy as np
import pytest

from pkpo.figures.numbers import text


@pytest.mark.parametrize("spec", [".0f", ".2f", ".4f", "+.4f", ".3g", ".1%", ".2e"])
def test_text_at_the_edge_between_two_is_the_same_from_both_sides(spec):
    half = 0.5 * 10.0 ** -int(spec.strip("+")[1])
    for edge in (half, 15 * half, 19375 * half, half / 100, 0.96875, -0.96875, -half):
        around = [edge]
        for away in (-np.inf, np.inf):
            value = edge
            for _ in range(4):
                value = float(np.nextafter(value, away))
                around.append(value)
        assert len({text(v, spec) for v in around}) == 1, edge


@pytest.mark.parametrize(
    ("value", "spec", "shown"),
    [
        (-0.0, ".4f", "0.0000"),
        (-1e-17, ".4f", "0.0000"),
        (-0.00004, ".4f", "0.0000"),
        (-0.00006, ".4f", "-0.0001"),
        (-0.004, "+.2f", "+0.00"),
        (0.25, "+.2f", "+0.25"),
        (-0.0, "g", "0"),
        (-2.5, "g", "-2.5"),
        (1.0000000000000275e-62, ".3g", "1e-62"),
        (3.2e-61, ".3g", "3.2e-61"),
        (12345678901.5, ".1f", "12345678901.5"),
        (0.0005 + 1e-12, ".3f", "0.001"),  # the difference of two numbers near 1
        (0.0005 - 1e-12, ".3f", "0.001"),
        (-0.0004, ".0%", "0%"),
        (0.125, ".1%", "12.5%"),
        (-0.0, ".1e", "0.0e+00"),
        (0.5, "", "0.5"),
        (np.float32(-0.25), ".2f", "-0.25"),
        (float("inf"), ".2f", "inf"),
        (float("nan"), ".2f", "nan"),
        (-3, "d", "-3"),
        (0, "d", "0"),
    ],
)
def test_text_has_no_minus_before_a_zero_and_keeps_what_is_small(value, spec, shown):
    assert text(value, spec) == shown


@pytest.mark.parametrize(("value", "spec"), [(0.5, "d"), (0.5, "3q"), (1, "q")])
def test_text_refuses_what_is_no_format(value, spec):
    with pytest.raises(ValueError, match=spec[-1]):
        text(value, spec)

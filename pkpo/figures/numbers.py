"""Numbers as readers see them. Nothing here computes."""


def text(value, spec):
    """Write a number: the same on every processor, and never with a minus before a zero.

    A value between two texts, such as 0.96875 with four decimals, comes out a last bit above the
    edge on one processor and below it on another: digits that nobody sees are rounded off first.

    Args:
        value: a number; an integer if `spec` is for integers.
        spec: what `format` takes: a sign or none, a precision or none, and one of defg% or none.
    Returns:
        str.
    Raises:
        ValueError: `spec` is no format for `value`.
    """
    if spec.endswith("d"):
        return format(value, spec)
    rounded = round(float(value), 9) if spec.endswith("f") else float(f"{value:.9g}")
    sign = spec[: spec[:1] in ("+", "-", " ")]
    return format(rounded, f"{sign}z{spec.removeprefix(sign)}")

"""Labels: which attempts belong together."""

import numpy as np

from pkpo._arrays import is_array, is_traced, on_host
from pkpo._checks import as_array, at, shown, unmasked


def as_labels(name, labels, shape, of="g"):
    """Return the label of each attempt: an array that NumPy can sort, or a list of any labels.

    shape: that of the rewards, `of` by name.
    """
    group = labels
    if is_traced(group):
        raise TypeError(f"{name} must have values, which JAX is still tracing")
    unmasked(name, group)
    if isinstance(group, (list, tuple)):  # an array would make 1 and "1" the same
        got = (len(group),)
    else:
        group = as_array(name, on_host(group))
        got = group.shape
    if len(shape) != 1 or got != tuple(shape):
        raise ValueError(
            f"{of} and {name} must have one shape (N,), got shapes {tuple(shape)} and {got}"
        )
    if isinstance(group, (list, tuple)) or group.dtype.kind in "OT":
        return [_label(at(name, [i]), x) for i, x in enumerate(group)]
    if group.dtype.kind not in "biufSUmM":
        raise TypeError(f"{name} must hold labels, got dtype {group.dtype}")
    if group.dtype.kind in "fmM" and np.isnan(group).any():
        i = np.flatnonzero(np.isnan(group))[0]
        raise ValueError(f"{name}[{i}] must be a label, got {group[i]}, which is a missing one")
    return group


def _label(name, label):
    """Return a label, which is to have a hash and to be equal to itself."""
    try:
        if is_array(label):  # its hash would not depend on its value
            label = np.asarray(on_host(label)).item()
        hash(label)
        known = label is not None and bool(label == label)
    except Exception:  # lists have no hash; pandas.NA does not say what it is equal to
        known = False
    if not known:
        raise ValueError(f"{name} must be a label, got {shown(label)}")
    return label


def counted(labels):
    """Return the different labels, the number of the one of each attempt, and how often each is."""
    if isinstance(labels, np.ndarray):
        labels, group, sizes = np.unique(labels, return_inverse=True, return_counts=True)
        return labels.tolist(), group, sizes
    numbers = {}
    group = np.array([numbers.setdefault(x, len(numbers)) for x in labels], dtype=np.intp)
    return list(numbers), group, np.bincount(group, minlength=len(numbers))

"""Answering when prompts cannot be told apart: how to spread k tries over strategies."""

import numpy as np

from pkpo._checks import as_count, quietly, require
from pkpo._shapes import real_array


@quietly
def best_split(shares, k):
    """Return the probabilities of strategies that maximise pass@k when the prompt is not seen.

    A share w_j of the prompts is solved by strategy j alone, so that pass@k is the sum over j of
    w_j (1 - (1 - pi_j)**k). The best pi_j is max(0, 1 - (level / w_j)**(1/(k-1))), with the level
    at which they sum to 1; at k = 1 it is all on the largest share, split evenly among equals.

    Args:
        shares: w, shape (strategy,), positive.
        k: attempts, integer >= 1.
    Returns:
        pi, shape (strategy,), sums to 1.
    Raises:
        ValueError: k is not an integer >= 1; shares are not a list of finite numbers above 0.
        TypeError: shares do not hold real numbers.
    Source: chapter 9.
    """
    k, w = as_count("k", k), real_array("shares", shares, "strategy")
    if not len(w):
        raise ValueError("shares must have at least one entry, got none")
    require("shares", w, w > 0, "positive")
    if k == 1:
        return (w == w.max()) / np.sum(w == w.max())

    a = (w / w.max()) ** (-1 / (k - 1))
    order = np.argsort(a)
    # with the r largest shares in use, root_r = (level / max w)**(1/(k-1)) makes their pi sum to 1
    root = np.arange(len(w)) / a[order].cumsum()
    last = np.flatnonzero(root * a[order] < 1)[-1]
    used, pi = order[: last + 1], np.zeros(len(w))
    pi[used] = 1 - root[last] * a[used]
    return pi

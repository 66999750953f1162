"""`sloo_minus_one` in O(nk), from the formulas as the paper prints them, Theorem 6 corrected."""

import numpy as np


def sloo_minus_one(g, k):
    """Return Eq. 33 for one group as s_i minus its baseline, by the recursions over the ranks.

    Args:
        g: rewards, shape (n,).
        k: attempts allowed, integer in 2..n.
    Source: Walder & Karkhanis (2025), Thms. 5-7; every C(i-1, .) is a product of k factors.
    """
    n = len(g)
    order = np.argsort(g)
    g = g[order]
    rank = np.arange(1, n + 1)
    m_same = k / n * share(rank - 1, k - 1, n - 1)  # m_ii / C(n, k)
    lower = share(rank[:-1] - 1, k - 2, n - 2)
    m_next = k * (k - 1) / (n * (n - 1)) * lower  # m_{i,i+1} / C(n, k)

    best = m_same[-1] * g[-1]
    falls = g[:-1] * m_same[:-1] + g[1:] * (m_next - m_same[1:])
    s = best + np.append(np.cumsum(falls[::-1])[::-1], 0)  # Thm. 5, from the highest rank down

    baseline = (k - 1) ** 2 / (n - 1) * lower  # (k-1) C(i-1, k-2) / C(n-1, k-1)
    b = baseline @ g[1:] + np.append(0, np.cumsum(baseline * (g[:-1] - g[1:])))  # Thm. 6
    weight = np.empty(n)
    weight[order] = s - k / (n * (k - 1)) * b  # Thm. 7
    return weight


def share(i, m, n):
    """Return C(i, m) / C(n, m) for an array of i, as a product of m factors in 0..1."""
    product = np.ones(len(i))
    for j in range(m):
        product *= (i - j) / (n - j)
    return product

"""Pass@K Policy Optimization: estimates, and the reward transforms that follow from them.

The names below are the book in order: estimate pass@k and max@k (chapters 1 to 3), then turn
the rewards of a group of attempts into one weight per attempt (chapters 5 to 7).
The definitions in exact fractions are in `pkpo.exact`. What the book experiments on is in
`pkpo.lab`, what it shows in `pkpo.figures`; both are imported by name, and need more than NumPy.
"""

from pkpo.audit import audit
from pkpo.estimators import max_at_k, min_at_k, pass_at_k, pass_hat_k
from pkpo.grading import compare, score
from pkpo.groups import advantages_by_group, diagnostics
from pkpo.partitions import partitioned
from pkpo.transforms import advantages, jackknife, s, sloo, sloo_minus_one

__version__ = "0.1.0"
__all__ = [
    "pass_at_k",
    "pass_hat_k",
    "max_at_k",
    "min_at_k",
    "score",
    "compare",
    "s",
    "sloo",
    "sloo_minus_one",
    "jackknife",
    "advantages",
    "advantages_by_group",
    "diagnostics",
    "partitioned",
    "audit",
]

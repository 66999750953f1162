"""The explorers of the book, one function each: compute with the package, show in the browser.

`pkpo.explorer` is the figure with sliders that each of them fills.
"""

from pkpo.widgets.computing import gap_weights
from pkpo.widgets.exploration import search
from pkpo.widgets.gradient import credit, prompt_weight
from pkpo.widgets.metric import profiles, rank_weights, urn
from pkpo.widgets.objective import landscape
from pkpo.widgets.training import replay
from pkpo.widgets.variance import pushes, spread

__all__ = [
    "profiles",
    "urn",
    "rank_weights",
    "landscape",
    "prompt_weight",
    "credit",
    "gap_weights",
    "spread",
    "pushes",
    "replay",
    "search",
]

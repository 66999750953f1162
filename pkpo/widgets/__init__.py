"""The explorers of the book, one function each: compute with the package, show in the browser.

`pkpo.explorer` is the figure with sliders that each of them fills.
"""

from pkpo.widgets.metric import profiles, rank_weights, urn
from pkpo.widgets.objective import landscape

__all__ = ["profiles", "urn", "rank_weights", "landscape"]

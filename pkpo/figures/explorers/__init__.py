"""The explorers of the book, one function each: compute with the package, show in the browser.

`pkpo.figures.explorer` is the figure with sliders that each of them fills.
"""

from pkpo.figures.explorers.choosing import which_k
from pkpo.figures.explorers.computing import gap_weights, staircase
from pkpo.figures.explorers.exploration import hills, search
from pkpo.figures.explorers.gradient import credit, prompt_weight
from pkpo.figures.explorers.language import answering
from pkpo.figures.explorers.metric import profiles, rank_weights, two_tasks, urn, winners
from pkpo.figures.explorers.objective import landscape, levels
from pkpo.figures.explorers.objectives import rules
from pkpo.figures.explorers.trainers import pipeline
from pkpo.figures.explorers.training import replay
from pkpo.figures.explorers.variance import pushes, spread

__all__ = [
    "two_tasks",
    "profiles",
    "urn",
    "winners",
    "rank_weights",
    "levels",
    "landscape",
    "prompt_weight",
    "credit",
    "staircase",
    "gap_weights",
    "spread",
    "pushes",
    "replay",
    "hills",
    "search",
    "rules",
    "answering",
    "pipeline",
    "which_k",
]

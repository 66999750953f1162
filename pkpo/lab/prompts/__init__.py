"""Many prompts and one policy: what is learnt on a prompt moves the answers to all the others.

A softmax policy answers token by token. The logits of each token are linear in the features of
the prompt, and their coefficients are shared by all prompts. A verifier pays 1 for the one right
answer and 0 for every other, so the success probability of a prompt is a product of token
probabilities, and pass@k needs no sampling.
"""

from pkpo.lab.prompts.coverage import best_split
from pkpo.lab.prompts.policy import Prompts, measures
from pkpo.lab.prompts.problems import half_learnt, lookalikes

__all__ = ["best_split", "Prompts", "measures", "half_learnt", "lookalikes"]

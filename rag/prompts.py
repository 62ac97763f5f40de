"""The words that answers and generators share."""

REFUSAL = "The archive does not say."
"""The whole answer when there is none: one sentence, the same in every interface, so that programs can tell it."""

"""The extractive generator without an embedder, for tests that are about something else."""

from rag.generators.extractive import ExtractiveGenerator
from rag.relevance import Rarity, assess


def plain_extractive(rarity: Rarity) -> ExtractiveGenerator:
    """Return a generator that reads words alone."""
    return ExtractiveGenerator(lambda question, evidence: assess(question, evidence, rarity), rarity)

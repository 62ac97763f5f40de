"""Texts by which one way of computing vectors is compared with another, and how near the vectors must be."""

PROBES = (
    "Who reopened the harbour?",
    "The central bank lowered its policy rate by a quarter of a percentage point on Wednesday, to 4.25 percent.",
    "北京港口重新开放。",
)
"""Of three lengths and two scripts."""
LEAST_COSINE = 0.999
"""Of vectors that count as the same; what they are compared with is torch's in float32."""

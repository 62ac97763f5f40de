"""Reads files into articles: one module per kind of input, chosen by looking at the content, not only the suffix."""

"""A question in, a cited answer out. Knows nothing of files, HTTP or metrics. Read `rag/pipeline.py` first."""

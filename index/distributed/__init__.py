"""The same ingest with Ray's workers: they read, cut and embed, this process decides and writes (docs/adr/0042)."""

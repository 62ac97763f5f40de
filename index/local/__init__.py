"""The embedded store: SQLite is the truth, FAISS and Tantivy are caches built from it."""

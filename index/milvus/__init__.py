"""The `PassageStore` on Milvus: one file with Milvus Lite, or a cluster that any number of services share (docs/adr/0041)."""

"""What writes answers: each module is one implementation of `rag.protocols.Generator`, but for `prompted`, which models share."""

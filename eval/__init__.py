"""How good the answers are. Calls `rag` as a user would."""

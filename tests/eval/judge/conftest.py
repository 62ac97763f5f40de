"""The judge's key."""

import pytest

from eval.judge_model import API_KEY_VARIABLE
from tests.eval.judge.vendor import KEY


@pytest.fixture(autouse=True)
def _key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(API_KEY_VARIABLE, KEY)

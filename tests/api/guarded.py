"""A service with keys, and what is asked of it."""

from dataclasses import dataclass

import httpx2

from api.key_file import KeyFile

PAGE = "https://www.example.org"
QUESTION = {"question": "How many ships will Norlink sell?"}
CHAT = {"model": "dateline", "messages": [{"role": "user", "content": QUESTION["question"]}]}
KEY = b"dl_" + b"k" * 43


@dataclass(frozen=True, kw_only=True)
class Guarded:
    """A service with keys, one for each scope by its name."""

    http: httpx2.Client
    keys: KeyFile
    secrets: dict[str, str]

    def bearer(self, scope: str) -> dict[str, str]:
        """Return the header with the key of this scope."""
        return {"Authorization": f"Bearer {self.secrets[scope]}"}

"""One replica as tests see it."""

import time
from dataclasses import dataclass
from typing import Any

import httpx2

from api.key_file import KeyFile


@dataclass(frozen=True, kw_only=True)
class Replica:
    """A service, its keys, and a key that may see everything."""

    http: httpx2.Client
    keys: KeyFile
    admin: str

    def key(self, rate: str) -> str:
        """Return the secret of a new key with a rate, which counts from now on."""
        secret = self.keys.create(name="reader", scopes=["ask"], rate=rate)[1]
        time.sleep(1.1)  # the keys are looked at once a second
        return secret

    def used(self, secret: str, times: int) -> list[int]:
        """Use a key; return the statuses."""
        headers = {"X-Api-Key": secret}
        return [self.http.get("/v1/permissions", headers=headers).status_code for _ in range(times)]

    def ready(self) -> dict[str, Any]:
        """Return what `/readyz` says."""
        found: dict[str, Any] = self.http.get("/readyz").json()
        return found

    def shown(self, name: str) -> float:
        """Return the sum of a metric's samples."""
        text = self.http.get("/metrics", headers={"X-Api-Key": self.admin}).text
        return sum(float(line.rsplit(" ", 1)[1]) for line in text.splitlines() if line.startswith(name))

    def wait_for(self, redis: str | None) -> None:
        """Wait until `/readyz` says this about Redis."""
        deadline = time.monotonic() + 10
        while self.ready()["redis"] != redis:
            assert time.monotonic() < deadline, self.ready()
            time.sleep(0.05)

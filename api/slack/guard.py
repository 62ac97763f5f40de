"""Lets nobody but Slack past: what is not signed by it, or was signed too long ago, is refused before Slack's library sees it.

The library answers 500 to a time that is no number and to a signature that is not ASCII, and logs what it refuses with its
whole body; so it is asked to check nothing.
"""

import hashlib
import hmac
import re
import time

from fastapi import HTTPException, Request

from api.hosts import sent
from api.logs import note

MAX_BYTES = 1_048_576
"""The longest body that is read."""
SECONDS = 300
"""How old a request may be: Slack's own limit, against requests that somebody kept."""

_MOMENT = re.compile(rb"\d{1,12}")
_SIGNATURE = re.compile(rb"v0=[0-9a-f]{64}")


async def signed_body(request: Request, secret: str) -> bytes:
    """Return the body of a request that Slack signed just now.

    Raises:
        HTTPException: it did not (401).
    """
    moment = _header(request, b"x-slack-request-timestamp", _MOMENT)
    signature = _header(request, b"x-slack-signature", _SIGNATURE)
    if abs(time.time() - int(moment)) > SECONDS:
        raise _refused("stale")
    body = await request.body()
    expected = f"v0={hmac.new(secret.encode(), b'v0:' + moment + b':' + body, hashlib.sha256).hexdigest()}"
    if not hmac.compare_digest(expected.encode(), signature):
        raise _refused("signature")
    return body


def _header(request: Request, name: bytes, form: re.Pattern[bytes]) -> bytes:
    values = sent(request.scope, name)
    if len(values) != 1 or not form.fullmatch(values[0]):
        raise _refused("headers")
    return values[0]


def _refused(why: str) -> HTTPException:
    note(slack_refused=why)
    return HTTPException(
        401, "This is not signed by Slack with the secret of this service (slack_signing_secret), or it is older than 5 minutes."
    )

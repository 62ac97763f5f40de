"""Takes an event once: in the file that the workers of one machine share, and in Redis, which all replicas may share."""

import sqlite3

import structlog
from anyio import to_thread

from api.replicas import Replicas
from api.slack.state import TTL_SECONDS, SlackState

logger = structlog.get_logger()


class Claims:
    """Who answers an event of those that it is delivered to.

    Args:
        state: the file.
        replicas: what the replicas share, if they do.
    """

    def __init__(self, state: SlackState, replicas: Replicas | None) -> None:
        self._state, self._replicas = state, replicas

    async def first(self, *names: str) -> bool:
        """Take an event; return whether nobody had taken it under any of its names.

        While Redis does not reply, nobody on this machine: an event that Slack sends to two machines then may be answered twice.
        """
        try:
            if not await to_thread.run_sync(self._state.claim, *names):
                return False
        except (sqlite3.Error, OSError) as error:
            # Without knowing what was answered, an answer might be the second one.
            logger.error("slack event not answered", error=str(error))  # noqa: TRY400 - one line is enough
            return False
        return self._replicas is None or await self._replicas.take(names, TTL_SECONDS) is not False

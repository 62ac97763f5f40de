"""What somebody who opens a conversation with the bot is offered to ask: about the newest articles."""

import structlog

from api.answers import Service
from api.errors import NotReady
from api.slack.text import cut, on_one_line
from api.slack.web import SlackFailed, Web
from index.errors import IndexingError

logger = structlog.get_logger()

_OFFERED, _TITLE = 3, 60


async def suggest(web: Web, service: Service, channel: str) -> None:
    """Offer questions in a conversation; what goes wrong is no harm.

    Args:
        web: Slack.
        service: the archive.
        channel: of the conversation.
    """
    try:
        store = service.ready().store
        newest = await service.compute(lambda: list(store.articles(limit=_OFFERED)))
        prompts = [
            {"title": cut(on_one_line(article.title), _TITLE), "message": on_one_line(f"What is known about “{article.title}”?")}
            for article in newest
        ]
        if prompts:
            await web.told(web.again.assistant_threads_setSuggestedPrompts(channel_id=channel, prompts=prompts))
    except (SlackFailed, NotReady, IndexingError) as error:
        logger.info("slack prompts not shown", error=str(error))

"""What is in the archive: its publishers, and how many articles of each are dated in which month."""

from collections import defaultdict
from collections.abc import Iterable

from fastapi import APIRouter
from pydantic import BaseModel

from api.answers import ServiceDep
from index.types import PublisherMonth

router = APIRouter(prefix="/v1")


class MonthBody(BaseModel):
    """How many articles are dated in a month."""

    month: str | None
    """`2025-09`; null for undated articles."""
    articles: int


class PublisherBody(BaseModel):
    """A publisher of the archive."""

    publisher: str | None
    """Null for articles that name neither publisher nor agency."""
    articles: int
    months: list[MonthBody]


class PublishersBody(BaseModel):
    """What `GET /v1/publishers` gives."""

    publishers: list[PublisherBody]


@router.get("/publishers", operation_id="list_publishers")
async def list_publishers(service: ServiceDep) -> PublishersBody:
    """List the publishers, those with most articles first, each with its articles by month."""
    store = service.ready().store
    return publishers_body(await service.compute(store.publishers))


def publishers_body(found: Iterable[PublisherMonth]) -> PublishersBody:
    """Return the publishers as sent: most articles first, months in order, undated last."""
    months: dict[str | None, list[MonthBody]] = defaultdict(list)
    for counted in found:
        months[counted.publisher].append(MonthBody(month=counted.month, articles=counted.articles))
    listed = [
        PublisherBody(
            publisher=publisher,
            articles=sum(month.articles for month in counts),
            months=sorted(counts, key=lambda count: (count.month is None, count.month or "")),
        )
        for publisher, counts in months.items()
    ]
    return PublishersBody(publishers=sorted(listed, key=lambda body: (-body.articles, body.publisher or "")))

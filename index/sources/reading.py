"""Reads what a user named, files, folders, pages and feeds, in that order, through parser processes and the one way out."""

import os
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, replace
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from index.errors import ReadingStopped
from index.serialisation import link_to_fields
from index.sources.cage import CagedParser
from index.sources.continuity import Embed
from index.sources.fetch import Disallowed, Fetched, Fetcher, FetchError, Validators, looks_like_url
from index.sources.files import find_files, source_name
from index.types import Article, Item, Link, Origin, Prepared, Rejection, Unmodified, Visit

if TYPE_CHECKING:
    from index.distributed.reading import RemoteParser

Parser: TypeAlias = "CagedParser | RemoteParser"
# Parsers run ahead of the one that is being listened to; beyond a few, they would only wait for the embedder.
_MOST_PARSERS = 4
MOST_LINKS = 500
"""How many pages that one feed names are read. Each may take 20 seconds, and meanwhile nothing else is written."""


class Reader:
    """Yields articles, and everything that could not become one, from sources as typed. Close it at the end.

    `last_visit` returns what a web server said the last time, so that it need not send what has not changed. `parsers` are how
    many processes parse here, or those of a cluster; pages and feeds are fetched by this process in either case.
    """

    def __init__(
        self,
        *,
        fetcher: Fetcher,
        embed: Embed,
        passage_tokens: int,
        last_visit: Callable[[str], Visit | None],
        parsers: "int | Sequence[RemoteParser] | None" = None,
    ) -> None:
        if parsers is None or isinstance(parsers, int):
            count = parsers or min(_MOST_PARSERS, os.cpu_count() or 1)
            self._parsers: list[Parser] = [CagedParser(passage_tokens=passage_tokens, embed=embed) for _ in range(count)]
        else:
            self._parsers = [*parsers]
        self._idle = list(self._parsers)
        self._fetcher = fetcher
        self._last_visit = last_visit
        self._current: Parser | None = None
        self._stopped = False
        self._total = self._done = 0
        self.hidden: list[Path] = []
        """Hidden files and folders that were passed over."""

    @property
    def progress(self) -> float:
        """How much of the sources is read, 0 to 1, as far as that is known."""
        within = self._current.at if self._current else 0.0
        return min(1.0, (self._done + within) / max(1, self._total))

    def stop(self) -> None:
        """Make `read` end at the next item; safe to call from a signal handler."""
        self._stopped = True

    def read(self, sources: Sequence[str]) -> Iterator[Item]:
        """Yield what the sources hold.

        Raises:
            ReadingStopped: `stop` was called.
        """
        for item in self._read(sources):
            if self._stopped:
                raise ReadingStopped("reading was stopped")
            yield item

    def prepare(self, article: Article) -> Prepared:
        """Return passages and sketch of the article that `read` yielded last, computed in the process that read it.

        Raises:
            NotPrepared: it took too long or too much memory.
            ValueError: it is another article.
        """
        if self._current is None:
            raise ValueError("no article was read")
        return self._current.prepare(article)

    def close(self) -> None:
        """End the parser processes and the connections."""
        for parser in self._parsers:
            parser.kill()
        self._fetcher.close()

    def _read(self, sources: Sequence[str]) -> Iterator[Item]:
        plan: list[str | Path] = []
        self.hidden = []
        for urls, named in groupby(sources, key=looks_like_url):
            if urls:
                plan.extend(named)
            else:
                found, hidden = find_files(list(named))
                plan.extend(found)
                self.hidden.extend(hidden)
        self._total, self._done = len(plan), 0
        for files, group in groupby(plan, key=lambda step: isinstance(step, Path)):
            steps = list(group)
            yield from self._read_files(map(Path, steps)) if files else self._read_urls(map(str, steps))

    def _read_files(self, paths: Iterator[Path]) -> Iterator[Item]:
        """Read files in order, the next ones already being parsed by other processes."""
        running: deque[tuple[Parser, str]] = deque()
        for path in paths:
            parser = self._idle.pop()
            # A cluster's worker stands in another folder.
            parser.start({"source": source_name(path), "path": os.fsencode(path.absolute()).hex()})
            running.append((parser, source_name(path)))
            if not self._idle:
                yield from self._finish_file(*running.popleft())
        while running:
            yield from self._finish_file(*running.popleft())

    def _finish_file(self, parser: Parser, source: str) -> Iterator[Item]:
        empty = True
        for item in self._items(parser):
            empty = False
            if isinstance(item, Link):
                reason = f"only a teaser of {item.url}; ingest the feed, or the page, by its web address"
                yield Rejection(origin=item.origin, reason=reason, skipped=True)
            else:
                yield item
        if empty:
            yield Rejection(origin=Origin(source=source), reason="holds no article", skipped=True)
        self._done += 1

    def _read_urls(self, urls: Iterator[str]) -> Iterator[Item]:
        for url in urls:
            yield from self._read_url(url)
            self._done += 1

    def _read_url(self, url: str, link: Link | None = None) -> Iterator[Item]:
        """Read a page or a feed, then the pages that the feed only names; if all went well, note the visit."""
        origin = Origin(source=url)
        before = self._last_visit(url) or Visit(url=url)
        try:
            fetched = self._fetcher.fetch(url, validators=Validators(etag=before.etag, last_modified=before.last_modified))
        except FetchError as error:
            yield Rejection(origin=origin, reason=str(error), skipped=isinstance(error, Disallowed))
            return
        if fetched.not_modified:
            yield Unmodified(origin=origin)
            return
        links: list[Link] = []
        complete = empty = True
        for item in self._parsed(url, fetched, link):
            empty = False
            if isinstance(item, Link):
                links.append(item)
            else:
                complete = complete and not _failed(item)
                yield item
        for read in self._follow(origin, links) if link is None else _not_followed(origin, links):
            complete = complete and not _failed(read)
            yield read
        if empty:
            yield Rejection(origin=origin, reason="holds no article", skipped=True)
        if complete:
            yield Visit(url=url, etag=fetched.validators.etag, last_modified=fetched.validators.last_modified)

    def _follow(self, feed: Origin, links: Sequence[Link]) -> Iterator[Item]:
        for named in links[:MOST_LINKS]:
            yield from self._read_url(named.url, named)
        if len(links) > MOST_LINKS:
            reason = (
                f"{len(links) - MOST_LINKS:,} more pages were not read: the feed names {len(links):,}, and only the first "
                f"{MOST_LINKS} are followed; split it, or name the pages themselves"
            )
            place = replace(feed, position=f"after {links[MOST_LINKS - 1].origin.position}")
            yield Rejection(origin=place, reason=reason, skipped=True)

    def _parsed(self, url: str, fetched: Fetched, link: Link | None) -> Iterator[Article | Link | Rejection]:
        parser = self._idle.pop()
        job = {
            "source": url, "url": fetched.url, "media_type": fetched.content_type, "charset": fetched.charset,
            "fetched": asdict(fetched.fetched), "link": link_to_fields(link) if link else None,
        }  # fmt: skip
        parser.start(job, fetched.content)
        yield from self._items(parser)

    def _items(self, parser: Parser) -> Iterator[Article | Link | Rejection]:
        self._current = parser
        yield from parser.items()
        self._current = None
        self._idle.append(parser)


def _not_followed(feed: Origin, links: Sequence[Link]) -> Iterator[Item]:
    """Yield what is said of a page that turned out to be a feed."""
    if links:
        yield Rejection(origin=feed, reason="a feed that another feed names is not followed", skipped=True)


def _failed(item: Item) -> bool:
    return isinstance(item, Rejection) and not item.skipped

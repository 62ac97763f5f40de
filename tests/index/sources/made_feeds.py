"""Made-up feeds, and what is read from them."""

from index.sources.feed import read_feed
from index.types import Article, Link, Rejection

FEED_URL = "https://post.example/feeds/news.xml"
SENTENCE = "The harbour of Example Town reopened on Friday after nine days of repairs, the port authority said. "
LONG = SENTENCE * 8  # 136 words
CONTENT = "xmlns:content='http://purl.org/rss/1.0/modules/content/' xmlns:dc='http://purl.org/dc/elements/1.1/'"

Item = Article | Link | Rejection


def read(feed: str | bytes, url: str | None = FEED_URL) -> list[Item]:
    return list(read_feed(feed if isinstance(feed, bytes) else feed.encode(), "/news/feed.xml", url=url))


def rss(*items: str, channel: str = "<title>The Example Post</title>") -> str:
    listed = "".join(f"<item>{item}</item>" for item in items)
    return f"<?xml version='1.0'?><rss version='2.0' {CONTENT}><channel>{channel}{listed}</channel></rss>"


def atom(*entries: str, feed: str = "<title>The Example Post</title>") -> str:
    listed = "".join(f"<entry>{entry}</entry>" for entry in entries)
    return f"<feed xmlns='http://www.w3.org/2005/Atom' xml:lang='en'>{feed}{listed}</feed>"


def one(feed: str | bytes, url: str | None = FEED_URL) -> Item:
    (found,) = read(feed, url)
    return found


def article(feed: str | bytes) -> Article:
    found = one(feed)
    assert isinstance(found, Article), found
    return found


def link(feed: str | bytes, url: str | None = FEED_URL) -> Link:
    found = one(feed, url)
    assert isinstance(found, Link), found
    return found

"""What the ledger says of what was read."""

from index.types import Article, LedgerEntry, Outcome, Rejection, Unmodified


def notes(article: Article) -> list[str]:
    """Return what the ledger should say of how an article was read: unreadable dates, fields of other names, decoding."""
    unread = [f"{name}: {note}" for name, note in article.provenance.items() if note.startswith("unreadable")]
    mapped = [f"{name} from {note}" for name, note in article.provenance.items() if "field '" in note]
    decoded = [note for name, note in article.provenance.items() if name == "text" and "field '" not in note]
    return [*unread, *([", ".join(mapped)] if mapped else []), *decoded]


def article_entry(article: Article, outcome: Outcome, reason: str | None = None) -> LedgerEntry:
    """Return the entry of an article that was read."""
    return LedgerEntry(
        source=article.origin.source, position=article.origin.position, outcome=outcome,
        article_id=article.article_id, title=article.title, reason=reason,
    )  # fmt: skip


def entry_of(item: Article | Rejection | Unmodified, outcome: Outcome, reason: str) -> LedgerEntry:
    """Return the entry of what stores nothing."""
    return LedgerEntry(source=item.origin.source, position=item.origin.position, outcome=outcome, reason=reason)

"""What can go wrong while indexing. Messages say what happened, to what, and what to do.

IndexingError
├ SourceError                 a path cannot be read at all
│ └ FetchError                a page could not be fetched (index/sources/fetch.py)
│   └ Disallowed              its robots.txt does not let programs read it
├ NotPrepared                 an article's text could not be cut within the limits; the message is the reason
├ ReadingStopped              the user asked to stop; what was read is kept
├ ArchiveChanged              another process wrote what a decision about an article rests on; decide again
├ ModelError                  the embedding model is missing or is not the one it should be
│ ├ GpuUnavailable            no GPU can be used (index/gpu.py)
│ └ OpenVinoUnavailable       OpenVINO cannot run here (index/openvino_model.py)
├ ClusterError                Ray cannot be started or reached, or lost its workers
├ ExtraMissing                what was asked for needs a package that is not installed
├ ArchiveError
│ ├ ArchiveMismatch           made by another embedder or chunker, or by a newer Dateline
│ ├ ArchiveDamaged            what is stored is not what was written
│ ├ BackupUnusable            a file is no backup, or not a whole one
│ └ ArchiveUnavailable        cannot be opened or written (permissions, disk, lock)
│   └ ArchiveFull             there is no room for what is to be written
└ ArticleNotFound             no article has this id
"""


class IndexingError(Exception):
    """The root of what the index package raises on purpose."""


class SourceError(IndexingError):
    """A path cannot be read at all."""


class NotPrepared(IndexingError):  # noqa: N818
    """An article's text could not be cut into passages within the limits of its parser process."""


class ReadingStopped(IndexingError):  # noqa: N818
    """The user asked to stop reading; sources raise it, and ingest stores what was read until then."""


class ArchiveChanged(IndexingError):  # noqa: N818
    """Another process wrote meanwhile what a decision about an article rests on; nothing was stored, decide again."""


class ModelError(IndexingError):
    """The embedding model is missing or is not the one it should be."""


class ClusterError(IndexingError):
    """Ray cannot be started or reached, or lost what worked for it; what was acknowledged is stored."""


class ExtraMissing(IndexingError):  # noqa: N818 - reads as what it is
    """What was asked for needs a package that is not installed; the message says how to install it."""


class ArchiveError(IndexingError):
    """The archive cannot be used as it is."""


class ArchiveMismatch(ArchiveError):  # noqa: N818 - reads as what it is
    """The archive was made with another embedder or chunker, or by a newer Dateline."""


class ArchiveDamaged(ArchiveError):  # noqa: N818
    """What is stored is not what was written: the database file, or a row of it or of Milvus."""


class BackupUnusable(ArchiveError):  # noqa: N818
    """The file is no backup of an archive, or not a whole one; nothing was restored."""


class ArchiveUnavailable(ArchiveError):  # noqa: N818
    """The archive cannot be opened or written now."""


class ArchiveFull(ArchiveUnavailable):
    """There is no room for what is to be written; what is stored can be read."""


class ArticleNotFound(IndexingError):  # noqa: N818
    """No article of the archive has this id."""

    def __init__(self, article_id: str) -> None:
        """Name the id that was asked for."""
        super().__init__(f"No article has the id {article_id!r}. List them with: dateline articles list")
        self.article_id = article_id

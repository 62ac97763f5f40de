"""Builds the parts of the index from settings. The only place that knows which implementation stands behind a protocol."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict, assert_never

from index.backups import Backup, Progress
from index.checks import ArchiveCheck
from index.chunking import CHUNKER
from index.embedder_wiring import build_embedder_tokens, embedder_elsewhere, embedding_space
from index.errors import ArchiveUnavailable
from index.ingest import Ingest, Prepare
from index.preparation import Preparation
from index.protocols import Embedder, PassageStore
from index.settings import IndexSettings
from index.steps import WINDOW_PASSAGES
from index.types import Vectors

if TYPE_CHECKING:
    from index.distributed.cluster import Cluster
    from index.distributed.reading import RemoteParser
    from index.sources.reading import Reader
    from index.transfer import Transferred


class _Manifest(TypedDict):
    """What must be the same for an archive to be opened."""

    embedder: str
    dimension: int
    chunker: str


def build_store(settings: IndexSettings, *, filling: bool = False) -> PassageStore:
    """Return the archive's store; loads no model. Only a new archive of a server's embeddings asks that server something.

    `filling`: nobody is answered from it; it saves its caches also while much is stored.

    Raises:
        ArchiveError: the archive cannot be opened with these settings.
        ModelError: the model that the settings name is not there, or the server does not answer.
    """
    match settings.store:
        case "local":
            from index.local.store import LocalStore  # noqa: PLC0415 - one arm of a choice

            return LocalStore(settings.data, **_manifest(settings), filling=filling)
        case "milvus":
            from index.milvus.store import MilvusStore  # noqa: PLC0415 - one arm of a choice

            token = settings.milvus_token.get_secret_value() if settings.milvus_token else None
            name, index = settings.milvus_name, settings.milvus_index
            return MilvusStore(settings.milvus_url, name=name, index=index, token=token, **_manifest(settings))
        case other:
            assert_never(other)


def build_check(settings: IndexSettings, *, repair: bool = False) -> ArchiveCheck:
    """Return what is wrong with the archive, changing nothing; with `repair`, make its caches anew first where they are wrong.

    Raises:
        ArchiveError: there is no archive, or it cannot be opened with these settings.
        ModelError: the model that the settings name is not there, or the server does not answer.
    """
    _refuse_milvus(settings)
    from index.local.checking import check_archive, repair_caches  # noqa: PLC0415

    found = check_archive(settings.data, **_manifest(settings))
    if repair and any(problem.place == "caches" for problem in found.problems):
        repair_caches(settings.data, **_manifest(settings))
        found = check_archive(settings.data, **_manifest(settings))
    return found


def back_up(settings: IndexSettings, target: Path, progress: Progress) -> Backup:
    """Write the archive into a new file while others read and write it; return what the file holds.

    Raises:
        ArchiveError: there is no archive, it cannot be read or is damaged, or the file cannot be written.
    """
    _refuse_milvus(settings)
    from index.local.backup import make_backup  # noqa: PLC0415

    return make_backup(settings.data, target, progress)


def restore(settings: IndexSettings, backup: Path, progress: Progress) -> Backup:
    """Make the archive of a backup in the data folder, which must be empty or not there; return what it holds.

    Raises:
        ArchiveError: the backup is damaged or none, or the folder cannot be used.
    """
    _refuse_milvus(settings)
    from index.local.restore import restore_backup  # noqa: PLC0415

    return restore_backup(backup, settings.data, progress)


def migrate(settings: IndexSettings, target: str, progress: Progress) -> "Transferred":
    """Carry the archive of these settings to another store: a folder, or `milvus://HOST:PORT/NAME`; it stays where it is, too.

    Raises:
        ValueError: the target is none.
        ArchiveError: one of the archives cannot be read or written, or what arrived is not what was sent.
    """
    from index.migration import migrate_archive  # noqa: PLC0415 - needs both stores

    return migrate_archive(settings, target, progress)


def _refuse_milvus(settings: IndexSettings) -> None:
    if settings.store != "local":
        raise ArchiveUnavailable(
            "this is for an archive in a folder, and setting store is milvus. `dateline migrate --to NEW_FOLDER` reads and "
            "verifies everything that is on Milvus, and makes an archive of it that can be checked and backed up."
        )


def _manifest(settings: IndexSettings) -> _Manifest:
    """Return what an archive of these settings says about itself."""
    name, dimension = embedding_space(settings)
    return {"embedder": name, "dimension": dimension, "chunker": f"{CHUNKER}/{settings.passage_tokens}"}


def build_reader(
    settings: IndexSettings,
    store: PassageStore,
    embed: Callable[[Sequence[str]], Vectors],
    *,
    parsers: "int | Sequence[RemoteParser] | None" = None,
) -> "Reader":
    """Return what reads sources for an ingest into this store; starts the parser processes, one a core if not said otherwise.

    `parsers`: how many, or those of a cluster.

    Raises:
        ValueError: `fetch_private` names something that is no host, address or network.
    """
    from index.sources.fetch import Fetcher  # noqa: PLC0415 - commands that read nothing need not wait for them
    from index.sources.reading import Reader  # noqa: PLC0415

    return Reader(
        fetcher=Fetcher(allowed=settings.fetch_private),
        embed=embed,
        passage_tokens=settings.passage_tokens,
        last_visit=store.last_visit,
        parsers=parsers,
    )


def build_ingest(
    settings: IndexSettings,
    store: PassageStore,
    embedder: Embedder,
    *,
    prepare: Prepare | None = None,
    dry_run: bool = False,
    window: int = WINDOW_PASSAGES,
) -> Ingest:
    """Return the ingest into this store; articles are prepared by the reader that yields them, else in this process.

    `window`: how many passages are embedded together.
    """
    in_process = Preparation(build_embedder_tokens(settings), settings.passage_tokens) if prepare is None else prepare
    return Ingest(store=store, embedder=embedder, prepare=in_process, dry_run=dry_run, window=window)


def build_cluster(settings: IndexSettings, where: str, *, embedders: int | None = None) -> "Cluster":
    """Return Ray's workers for an ingest with these settings, each embedder of which uses one core; close it at the end.

    `where` is `local`, which starts Ray on this machine, or the address of a cluster, `HOST:PORT`. `embedders`: how many; None:
    as many as there are cores.

    Raises:
        ExtraMissing: Ray is not installed.
        ClusterError: Ray cannot be started or reached, or has no room.
        ModelError: the embedding model cannot be used there, or is another one than here.
        ValueError: `where` is no address, or the settings insist on a GPU.
    """
    from index.distributed.cluster import Cluster  # noqa: PLC0415 - Ray is an extra, and takes seconds to load

    return Cluster(
        where,
        build=embedder_elsewhere(settings),
        space=embedding_space(settings),
        passage_tokens=settings.passage_tokens,
        embedders=embedders,
    )

"""Finds the archives that `dateline migrate` carries between: that of the settings, and the one that is named."""

import re
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urlsplit

from index.backups import Progress
from index.settings import MILVUS_NAME, IndexSettings
from index.transfer import Contents, Transferred, TransferSource, TransferTarget, transfer

_SCHEMES = {"milvus": "http", "milvus+http": "http", "milvus+https": "https"}


def migrate_archive(settings: IndexSettings, target: str, progress: Progress) -> Transferred:
    """Carry the archive of these settings to `target`, and compare both.

    Raises:
        ValueError: the target is no folder and no address of Milvus, or holds a password.
        ArchiveError: one of the archives cannot be read or written, or what arrived is not what was sent.
    """
    address = _milvus_address(target, settings)
    with ExitStack() as closing:
        source = _source(settings, closing)
        contents = source.contents()
        return transfer(source, _target(settings, target, address, contents, closing), progress)


def _source(settings: IndexSettings, closing: ExitStack) -> TransferSource:
    if settings.store == "milvus":
        from index.milvus.connection import Connection  # noqa: PLC0415 - an extra
        from index.milvus.transfer import MilvusTransfer  # noqa: PLC0415

        connection = Connection(settings.milvus_url, _token(settings))
        closing.callback(connection.close)  # also if the archive is refused
        return MilvusTransfer(connection, settings.milvus_name)
    from index.local.transfer import LocalTransfer  # noqa: PLC0415 - one of two

    archive = LocalTransfer(settings.data / "archive.sqlite")
    closing.callback(archive.close)
    return archive


def _target(
    settings: IndexSettings, target: str, address: tuple[str, str] | None, contents: Contents, closing: ExitStack
) -> TransferTarget:
    if address is None:
        from index.local.transfer import LocalTarget  # noqa: PLC0415 - one of two

        folder = LocalTarget(Path(target), contents)
        closing.callback(folder.close)
        return folder
    from index.milvus.connection import Connection  # noqa: PLC0415 - an extra
    from index.milvus.transfer_target import MilvusTarget  # noqa: PLC0415

    where, name = address
    connection = Connection(where, _token(settings))
    closing.callback(connection.close)  # also if the target is refused
    archive = MilvusTarget(connection, name, contents, settings.milvus_index)
    closing.callback(archive.close)
    return archive


def _milvus_address(target: str, settings: IndexSettings) -> tuple[str, str] | None:
    """Return where Milvus is and the archive's name; None for a folder.

    Raises:
        ValueError: it looks like an address and is none.
    """
    if "://" not in target:
        return None
    scheme, _, rest = target.partition("://")
    to_file = rest.endswith(".db")
    # A path of a file may hold one; errors would repeat what stands before it elsewhere.
    if "@" in (rest.partition("/")[0] if to_file else rest):
        raise ValueError("--to: holds a user or a password, which errors would show; put user:password into setting milvus_token")
    if scheme not in _SCHEMES:
        raise ValueError(f"--to: {target!r} is neither a folder nor milvus://HOST:PORT/NAME nor milvus:///PATH/FILE.db")
    if to_file:
        return rest, settings.milvus_name
    parts = urlsplit(f"{_SCHEMES[scheme]}://{rest}")
    if not parts.hostname:
        raise ValueError(f"--to: {target!r} names no host; write milvus://HOST:PORT/NAME")
    name = parts.path.strip("/") or settings.milvus_name
    if not re.fullmatch(MILVUS_NAME, name):
        raise ValueError(
            f"--to: {name!r} is no name of an archive; letters, digits and _ are allowed, no digit first, at most 100 of them"
        )
    return f"{parts.scheme}://{parts.netloc}", name


def _token(settings: IndexSettings) -> str | None:
    return settings.milvus_token.get_secret_value() if settings.milvus_token else None

"""The file that keeps the access keys of an archive, shared by all processes."""

import fcntl
import os
import secrets
import stat
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from pydantic import ConfigDict, TypeAdapter, ValidationError, model_validator
from pydantic.dataclasses import dataclass

from api.keys import MAX_KEYS, Key, KeysUnusable, digest_of, new_secret

FILE = "keys.json"
"""The file of the keys, in the data folder."""

Stamp = tuple[int, int, int, int]

_MAX_BYTES = 8_000_000
# Some reasons repeat what stands there, however long it is.
_TOLD_CHARACTERS = 200
_MOMENT = "%Y-%m-%dT%H:%M:%SZ"


class UnknownKey(Exception):  # noqa: N818
    """No key has this id."""


@dataclass(frozen=True, slots=True, kw_only=True, config=ConfigDict(extra="forbid"))
class _Keys:
    """What the file holds."""

    version: Literal[1] = 1
    keys: tuple[Key, ...] = ()

    @model_validator(mode="after")
    def _told_apart(self) -> "_Keys":
        if len({key.id for key in self.keys}) < len(self.keys) or len({key.sha256 for key in self.keys}) < len(self.keys):
            raise ValueError("two keys have the same id or the same secret")
        return self


_KEYS = TypeAdapter(_Keys)


class KeyFile:
    """The keys of an archive, as processes share them: replaced as a whole, one writer at a time.

    Args:
        data: the folder of the archive.
    """

    def __init__(self, data: Path) -> None:
        self._data = data
        self.path = data / FILE

    def stamp(self) -> Stamp | None:
        """Return what changes whenever the file does; None when there is none.

        Raises:
            KeysUnusable: it cannot be looked at.
        """
        try:
            return _stamp(self.path.stat())
        except FileNotFoundError:
            return None
        except OSError as error:
            raise self._unreadable(error.strerror or str(error)) from error

    def read(self) -> tuple[Stamp, tuple[Key, ...]] | None:
        """Return all keys, revoked ones, too, and the stamp of the file that they stand in; None when there is none.

        Raises:
            KeysUnusable: the file is there, but cannot be read or is not what was written.
        """
        try:
            # Not blocking: a pipe of this name must not hold up the service.
            with os.fdopen(os.open(self.path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as file:
                status = os.fstat(file.fileno())
                content = file.read(_MAX_BYTES + 1) if stat.S_ISREG(status.st_mode) else b""
        except FileNotFoundError:
            return None
        except OSError as error:
            raise self._unreadable(error.strerror or str(error)) from error
        if len(content) > _MAX_BYTES:
            raise self._unreadable("it is too long")
        try:
            return _stamp(status), _KEYS.validate_json(content).keys
        except ValidationError as error:
            # What is wrong is told without what stands there.
            told = error.errors(include_input=False)[0]["msg"][:_TOLD_CHARACTERS]
            raise self._unreadable(f"it is damaged: {told}") from error

    def create(
        self, *, name: str, scopes: Sequence[str], rate: str | None = None, origins: Sequence[str] = ()
    ) -> tuple[Key, str]:
        """Make a key; return it and its secret, which nothing can give again.

        Raises:
            ValidationError: the key cannot be made so; the message says why.
            KeysUnusable: the keys cannot be read or written.
        """
        secret = new_secret()
        key = TypeAdapter(Key).validate_python(
            {
                "id": secrets.token_hex(4), "name": name, "sha256": digest_of(secret),
                "scopes": tuple(dict.fromkeys(scopes)), "created": _now(), "rate": rate, "origins": tuple(dict.fromkeys(origins)),
            }
        )  # fmt: skip
        with self._turn():
            _, known = self.read() or (None, ())
            while any(key.id == other.id for other in known):
                key = replace(key, id=secrets.token_hex(4))
            if sum(other.active for other in known) >= MAX_KEYS:
                raise KeysUnusable(f"There are {MAX_KEYS:,} keys already. Revoke some: dateline keys revoke ID")
            self._write((*known, key))
        return key, secret

    def revoke(self, key_id: str) -> Key:
        """Refuse a key from now on; its entry stays, so that logs can be understood. Return it as it is now.

        Raises:
            UnknownKey: no key has this id, or it is revoked already.
            KeysUnusable: the keys cannot be read or written.
        """
        if not self._data.is_dir():
            raise UnknownKey(key_id)
        with self._turn():
            _, known = self.read() or (None, ())
            found = next((key for key in known if key.id == key_id and key.active), None)
            if found is None:
                raise UnknownKey(key_id)
            revoked = replace(found, revoked=_now())
            self._write([revoked if key is found else key for key in known])
        return revoked

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """Wait for the other writers, and hold the lock: that of the folder, so no file is left for it."""
        try:
            self._data.mkdir(parents=True, exist_ok=True)
            folder = os.open(self._data, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        except OSError as error:
            raise self._unwritable(error) from error
        try:
            fcntl.flock(folder, fcntl.LOCK_EX)
            yield
        finally:
            os.close(folder)

    def _write(self, keys: Sequence[Key]) -> None:
        content = _KEYS.dump_json(_Keys(keys=tuple(keys)), indent=2) + b"\n"
        if len(content) > _MAX_BYTES:
            raise KeysUnusable(f"{self.path} would be longer than {_MAX_BYTES:,} bytes; make fewer keys.")
        aside = self.path.with_name(f"{FILE}.{secrets.token_hex(8)}")
        try:
            descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
            try:
                with os.fdopen(descriptor, "wb") as file:
                    if os.geteuid() == 0:  # the service itself seldom runs as root, and must be able to read it
                        owner = self._data.stat()
                        os.fchown(descriptor, owner.st_uid, owner.st_gid)
                    file.write(content)
                    file.flush()
                    os.fsync(descriptor)
                aside.replace(self.path)
            finally:
                aside.unlink(missing_ok=True)
            folder = os.open(self._data, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)
        except OSError as error:
            raise self._unwritable(error) from error

    def _unreadable(self, reason: str) -> KeysUnusable:
        return KeysUnusable(
            f"The access keys in {self.path} cannot be read ({reason}), so nobody is let in. Repair or restore the file; or "
            "remove it and make new keys: dateline keys create"
        )

    def _unwritable(self, error: OSError) -> KeysUnusable:
        return KeysUnusable(f"The access keys in {self.path} cannot be written ({error.strerror}).")


def _stamp(status: os.stat_result) -> Stamp:
    return status.st_mtime_ns, status.st_ctime_ns, status.st_size, status.st_ino


def _now() -> str:
    return datetime.now(UTC).strftime(_MOMENT)

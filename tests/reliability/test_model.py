"""Random operations on a real archive, beside a dictionary: whatever order they come in, both say the same."""

import shutil
import tempfile
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule

from benchmarks.reliability import model
from benchmarks.reliability.model import FILTERS, NUMBERS, VERSIONS, Differs, Model

# Ten thousand steps are one test.
pytestmark = pytest.mark.timeout(900)
# What is on disk when is for the tests of crashes; here every flush would cost more than all else.
IN_MEMORY = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108 - a folder of its own is made in it
NUMBER = st.integers(0, NUMBERS - 1)
VERSION = st.integers(1, VERSIONS)
WHERE = st.sampled_from(FILTERS)


class Archive(RuleBasedStateMachine):
    """The rules of `benchmarks.reliability.model`, drawn by hypothesis, which finds the shortest way to a difference."""

    def __init__(self) -> None:
        """Open a new archive."""
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="dateline-model-", dir=IN_MEMORY))
        self.model = Model(self.folder / "archive")

    @rule(number=NUMBER, version=VERSION)
    def put(self, number: int, version: int) -> None:
        """One version of an article."""
        self.model.put(number, version)

    @rule(number=NUMBER, version=VERSION)
    def put_in_second(self, number: int, version: int) -> None:
        """The same by the other store."""
        self.model.put_in_second(number, version)

    @rule(number=NUMBER)
    def delete(self, number: int) -> None:
        """One that may be there."""
        self.model.delete(number)

    @rule(number=NUMBER, where=WHERE, second=st.booleans())
    def by_words(self, number: int, where: object, *, second: bool) -> None:
        """All and one."""
        self.model.by_words(number, where, second=second)  # type: ignore[arg-type]  # of FILTERS

    @rule(number=NUMBER, where=WHERE, second=st.booleans())
    def by_vector(self, number: int, where: object, *, second: bool) -> None:
        """The ten nearest."""
        self.model.by_vector(number, where, second=second)  # type: ignore[arg-type]

    @rule(number=NUMBER)
    def histories(self, number: int) -> None:
        """All versions of one."""
        self.model.histories(number)

    @rule(what=st.sampled_from(["save", "reopen", "check", "everything", "restore"]))
    def upkeep(self, what: str) -> None:
        """A snapshot, both stores anew, an examination, every text, a backup: rarer than the rest, because they take longer."""
        model.do(self.model, what, 0, 1, FILTERS[0])

    def teardown(self) -> None:
        """Compare every text once more, and close."""
        try:
            self.model.everything()
        finally:
            self.model.close()
            shutil.rmtree(self.folder)


TestArchive = Archive.TestCase
# A step is a commit with its flush to disk, or two stores opened: most of the time of these tests.
TestArchive.settings = settings(max_examples=200, stateful_step_count=50)


def test_a_random_run_finds_no_difference() -> None:
    """What the program does for hours, for a moment; everything that can be done was done."""
    with tempfile.TemporaryDirectory(prefix="dateline-model-", dir=IN_MEMORY) as folder:
        done = model.run(Path(folder) / "archive", 300, 20250919)
    assert set(done) == set(model.WEIGHTS)


def test_a_difference_is_found(tmp_path: Path) -> None:
    """An article that vanishes from the archive, and one that stands there in another version."""
    tried = Model(tmp_path / "archive")
    tried.put(1, 1)
    tried.put(2, 1)
    tried.everything()
    tried._store.delete(model.article(2, 1).article_id)
    with pytest.raises(Differs, match="articles found by a word"):
        tried.by_words(1, FILTERS[0])
    with pytest.raises(Differs, match="how many are nearest"):
        tried.by_vector(1, FILTERS[0])
    tried._held = {1: 2}
    with pytest.raises(Differs, match="texts"):
        tried.everything()
    tried.close()

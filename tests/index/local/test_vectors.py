"""The vector cache: exactly what comparing every vector gives, or nearly, and never what was removed or not allowed."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import faiss
import numpy as np
import pytest
from numpy.typing import NDArray

from index.local.approximate import RECALL_AT, TARGET_RECALL
from index.local.filters import Allowed
from index.local.vectors import VectorCache

DIMENSION = 32
COUNT = 6_000
Floats = NDArray[np.float32]
Make = Callable[..., VectorCache]


def unit(rows: Floats) -> Floats:
    return np.asarray(rows / np.linalg.norm(rows, axis=-1, keepdims=True), dtype=np.float32)


@pytest.fixture(scope="module")
def vectors() -> Floats:
    """Return vectors in clusters of thirty, as float16 keeps them."""
    rng = np.random.default_rng(7)
    centres = np.repeat(rng.normal(size=(COUNT // 30, DIMENSION)), 30, axis=0)
    return unit(centres + rng.normal(size=(COUNT, DIMENSION))).astype(np.float16).astype(np.float32)


@pytest.fixture(scope="module")
def questions() -> Floats:
    """Return vectors that are in no cluster."""
    return unit(np.random.default_rng(8).normal(size=(60, DIMENSION)))


@pytest.fixture
def saved(vectors: Floats, tmp_path: Path) -> Make:
    """Return what makes a cache of all vectors, row 1 first, saved and loaded again."""

    def make(*, exact_up_to: int) -> VectorCache:
        cache = VectorCache(DIMENSION, exact_up_to=exact_up_to)
        cache.add(range(1, COUNT + 1), vectors)
        (tmp_path / "first").mkdir()
        cache.save(tmp_path / "first")
        return reloaded(cache, tmp_path / "first", exact_up_to)

    return make


def reloaded(cache: VectorCache, folder: Path, exact_up_to: int) -> VectorCache:
    if not folder.exists():
        folder.mkdir()
        cache.save(folder)
    again = VectorCache(DIMENSION, exact_up_to=exact_up_to)
    again.load(folder)
    return again


def allow(rows: range | list[int]) -> Allowed:
    mask = np.zeros(COUNT + 200, dtype=np.bool_)
    mask[list(rows)] = True
    return Allowed(mask=mask, count=int(mask.sum()))


def nearest_of(vectors: Floats, question: Floats, k: int, rows: range | list[int]) -> list[int]:
    """Return the rows that comparing each vector gives."""
    products = vectors[np.asarray(rows) - 1] @ question
    return [list(rows)[place] for place in np.argsort(-products, kind="stable")[:k]]


def rows_of(found: list[tuple[int, float]]) -> list[int]:
    return [row for row, _ in found]


def test_exact_search_gives_what_comparing_every_vector_gives(saved: Make, vectors: Floats, questions: Floats) -> None:
    """Rows and scores, without a filter, with a wide one and with a narrow one."""
    cache = saved(exact_up_to=COUNT)
    assert cache.about().kind == "exact"
    for question in questions:
        found = cache.nearest(question, 10)
        assert rows_of(found) == nearest_of(vectors, question, 10, range(1, COUNT + 1))
        np.testing.assert_allclose([score for _, score in found], vectors[np.array(rows_of(found)) - 1] @ question, atol=1e-5)
        for rows in (range(1, COUNT + 1, 2), [3, 4, 500, 2_000]):
            assert rows_of(cache.nearest(question, 10, allow(rows))) == nearest_of(vectors, question, 10, rows)


def test_codes_find_nearly_all_and_say_how_many(saved: Make, vectors: Floats, questions: Floats) -> None:
    """The recall in the manifest reaches the target, other questions find as much, and scores are those of exact search."""
    cache = saved(exact_up_to=COUNT - 1)
    about = cache.about()
    assert (about.kind, about.vectors, about.pending, about.queries) == ("refined", COUNT, 0, 200)
    assert TARGET_RECALL <= about.recall <= 1
    assert about.depth * RECALL_AT < COUNT / 2, "else all would be compared in full, and this test would show nothing"
    shared = []
    for question in questions:
        found = cache.nearest(question, RECALL_AT)
        shared.append(len({*rows_of(found)} & {*nearest_of(vectors, question, RECALL_AT, range(1, COUNT + 1))}))
        np.testing.assert_allclose([score for _, score in found], vectors[np.array(rows_of(found)) - 1] @ question, atol=1e-5)
        assert cache.nearest(question, 3) == found[:3]
    assert np.mean(shared) / RECALL_AT >= 0.98
    own = [rows_of(cache.nearest(vectors[row - 1], 1)) for row in range(1, COUNT, 100)]
    assert own == [[row] for row in range(1, COUNT, 100)]


def test_codes_honour_filters_and_a_narrow_one_exactly(saved: Make, vectors: Floats, questions: Floats) -> None:
    """Only allowed rows come, as many as asked; where few are allowed, each is compared in full and nothing is missed."""
    cache = saved(exact_up_to=COUNT - 1)
    shared = []
    for question in questions:
        odd = range(1, COUNT + 1, 2)
        wide = rows_of(cache.nearest(question, 50, allow(odd)))
        assert len(wide) == 50
        assert all(row % 2 for row in wide)
        shared.append(len({*wide} & {*nearest_of(vectors, question, 50, odd)}))
        narrow = list(range(1, COUNT, 601))
        assert rows_of(cache.nearest(question, 5, allow(narrow))) == nearest_of(vectors, question, 5, narrow)
        assert len(cache.nearest(question, 1_200, allow(range(1, 1_501)))) == 1_200
    assert np.mean(shared) / 50 >= 0.98
    assert cache.nearest(questions[0], 5, allow([])) == []


def test_codes_that_lose_too_much_are_not_used(tmp_path: Path) -> None:
    """Of hundreds of vectors that are nearly the same, codes cannot tell which is nearest: all are compared in full."""
    rng = np.random.default_rng(5)
    alike = unit(np.ones((1, DIMENSION)) + 1e-4 * rng.normal(size=(COUNT, DIMENSION)))
    cache = VectorCache(DIMENSION, exact_up_to=COUNT - 1)
    cache.add(range(1, COUNT + 1), alike)
    cache = reloaded(cache, tmp_path / "alike", COUNT - 1)
    assert (cache.about().kind, cache.about().recall) == ("exact", 1.0)
    stored = alike.astype(np.float16).astype(np.float32)
    assert cache.nearest(alike[7], 3)[0][1] == pytest.approx(float((stored @ alike[7]).max()), abs=1e-5)


def test_an_odd_dimension_is_searched_exactly(tmp_path: Path) -> None:
    """Codes take two numbers each."""
    cache = VectorCache(5, exact_up_to=3)
    cache.add(range(1, 6), np.eye(5, dtype=np.float32))
    (tmp_path / "odd").mkdir()
    cache.save(tmp_path / "odd")
    again = VectorCache(5, exact_up_to=3)
    again.load(tmp_path / "odd")
    assert again.about().kind == "exact"
    assert again.nearest(np.eye(5, dtype=np.float32)[2], 1) == [(3, 1.0)]


@pytest.mark.parametrize("exact_up_to", [COUNT, COUNT - 1])
def test_removed_vectors_are_gone_and_added_ones_found(
    saved: Make, vectors: Floats, questions: Floats, tmp_path: Path, exact_up_to: int
) -> None:
    """At once, after a snapshot that keeps the main index, and after one that is built anew."""
    cache = saved(exact_up_to=exact_up_to)
    added = unit(np.random.default_rng(9).normal(size=(100, DIMENSION)).astype(np.float32))
    cache.add(range(COUNT + 1, COUNT + 101), added)
    cache.remove([*range(1, 201), COUNT + 1, 10**9])

    def check(cache: VectorCache) -> None:
        assert cache.count() == COUNT - 200 + 99
        assert cache.nearest(added[1], 1)[0][0] == COUNT + 2
        for vector in (*vectors[:20], added[0]):
            assert not {*range(1, 201), COUNT + 1} & {*rows_of(cache.nearest(vector, 100))}
        assert rows_of(cache.nearest(added[0], 5, allow([1, 2, COUNT + 1, COUNT + 9]))) == [COUNT + 9]
        assert len(cache.nearest(questions[0], 10**6)) == cache.count()

    check(cache)
    kept = reloaded(cache, tmp_path / "second", exact_up_to)
    assert (kept.about().vectors, kept.about().pending) == (COUNT - 200, 99)
    assert (tmp_path / "second" / "vectors.faiss").samefile(tmp_path / "first" / "vectors.faiss")
    check(kept)
    kept.remove(range(201, 901))
    anew = reloaded(kept, tmp_path / "third", exact_up_to=kept.count() - (exact_up_to < COUNT))
    assert (anew.about().vectors, anew.about().pending) == (COUNT - 900 + 99, 0)
    assert (tmp_path / "third" / "vectors.faiss").stat().st_size < (tmp_path / "first" / "vectors.faiss").stat().st_size
    assert anew.nearest(added[1], 1)[0][0] == COUNT + 2
    assert not {*range(1, 901), COUNT + 1} & {*rows_of(anew.nearest(vectors[0], 1_000))}


def test_codes_are_refused_where_exact_search_is_wanted(saved: Make, tmp_path: Path) -> None:
    """So that the caches are rebuilt, as they are for vectors of another dimension and for a damaged or missing file."""
    saved(exact_up_to=COUNT - 1)
    with pytest.raises(ValueError, match="searched exactly"):
        VectorCache(DIMENSION, exact_up_to=COUNT).load(tmp_path / "first")
    with pytest.raises(ValueError, match="dimension 32, expected 16"):
        VectorCache(16, exact_up_to=COUNT - 1).load(tmp_path / "first")
    for name in ("vectors.faiss", "codes.faiss"):
        file = tmp_path / "first" / name
        whole = file.read_bytes()
        file.write_bytes(whole[:5_000])
        with pytest.raises(RuntimeError):
            VectorCache(DIMENSION, exact_up_to=COUNT - 1).load(tmp_path / "first")
        file.write_bytes(whole)
    file.unlink()
    with pytest.raises(RuntimeError):
        VectorCache(DIMENSION, exact_up_to=COUNT - 1).load(tmp_path / "first")


def test_an_empty_cache_can_be_saved_and_loaded(tmp_path: Path, questions: Floats) -> None:
    cache = reloaded(VectorCache(DIMENSION), tmp_path / "empty", 1)
    assert (cache.count(), cache.nearest(questions[0], 5), cache.about().kind) == (0, [], "exact")
    cache.add([4], questions[:1])
    cache.remove([4])
    assert (cache.count(), cache.nearest(questions[0], 5)) == (0, [])


def test_a_search_leaves_the_number_of_threads_alone(saved: Make, questions: Floats) -> None:
    """Also of the thread that made the cache: torch takes the number for its own."""
    before = faiss.omp_get_max_threads()
    faiss.omp_set_num_threads(2)
    try:
        cache = saved(exact_up_to=COUNT)
        cache.nearest(questions[0], 5)
        assert faiss.omp_get_max_threads() == 2
    finally:
        faiss.omp_set_num_threads(before)


def test_searches_side_by_side_find_the_same(saved: Make, questions: Floats) -> None:
    cache = saved(exact_up_to=COUNT - 1)
    alone = [cache.nearest(question, 20) for question in questions]
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(lambda question: cache.nearest(question, 20), questions)) == alone

"""Threads on one store, and two stores on one folder, while articles come and go."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from index.local.store import LocalStore
from index.types import Article, Where

OpenStore = Callable[..., LocalStore]
Put = Callable[..., Article]
VectorOf = Callable[[int], np.ndarray]


def test_readers_see_whole_generations_while_others_write(open_store: OpenStore, put: Put, vector: VectorOf) -> None:
    """Every question asked during writing finds each article with all rankers or with none, and the counts agree."""
    writer, reader = open_store(), open_store()
    done = threading.Event()

    def read(store: LocalStore) -> list[tuple[int, int]]:
        seen = []
        while not done.is_set():
            with store.consistent() as generation:
                near = {row for row, _ in store.nearest(vector(1), 1000, Where())}
                words = {row for row, _ in store.matching(["ferry"], 1000, Where())}
                assert near == words
                assert len(store.passages(sorted(near))) == len(near) == store.stats().passages
                assert store.stats().generation == generation
                seen.append((generation, len(near)))
        return seen

    with ThreadPoolExecutor(3) as pool:
        reading = [pool.submit(read, store) for store in (writer, reader, reader)]
        try:
            for number in range(25):
                article = put(writer, number)
                if number % 3 == 0:
                    writer.delete(article.article_id)
        finally:
            done.set()
        seen = [future.result() for future in reading]
    sizes = {generation: size for one in seen for generation, size in one}
    assert all(sizes[generation] == size for one in seen for generation, size in one)
    assert all(one == sorted(one, key=lambda pair: pair[0]) for one in seen)
    assert writer.stats().articles == reader.stats().articles == 16
    writer.close()
    reader.close()


def test_two_writers_take_turns(open_store: OpenStore, put: Put) -> None:
    """Articles stored by two stores at once are all there, each change in a generation of its own."""
    stores = [open_store(), open_store()]

    def write(which: int) -> None:
        for number in range(10):
            put(stores[which], 100 * which + number)

    with ThreadPoolExecutor(2) as pool:
        for future in [pool.submit(write, which) for which in (0, 1)]:
            future.result()
    for store in stores:
        with store.consistent():
            assert len(store.matching(["ferry"], 100, Where())) == 20
        assert store.stats().generation == 20
        store.close()

"""Views: threads read side by side, each at one generation, and who finds the caches behind brings them up to date alone."""

import os
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from index.local.store import LocalStore
from index.local.views import SharedLock
from index.types import Article, Where

OpenStore = Callable[..., LocalStore]
Put = Callable[..., Article]
VectorOf = Callable[[int], np.ndarray]
SECONDS = 20


def test_views_are_open_side_by_side(open_store: OpenStore, put: Put) -> None:
    """Two threads meet inside their views; with one lock they never would."""
    store = open_store()
    put(store, 1)
    meeting = threading.Barrier(2, timeout=SECONDS)

    def read() -> int:
        with store.consistent() as generation:
            meeting.wait()
            assert len(store.matching(["ferry"], 5, Where())) == store.stats().articles == 1
            return generation

    with ThreadPoolExecutor(2) as pool:
        assert [future.result() for future in [pool.submit(read) for _ in range(2)]] == [1, 1]
    store.close()


def test_of_two_that_find_the_caches_behind_one_brings_them_up_to_date() -> None:
    """The other waits no longer to be alone once that is done, but shares."""
    lock, done = SharedLock(), threading.Event()
    waiting = threading.Event()

    def later() -> bool:
        waiting.set()
        with lock.alone(unless=done.is_set) as share:
            return share is None

    with ThreadPoolExecutor(1) as pool:
        with lock.alone() as share:
            assert share is not None
            second = pool.submit(later)
            assert waiting.wait(SECONDS)
            while not lock.awaited:
                time.sleep(0.001)
            done.set()
            share()
            assert second.result(SECONDS)
        with lock.shared():
            pass


def test_more_threads_than_cores_take_turns(open_store: OpenStore, put: Put) -> None:
    """No more views are open at once than there are cores, and everybody gets one."""
    store = open_store()
    put(store, 1)
    cores = max(2, os.cpu_count() or 1)
    counting, inside, most = threading.Lock(), 0, 0

    def read(_: int) -> int:
        nonlocal inside, most
        with store.consistent():
            with counting:
                inside += 1
                most = max(most, inside)
            found = len(store.matching(["ferry"], 5, Where()))
            with counting:
                inside -= 1
            return found

    with ThreadPoolExecutor(4 * cores) as pool:
        assert sum(pool.map(read, range(40 * cores))) == 40 * cores
    assert 1 <= most <= cores
    store.close()


def test_an_open_view_keeps_its_generation_and_the_next_one_has_the_newest(
    open_store: OpenStore, put: Put, vector: VectorOf
) -> None:
    """An article stored meanwhile is in no ranker and no count of the open view; a view asked for meanwhile waits and has it."""
    store = open_store()
    put(store, 1)

    def newest() -> tuple[int, int]:
        with store.consistent() as generation:
            return generation, len(store.nearest(vector(1), 10, Where()))

    with ThreadPoolExecutor(1) as pool, store.consistent() as generation:
        put(store, 2)
        later = pool.submit(newest)
        with store.consistent() as again:
            assert again == generation == store.stats().generation == 1
            assert len(store.nearest(vector(1), 10, Where())) == len(store.matching(["ferry"], 10, Where())) == 1
            assert store.stats().articles == 1
        assert not later.done()
    assert later.result(SECONDS) == (2, 2)
    store.close()


def test_outside_a_view_one_sees_what_one_wrote(open_store: OpenStore, put: Put) -> None:
    store = open_store()
    with store.consistent():
        written = put(store, 1)
        assert store.find(article_id=written.article_id) is None
    assert store.find(article_id=written.article_id) == written
    store.close()


def test_a_view_that_fails_lets_others_in(open_store: OpenStore, put: Put) -> None:
    """Whatever is raised inside, and whether or not the caches had to be brought up to date first."""
    store = open_store()
    for number in (1, 2):
        put(store, number)
        for _ in range(2):
            try:
                with store.consistent():
                    raise ZeroDivisionError
            except ZeroDivisionError:
                pass
        with ThreadPoolExecutor(1) as pool:
            assert pool.submit(store.vector_index).result(SECONDS).pending == number
    store.close()


def test_who_waits_to_be_alone_goes_before_those_who_come_later() -> None:
    """Else questions without end would keep changes out for ever."""
    lock = SharedLock()
    order: list[str] = []
    first_in, first_may_go = threading.Event(), threading.Event()

    def first() -> None:
        with lock.shared():
            first_in.set()
            first_may_go.wait(SECONDS)

    def alone() -> None:
        with lock.alone() as share:
            order.append("alone")
            share()

    def later() -> None:
        with lock.shared():
            order.append("later")

    with ThreadPoolExecutor(3) as pool:
        waits = [pool.submit(first)]
        assert first_in.wait(SECONDS)
        waits.append(pool.submit(alone))
        while not lock.awaited:
            threading.Event().wait(0.001)
        waits.append(pool.submit(later))
        first_may_go.set()
        for one in waits:
            one.result(SECONDS)
    assert order == ["alone", "later"]


def test_who_was_alone_shares_without_anybody_alone_in_between() -> None:
    """A reader comes in beside it; another who wants to be alone waits for both."""
    lock = SharedLock()
    beside, entered = threading.Event(), threading.Event()

    def read() -> None:
        with lock.shared():
            beside.set()

    def alone() -> None:
        with lock.alone():
            entered.set()

    with ThreadPoolExecutor(2) as pool, lock.alone() as share:
        reading = pool.submit(read)
        assert not beside.wait(0.05)
        share()
        reading.result(SECONDS)
        wanting = pool.submit(alone)
        assert not entered.wait(0.05)
    wanting.result(SECONDS)
    assert entered.is_set()

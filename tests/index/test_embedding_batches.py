"""Questions that arrive together are embedded together; a lone one waits for nothing."""

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from numpy.typing import NDArray

from index.question_batches import QuestionBatches
from index.types import Vectors


class Slow:
    """Embeds each text as its number, notes the batches, and waits in the first until it is let go."""

    def __init__(self) -> None:
        self.batches: list[list[str]] = []
        self.threads: list[int] = []
        self.entered = threading.Event()
        self.let_go = threading.Event()

    def __call__(self, texts: Sequence[str]) -> Vectors:
        """Embed."""
        self.batches.append(list(texts))
        self.threads.append(threading.get_ident())
        self.entered.set()
        assert self.let_go.wait(10)
        if "bad" in texts:
            raise ValueError("a bad text")
        return np.asarray([[float(text)] for text in texts], dtype=np.float32)


def until(done: Callable[[], bool]) -> None:
    end = time.monotonic() + 10
    while not done():
        assert time.monotonic() < end
        time.sleep(0.001)


def test_a_lone_question_is_embedded_in_its_own_thread() -> None:
    """Nothing is handed over when nobody else asks."""
    slow = Slow()
    slow.let_go.set()
    batches = QuestionBatches[NDArray[np.float32]]()
    assert [float(batches(text, slow)[0]) for text in ("1", "2")] == [1.0, 2.0]
    assert slow.batches == [["1"], ["2"]]
    assert set(slow.threads) == {threading.get_ident()}


def test_what_comes_meanwhile_is_one_batch() -> None:
    """Questions that wait are embedded together, no more at once than allowed, and each gets its own vector."""
    slow = Slow()
    batches = QuestionBatches[NDArray[np.float32]](most=4)
    with ThreadPoolExecutor(8) as pool:
        first = pool.submit(batches, "0", slow)
        assert slow.entered.wait(10)
        later = [pool.submit(batches, str(number), slow) for number in range(1, 7)]
        until(lambda: len(batches._waiting) == 6)
        slow.let_go.set()
        assert float(first.result()[0]) == 0.0
        assert [float(asked.result()[0]) for asked in later] == [1, 2, 3, 4, 5, 6]
    assert [len(batch) for batch in slow.batches] == [1, 4, 2]


def test_several_may_embed_at_the_same_time() -> None:
    """With two cores' worth of requests, the second question does not wait for the first."""
    slow = Slow()
    batches = QuestionBatches[NDArray[np.float32]](at_once=2)
    with ThreadPoolExecutor(3) as pool:
        asked = [pool.submit(batches, str(number), slow) for number in range(3)]
        until(lambda: len(slow.batches) == 2 and len(batches._waiting) == 1)
        slow.let_go.set()
        assert [float(one.result()[0]) for one in asked] == [0, 1, 2]


def test_an_error_reaches_nobody_else() -> None:
    """When a batch fails its texts are embedded one by one, and the next question is embedded as usual."""
    slow = Slow()
    batches = QuestionBatches[NDArray[np.float32]]()
    with ThreadPoolExecutor(4) as pool:
        first = pool.submit(batches, "0", slow)
        assert slow.entered.wait(10)
        together = [pool.submit(batches, text, slow) for text in ("2", "bad", "1")]
        until(lambda: len(batches._waiting) == 3)
        slow.let_go.set()
        assert [float(asked.result()[0]) for asked in (first, together[0], together[2])] == [0.0, 2.0, 1.0]
        with pytest.raises(ValueError, match="a bad text"):
            together[1].result()
    assert float(batches("7", slow)[0]) == 7.0

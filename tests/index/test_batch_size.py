"""The size of batches is found by trying: it doubles while that pays, halves when memory runs out, and nothing is lost."""

import random
import time
from collections.abc import Callable, Sequence

import pytest
import torch

from index.batch_size import BatchSize, in_batches


def searched(seconds: Callable[[int], float], *, first: int = 32, most: int = 1_024, batches: int = 40) -> BatchSize:
    """Return what was found for a device that takes so many seconds for a batch of so many."""
    batch = BatchSize(first=first, most=most)
    for _ in range(batches):
        batch.took(batch.size, seconds(batch.size))
    return batch


@pytest.mark.parametrize(
    ("seconds", "size"),
    [
        (lambda n: 1.0 * n, 32),  # as a processor: every text takes its time
        (lambda n: max(1.0, n / 256), 256),  # a device with room for 256 at once
        (lambda _: 1.0, 1_024),  # one that is never full
        (lambda n: 0.5 + n / 100, 256),  # a price for each batch: from 256 to 512 a gain of 9 %
        (lambda n: n * n / 1_000, 16),  # larger is slower
    ],
    ids=["processor", "full at 256", "never full", "a price for each batch", "larger is slower"],
)  # fmt: skip
def test_it_doubles_while_that_pays(seconds: Callable[[int], float], size: int) -> None:
    """And stays where the next size is not a tenth faster, or where the limit is."""
    first = 16 if size == 16 else 32
    found = searched(seconds, first=first)
    assert (found.size, found.found) == (size, True)


def test_what_is_prepared_once_is_not_held_against_a_size() -> None:
    """The first batch of each size takes ten times as long."""
    seen: set[int] = set()

    def seconds(size: int) -> float:
        slow = 1 if size in seen else 10
        seen.add(size)
        return slow * max(1.0, size / 256)

    assert searched(seconds).size == 256


def test_a_fixed_size_stays() -> None:
    """Whatever it takes."""
    assert searched(lambda _: 1.0, first=32, most=32).size == 32


class Device:
    """Computes the length of texts; takes a while for each batch, and has room for so many at once."""

    def __init__(self, room: int, *, seconds: float = 0.0) -> None:
        self.room, self.seconds = room, seconds
        self.sizes: list[int] = []

    def __call__(self, texts: Sequence[str]) -> list[int]:
        """Compute, or raise what torch raises when a GPU is full."""
        self.sizes.append(len(texts))
        if len(texts) > self.room:
            raise torch.OutOfMemoryError("CUDA out of memory.")
        time.sleep(self.seconds)
        return [len(text) for text in texts]

    def all_of(self, texts: Sequence[str], batch: BatchSize) -> list[int]:
        """Compute all, in batches."""
        return in_batches(texts, self, batch, weight=len, full=torch.OutOfMemoryError, clock=time.perf_counter)


TEXTS = ["x" * random.Random(number).randrange(1, 400) for number in range(700)]  # noqa: S311 - fixed


@pytest.mark.parametrize("room", [1, 3, 31, 32, 100, 10_000])
def test_nothing_is_lost_when_memory_runs_out(room: int) -> None:
    """Every text is computed once and in its place; the size ends where there is room, and stays there."""
    device, batch = Device(room), BatchSize(first=32, most=256)
    assert device.all_of(TEXTS, batch) == [len(text) for text in TEXTS]
    assert sum(size for size in device.sizes if size <= room) == len(TEXTS)
    assert batch.size <= room
    refused = len(device.sizes)
    assert device.all_of(TEXTS, batch) == [len(text) for text in TEXTS]
    assert max(device.sizes[refused:]) <= room


def test_memory_that_others_take_later_makes_it_smaller_for_good() -> None:
    """What was found is too much from then on; afterwards it does not grow again."""
    device, batch = Device(10_000), BatchSize(first=32, most=256)
    device.all_of(TEXTS, batch)
    found = batch.size
    device.room = found // 2
    assert device.all_of(TEXTS, batch) == [len(text) for text in TEXTS]
    device.room = 10_000
    device.all_of(TEXTS, batch)
    assert batch.size == found // 2


def test_a_few_texts_that_are_too_many_are_divided() -> None:
    """Fewer than a batch, and there is no room for them all the same."""
    device, batch = Device(5), BatchSize(first=256, most=256)
    assert device.all_of(TEXTS[:20], batch) == [len(text) for text in TEXTS[:20]]
    assert batch.size <= 5


def test_a_few_texts_that_are_too_many_are_divided_once() -> None:
    """What has room in half a batch is not computed in quarters."""
    device, batch = Device(16), BatchSize(first=32, most=256)
    device.all_of(TEXTS[:20], batch)
    assert device.sizes == [20, 16, 4]
    assert batch.size == 16


def test_one_text_that_is_too_much_is_an_error() -> None:
    """There is nothing smaller to try."""
    with pytest.raises(torch.OutOfMemoryError):
        Device(0).all_of(TEXTS[:3], BatchSize(first=32, most=256))


def test_by_the_clock_too() -> None:
    """A device that takes four milliseconds a batch, however large, gets the largest."""
    device, batch = Device(10_000, seconds=0.004), BatchSize(first=8, most=64)
    device.all_of(["word"] * 600, batch)
    assert (batch.size, batch.found) == (64, True)
    assert Device(1).all_of([], batch) == []

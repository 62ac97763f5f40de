"""Milvus that does not answer, answers late, or ends: one clear error, nothing acknowledged lost, nothing half stored."""

import contextlib
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from pydantic import SecretStr, ValidationError

from index.errors import ArchiveUnavailable
from index.milvus.connection import Connection
from index.milvus.times import Times
from index.settings import IndexSettings
from index.types import LedgerEntry, Passage
from tests.contracts.stores import found, news, put, unit_rows
from tests.index.milvus.servers import Server, Way, check_whole, counts, free_port, open_store, served

pytestmark = pytest.mark.long

HASTY = Times(call=1.2, kept=0.2, yielded=0.1, taken_over=0.5, patience=20.0)


def test_where_nobody_is_there_is_one_error() -> None:
    """It names the address and what to look at; a token is never in it."""
    address = f"http://127.0.0.1:{free_port()}"
    with pytest.raises(ArchiveUnavailable, match=r"is it running, and are address and token right\?") as failure:
        Connection(address, "root:hush-hush")
    assert address in str(failure.value)
    assert "hush" not in str(failure.value)


def test_an_address_with_a_password_is_refused() -> None:
    """Errors name the address. An empty token, as compose files pass it, is none."""
    with pytest.raises(ValidationError) as failure:
        IndexSettings(milvus_url="https://root:hush@milvus:19530")
    (problem,) = failure.value.errors()
    assert "put user:password into setting milvus_token" in problem["msg"]
    assert "hush" not in problem["msg"]
    assert not IndexSettings(milvus_token=SecretStr("")).milvus_token


def test_who_never_answers_is_waited_for_so_long() -> None:
    """A port that takes connections and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        began = time.monotonic()
        with pytest.raises(ArchiveUnavailable):
            Connection(f"http://127.0.0.1:{silent.getsockname()[1]}", times=HASTY)
    assert time.monotonic() - began < 5


def test_a_slow_answer_is_an_error_and_the_next_is_none(way: Way) -> None:
    """What gRPC raises is told like everything else, and the connection goes on."""
    store = open_store(way.address, name="slow", times=HASTY)
    put(store, news("The ferry left."))
    way.delay = 2.0
    for _ in range(2):
        with pytest.raises(ArchiveUnavailable, match="deadline exceeded"):
            store.check()
    way.delay = 0.0
    time.sleep(2.5)  # what was sent meanwhile still goes its way, slowly
    store.check()
    assert found(store, "ferry") == ["The ferry left."]
    store.close()


def test_a_server_that_starts_again_is_used_again(tmp_path: Path) -> None:
    """Killed midway, it is an error until it is back; what was acknowledged is there, and the same again completes it."""
    texts = [f"Ferry {number} left.\n\nIt was full." for number in range(5)]
    with served(tmp_path) as server:
        store = open_store(server.address, name="again", times=replace(HASTY, call=5.0))
        store.begin_run(["/news"])
        for text in texts[:2]:
            put(store, news(text))
        server.kill()
        for _ in range(12):  # gRPC would wait longer after each attempt that failed
            with pytest.raises(ArchiveUnavailable):
                put(store, news(texts[2]))
            with pytest.raises(ArchiveUnavailable):
                store.check()
            time.sleep(0.3)
        server.start()
        time.sleep(1.3)
        store.check()
        check_whole(store, texts[:2])
        for text in texts:
            put(store, news(text), replaces=news(text).article_id if text in texts[:2] else None)
        store.finish_run()
        check_whole(store, texts)
        store.close()
        again = open_store(server.address, name="again")
        check_whole(again, texts)
        again.close()


def test_cut_connections_lose_nothing_and_leave_nothing(server: Server, way: Way) -> None:
    """Connections that end all the time while articles come in: each is acknowledged and there, or an error and absent."""
    store = open_store(way.address, name="cut", times=HASTY)
    ended = threading.Event()

    def cut() -> None:
        while not ended.wait(0.04):
            way.cut()

    threading.Thread(target=cut).start()
    acknowledged = []
    for number in range(12):
        with contextlib.suppress(ArchiveUnavailable):
            put(store, news(f"Ferry {number} left.\n\nIt was full."))
            acknowledged.append(f"Ferry {number} left.\n\nIt was full.")
    ended.set()
    last = "The last ferry left."
    for _ in range(20):
        with contextlib.suppress(ArchiveUnavailable):
            put(store, news(last))
            break
        time.sleep(0.5)
    check_whole(store, [*acknowledged, last])
    assert counts(store) == {"articles": len(acknowledged) + 1, "passages": 2 * len(acknowledged) + 1}
    with contextlib.closing(open_store(server.address, name="cut")) as other:
        check_whole(other, [*acknowledged, last])
    store.close()


def test_what_arrives_too_late_is_not_there(server: Server, way: Way) -> None:
    """Passages that a writer sent and gave up arrive when another has written since: nobody ever finds them."""
    slow, other = open_store(way.address, name="late", times=HASTY), open_store(server.address, name="late", times=HASTY)
    slow.begin_run(["/news"])
    put(slow, news("Ferry 1 left."))

    class Slowing(list[bytes]):
        """Slows the way down when what is to be written is put together."""

        def __iter__(self) -> Iterator[bytes]:
            way.delay = 3.0
            return super().__iter__()

    late = news("Ferry 2 left, and never arrived.")
    passage = Passage(article_id=late.article_id, start=0, end=len(late.text), text=late.text)
    entry = LedgerEntry(source="/news/a.txt", position="", outcome="accepted")
    with pytest.raises(ArchiveUnavailable, match="deadline exceeded"):
        slow.put(late, [passage], unit_rows(1, 1), embedded=Slowing([b"1"]), entry=entry)
    put(other, news("Ferry 3 left."))
    check_whole(other, ["Ferry 1 left.", "Ferry 3 left."])
    until = time.monotonic() + 20
    while counts(other)["passages"] < 3 and time.monotonic() < until:
        time.sleep(0.2)
    assert counts(other)["passages"] == 3  # it came
    check_whole(other, ["Ferry 1 left.", "Ferry 3 left."])
    way.delay = 0.0
    time.sleep(2)
    put(slow, news("Ferry 2 left."))
    check_whole(other, ["Ferry 1 left.", "Ferry 2 left.", "Ferry 3 left."])
    assert counts(other)["passages"] == 3
    for store in (slow, other):
        store.close()

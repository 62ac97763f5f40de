"""Writing that waits, is broken off, or finds no room: what was acknowledged stays, and the service goes on."""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from pathlib import Path
from typing import Any

import httpx2
import pytest

from api.settings import ServiceSettings
from index.wiring import build_store
from rag.pipeline import Pipeline
from tests.api.writing.sending import TRAM, add, story, wait_for
from tests.api.writing.site import Site

Serve = Callable[..., AbstractContextManager[httpx2.Client]]


def test_others_wait_their_turn_and_questions_do_not(client: httpx2.Client, site: Site) -> None:
    """While a page is slow to come, a question is answered, another article is 503 in time, and is stored when tried again."""
    url = site.page("/slow", "Slow page", story("tower"))
    site.held["/slow"] = threading.Event()
    assert add(client, publisher="Lindahl Post", text=story("cinema")).status_code == 201
    slow: list[httpx2.Response] = []
    thread = threading.Thread(target=lambda: slow.append(add(client, url=url)))
    thread.start()
    wait_for(lambda: "/slow" in site.asked)
    answer = client.post("/v1/answer", json={"question": "Who is the keeper of the cinema of Lindahl?"}).json()
    assert "Signe Aarup" in answer["answer"]
    busy = add(client, publisher="Lindahl Post", text=story("castle"))
    assert busy.status_code == 503
    assert int(busy.headers["retry-after"]) > 0
    site.held["/slow"].set()
    thread.join(20)
    assert slow[0].status_code == 201
    assert add(client, publisher="Lindahl Post", text=story("castle")).status_code == 201


def test_what_a_client_that_leaves_had_stored_stays(client: httpx2.Client, site: Site, folder: Path) -> None:
    """When the client goes in the middle of a feed, pages that were read are stored, the others are never asked for."""
    links = [site.page(f"/{name}", f"The {name} of Tved", story(name)) for name in ("quarry", "sawmill", "tannery")]
    site.held["/sawmill"] = threading.Event()
    feed = site.feed("/feed", *links)
    body = json.dumps({"url": feed}).encode()
    host, port = client.base_url.host, client.base_url.port
    with socket.create_connection((host, port)) as raw:
        raw.sendall(
            b"POST /v1/articles HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            b"Content-Length: %d\r\n\r\n%s" % (len(body), body)
        )
        wait_for(lambda: "/sawmill" in site.asked)
    time.sleep(0.2)  # the service learns that the connection is closed
    site.held["/sawmill"].set()
    # 503 while the other ingest still stores what it has read.
    wait_for(lambda: add(client, publisher="Lindahl Post", text=story("ferry")).status_code == 201)
    titles = {article["title"] for article in client.get("/v1/articles").json()["articles"]}
    assert "The quarry of Tved" in titles
    assert "/tannery" not in site.asked
    store = build_store(ServiceSettings(data=folder / "archive"))
    outcomes = {row.entry.source: row.entry.outcome for row in store.ledger()}
    store.close()
    assert outcomes[links[0]] == "accepted"
    assert links[2] not in outcomes


def test_a_full_disk_is_told_and_ends(client: httpx2.Client, pipelines: list[Pipeline]) -> None:
    """With no room to grow, writing is 507 with what to do, reading goes on, and room is used without a restart."""
    assert add(client, publisher="Lindahl Post", text=story("stadium")).status_code == 201
    database: Any = pipelines[0].store._database  # type: ignore[attr-defined]
    (pages,) = database.one("PRAGMA page_count")
    database.rows(f"PRAGMA max_page_count = {pages}")
    long = " ".join(story(f"room {number}") for number in range(20))
    full = add(client, publisher="Lindahl Post", text=long)
    assert full.status_code == 507, full.text
    assert "free some space" in full.json()["detail"]
    answer = client.post("/v1/answer", json={"question": "Who is the keeper of the stadium of Lindahl?"}).json()
    assert "Signe Aarup" in answer["answer"]
    database.rows("PRAGMA max_page_count = 1000000")
    assert add(client, publisher="Lindahl Post", text=long).status_code == 201


def test_a_locked_archive_is_told(client: httpx2.Client, pipelines: list[Pipeline]) -> None:
    """While another process writes for long, deleting and adding are 503 with when to try again."""
    article_id = add(client, publisher="Lindahl Post", text=story("bakery")).json()["article_id"]
    database: Any = pipelines[0].store._database  # type: ignore[attr-defined]
    database._connection.set_busy_timeout(50)
    with database.another().writing(changes=False):
        responses = [add(client, text=story("barn")), client.delete(f"/v1/articles/{article_id}")]
    for response in responses:
        assert response.status_code == 503
        assert "locked" in response.json()["detail"]
        assert int(response.headers["retry-after"]) > 0
    assert add(client, text=story("barn")).status_code == 201


def test_nothing_acknowledged_is_lost_when_the_service_is_killed(tmp_path: Path) -> None:
    """After SIGKILL right behind a 201, the article is there when the archive is opened again."""
    command = [sys.executable, "-m", "api.cli", "serve", "--port", "0", "--data", str(tmp_path / "archive")]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, cwd=Path(__file__).parents[3], env=os.environ) as process:
        try:
            assert process.stderr is not None
            url = next(match[0] for line in process.stderr if (match := re.search(r"http://[\d.:]+", line)))
            with httpx2.Client(base_url=url, timeout=30) as client:
                wait_for(lambda: client.get("/readyz").status_code == 200)
                response = add(client, publisher="Brunnhaven Echo", text=TRAM)
                process.send_signal(signal.SIGKILL)
        finally:
            process.kill()
    assert response.status_code == 201
    store = build_store(ServiceSettings(data=tmp_path / "archive"))
    try:
        assert store.article(response.json()["article_id"]).text == TRAM
        assert [row.entry.outcome for row in store.ledger()] == ["accepted"]
    finally:
        store.close()


def test_without_a_place_for_temporary_files_it_is_507(tmp_path: Path) -> None:
    """Questions are answered meanwhile, and without a restart articles are taken when there is one again."""
    place = tmp_path / "temporary"
    place.mkdir()
    command = [sys.executable, "-m", "api.cli", "serve", "--port", "0", "--data", str(tmp_path / "archive")]
    environment = {**os.environ, "TMPDIR": str(place)}
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, cwd=Path(__file__).parents[3], env=environment) as process:
        try:
            assert process.stderr is not None
            url = next(match[0] for line in process.stderr if (match := re.search(r"http://[\d.:]+", line)))
            with httpx2.Client(base_url=url, timeout=30) as client:
                wait_for(lambda: client.get("/readyz").status_code == 200)
                assert add(client, publisher="Brunnhaven Echo", text=TRAM).status_code == 201
                shutil.rmtree(place)
                for refused in (
                    add(client, publisher="Brunnhaven Echo", text=story("cinema")),
                    client.post("/v1/ingest", content=TRAM),
                ):
                    assert refused.status_code == 507
                    assert "TMPDIR" in refused.json()["detail"]
                assert client.post("/v1/search", json={"question": "When did the tram open?"}).status_code == 200
                place.mkdir()
                assert add(client, publisher="Brunnhaven Echo", text=story("cinema")).status_code == 201
        finally:
            process.kill()


def test_where_no_temporary_file_can_be_written_there_is_no_room() -> None:
    """Python tries all usual places before the first is used, and finds none usable where nothing can be written."""
    script = (
        "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))\n"
        "from api.uploads import temporary_folder\nfrom index.errors import ArchiveFull\n"
        "try:\n    temporary_folder().__enter__()\nexcept ArchiveFull as error:\n    print(error)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=Path(__file__).parents[3], env=os.environ
    )
    assert done.stdout == "There is no place for temporary files; free some space, or set TMPDIR.\n"


def test_stopping_stores_what_was_read(serve: Serve, site: Site, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A service that is stopped in the middle of a feed stores the pages that it has, asks for no more, and closes in order."""
    links = [site.page(f"/{name}", f"The {name} of Tved", story(name)) for name in ("kiln", "forge", "dairy")]
    site.held["/forge"] = threading.Event()
    feed = site.feed("/feed", *links)

    def send(client: httpx2.Client) -> None:
        with suppress(httpx2.HTTPError):  # the connection ends with the service
            add(client, url=feed)

    with serve(tmp_path) as client, httpx2.Client(base_url=client.base_url, timeout=30) as other:
        thread = threading.Thread(target=send, args=(other,))
        thread.start()
        wait_for(lambda: "/forge" in site.asked)
        threading.Timer(3, site.held["/forge"].set).start()  # after the service gave up waiting for the request
    thread.join(20)
    store = build_store(ServiceSettings(data=tmp_path))
    titles = {article.title for article in store.articles()}
    store.close()
    assert "The kiln of Tved" in titles
    assert "/dairy" not in site.asked
    assert "unexpected error" not in capsys.readouterr().out

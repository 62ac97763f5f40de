"""The compose files: the schema of compose, and what every service in them has to keep to."""

import re
import subprocess
import sys
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml.constructor import DuplicateKeyError

from benchmarks.dependencies import ROOT
from tests.deployment.reading import COMPOSE, IMAGE, documents, services

Service = dict[str, Any]

HARDENED = {"api", "dateline", "proxy", "redis"}
"""What nothing of root is needed for; databases of others are started as their makers do."""
PINNED = re.compile(r"[\w./-]+:(?!latest$)[\w.-]*\d[\w.-]*")
TEMPORARY = re.compile(r"/tmp:size=\d+m,mode=1777")  # noqa: S108 - within a container
PORT = 8000


def problems(name: str, service: Service) -> list[str]:
    """Return what is wrong with a service."""
    found = []
    if not PINNED.fullmatch(service["image"]):
        found.append("its image has no version")
    if service["image"].startswith(f"{IMAGE}:") != ("build" in service):
        found.append("ours is built here, others are not")
    if "no-new-privileges:true" not in service["security_opt"]:
        found.append("programs in it may gain rights")
    if name in HARDENED and (service.get("cap_drop") != ["ALL"] or not service.get("read_only")):
        found.append("it has rights that it does not need")
    if any(not str(port).startswith("127.0.0.1:") for port in service.get("ports", ())):
        found.append("others than this machine reach it")
    if not {"cpus", "memory"} <= set(service["deploy"]["resources"]["limits"]):
        found.append("it has no limits")
    if service["image"].startswith(f"{IMAGE}:"):
        found += own_problems(service)
    elif service.get("healthcheck", {"test": [None]})["test"][0] != "CMD":
        found.append("its health is not asked, or through a shell")
    return found


def own_problems(service: Service) -> list[str]:
    """Return what is wrong with a service of ours."""
    found = []
    if [volume.partition(":")[2] for volume in service["volumes"]] != ["/data"]:
        found.append("it writes elsewhere than to the archive's folder")
    if not any(TEMPORARY.match(tmpfs) for tmpfs in service["tmpfs"]):
        found.append("files that are sent have no place, or one without a limit")
    if "healthcheck" in service:
        found.append("its health is asked otherwise than the image does it, which is tested")
    if "DATELINE_PORT" in service["environment"]:
        found.append("its port is another than the image names")
    if any(not str(port).endswith(f":{PORT}") for port in service.get("ports", ())):
        found.append("a port leads nowhere")
    return found


ALL = [(file.name, name, service) for file in COMPOSE for name, service in services(file.read_text()).items()]


def schema_errors(*files: Path) -> str:
    linter = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec", *files]
    done = subprocess.run(linter, capture_output=True, text=True, check=False)
    assert bool(done.returncode) == ("ok -- validation done" not in done.stdout)
    return "" if done.returncode == 0 else done.stdout


def test_the_files_keep_to_the_schema() -> None:
    assert schema_errors(*COMPOSE) == ""


@pytest.mark.parametrize(
    ("said", "instead"), [("cap_drop: [ALL]", "cap_drop: ALL"), ("pids: 512", "pid: 512"), ("name: dateline", "nam: dateline")]
)
def test_a_file_that_does_not_is_found(said: str, instead: str, tmp_path: Path) -> None:
    text = COMPOSE[0].read_text()
    assert said in text
    (tmp_path / "compose.yaml").write_text(text.replace(said, instead))
    assert "compose.yaml" in schema_errors(tmp_path / "compose.yaml")


@pytest.mark.parametrize(("name", "service"), [each[1:] for each in ALL], ids=[f"{file}-{name}" for file, name, _ in ALL])
def test_a_service_keeps_to_our_rules(name: str, service: Service) -> None:
    assert problems(name, service) == []


@pytest.mark.parametrize(
    ("spoil", "found"),
    [
        (lambda service: service.update(image="dateline:latest"), "its image has no version"),
        (lambda service: service.update(image="redis:8.2"), "ours is built here, others are not"),
        (lambda service: service.update(security_opt=[]), "programs in it may gain rights"),
        (lambda service: service.update(cap_drop=[]), "it has rights that it does not need"),
        (lambda service: service.update(read_only=False), "it has rights that it does not need"),
        (lambda service: service.update(ports=["8000:8000"]), "others than this machine reach it"),
        (lambda service: service.update(ports=["127.0.0.1:8000:8080"]), "a port leads nowhere"),
        (lambda service: service["deploy"]["resources"].update(limits={}), "it has no limits"),
        (
            lambda service: service.update(healthcheck={"test": ["CMD", "true"]}),
            "its health is asked otherwise than the image does it, which is tested",
        ),
        (lambda service: service["volumes"].append("cache:/cache"), "it writes elsewhere than to the archive's folder"),
        (lambda service: service.update(tmpfs=["/t"]), "files that are sent have no place, or one without a limit"),
        (lambda service: service["environment"].update(DATELINE_PORT="9"), "its port is another than the image names"),
    ],
)
def test_a_service_that_does_not_is_found(spoil: Callable[[Service], None], found: str) -> None:
    service = deepcopy(services(COMPOSE[0].read_text())["dateline"])
    spoil(service)
    assert found in problems("dateline", service)


def test_health_that_is_asked_through_a_shell_is_found() -> None:
    """Ours is the image's; the others have their own."""
    service = deepcopy(services(COMPOSE[1].read_text())["redis"])
    assert problems("redis", service) == []
    service["healthcheck"]["test"] = ["CMD-SHELL", "x"]
    assert problems("redis", service) == ["its health is not asked, or through a shell"]


def test_every_volume_network_and_file_is_there() -> None:
    """What a service names is declared in its file, or stands beside it; and nothing is declared for nobody."""
    for path in COMPOSE:
        (file,) = documents(path.read_text())
        named = [volume.partition(":")[0] for service in file["services"].values() for volume in service.get("volumes", ())]
        assert {name for name in named if not name.startswith("./")} == set(file["volumes"])
        assert all((path.parent / name).is_file() for name in named if name.startswith("./"))
        assert {name for service in file["services"].values() for name in service.get("networks", ())} == set(
            file.get("networks", ())
        )
        assert all(set(service.get("depends_on", ())) < set(file["services"]) for service in file["services"].values())


def test_what_is_built_is_the_checkout() -> None:
    for path in COMPOSE:
        for service in services(path.read_text()).values():
            if "build" in service:
                assert (path.parent / service["build"]["context"]).resolve() == ROOT


def test_addresses_lead_to_services() -> None:
    """Whatever a service is told to connect to by name is a service of the same file, in a network that both are in."""
    named = services(COMPOSE[1].read_text())
    linked = 0
    for service in named.values():
        values = " ".join(service.get("environment", {}).values())
        for host, _ in re.findall(r"(?:^|[/ @])([a-z]+):(\d{4,5})\b", values):
            linked += 1
            assert set(named[host]["networks"]) & set(service["networks"])
            assert host in service["depends_on"]
    assert linked == 4


def test_the_proxy_leads_to_the_service() -> None:
    """Its ports agree with compose, it keeps the names that requests came under, waits for streams, and hides the figures."""
    text = (COMPOSE[1].parent / "nginx.conf").read_text()
    proxy = services(COMPOSE[1].read_text())["proxy"]
    assert proxy["ports"] == [f"127.0.0.1:8000:{re.findall(r'listen ([0-9]+);', text)[0]}"]
    assert f"server api:{PORT} resolve" in text
    assert text.count("{") == text.count("}")
    for line in ("proxy_set_header Host $http_host;", "proxy_buffering off;", "proxy_read_timeout 75s;"):
        assert line in text
    assert re.search(r"location = /metrics \{\s+return 404;", text)


def test_a_key_that_stands_twice_is_found() -> None:
    """Programs take the last one silently."""
    with pytest.raises(DuplicateKeyError):
        documents("a: 1\nb: 2\na: 3\n")

"""Every setting, route, file of keys and command line in the files for containers is one of Dateline's."""

import json
import re
import shlex
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from api.app import create_app
from api.cli import app
from api.key_file import KeyFile
from api.settings import ServiceSettings
from tests.deployment.reading import (
    BOUND,
    COMPOSE,
    IMAGE,
    LOCKS,
    MANIFESTS,
    ROOT,
    containers,
    documents,
    manifests,
    pod_of,
    services,
    texts,
)

SETTINGS = {f"DATELINE_{name.upper()}" for name in ServiceSettings.model_fields}
PAGE = ROOT / "docs" / "containers.md"
VERSION = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
CONFIGS = [
    (path, manifest["data"])
    for path, manifest in manifests()
    if manifest["kind"] == "ConfigMap" and "DATELINE_HOST" in manifest["data"]
]


def unknown(text: str) -> set[str]:
    """Return the variables in a text that are neither settings nor known to come."""
    return set(re.findall(r"DATELINE_[A-Z_]+[A-Z]", text)) - SETTINGS


def test_every_variable_is_a_setting() -> None:
    named = {path: found for path, text in texts().items() if (found := unknown(text))}
    assert not named
    assert unknown("DATELINE_HOSTS: a\nDATELINE_HOST_NAMES: b") == {"DATELINE_HOST_NAMES"}


def values() -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield what each service is given in its environment."""
    for path in COMPOSE:
        for name, service in services(path.read_text()).items():
            if service["image"].startswith(f"{IMAGE}:"):
                # What a shell's variable stands for is not known here; what stands when there is none is.
                given = {key: re.sub(r"\$\{\w+:-(.*)\}", r"\1", value) for key, value in service["environment"].items()}
                yield f"{path.name}-{name}", given
    for path, config in CONFIGS:
        yield str(path.relative_to(ROOT)), dict(config)


@pytest.mark.parametrize(("given"), [pytest.param(given, id=name) for name, given in values()])
def test_every_value_can_be_used(given: dict[str, Any]) -> None:
    known = {name.removeprefix("DATELINE_").lower(): value for name, value in given.items() if name in SETTINGS}
    assert known
    ServiceSettings(**known)


def test_the_names_of_the_service_are_known() -> None:
    """Requests come under the address that readers know, and from within the cluster under the Service's names."""
    assert len(CONFIGS) == len(BOUND) - 1
    names = [manifest["data"]["service"] for _, manifest in manifests() if manifest["metadata"]["name"] == "dateline-names"]
    (ingress,) = [manifest for _, manifest in manifests() if manifest["kind"] == "Ingress"]
    (public,) = {rule["host"] for rule in ingress["spec"]["rules"]} | {
        host for tls in ingress["spec"]["tls"] for host in tls["hosts"]
    }
    for (_, config), inside in zip(CONFIGS, names, strict=True):
        settings = ServiceSettings(public_url=config["DATELINE_PUBLIC_URL"], hosts=inside)  # type: ignore[arg-type]
        assert {public, "dateline.dateline.svc.cluster.local", "dateline"} <= set(settings.known_hosts())
    for _, manifest in manifests():
        for container in (pod_of(manifest) or {"containers": []})["containers"]:
            given = {variable["name"]: variable.get("value") for variable in container.get("env", ())}
            assert given.get("DATELINE_HOSTS") == ("$(SERVICE_NAMES),$(POD_IP)" if "ports" in container else None)
            # Kubernetes fills in only what stands before.
            assert "ports" not in container or list(given)[:3] == ["POD_IP", "SERVICE_NAMES", "DATELINE_HOSTS"]


def test_every_route_can_be_reached_from_outside_but_the_figures_and_health() -> None:
    routes = create_app(ServiceSettings(), lambda: pytest.fail("not started")).openapi()["paths"]
    (ingress,) = [manifest for _, manifest in manifests() if manifest["kind"] == "Ingress"]
    rules = [(path["pathType"], path["path"]) for path in ingress["spec"]["rules"][0]["http"]["paths"]]

    def leads(route: str) -> bool:
        return any(route == path or (kind == "Prefix" and route.startswith(f"{path}/")) for kind, path in rules)

    assert {route for route in routes if not leads(route)} == {"/metrics", "/healthz", "/readyz"}
    assert all(
        any(leads(route) and route.startswith(path) for route in [*routes, "/mcp", "/openapi.json", "/slack/events"])
        for _, path in rules
    )


def parse(line: str | list[str]) -> None:
    """Read a command line as `dateline` does, without running it.

    Raises:
        Exception: of typer, with the status of wrong usage.
    """
    words = shlex.split(line) if isinstance(line, str) else line
    command, name, parent = typer.main.get_command(app), "dateline", None
    while isinstance(command, typer.core.TyperGroup):
        assert words, "a command without what it is to do"
        parent = command.make_context(name, words, parent=parent)
        name, found, words = command.resolve_command(parent, [*parent._protected_args, *parent.args])
        assert found is not None
        command = found
    command.make_context(name or "", words, parent=parent)


def lines() -> Iterator[tuple[str, str | list[str]]]:
    """Yield every command line of Dateline in manifests, comments and the page on containers."""
    for path, manifest in manifests():
        for container in containers(pod_of(manifest) or {"containers": []}):
            if "args" in container:
                yield path.name, container["args"]
            for script in container.get("command", [])[2:]:
                for words in re.findall(r"(?:^|; )dateline ([^;]+)", script):
                    yield path.name, re.sub(r"\$\(.+?\)", "now", words)
    for path, text in {**texts(), PAGE: PAGE.read_text(encoding="utf-8")}.items():
        # What follows the image in `docker run`, or our service in `docker compose run` and `exec`.
        started = (
            rf"docker (?:run|compose) [^\n]*?(?:\b{IMAGE}:{re.escape(VERSION)}|(?:run|exec)(?: --?[^\n]+)* (?:dateline|api))"
        )
        for words in re.findall(rf"{started} ([a-z][^\n#`]*)", text):
            yield path.name, words
        for words in re.findall(r"exec \S+ (?:--container \S+ )?-- dateline ([^\n#`]+)", text):
            yield path.name, words


LINES = list(lines())


@pytest.mark.parametrize("line", [line for _, line in LINES], ids=[name for name, _ in LINES])
def test_every_command_line_can_be_used(line: str | list[str]) -> None:
    parse(line)


@pytest.mark.parametrize("line", ["serves", "serve --post 80", "keys", "keys make me", "ingest", "backup"])
def test_a_command_line_that_cannot_is_found(line: str) -> None:
    with pytest.raises((AssertionError, Exception), match=r"[Nn]o such|Missing|without what"):
        parse(line)


def test_command_lines_are_found() -> None:
    """In each kind of place."""
    assert {"stateful-set.yaml", "deployment.yaml", "ingest.yaml", "backup.yaml", "compose.yaml", "compose.milvus.yaml"} <= {
        name for name, _ in LINES
    }
    assert {"secrets.example.yaml", PAGE.name} <= {name for name, _ in LINES}


def test_our_image_has_the_version_of_the_project() -> None:
    tagged = {tag for text in texts().values() for tag in re.findall(rf"\b{IMAGE}:(\d[\w.-]*)", text)}
    for file in BOUND:
        tagged |= {image["newTag"] for image in documents(file.read_text())[0].get("images", ())}
    assert tagged == {VERSION}


def test_every_extra_that_is_named_has_a_lock() -> None:
    """What is installed into an image has hashes, extras too; the lock of one stands beside that of the others."""
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"]
    named = {
        extra
        for text in (*texts().values(), PAGE.read_text())
        for said in re.findall(r'EXTRAS(?:: |=")([a-z ]+)', text)
        for extra in said.split()
    }
    assert {"milvus", "redis"} <= named
    locked = {path.stem for path in LOCKS.glob("*.lock")}
    assert locked <= set(extras)
    assert named <= locked


def test_the_example_of_a_secret_is_read_as_keys(tmp_path: Path) -> None:
    """And what pods read by the link in their data folder is what the Secret holds now, as Kubernetes exchanges it."""
    (secret,) = [manifest for _, manifest in manifests() if manifest["metadata"]["name"] == "dateline-keys"]
    (content,) = secret["stringData"].values()
    mounted, data = tmp_path / "keys", tmp_path / "data"
    for version in ("..first", "..second"):
        (mounted / version).mkdir(parents=True)
        changed = content if version == "..first" else content.replace("nobody", "somebody")
        (mounted / version / "keys.json").write_text(changed)
    data.mkdir()
    (mounted / "..data").symlink_to("..first")
    (mounted / "keys.json").symlink_to("..data/keys.json")
    (data / "keys.json").symlink_to(mounted / "keys.json")
    file = KeyFile(data)
    before, known = file.read() or (None, ())
    assert [key.name for key in known] == ["nobody"]
    (mounted / "..data_tmp").symlink_to("..second")
    (mounted / "..data_tmp").replace(mounted / "..data")
    assert file.stamp() != before
    _, known = file.read() or (None, ())
    assert [key.name for key in known] == ["somebody"]
    assert json.loads(content)["keys"][0]["sha256"] == "0" * 64


def test_the_link_to_the_keys_leads_to_the_secret() -> None:
    linked = [containers(pod)[0] for _, manifest in manifests() if (pod := pod_of(manifest)) and "initContainers" in pod]
    assert len(linked) == len(BOUND) - 1
    for container in linked:
        assert container["command"] == ["ln", "-sfn", "/keys/keys.json", "/data/keys.json"]
        assert {mount["name"]: mount["mountPath"] for mount in container["volumeMounts"]} == {"data": "/data", "keys": "/keys"}


def test_the_schemas_are_those_of_the_files() -> None:
    """No file is forgotten: each is read by a test of this folder."""
    there = {path for path in (ROOT / "deploy").rglob("*") if path.suffix in {".yaml", ".yml"}}
    assert there == {*MANIFESTS, *BOUND, COMPOSE[1]}

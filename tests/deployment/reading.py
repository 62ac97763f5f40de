"""Reads the Dockerfile, the compose files and the manifests as the programs do that they are for."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

ROOT = Path(__file__).parents[2]
DOCKERFILE = ROOT / "Dockerfile"
COMPOSE = (ROOT / "compose.yaml", ROOT / "deploy" / "compose.milvus.yaml")
KUBERNETES = ROOT / "deploy" / "kubernetes"
BOUND = sorted(KUBERNETES.rglob("kustomization.yaml"))
MANIFESTS = sorted(set(KUBERNETES.rglob("*.yaml")) - set(BOUND))
LOCKS = ROOT / "deploy" / "locks"
IMAGE = "dateline"
"""The name of our image in all files."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Instruction:
    """One instruction of a Dockerfile."""

    name: str
    arguments: str
    stage: int


def instructions(text: str) -> list[Instruction]:
    """Return what a Dockerfile says, stage by stage; comments are left out, continued lines joined."""
    lines = re.sub(r"^\s*#.*\n", "", text, flags=re.MULTILINE).replace("\\\n", " ").splitlines()
    found: list[Instruction] = []
    stage = -1
    for line in filter(str.strip, lines):
        name, _, arguments = line.strip().partition(" ")
        stage += name == "FROM"
        found.append(Instruction(name=name, arguments=" ".join(arguments.split()), stage=stage))
    return found


@cache  # read by nearly every test; what changes a document copies it first
def documents(text: str) -> list[dict[str, Any]]:
    """Return the documents of a YAML file; a key that stands twice is an error, as it is for none of the programs."""
    return [document for document in YAML(typ="safe", pure=True).load_all(text) if document]


def services(text: str) -> dict[str, dict[str, Any]]:
    """Return the services of a compose file by name."""
    (file,) = documents(text)
    return dict(file["services"])


def manifests(paths: list[Path] | None = None) -> Iterator[tuple[Path, dict[str, Any]]]:
    """Yield every object of Kubernetes with its file."""
    for path in MANIFESTS if paths is None else paths:
        for document in documents(path.read_text(encoding="utf-8")):
            yield path, document


def pod_of(manifest: dict[str, Any]) -> dict[str, Any] | None:
    """Return what the pods of a Deployment, StatefulSet, Job or CronJob are made of; None of what makes none."""
    spec = manifest.get("spec", {})
    spec = spec.get("jobTemplate", {}).get("spec", spec)
    if "template" not in spec:
        return None
    pod = dict(spec["template"]["spec"])
    # Each pod gets a volume of its own for each of these.
    claims = [{"name": claim["metadata"]["name"]} for claim in spec.get("volumeClaimTemplates", ())]
    return {**pod, "volumes": [*claims, *pod["volumes"]]}


def containers(pod: dict[str, Any]) -> list[dict[str, Any]]:
    """Return all containers of a pod, those that only prepare it, too."""
    return [*pod.get("initContainers", []), *pod["containers"]]


def texts() -> dict[Path, str]:
    """Return everything that is read when Dateline is put into containers."""
    files = [DOCKERFILE, *COMPOSE, *MANIFESTS, *BOUND]
    return {file: file.read_text(encoding="utf-8") for file in files}

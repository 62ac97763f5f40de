"""The manifests: the schemas of Kubernetes, and what every pod in them has to keep to."""

import re
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest

from tests.deployment.reading import (
    BOUND,
    DOCKERFILE,
    IMAGE,
    KUBERNETES,
    MANIFESTS,
    ROOT,
    containers,
    documents,
    instructions,
    manifests,
    pod_of,
)

Manifest = dict[str, Any]

VERSIONS = ("1.30", "1.37")
"""The oldest and the newest Kubernetes that the manifests are held against."""
ALL = [(f"{path.relative_to(KUBERNETES)}-{manifest['kind']}", manifest) for path, manifest in manifests()]
PODS = [(name, pod) for name, manifest in ALL if (pod := pod_of(manifest)) is not None]
PORT = 8000
CONTAINED = {"allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True, "capabilities": {"drop": ["ALL"]}}
UID = int(next(each.arguments for each in instructions(DOCKERFILE.read_text()) if each.name == "USER").split(":")[0])


def problems(pod: Manifest) -> list[str]:
    """Return what is wrong with a pod."""
    found = []
    security = pod["securityContext"]
    if not security.get("runAsNonRoot") or (security.get("runAsUser"), security.get("fsGroup")) != (UID, UID):
        found.append("it runs as another user than the image's")
    if security.get("seccompProfile") != {"type": "RuntimeDefault"}:
        found.append("every call of the system is open to it")
    if pod.get("enableServiceLinks") is not False:
        found.append("Kubernetes sets DATELINE_PORT")
    if pod.get("automountServiceAccountToken") is not False:
        found.append("it may speak to Kubernetes")
    if not all("sizeLimit" in volume["emptyDir"] for volume in pod["volumes"] if volume["name"] == "tmp"):
        found.append("its temporary files have no limit")
    known = {volume["name"] for volume in pod["volumes"]}
    return found + [problem for container in containers(pod) for problem in container_problems(container, known)]


def container_problems(container: Manifest, volumes: set[str]) -> list[str]:
    """Return what is wrong with a container of a pod with these volumes."""
    found = []
    if container["image"] != f"{IMAGE}:0.1.0":
        found.append("its image is not the one that the kustomization names")
    if container["securityContext"] != CONTAINED:
        found.append("it has rights that it does not need")
    resources = container["resources"]
    if not all({"cpu", "memory"} <= set(resources.get(kind, ())) for kind in ("requests", "limits")):
        found.append("it has no requests or no limits")
    if any(mount["name"] not in volumes for mount in container["volumeMounts"]):
        found.append("it mounts what is not there")
    if any("subPath" in mount for mount in container["volumeMounts"]):
        found.append("what it mounts never changes")
    return found


def probe_problems(pod: Manifest) -> list[str]:
    """Return what is wrong with how a service is watched and stopped."""
    (container,) = pod["containers"]
    asked = {name: container[f"{name}Probe"]["httpGet"] for name in ("startup", "readiness", "liveness")}
    found = []
    if {name: probe["path"] for name, probe in asked.items()} != {
        "startup": "/readyz", "readiness": "/readyz", "liveness": "/healthz",
    }:  # fmt: skip
        found.append("a service that only loads is killed, or one that cannot answer is asked")
    if {probe["port"] for probe in asked.values()} != {"http"} or container["ports"] != [{"name": "http", "containerPort": PORT}]:
        found.append("it is asked at another port")
    waits = int(container["lifecycle"]["preStop"]["exec"]["command"][1])
    if not 0 < waits < pod["terminationGracePeriodSeconds"] - 10:
        found.append("answers on their way are cut off")
    return found


@pytest.mark.parametrize(("name", "manifest"), ALL, ids=[name for name, _ in ALL])
def test_a_manifest_keeps_to_the_schemas(name: str, manifest: Manifest) -> None:  # noqa: ARG001 - names the case
    for version in VERSIONS:
        kubernetes_validate.validate(manifest, version, strict=True)


def test_a_manifest_that_does_not_is_found() -> None:
    (deployment,) = [manifest for _, manifest in ALL if manifest["kind"] == "Deployment"]
    for spoil in ({"replica": 2}, {"replicas": "two"}, {"selector": "all"}):
        with pytest.raises(kubernetes_validate.ValidationError):
            kubernetes_validate.validate({**deployment, "spec": {**deployment["spec"], **spoil}}, VERSIONS[0], strict=True)


@pytest.mark.parametrize(("name", "pod"), PODS, ids=[name for name, _ in PODS])
def test_a_pod_keeps_to_our_rules(name: str, pod: Manifest) -> None:  # noqa: ARG001
    assert problems(pod) == []
    if "ports" in pod["containers"][0]:
        assert probe_problems(pod) == []


@pytest.mark.parametrize(
    ("spoil", "found"),
    [
        (lambda pod: pod["securityContext"].update(runAsUser=0), "it runs as another user than the image's"),
        (lambda pod: pod["securityContext"].pop("runAsNonRoot"), "it runs as another user than the image's"),
        (lambda pod: pod["securityContext"].pop("seccompProfile"), "every call of the system is open to it"),
        (lambda pod: pod.pop("enableServiceLinks"), "Kubernetes sets DATELINE_PORT"),
        (lambda pod: pod.pop("automountServiceAccountToken"), "it may speak to Kubernetes"),
        (lambda pod: pod["volumes"][-1].update(emptyDir={}), "its temporary files have no limit"),
        (lambda pod: pod["containers"][0].update(image="dateline"), "its image is not the one that the kustomization names"),
        (lambda pod: pod["containers"][0]["securityContext"].pop("capabilities"), "it has rights that it does not need"),
        (lambda pod: pod["initContainers"][0]["securityContext"].clear(), "it has rights that it does not need"),
        (lambda pod: pod["containers"][0]["resources"].pop("limits"), "it has no requests or no limits"),
        (lambda pod: pod["containers"][0]["volumeMounts"].append({"name": "no"}), "it mounts what is not there"),
        (lambda pod: pod["containers"][0]["volumeMounts"][0].update(subPath="x"), "what it mounts never changes"),
    ],
)
def test_a_pod_that_does_not_is_found(spoil: Callable[[Manifest], None], found: str) -> None:
    pod = deepcopy(next(pod for _, pod in PODS if "initContainers" in pod))
    spoil(pod)
    assert found in problems(pod)


@pytest.mark.parametrize(
    ("spoil", "found"),
    [
        (
            lambda pod: pod["containers"][0]["livenessProbe"]["httpGet"].update(path="/readyz"),
            "a service that only loads is killed, or one that cannot answer is asked",
        ),
        (lambda pod: pod["containers"][0]["ports"][0].update(containerPort=80), "it is asked at another port"),
        (lambda pod: pod.update(terminationGracePeriodSeconds=10), "answers on their way are cut off"),
    ],
)
def test_a_service_that_is_watched_wrongly_is_found(spoil: Callable[[Manifest], None], found: str) -> None:
    pod = deepcopy(next(pod for _, pod in PODS if "initContainers" in pod))
    spoil(pod)
    assert found in probe_problems(pod)


def bound(folder: Path) -> list[Manifest]:
    """Return everything that a kustomization binds, also through others."""
    (file,) = documents((folder / "kustomization.yaml").read_text())
    found = []
    for resource in file["resources"]:
        path = (folder / resource).resolve()
        found += bound(path) if path.is_dir() else [manifest for _, manifest in manifests([path])]
    return found


VARIANTS = [file.parent for file in BOUND if file.parent.name != "common"]


def test_every_manifest_is_bound_or_an_example() -> None:
    named = {(file.parent / resource).resolve() for file in BOUND for resource in documents(file.read_text())[0]["resources"]}
    assert {path for path in named if path.is_file()} == {path for path in MANIFESTS if "example" not in path.name}
    assert {file.parent.name for file in BOUND} == {"common", "one-box", "replicas"}


@pytest.mark.parametrize("folder", VARIANTS, ids=lambda folder: folder.name)
def test_what_belongs_together_is_found(folder: Path) -> None:
    """The Service's pods, the budget's and the autoscaler's are there, and so are the settings and claims that pods name."""
    there = bound(folder)
    names = {(manifest["kind"], manifest["metadata"]["name"]) for manifest in there}
    assert len(names) == len(there)
    workloads = [manifest for manifest in there if pod_of(manifest) is not None]
    (api,) = [manifest for manifest in workloads if manifest["kind"] in {"Deployment", "StatefulSet"}]
    labels = api["spec"]["template"]["metadata"]["labels"]
    for manifest in there:
        match manifest["kind"]:
            case "Service":
                assert manifest["spec"]["selector"] == labels
                assert [port["targetPort"] for port in manifest["spec"]["ports"]] == ["http"]
            case "PodDisruptionBudget":
                assert manifest["spec"]["selector"]["matchLabels"] == labels
            case "HorizontalPodAutoscaler":
                target = manifest["spec"]["scaleTargetRef"]
                assert (target["kind"], target["name"]) == (api["kind"], api["metadata"]["name"])
                assert "replicas" not in api["spec"]
                assert manifest["spec"]["minReplicas"] > 1
            case "Ingress":
                backends = {path["backend"]["service"]["name"] for path in manifest["spec"]["rules"][0]["http"]["paths"]}
                assert {("Service", name) for name in backends} <= names
    claims = {f"{claim['metadata']['name']}-dateline-0" for claim in api["spec"].get("volumeClaimTemplates", ())}
    claims |= {name for kind, name in names if kind == "PersistentVolumeClaim"}
    for workload in workloads:
        pod = pod_of(workload) or {}
        for container in containers(pod):
            sources = [source["configMapRef"]["name"] for source in container.get("envFrom", ())]
            assert {("ConfigMap", name) for name in sources} <= names
        claimed = {volume["persistentVolumeClaim"]["claimName"] for volume in pod["volumes"] if "persistentVolumeClaim" in volume}
        assert claimed <= claims
        assert pod["serviceAccountName"] == "dateline"
        assert workload["kind"] != "CronJob" or workload["spec"]["concurrencyPolicy"] == "Forbid"


def test_one_archive_has_one_pod_on_a_disk_of_its_node() -> None:
    """SQLite is shared by processes of one machine: jobs run where the service does, and a second service never starts."""
    there = bound(KUBERNETES / "one-box")
    (api,) = [manifest for manifest in there if manifest["kind"] == "StatefulSet"]
    assert api["spec"]["replicas"] == 1
    (claim,) = api["spec"]["volumeClaimTemplates"]
    assert claim["spec"]["accessModes"] == ["ReadWriteOnce"]
    for job in (manifest for manifest in there if manifest["kind"] == "CronJob"):
        (rule,) = (pod_of(job) or {})["affinity"]["podAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]
        assert rule["labelSelector"]["matchLabels"] == api["spec"]["template"]["metadata"]["labels"]
        assert rule["topologyKey"] == "kubernetes.io/hostname"


def test_nothing_is_reached_that_is_not_allowed() -> None:
    """Whatever is not named is closed, in both directions; who is asked by address is in a network policy."""
    for folder in VARIANTS:
        policies = {
            manifest["metadata"]["name"]: manifest["spec"] for manifest in bound(folder) if manifest["kind"] == "NetworkPolicy"
        }
        assert policies["nothing-by-default"] == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
        ports = {port["port"] for policy in policies.values() for rule in policy.get("egress", ()) for port in rule["ports"]}
        assert ports == {53, 80, 443} | ({19530, 6379} if folder.name == "replicas" else set())


def test_the_service_reaches_no_site_and_the_page_says_so() -> None:
    """An article that is added by its address fails there; whoever wants it otherwise is told what to write."""
    (policy,) = [each for _, each in manifests() if each["metadata"]["name"] == "sources"]
    labels = policy["spec"]["podSelector"]["matchLabels"]
    assert labels["app.kubernetes.io/component"] == "ingest"
    page = (ROOT / "docs" / "containers.md").read_text()
    (written,) = re.findall(r"`(matchExpressions: .*values: \[api, ingest\].*)`", page)
    (instead,) = documents(written)[0]["matchExpressions"]
    assert instead["key"] in labels

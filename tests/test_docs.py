"""The documents say what the code does: every setting, route, command and option is in them, and their links lead somewhere."""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer

from api.app import create_app
from api.cli import app
from api.settings import ServiceSettings
from eval.__main__ import _parser
from eval.report import METRICS
from index.failpoints import STEPS, VARIABLE
from index.ingest import IngestReport
from rag.types import AbstainReason

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
PAGES = sorted([*DOCS.rglob("*.md"), *ROOT.glob("*.md"), *(ROOT / "examples").glob("*.md")])


def sections(page: str) -> dict[str, str]:
    """Return the text below each heading of a page, by heading without marks."""
    text = re.sub(
        r"^```.*?^```", lambda m: m[0].replace("\n#", "\n #"), (DOCS / page).read_text(), flags=re.DOTALL | re.MULTILINE
    )
    parts = re.split(r"^#+ (.+)$", text, flags=re.MULTILINE)
    return {heading.replace("`", ""): body for heading, body in zip(parts[1::2], parts[2::2], strict=True)}


def commands() -> Iterator[tuple[str, typer.core.TyperCommand]]:
    """Yield every command with its full name."""

    def walk(name: str, command: typer.core.TyperCommand) -> Iterator[tuple[str, typer.core.TyperCommand]]:
        if isinstance(command, typer.core.TyperGroup):
            for child in command.commands.values():
                yield from walk(f"{name} {child.name}", child)
        else:
            yield name, command

    yield from walk("dateline", typer.main.get_command(app))


COMMANDS = dict(commands())
ROUTES = [
    (method.upper(), path, operation)
    for path, operations in create_app(ServiceSettings(), lambda: pytest.fail("not started")).openapi()["paths"].items()
    for method, operation in operations.items()
]


@pytest.mark.parametrize("name", ServiceSettings.model_fields)
def test_every_setting_is_documented(name: str) -> None:
    """Each setting has a heading with its variable, its default and its bounds."""
    section = sections("settings.md")[name]
    field = ServiceSettings.model_fields[name]
    assert f"`DATELINE_{name.upper()}`" in section
    assert f"Default: `{field.default}`" in section
    schema = ServiceSettings.model_json_schema()["properties"][name]
    for bound in ("minimum", "maximum"):
        if bound in schema:
            assert re.search(rf"(?<![\d.]){schema[bound]:,}(?!\d|\.\d)", section)
    for value in schema.get("enum", ()):
        assert f"`{value}`" in section


def test_no_setting_is_made_up() -> None:
    """Every variable in the documents is a setting."""
    named = {name for page in PAGES for name in re.findall(r"DATELINE_([A-Z_]+[A-Z])", page.read_text())}
    secrets = {"EMBEDDER_API_KEY", "GENERATOR_API_KEY", "JUDGE_API_KEY"}  # keys are no settings: they must not stand in a file
    assert named <= {name.upper() for name in ServiceSettings.model_fields} | secrets | {VARIABLE.removeprefix("DATELINE_")}


def test_extras_are_installed_from_the_checkout() -> None:
    """No package of this name is published: whoever installed it by its name would get somebody else's."""
    assert not [page.name for page in PAGES if "dateline[" in page.read_text()]


def test_every_failpoint_is_documented() -> None:
    """Each step at which tests kill a process stands in the page on reliability, with how things are there."""
    text = (DOCS / "reliability.md").read_text()
    assert not [step for step, means in STEPS.items() if f"| `{step}` | {means} |" not in text]


@pytest.mark.parametrize(("method", "path", "operation"), ROUTES, ids=[f"{method} {path}" for method, path, _ in ROUTES])
def test_every_route_is_documented(method: str, path: str, operation: dict[str, object]) -> None:
    """Each route has a heading, a curl example, and every query parameter."""
    section = sections("http.md")[f"{method} {path}"]
    assert "curl" in section
    parameters = operation.get("parameters", [])
    assert isinstance(parameters, list)
    for parameter in parameters:
        assert f"`{parameter['name']}`" in section


def test_no_route_is_made_up() -> None:
    """Every heading of the form `POST /…` is a route."""
    documented = {heading for heading in sections("http.md") if re.match(r"[A-Z]+ /", heading)}
    assert documented == {f"{method} {path}" for method, path, _ in ROUTES}


def test_every_field_of_requests_and_responses_is_documented() -> None:
    """All fields of all bodies, as sent, are named in the page on HTTP."""
    schemas = create_app(ServiceSettings(), lambda: pytest.fail("not started")).openapi()["components"]["schemas"]
    ours = {name: schema for name, schema in schemas.items() if "ValidationError" not in name}
    assert {"QuestionBody", "AnswerBody", "HitsBody", "ArticleBody", "ArticlesBody"} <= set(ours)
    text = (DOCS / "http.md").read_text()
    missing = {
        (name, field)
        for name, schema in ours.items()
        for field in schema["properties"]
        if not re.search(rf'[`"]{field}[`"]', text)
    }
    assert not missing


def test_every_reason_to_abstain_is_documented() -> None:
    """Programs can tell the reasons apart, so each is explained."""
    text = (DOCS / "http.md").read_text()
    assert all(f"`{reason}`" in text for reason in AbstainReason.__args__)  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_is_documented(name: str) -> None:
    """Each command has a heading, an example, its exit codes and every one of its options and arguments."""
    section = sections("commands.md")[name]
    assert re.search(rf"^\$ {name}\b", section, re.MULTILINE)
    assert "Exit" in section
    for parameter in COMMANDS[name].params:
        if parameter.name == "help":
            continue
        for option in (
            parameter.opts if parameter.param_type_name == "option" else [(parameter.metavar or parameter.name or "").upper()]
        ):
            assert f"`{option}" in section, option


def test_no_command_is_made_up() -> None:
    """Every heading that begins with `dateline` is a command, and every command line in an example exists."""
    documented = {heading for heading in sections("commands.md") if heading.startswith("dateline ")}
    assert documented == set(COMMANDS)
    for page in PAGES:
        for line in re.findall(r"^\$ (?:\S*/)?(dateline .+)$", page.read_text(), re.MULTILINE):
            assert any(line.startswith(name) for name in COMMANDS), line
    fenced = "\n".join(re.findall(r"^```.*?^```", (DOCS / "commands.md").read_text(), re.DOTALL | re.MULTILINE))
    known = {option for command in COMMANDS.values() for parameter in command.params for option in parameter.opts}
    assert set(re.findall(r"(?<= )--[a-z-]+", fenced)) <= known | {"--debug", "--help", "--gold", "--report", "--k"}


def test_the_eval_commands_are_documented() -> None:
    """Every command of `python -m eval`, its options and every metric are in the page on eval, and commands.md points there."""
    text = (DOCS / "eval.md").read_text()
    (commands,) = (action.choices for action in _parser()._actions if isinstance(action.choices, dict))
    for name, command in commands.items():
        assert f"`{name} " in text
        options = {option for action in command._actions for option in action.option_strings if option.startswith("--")}
        assert {option for option in options - {"--help"} if option not in text} == set()
    assert {metric for metrics in METRICS.values() for metric in metrics if f"`{metric}`" not in text} == set()
    assert "eval.md" in (DOCS / "commands.md").read_text()


def test_the_outcomes_of_ingest_are_documented() -> None:
    """The five outcomes of the ledger are explained."""
    assert all(f"`{outcome}`" in sections("commands.md")["dateline ingest"] for outcome in IngestReport(entries=()).counts)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    """Every link to a file, and every file named by its path, is there."""
    text = page.read_text()
    prose = re.sub(r"^```.*?^```", "", text, flags=re.DOTALL | re.MULTILINE)
    for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", prose):
        assert target.startswith(("https://", "http://")) or (page.parent / target).exists(), target
    for path in re.findall(r"`((?:api|rag|index|eval|tests|docs|benchmarks|examples)/[\w./-]+\.(?:py|md|jsonl|txt))`", prose):
        assert (ROOT / path).exists(), path


def test_make_targets_of_the_documents_exist() -> None:
    """Every `make` target that a document names is in the Makefile."""
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    for page in PAGES:
        named = set(re.findall(r"(?:`|^\$ |^)make ([a-z-]+)", page.read_text(), re.MULTILINE))
        assert named <= targets, (page, named - targets)


def test_decisions_are_numbered_and_whole() -> None:
    """Decisions count up from 0001 without a gap; each has the number in its title, a status, a date, and the four parts."""
    files = sorted((DOCS / "adr").glob("*.md"))
    numbers = [file.name[:4] for file in files]
    assert numbers == [f"{n:04}" for n in range(1, len(files) + 1)]
    for file, number in zip(files, numbers, strict=True):
        text = file.read_text()
        assert text.startswith(f"# {number}: ")
        assert re.search(r"^- Status: \w+", text, re.MULTILINE)
        assert re.search(r"^- Date: \d{4}-\d\d-\d\d$", text, re.MULTILINE)
        assert re.findall(r"^## (.+)$", text, re.MULTILINE) == ["Context", "Options", "Decision", "Consequences"]


def test_decisions_that_are_cited_exist() -> None:
    """`docs/adr/0006` in code or documents is a decision that is there."""
    there = {file.name[:4] for file in (DOCS / "adr").glob("*.md")}
    sources = [*PAGES, *(file for package in ("api", "rag", "index", "eval") for file in (ROOT / package).rglob("*.py"))]
    cited = {number for file in sources for number in re.findall(r"adr/(\d{4})", file.read_text())}
    assert cited
    assert cited <= there


def test_no_document_shows_a_place_of_ours() -> None:
    """No document, sample or source names a folder of the machine that it was written on."""
    folders = ("api", "benchmarks", "docs", "eval", "examples", "index", "rag", "tests")
    found = [file for folder in folders for file in (ROOT / folder).rglob("*")] + list(ROOT.glob("*.*")) + [ROOT / "Makefile"]
    files = [file for file in found if file.suffix in (".md", ".toml", ".jsonl", ".txt", ".py", "") and file.is_file()]
    ours = re.compile("/" + "work/|/tmp/" + r"probe|\.\./" + "shared")
    assert len(files) > 100
    assert not [file for file in files if ours.search(file.read_text(encoding="utf-8"))]


def test_every_dependency_is_argued_for() -> None:
    """Each package that pyproject.toml names has a line in docs/dependencies.md."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    named = [*project["dependencies"], *(name for extra in project["optional-dependencies"].values() for name in extra)]
    text = (DOCS / "dependencies.md").read_text()
    assert not [name for name in named if f"`{re.split('[<>=!~;]', name)[0]}`" not in text]


def test_every_benchmark_is_documented_and_none_is_made_up() -> None:
    """A benchmark is a module or a package under `benchmarks/` that can be run, or a part of a package that cannot."""
    folder = ROOT / "benchmarks"
    whole = {path.parent for path in folder.glob("*/__main__.py")}
    modules = [path for path in (*folder.glob("*.py"), *folder.glob("*/*.py")) if path.parent not in whole]
    there = {path for path in modules if '__name__ == "__main__"' in path.read_text(encoding="utf-8")} | whole
    named = {".".join(path.relative_to(folder).with_suffix("").parts) for path in there}
    assert named == set(re.findall(r"^\| `python -m benchmarks\.([\w.]+)", (DOCS / "benchmarks.md").read_text(), re.MULTILINE))

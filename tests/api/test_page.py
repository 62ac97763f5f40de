"""The page's files as they are served: under a policy, fresh, with nothing inline, and in the package that is installed."""

import re
import tomllib
from html.parser import HTMLParser
from pathlib import Path

import httpx2
import pytest

from api.page import POLICY, page_files

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "api" / "page"
NAMES = sorted(file.name for file in FOLDER.iterdir())
OPEN = [name for name in NAMES if name != "widget.html"]
"""What everybody gets; the page in the frame has its own tests."""
SCRIPTS = [name for name in NAMES if name.endswith(".js")]
STYLES = [name for name in NAMES if name.endswith(".css")]
NOTHING_ELSE = {
    "default-src": "'none'", "script-src": "'self'", "style-src": "'self'", "connect-src": "'self'",
    "img-src": "'self' data:", "form-action": "'none'", "base-uri": "'none'", "frame-ancestors": "'none'",
}  # fmt: skip


def address(name: str) -> str:
    return "/" if name == "index.html" else f"/page/{name}"


class Tags(HTMLParser):
    """Keeps every tag of a page with its attributes and the text inside scripts and styles."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.inline = ""
        self._inside = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep the tag."""
        self.tags.append((tag, dict(attrs)))
        self._inside = tag

    def handle_endtag(self, tag: str) -> None:  # noqa: ARG002 - the parser's
        """Be outside again."""
        self._inside = ""

    def handle_data(self, data: str) -> None:
        """Keep what would be run or applied."""
        self.inline += data.strip() if self._inside in {"script", "style"} else ""


@pytest.mark.parametrize("name", OPEN)
def test_every_file_is_served_under_the_policy(client: httpx2.Client, name: str) -> None:
    """With its type, byte by byte, and with headers that keep the browser from guessing, telling or loading elsewhere."""
    response = client.get(address(name))
    assert response.status_code == 200
    assert response.content == (FOLDER / name).read_bytes()
    types = {"html": "text/html", "css": "text/css", "js": "text/javascript", "svg": "image/svg+xml"}
    assert response.headers["content-type"].startswith(types[name.rpartition(".")[2]])
    policy = dict(rule.split(" ", 1) for rule in response.headers["content-security-policy"].split("; "))
    assert policy == NOTHING_ELSE
    assert response.headers["referrer-policy"] == "no-referrer"
    assert response.headers["x-content-type-options"] == "nosniff"
    assert response.headers["x-request-id"]


@pytest.mark.parametrize("name", OPEN)
def test_a_browser_that_has_a_file_gets_nothing_again(client: httpx2.Client, name: str) -> None:
    """It asks each time; only what changed is sent, and the policy stands on the short answer too."""
    first = client.get(address(name))
    assert first.headers["cache-control"] == "no-cache"
    for known in (first.headers["etag"], f'"other", W/{first.headers["etag"]}', "*"):
        again = client.get(address(name), headers={"If-None-Match": known})
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["content-security-policy"] == POLICY
    assert client.get(address(name), headers={"If-None-Match": '"other"'}).status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        "/page/nothing.js",
        "/page/index.html",
        "/page/widget.html",
        "/page/..%2fpage.py",
        "/page/%2e%2e/page.py",
        "/page/.",
        "/page/%00",
        "/page/page.py",
    ],
)
def test_nothing_else_is_served(client: httpx2.Client, path: str) -> None:
    """Only the files of the page, by their plain names."""
    response = client.get(path)
    assert response.status_code == 404
    assert response.headers["content-type"] == "application/problem+json"
    assert client.post("/").status_code == 405


def test_files_differ_in_their_tags() -> None:
    """A tag names the content."""
    assert set(page_files()) == set(NAMES)
    assert len({file.etag for file in page_files().values()}) == len(NAMES)


@pytest.mark.parametrize("name", ["index.html", "widget.html"])
def test_the_page_has_nothing_inline_and_loads_nothing_from_elsewhere(name: str) -> None:
    """No script, style or handler stands in it; every file that it names is there, by a relative address."""
    page = Tags((FOLDER / name).read_text())
    assert page.inline == ""
    for tag, attributes in page.tags:
        assert not [name for name in attributes if name.startswith("on") or name == "style"], tag
        for address_of in (attributes.get("src"), attributes.get("href") if tag == "link" else None):
            assert address_of is None or (address_of.startswith("page/") and address_of.removeprefix("page/") in NAMES)
    assert page.tags[0][1]["lang"] == "en"


@pytest.mark.parametrize("name", SCRIPTS)
def test_scripts_write_text_only(name: str) -> None:
    """Nothing in them makes HTML, code or styles out of a string; they import each other and name no other site."""
    script = (FOLDER / name).read_text()
    forbidden = (
        r"innerHTML|outerHTML|insertAdjacentHTML|setHTML|document\.write|DOMParser|createContextualFragment|srcdoc"
        r"|\beval\b|new Function|setTimeout\(\s*[\"'`]|javascript:(?!`)|\.style\b|cssText|localStorage"
        r"|document\.cookie|\bimport\("
    )
    code = re.sub(r"//[^\n]*|/\*.*?\*/", "", script.replace("http://www.w3.org/2000/svg", ""), flags=re.DOTALL)
    assert len(code) > len(script) / 2
    assert not re.findall(forbidden, code)
    assert "://" not in code
    imported = re.findall(r'from "([^"]+)"', script)
    assert all(found.startswith("./") and found[2:] in SCRIPTS for found in imported)
    assert len(script.splitlines()) < 300


@pytest.mark.parametrize("name", STYLES)
def test_the_style_loads_nothing(name: str) -> None:
    """No import, no address, no font of another site."""
    assert not re.findall(r"@import|url\(|@font-face|://", (FOLDER / name).read_text())


def test_links_that_leave_say_nothing_of_where_they_were_followed() -> None:
    """The one place that makes links to other sites gives them no opener and no referrer, and lets only the web through."""
    made = (FOLDER / "elements.js").read_text()
    assert 'target: "_blank", rel: "noopener noreferrer"' in made
    assert '["http:", "https:"].includes(address.protocol)' in made
    for name in SCRIPTS:
        if name != "elements.js":
            assert "_blank" not in (FOLDER / name).read_text(), name


def luminance(colour: str) -> float:
    """Return how light a colour is, by WCAG 2.2."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_colours_stand_out(scheme: str) -> None:
    """Text has the contrast of level AA, 4.5 to 1, and the edges of fields and buttons 3 to 1."""
    light, dark = re.findall(r":root \{(.*?)\}", (FOLDER / "page.css").read_text(), re.DOTALL)[:2]
    colours = dict(re.findall(r"--([\w-]+): (#\w{6});", light if scheme == "light" else dark))
    pairs = [("ink", "paper", 4.5), ("soft", "paper", 4.5), ("accent", "paper", 4.5), ("warning", "paper", 4.5)]
    pairs += [("on-accent", "accent", 4.5), ("mark-ink", "mark", 4.5), ("edge", "paper", 3)]
    for over, under, least in pairs:
        one, other = sorted((luminance(colours[over]), luminance(colours[under])), reverse=True)
        assert (one + 0.05) / (other + 0.05) >= least, (over, under)


def test_an_installed_package_has_the_page() -> None:
    """The patterns in pyproject.toml name every file."""
    patterns = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]["package-data"]["api"]
    named = {file.name for pattern in patterns for file in (ROOT / "api").glob(pattern)}
    assert named == set(NAMES)


def test_publishers_are_counted_by_month(client: httpx2.Client) -> None:
    """Those with most articles first, months in order, undated last; together they are all articles."""
    found = client.get("/v1/publishers").json()["publishers"]
    assert found[0] == {
        "publisher": "Harbour Gazette",
        "articles": 2,
        "months": [{"month": "2025-03", "articles": 1}, {"month": None, "articles": 1}],
    }
    assert [body["publisher"] for body in found] == ["Harbour Gazette", "Coast Courier", "Inland Post"]
    assert sum(body["articles"] for body in found) == client.get("/v1/articles").json()["total"]

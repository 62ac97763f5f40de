"""The page as text: what it says, and that nothing foreign gets into its markup."""

import base64
import hashlib
import json
import re

import pytest
from lxml import html

from eval.html_questions import listed, opened, outcome_of
from eval.html_report import html_report
from tests.eval.sample_report import HOSTILE, hostile_report, sample_report


def texts(page: str, selector: str) -> list[str]:
    """Return the text of every element that a `tag`, `tag.class` or `#id tag` names."""
    steps = [re.fullmatch(r"(\w*)(?:\.(\w+))?(?:#(\w+))?", step) for step in selector.split()]
    path = "".join(
        f"//{step[1] or '*'}" + (f"[contains(concat(' ', @class, ' '), ' {step[2]} ')]" if step[2] else "")
        + (f"[@id='{step[3]}']" if step[3] else "") for step in steps if step
    )  # fmt: skip
    return [" ".join(found.text_content().split()) for found in html.fromstring(page).xpath(path)]


def test_the_page_says_the_news_without_a_script() -> None:
    """Headline, figures, metrics, kinds and conditions are text of the page, and agree with the report."""
    report = sample_report(200)
    page = html_report(report)
    right = sum(row["failure"] is None for row in report["questions"])
    contains = report["answers"]["contains"]
    assert texts(page, "h1") == [f"{right} of 200 questions went right"]
    assert f"Answered right {100 * contains['value']:.1f} %" in " ".join(texts(page, "#figures"))
    assert any(
        line.startswith("contains") and f"{contains['value']:.3f}" in line and line.endswith(f" {contains['n']}")
        for line in texts(page, "table.metrics tr")
    )
    for kind, counted in report["kinds"].items():
        (line,) = (line for line in texts(page, "table.kinds tr") if line.startswith(kind))
        assert line.split()[1] == str(counted["n"])
        assert f"{counted['failed']} ({counted['failed'] / counted['n']:.0%}".replace("%", " %") in line
    assert "settings.generator extractive" in texts(page, "details.conditions tr")
    assert page.count('role="img"') == 4
    assert "Saturday, 22 November 2025" in texts(page, "header span")


def test_what_went_wrong_in_the_run_is_counted_and_named() -> None:
    """The same error is one line, with how often it came up and where; problems of the gold set stand after the errors."""
    report = sample_report(12)
    for row in report["questions"][:7]:
        row |= {"error": "no answer within 30 s", "failure": "error", "abstained": None}
    report["questions"][9]["problems"] = ["the evidence is not in the archive"]
    lines = texts(html_report(report), "table.problems tr")[1:]
    assert lines == [
        "error no answer within 30 s 7 q-0000 q-0001 q-0002 q-0003 q-0004",
        "problem the evidence is not in the archive 1 q-0009",
    ]


def test_nothing_is_loaded_and_only_our_own_script_and_style_may_run() -> None:
    """No address but links for people, and a policy that names the two by their digests and allows nothing else."""
    page = html_report(sample_report(20))
    document = html.fromstring(page)
    assert not document.xpath("//*[@src or @srcset or @style or @*[starts-with(name(), 'on')]]")
    assert [link.get("href") for link in document.iter("link")] == ["data:,"]
    assert all(link.get("href").startswith("#") for link in document.iter("a"))
    (style,) = document.iter("style")
    (script,) = document.xpath("//script[not(@type)]")
    assert not re.search(r"url\(|@import|expression", style.text)
    assert not re.search(r"innerHTML|outerHTML|insertAdjacent|document\.write|fetch\(|XMLHttp|eval\(|import\(", script.text)
    (policy,) = document.xpath("//meta[@http-equiv='Content-Security-Policy']/@content")
    directives = dict(directive.split(" ", 1) for directive in policy.split("; "))
    digests = ["'sha256-" + base64.b64encode(hashlib.sha256(e.text.encode()).digest()).decode() + "'" for e in (style, script)]
    assert (directives["default-src"], directives["style-src"], directives["script-src"]) == ("'none'", *digests)
    assert "unsafe" not in policy


def test_hostile_texts_stay_text() -> None:
    """Whatever the texts say, the page has the same elements, and the data comes back as it was."""
    document = html.fromstring(html_report(hostile_report()))
    benign = html.fromstring(html_report(sample_report(30)))
    assert not document.xpath("//img | //*[@onerror or @onfocus]")
    assert len(list(document.iter("script"))) == len(list(benign.iter("script")))
    index = json.loads(document.get_element_by_id("index").text)
    assert index["questions"][3]["question"] == HOSTILE
    assert json.loads(document.get_element_by_id("question-3").text)["problems"] == [HOSTILE]
    assert "{{7*7}}" in document.text_content()


@pytest.mark.parametrize(
    ("address", "linked"),
    [
        ("https://news.example/a?b=c#d", True),
        ("HTTP://news.example", True),
        ("javascript:alert(1)", False),
        (" https://news.example", False),
        ("java\nscript:alert(1)", False),
        ("data:text/html,<script>alert(1)</script>", False),
        ("//news.example/a", False),
        ("file:///etc/passwd", False),
        ("https://news.example/a b", False),
    ],
)
def test_only_web_addresses_become_links(address: str, linked: bool) -> None:  # noqa: FBT001 - what is expected
    """Every other address is shown as it is, and cannot be followed."""
    row = next(row for row in sample_report(9)["questions"] if row["citations"])
    row["citations"][0]["url"] = address
    (citation,) = opened(row)["citations"]
    assert (citation["url"], citation["unlinked"]) == ((address, None) if linked else (None, address))


def test_a_quote_is_cut_out_of_its_passage_by_code_points() -> None:
    """A character beyond the first 65,536 before the quote moves nothing; a quote that is not there is not invented."""
    row = next(row for row in sample_report(9)["questions"] if row["citations"])
    citation = row["citations"][0]
    (shown,) = opened(row)["citations"]
    assert "🌊" in shown["before"]
    assert shown["in_passage"]
    assert shown["before"] + citation["quote"] + shown["after"] == citation["passage"]
    citation["quote_start"] += 1
    (shown,) = opened(row)["citations"]
    assert not shown["in_passage"]
    assert (shown["before"], shown["after"]) == ("", citation["passage"])


@pytest.mark.parametrize(
    ("abstained", "failure", "scores", "outcome"),
    [
        (None, None, {"answers": {"contains": 1.0}}, "right"),
        (None, "missed answer", {"answers": {"contains": 0.0}}, "missed answer"),
        ("low_score", None, {"abstention": {"recall": 1.0}}, "rightly abstained"),
        ("low_score", "false abstention", {"answers": {"contains": 0.0}}, "false abstention"),
        (None, None, {"citations": {"recall": 1.0}}, "not judged"),
        ("no_match", None, {}, "not judged"),
        (None, "error", {}, "error"),
    ],
)
def test_every_question_ends_in_one_way(
    abstained: str | None, failure: str | None, scores: dict[str, dict[str, float]], outcome: str
) -> None:
    """What cannot be judged is neither right nor wrong."""
    row = sample_report(1)["questions"][0] | {"abstained": abstained, "failure": failure, "scores": scores}
    assert outcome_of(row) == listed(row)["outcome"] == outcome


def test_a_report_of_nothing_is_a_page() -> None:
    """Without questions there is nothing to draw, and the page says so; half a character can still be written."""
    page = html_report({"questions": [], "config": {"gold": "none \ud83c"}})
    assert texts(page, "h1") == ["0 questions asked"]
    assert page.count("Nothing was measured.") >= 4
    assert "none ?" in page.encode("utf-8").decode()

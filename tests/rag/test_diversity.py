"""One story takes one place, the original's, and one outlet does not take all places where another is nearly as good."""

import pytest

from index.articles import build_article
from index.types import Article, Hit, NewsDate, Origin, Passage
from rag.diversity import one_of_each_story, several_outlets

STORY = "The ferry between Example Town and Sandholm will sail every hour from Monday, the harbour board said."
LOCAL = "In Sandholm the baker Jane Sample said she would sell her rolls on board and had hired two nephews for it."


def article(publisher: str, day: str, *paragraphs: str, agency: str | None = None) -> Article:
    return build_article(
        text="\n\n".join(paragraphs), origin=Origin(source=f"/news/{publisher}"), publisher=publisher, agency=agency,
        published=NewsDate(value=day, precision="day", read_from="text"),
    )  # fmt: skip


def hit(of: Article, words: str, score: float) -> Hit:
    start = of.text.index(words)
    passage = Passage(article_id=of.article_id, start=start, end=start + len(words), text=words)
    return Hit(passage=passage, article=of, score=score, similarity=0.5, ranks={})


def stories(*articles: Article) -> dict[str, int]:
    return {one.article_id: 7 for one in articles}


def test_the_original_takes_the_place_of_its_copy() -> None:
    """The earliest article is cited, at the copy's better rank; nothing is said twice."""
    wire, paper = article("Wire", "2025-09-01", STORY), article("Paper", "2025-09-02", STORY, LOCAL)
    other = article("Other", "2025-09-03", "Beekeepers counted 2,300 hives this summer.")
    hits = [hit(paper, STORY, 0.9), hit(other, other.text, 0.8), hit(wire, STORY, 0.7)]
    kept = one_of_each_story(hits, {**stories(wire, paper), other.article_id: 8})
    assert [(h.article.publisher, h.score) for h in kept] == [("Wire", 0.9), ("Other", 0.8)]


def test_what_only_the_copy_says_stays() -> None:
    """A paragraph that an editor added is cited from the copy."""
    wire, paper = article("Wire", "2025-09-01", STORY), article("Paper", "2025-09-02", STORY, LOCAL)
    hits = [hit(paper, LOCAL, 0.9), hit(paper, STORY, 0.8), hit(wire, STORY, 0.7)]
    kept = one_of_each_story(hits, stories(wire, paper))
    assert [(h.article.publisher, h.passage.text) for h in kept] == [("Paper", LOCAL), ("Wire", STORY)]


def test_the_agency_is_the_original_of_its_copy_whatever_the_dates() -> None:
    """The wire service's own article comes before a paper that carries it and dates it a day earlier."""
    wire = article("Reuters", "2025-09-02", STORY, agency="Reuters")
    paper = article("Paper", "2025-09-01", STORY, LOCAL, agency="Reuters")
    (kept,) = one_of_each_story([hit(paper, STORY, 0.9), hit(wire, STORY, 0.8)], stories(wire, paper))
    assert kept.article.publisher == "Reuters"


def test_a_copy_whose_original_was_not_found_stays() -> None:
    """Without a hit of the original there is nothing to take its place."""
    wire, paper = article("Wire", "2025-09-01", STORY, LOCAL[:40]), article("Paper", "2025-09-02", STORY, LOCAL)
    hits = [hit(paper, STORY, 0.9), hit(wire, LOCAL[:40], 0.5)]
    assert one_of_each_story(hits, stories(wire, paper)) == hits


def test_articles_of_different_stories_are_left_alone() -> None:
    """The same words in two stories that are not known as one are two hits."""
    one, two = article("One", "2025-09-01", STORY), article("Two", "2025-09-02", STORY, LOCAL)
    hits = [hit(two, STORY, 0.9), hit(one, STORY, 0.8)]
    assert one_of_each_story(hits, {one.article_id: 1, two.article_id: 2}) == hits
    assert one_of_each_story(hits, {}) == hits
    assert one_of_each_story([], {}) == []


def ranked(*found: tuple[str | None, float]) -> list[Hit]:
    """Return hits of these outlets with these scores, each of an article of its own."""
    hits = []
    for number, (outlet, score) in enumerate(found):
        text = f"The harbour board of Sandholm met for the {number + 1}th time this year and counted {number + 20} ships."
        one = build_article(text=text, origin=Origin(source=f"/news/{number}"), publisher=outlet)
        hits.append(hit(one, text, score))
    return hits


FIVE = [("Fjord Post", score) for score in (1.0, 0.9, 0.8, 0.7, 0.5)]


def test_the_last_place_goes_to_another_outlet_that_is_nearly_as_good() -> None:
    """The first four stay; what was fifth comes behind, and nothing is lost."""
    hits = ranked(*FIVE, ("Fjord Post", 0.49), ("Skerry Times", 0.4), ("Reef Radio", 0.4))
    kept = several_outlets(hits, 5)
    assert kept == [*hits[:4], hits[6], hits[4], hits[5], hits[7]]


def test_another_outlet_that_is_much_worse_takes_no_place() -> None:
    """A passage that hardly matches is not shown for the sake of its outlet."""
    hits = ranked(*FIVE, ("Skerry Times", 0.39), ("Reef Radio", 0.39))
    assert several_outlets(hits, 5) == hits


def test_a_list_with_two_outlets_is_left_alone() -> None:
    """One passage of another outlet is enough, at whatever place."""
    hits = ranked(("Reef Radio", 1.0), *FIVE[1:], ("Skerry Times", 0.5))
    assert several_outlets(hits, 5) == hits


@pytest.mark.parametrize("k", [1, 2, 4])
def test_short_lists_are_left_alone(k: int) -> None:
    """Of four places one is too much."""
    hits = ranked(*FIVE, ("Skerry Times", 0.5))
    assert several_outlets(hits, k) == hits


@pytest.mark.parametrize("k", [5, 6, 50])
def test_a_list_that_nothing_stands_behind_is_left_alone(k: int) -> None:
    """With no candidate behind the list there is nothing to choose from."""
    hits = ranked(*FIVE)
    assert several_outlets(hits, k) == hits
    assert several_outlets([], k) == []


def test_an_unknown_outlet_is_not_another_one() -> None:
    """Passages without a publisher neither take the place nor give it away."""
    behind = ranked(*FIVE, (None, 0.5), ("Skerry Times", 0.45))
    assert several_outlets(behind, 5)[4] == behind[6]
    among = ranked(*FIVE[:4], (None, 0.5), ("Skerry Times", 0.5))
    assert several_outlets(among, 5) == among


def test_one_outlet_in_two_spellings_is_one() -> None:
    """A web domain and the name that it stands for are the same outlet, in any case."""
    spelled = ranked(*[("The Guardian", 0.5)] * 4, ("theguardian.com", 0.5), ("THE GUARDIAN", 0.5), ("Reef Radio", 0.45))
    assert several_outlets(spelled, 5)[4] == spelled[6]

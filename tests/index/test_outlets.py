"""Names of outlets."""

import pytest

from index.outlets import looks_like_outlet, outlet_name, wire_service


@pytest.mark.parametrize(
    ("printed", "name"),
    [
        ("AP", "Associated Press"),
        ("The Associated Press", "Associated Press"),
        ("reuters", "Reuters"),
        ("Xinhua News Agency", "Xinhua"),
        ("chinadaily.com.cn", "China Daily"),
        ("www.chinadaily.com.cn", "China Daily"),
        ("https://www.scmp.com/", "South China Morning Post"),
        ("BBC.co.uk", "BBC News"),
        ("Dateline  Sample Desk. ", "Dateline Sample Desk"),
        ("example.org", "example.org"),
        ("St. Example Courier", "St. Example Courier"),
    ],
)
def test_short_names_are_written_out(printed: str, name: str) -> None:
    """Abbreviations, long forms and web domains of known outlets have one name; other names stay as printed."""
    assert outlet_name(printed) == name


@pytest.mark.parametrize(
    ("printed", "name"),
    [
        ("AP", "Associated Press"),
        (" Reuters ", "Reuters"),
        ("Dateline Sample Desk", None),
        ("scmp.com", None),
        ("", None),
        (None, None),
    ],
)
def test_only_wire_services_are_agencies(printed: str | None, name: str | None) -> None:
    """A newspaper is no wire service, nor is nothing at all."""
    assert wire_service(printed) == name


@pytest.mark.parametrize(
    ("printed", "outlet"),
    [
        ("The Sandholm Standard", True),
        ("Example Valley Wire", True),
        ("Radio Sandholm", True),
        ("Times of Example Land", True),
        ("EXAMPLE TOWN COURIER", True),
        ("The Example Post", True),
        ("Washington Post", True),
        ("Reuters", True),
        ("Emily Post", False),
        ("Jane Sample", False),
        ("Ferries return to the harbour", False),
        ("all the news", False),
        ("Sandholm", False),
        ("", False),
    ],
)
def test_outlets_are_told_from_people_by_their_names(printed: str, outlet: bool) -> None:  # noqa: FBT001 - a table
    """By what is known, and by the words that newspapers and stations are named with; a surname alone is none of them."""
    assert looks_like_outlet(printed) is outlet

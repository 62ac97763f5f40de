"""Names in credits."""

import pytest

from index.sources.bylines import author_names


@pytest.mark.parametrize(
    ("credit", "people", "services"),
    [
        ("By Jane Sample, Political Editor", ("Jane Sample",), ()),
        ("By JANE SAMPLE, AP National Political Writer", ("JANE SAMPLE",), ()),
        ("JANE SAMPLE Associated Press", ("JANE SAMPLE",), ("Associated Press",)),
        ("Jane Sample and John Doe in Example Town", ("Jane Sample", "John Doe"), ()),
        ("Jane Sample | Example Herald", ("Jane Sample",), ()),
        ("Jane Sample jane@herald.example.org", ("Jane Sample",), ()),
        ("Jane Sample, MS, RD", ("Jane Sample",), ()),
        ("Words: Jane Sample", ("Jane Sample",), ()),
        ("Von Jane Sample", ("Jane Sample",), ()),
        ("Reuters Staff", (), ("Reuters",)),
        ("AFP", (), ("Agence France-Presse",)),
        ("Example Herald Staff", (), ()),
        ("The Example Herald", (), ()),
        ("Staff Reports", (), ()),
        ("admin", (), ()),
        ("Editorial", (), ()),
        ("https://social.example.org/jane", (), ()),
        ("Updated 19 September 2025", (), ()),
        ("Eva Press", ("Eva Press",), ()),
        ("张三", ("张三",), ()),
        ("", (), ()),
    ],
)
def test_names_in_credits(credit: str, people: tuple[str, ...], services: tuple[str, ...]) -> None:
    """People are named without titles, outlets, addresses and agencies; agencies are told apart."""
    assert author_names([credit], "Example Herald") == (people, services)


def test_an_author_is_named_once() -> None:
    """The same name in other letters is the same person."""
    assert author_names(["Jane Sample", "By JANE SAMPLE", "Jane Sample"], None) == (("Jane Sample",), ())

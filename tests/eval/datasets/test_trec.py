"""TREC: topics, judgements and, if they are there, documents."""

from collections.abc import Callable
from pathlib import Path

import pytest

from eval.datasets.trec import load_trec
from eval.errors import GoldError

Write = Callable[..., Path]
TOPICS = """
<top>
<num> Number: 051
<title> Topic:  Harbour dues &amp; tolls

<desc> Description:
What do ships pay?
</top>

<top>
<num> Number: 52
<title>
Lost lighthouses
<desc> Description:
</top>
"""
DOCUMENT = """
<DOC>
<DOCNO> EX310207-0001 </DOCNO>
<DATE>February 7, 2031</DATE>
<HEAD>Dues rise &amp; rise</HEAD>
<TEXT>
<P>
Ships pay <F P=100>more</F>
at Ostley.
</P>
<P>The port says why.</P>

A line of its own.
</TEXT>
<TEXT>More below.</TEXT>
</DOC>
"""


def test_topics_are_asked_by_their_titles(write: Write, tmp_path: Path) -> None:
    """Topic numbers may have zeros before them in one file and not in the other; documents may lie elsewhere."""
    write("topics.51-52", TOPICS)
    write("qrels.51-52.gz", "51 0 EX310207-0001 2", "51 0 EX310207-0009 0", "52 0 EX310207-0009 -1")

    dataset = load_trec(tmp_path)

    assert [(topic.id, topic.question, topic.relevant) for topic in dataset.questions] == [
        ("51", "Harbour dues & tolls", {"EX310207-0001": 2}),
        ("52", "Lost lighthouses", {}),
    ]
    assert dataset.questions[0].answerable is None
    assert dataset.documents is None


def test_topics_may_be_lines_and_documents_may_lie_beside_them(write: Write, tmp_path: Path) -> None:
    """A document has the title and day that its elements say, and its paragraphs; other files are passed over."""
    write("topics.tsv", "51\tharbour dues")
    write("qrels.txt", "51\t0\tEX310207-0001\t1")
    write("part1.gz", DOCUMENT)
    write("part2", DOCUMENT.replace("0001", "0002").replace("HEAD>", "HEADLINE>"))
    write("readme.txt", "Nothing to read here.")

    dataset = load_trec(tmp_path)

    assert dataset.questions[0].question == "harbour dues"
    assert dataset.documents is not None
    first, second = dataset.documents()
    assert (first.document_id, second.document_id) == ("EX310207-0001", "EX310207-0002")
    assert first.record == {
        "id": "EX310207-0001",
        "title": "Dues rise & rise",
        "published": "February 7, 2031",
        "text": "Ships pay more at Ostley.\n\nThe port says why.\n\nA line of its own.\n\nMore below.",
    }
    assert second.record["title"] == "Dues rise & rise"


@pytest.mark.parametrize(
    ("topics", "qrels", "problem"),
    [
        ("<top>\n<num> 51\n<title> Dues\n", "51 0 d 1", "topics.txt: has a <top> without </top>"),
        ("<top>\n<num> 51\n<title>\n<desc> Dues\n</top>", "51 0 d 1", "topics.txt, topic 1: has no <num> or no <title>"),
        ("<top>\n<title> Dues\n</top>", "51 0 d 1", "topics.txt, topic 1: has no <num> or no <title>"),
        ("51 dues", "51 0 d 1", "topics.txt, line 1: is no topic. Write the number, a tab and the text"),
        ("51\tdues\n51\ttolls", "51 0 d 1", "topics.txt, line 2: the id '51' is that of line 1"),
        ("", "51 0 d 1", "topics.txt: holds no topics"),
        ("<topics></topics>", "51 0 d 1", "topics.txt: holds no topics"),
        ("51\tdues", "52 0 d 1", "qrels.txt, line 1: the topic '52' is not in topics.txt"),
        ("51\tdues", "51 0 d 1 x", "qrels.txt, line 1: has 5 columns"),
        ("51\tdues", "", "qrels.txt: holds no judgements"),
    ],
)
def test_faulty_topics_and_judgements_are_refused(write: Write, tmp_path: Path, topics: str, qrels: str, problem: str) -> None:
    """Each is refused with its place."""
    write("topics.txt", topics)
    write("qrels.txt", qrels)
    with pytest.raises(GoldError) as refused:
        load_trec(tmp_path)
    assert problem in str(refused.value)


@pytest.mark.parametrize(
    ("document", "problem"),
    [
        (DOCUMENT.replace("0001", "0003"), "qrels.txt, line 1: the document 'EX310207-0001' is not in part1"),
        (DOCUMENT + DOCUMENT, "part1, line 18: the id 'EX310207-0001' is that of line 2"),
        (DOCUMENT.replace("</DOC>", ""), "part1, line 2: the <DOC> has no </DOC>"),
        (DOCUMENT.replace("</DOC>", "") + DOCUMENT, "part1, line 2: the <DOC> has 2 <DOCNO>"),
        (DOCUMENT.replace("DOCNO", "NUMBER"), "part1, line 2: the <DOC> has 0 <DOCNO>"),
    ],
)
def test_faulty_documents_are_refused(write: Write, tmp_path: Path, document: str, problem: str) -> None:
    """A document that is missing, doubled, without its number or without its end."""
    write("topics.txt", "51\tdues")
    write("qrels.txt", "51 0 EX310207-0001 1")
    write("part1", document)
    with pytest.raises(GoldError) as refused:
        load_trec(tmp_path)
    assert problem in str(refused.value)


def test_an_id_that_two_files_share_is_refused_with_both(write: Write, tmp_path: Path) -> None:
    """A file copied under another name would double the collection."""
    write("topics.txt", "51\tdues")
    write("qrels.txt", "51 0 EX310207-0001 1")
    write("part1", DOCUMENT)
    write("part2", DOCUMENT)
    with pytest.raises(GoldError, match=r"part2, line 2: the id 'EX310207-0001' is that of part1, line 2\."):
        load_trec(tmp_path)


def test_there_must_be_one_file_of_topics_and_one_of_judgements(write: Write, tmp_path: Path) -> None:
    """None or several of them are refused by name."""
    write("qrels.txt", "51 0 d 1")
    with pytest.raises(GoldError, match="one file with 'topics' in its name, and holds none"):
        load_trec(tmp_path)
    write("topics.a")
    write("topics.b")
    with pytest.raises(GoldError, match=r"holds topics\.a, topics\.b\. Keep one"):
        load_trec(tmp_path)

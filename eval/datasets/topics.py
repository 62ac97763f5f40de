"""Topics with relevance judgements (qrels), the part that BEIR, TREC and plain test collections share."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from eval.datasets.fields import MOST_RELEVANT, Fields
from eval.datasets.reading import text_lines
from eval.errors import GoldError
from eval.gold import GoldQuestion

_BEIR_COLUMNS, _TREC_COLUMNS = 3, 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """One row of a qrels file."""

    row: Fields
    topic: str
    document: str
    grade: int
    """0 and less: not relevant."""


def read_qrels(path: Path) -> Iterator[Judgement]:
    """Yield the judgements of a qrels file.

    Rows are `topic 0 document grade` (trec.nist.gov/data/qrels_eng) or `topic document grade` (BEIR, with a header).

    Raises:
        GoldError: the file is not readable, holds no judgement, or a row is not of these forms.
    """
    empty = True
    for number, line in text_lines(path):
        cells = [cell.strip() for cell in line.split("\t")] if "\t" in line else line.split()
        if empty and cells[0].lower().startswith("query"):
            continue
        row = Fields(path=path, position=number, values={})
        if len(cells) not in (_BEIR_COLUMNS, _TREC_COLUMNS):
            raise row.wrong(f"has {len(cells)} columns. Write topic, 0, document and grade; or topic, document and grade.")
        if not all(cells):
            raise row.wrong("has an empty column. Fill it in.")
        try:
            grade = int(cells[-1])
        except ValueError as error:
            raise row.wrong(f"the grade {cells[-1]!r} is no whole number. Write 1 for relevant, 0 for not relevant.") from error
        empty = False
        if grade > MOST_RELEVANT:
            raise row.wrong(f"the grade {grade} is above {MOST_RELEVANT}, more than trec_eval can add up. Use a smaller scale.")
        yield Judgement(row=row, topic=cells[0], document=cells[-2], grade=grade)
    if empty:
        raise GoldError(path, None, "holds no judgements. Write topic, 0, document and grade on each line.")


def relevant_by_topic(judgements: Iterable[Judgement], topics: Collection[str], where: str) -> Mapping[str, dict[str, int]]:
    """Return the relevant documents of each judged topic with their grades; a topic may have none.

    Args:
        judgements: the rows.
        topics: the ids of all topics.
        where: the name of the file with the topics.

    Raises:
        GoldError: a row is of an unknown topic, or a document is judged twice for one topic, differently.
    """
    grades: dict[str, dict[str, int]] = {}
    for judgement in judgements:
        if judgement.topic not in topics:
            raise judgement.row.wrong(f"the topic {judgement.topic!r} is not in {where}. Add it there, or drop the row.")
        of_topic = grades.setdefault(judgement.topic, {})
        if of_topic.setdefault(judgement.document, judgement.grade) != judgement.grade:
            raise judgement.row.wrong(f"{judgement.document!r} had another grade for this topic above. Keep one of the rows.")
    return {topic: {document: grade for document, grade in of.items() if grade > 0} for topic, of in grades.items()}


def topic_question(identity: str, text: str, relevant: Mapping[str, int]) -> GoldQuestion:
    """Return a topic as a question of which only retrieval can be judged."""
    return GoldQuestion(
        id=identity, question=text, kind="topic", answers=(), evidence=(), relevant=relevant, publisher=None, author=None,
        date=None, as_of=None, source=None, answerable=None,
    )  # fmt: skip

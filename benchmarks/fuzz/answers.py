"""Fuzz targets for what is read while answering: drafts of models, dates, questions, filters; and for what processes share."""

import hashlib
import json
import re
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

from pydantic import ValidationError

from api.key_file import FILE, KeyFile
from api.keys import KeysUnusable, key_of
from api.schemas import QuestionBody
from benchmarks.fuzz.invariants import check_dates, preparation
from index.articles import NoText, build_article
from index.dates import beside_dates, is_date_line, read_credit_lines, read_date, read_dates, read_timestamp, without_dates
from index.duplicates import same_story
from index.history import changes
from index.local.manifest import stored_manifest
from index.local.snapshots import Snapshots
from index.types import Hit, NewsDate, Origin
from rag.bounds import MAX_QUESTION_CHARACTERS, check
from rag.citations import CitationReader, CitedText
from rag.conversation import standalone
from rag.errors import InvalidQuestion
from rag.outlet_mentions import mentioned_outlets
from rag.parts import parts
from rag.premise_reading import premises, takes_for_granted
from rag.question import read_question
from rag.timeline import asks_for_timeline, topic_of
from rag.types import Evidence, Question, Turn
from rag.windows import read_window, wants_latest

_ASKED_ON = date(2025, 9, 19)
_FETCHED = NewsDate(value="2025-09-19T09:04+00:00", precision="minute", read_from="fetch")
_LANGUAGES = (None, "en-US", "en-GB", "de", "zh")
_OUTLETS = frozenset({"the harbour courier", "example post", "bbc", "theguardian.com"})
_NUMBER = re.compile(r"\[(\d+)\]")
_TEXTS = (
    (
        "The ferry between Example Town and Sandholm sails every hour from Monday. It carries 640 people, said Mara Quill.\n\n"
        "The harbour board did not raise the fare of 4.5 crowns."
    ),
    'Sandholm\'s council voted 12 to 5 for the new quay on 3 March 2025. "We are glad that it is built," mayor Ole Brandt said.',
    "Researchers of the Example Institute counted 1.7 million herring. Their number fell by 20% within a year.",
)
_GENERATION = 7
_MOST_WAITING = 4_000


def read_draft(data: bytes) -> None:
    """Resolve the draft of a model, in one piece and in pieces; the first byte says how it is asked for and cut."""
    mode, draft = data[0] if data else 0, data[1:].decode("utf-8", "replace")
    evidence = _evidence(draft if mode & 8 else "")
    whole = _read([draft], evidence, mode)
    size = 1 + mode // 16
    cut = _read([draft[at : at + size] for at in range(0, len(draft), size)], evidence, mode)
    if len(draft) > _MOST_WAITING:
        return  # where so long a draft is cut may depend on its pieces
    assert cut.sentences == whole.sentences, "the pieces in which a draft comes change what is shown"
    assert (cut.text, cut.citations, cut.refused) == (whole.text, whole.citations, whole.refused)


def read_printed_dates(data: bytes) -> None:
    """Read the dates of a line; the first byte chooses the language."""
    language = _LANGUAGES[data[0] % len(_LANGUAGES)] if data else None
    line = data[1:].decode("utf-8", "replace")
    for fetched in (None, _FETCHED):
        check_dates(read_date(line, "text", language=language, fetched=fetched))
        check_dates(*read_dates(line, "text", language=language, fetched=fetched))
        check_dates(*read_credit_lines(line.split("\n"), "text", language=language, fetched=fetched))
    check_dates(read_timestamp(line, "text"))
    is_date_line(line, language=language)
    assert len(without_dates(line)) <= 3 * len(line)  # normalising makes up to three characters of one
    beside_dates(line, language=language)


def read_asked(data: bytes) -> None:
    """Read a question in every way that answering does; an empty line parts it from the conversation before it."""
    asked, *before = data.decode("utf-8", "replace").replace("\ufffd\ufffd\ufffd", "\ud800").split("\n\n")
    try:
        check(Question(text=asked))
    except InvalidQuestion:
        return
    turns = [Turn("user" if number % 2 == 0 else "assistant", text) for number, text in enumerate(before[:12])]
    question = standalone(asked, turns)
    assert 0 < len(question) <= MAX_QUESTION_CHARACTERS
    reading = read_question(question)
    assert all(words and "\0" not in words for words in reading.words if "\0" not in question)
    assert all(phrase in question for phrase in reading.phrases)
    for window in (read_window(question, _ASKED_ON), read_window(question, _ASKED_ON, reported=True)):
        if window is not None:
            assert window.words in question
            assert window.since is None or window.until is None or window.since <= window.until
            assert window.since is None or window.since <= _ASKED_ON, "a window of days to come"
    for mention in mentioned_outlets(question, _OUTLETS):
        assert mention.publishers
        assert mention.words in question
    assert all(parts(question))
    if asks_for_timeline(question):
        topic_of(question)
    wants_latest(question)
    if takes_for_granted(question):
        premises(question)


def read_filters(data: bytes) -> None:
    """Read the body of a question with its filters."""
    try:
        question = QuestionBody.model_validate_json(data).to_question()
    except ValidationError:
        return
    try:
        check(question)
    except InvalidQuestion:
        return
    assert all(1 <= len(name) <= 200 for name in question.publishers)  # noqa: PLR2004 - the bound of the schema
    json.dumps([question.text, *question.publishers])


def read_manifest(data: bytes) -> None:
    """Read the manifest of a database and the stamp of a snapshot whose bytes are any; nothing but the true ones counts."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "archive.sqlite").write_bytes(data)
        manifest = stored_manifest(folder)
        assert all(isinstance(key, str) and isinstance(value, str) for key, value in manifest.items())
        _check_stamp(folder / "caches", data)


def read_keys(data: bytes) -> None:
    """Read a file of keys, and look for a secret in it."""
    with TemporaryDirectory() as name:
        Path(name, FILE).write_bytes(data)
        found, told = None, ""
        try:
            found = KeyFile(Path(name)).read()
        except KeysUnusable as error:
            told = str(error)
        if told:
            assert len(told) < 2_000, "more than one screen of reasons"  # noqa: PLR2004
            return
        assert found is not None
        assert key_of(data[:200], found[1]) is None, "a secret that nobody was given"
        assert key_of(b"dl_" + b"A" * 43, found[1]) is None or hashlib.sha256(b"dl_" + b"A" * 43).hexdigest().encode() in data


def compare_stories(data: bytes) -> None:
    """Compare two texts, parted by a NUL byte, as ingest does in its own process."""
    one, _, other = data.decode("utf-8", "replace").partition("\0")
    found = same_story(one, other)
    shares = (found.containment, found.carried, found.opening, found.other_figures, found.length_ratio)
    assert all(0.0 <= share <= 1.0 for share in shares)
    assert same_story(other, one) == found, "which is named first matters"


def compare_versions(data: bytes) -> None:
    """Tell what changed between two versions of an article, parted by a NUL byte."""
    one, _, other = data.decode("utf-8", "replace").partition("\0")
    try:
        before, after = (build_article(text=text, origin=Origin(source="fuzz"), title="Report") for text in (one, other))
    except NoText:
        return
    told = changes(before, after)
    assert all((change.removed or change.added) and change.removed != change.added for change in told)
    assert told or before.text.split() == after.text.split(), "a change that is not told"
    assert all(change.added is None or change.added.split()[0] in after.text for change in told)


def _read(pieces: Sequence[str], evidence: Sequence[Evidence], mode: int) -> CitedText:
    reader = CitationReader(
        evidence, lambda _: (), unsupported="flag" if mode & 1 else "strict", dated=bool(mode & 2), titled=bool(mode & 4)
    )
    shown = "".join(reader.feed(piece) for piece in pieces) + reader.end()
    cited = reader.cited
    assert shown == cited.text, "what was shown is not what is answered"
    known = {item.hit.article.article_id: item.hit.article for item in evidence}
    assert [citation.number for citation in cited.citations] == list(range(1, len(cited.citations) + 1))
    for citation in cited.citations:
        article = known[citation.article.article_id]
        assert article.text[citation.start : citation.end] == citation.quote, "a quote that is no slice"
        assert citation.quote
    numbers = {citation.number for citation in cited.citations}
    for sentence in cited.sentences:
        assert sentence.citations and set(sentence.citations) <= numbers, "a sentence with an unknown source"  # noqa: PT018
        assert sentence.text
        assert not sentence.unsupported or mode & 1, "a sentence with facts that no quote holds"
    assert {int(number) for number in _NUMBER.findall(cited.text) if len(number) < 4} <= numbers, "a number of no source"  # noqa: PLR2004
    json.dumps([cited.text, [[s.text, s.citations] for s in cited.sentences]], ensure_ascii=False).encode()
    return cited


def _evidence(more: str) -> list[Evidence]:
    """Return passages as evidence, one of them made of the draft's own bytes where `more` is given."""
    evidence: list[Evidence] = []
    for number, text in enumerate([*_TEXTS, *([more] if more else [])], start=1):
        try:
            article = build_article(
                text=text, origin=Origin(source=f"article {number}"), title=f"Report {number}", publisher="The Harbour Courier",
                published=NewsDate(value="2025-09-18", precision="day", read_from="text"),
            )  # fmt: skip
        except NoText:
            continue
        passage = preparation()(article).passages[0]
        hit = Hit(passage=passage, article=article, score=1.0 / number, similarity=0.5, ranks={})
        evidence.append(Evidence(key=f"S{number}", hit=hit))
    return evidence


def _check_stamp(folder: Path, data: bytes) -> None:
    snapshots = Snapshots(folder, "archive", "embedder", "words")
    work = snapshots.working_folder().path
    snapshot = folder / f"snapshot-{_GENERATION:012}"
    snapshot.mkdir()
    (snapshot / "stamp.json").write_bytes(data)
    (snapshot / "vectors").write_bytes(b"vectors")
    found = snapshots.newest(work)
    if found is None:
        assert not any(work.iterdir()), "files of a snapshot that does not count"
        return
    stamp = json.loads(data)
    true = {"archive": "archive", "embedder": "embedder", "words": "words", "generation": _GENERATION}
    assert {key: stamp[key] for key in true} == true
    assert stamp["files"].get("vectors") == hashlib.sha256(b"vectors").hexdigest(), "a file without its digest"

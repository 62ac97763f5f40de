"""Windows read from questions: asked on Wednesday, 19 November 2025, unless said otherwise."""

import time
from datetime import date

import pytest

from rag.windows import read_window, wants_latest

ASKED = date(2025, 11, 19)
_EVENTS = [
    # told from the day of asking
    ("What did the harbour board decide yesterday?", "2025-11-18", "2025-11-18"),
    ("What burned down last night?", "2025-11-18", "2025-11-19"),
    ("Who resigned the day before yesterday?", "2025-11-17", "2025-11-17"),
    ("Which bridge closed this week?", "2025-11-16", "2025-11-19"),
    ("Who won this week’s regatta?", "2025-11-16", "2025-11-19"),
    ("Which bridge closed last week?", "2025-11-09", "2025-11-16"),
    ("Which ferry sank last weekend?", "2025-11-15", "2025-11-16"),
    ("Which bridge opened this month?", "2025-11-01", "2025-11-19"),
    ("Which bridge opened last month?", "2025-10-01", "2025-10-31"),
    ("How much did fares rise last quarter?", "2025-07-01", "2025-09-30"),
    ("How much did fares rise this quarter?", "2025-10-01", "2025-11-19"),
    ("How many ships were built this year?", "2025-01-01", "2025-11-19"),
    ("How many fires were there so far this year?", "2025-01-01", "2025-11-19"),
    ("How many ships were built last year?", "2024-01-01", "2024-12-31"),
    ("What did last year's budget cut?", "2024-01-01", "2024-12-31"),
    ("Which lake dried up this summer?", "2025-06-01", "2025-08-31"),
    ("Which lake dried up last summer?", "2025-06-01", "2025-08-31"),
    ("Which pass was shut last winter?", "2024-12-01", "2025-02-28"),
    ("Which pass was shut last spring?", "2025-03-01", "2025-05-31"),
    ("Who struck on Monday?", "2025-11-17", "2025-11-17"),
    ("Who struck on Wednesday?", "2025-11-19", "2025-11-19"),
    ("Who struck last Wednesday?", "2025-11-12", "2025-11-12"),
    ("On Thursday, what was stolen?", "2025-11-13", "2025-11-13"),
    ("What did the mayor announce Tuesday?", "2025-11-18", "2025-11-18"),
    ("Who won Sunday's derby?", "2025-11-16", "2025-11-16"),
    ("Which towns flooded in the last three months?", "2025-08-18", "2025-11-19"),
    ("Which towns flooded over the past 10 days?", "2025-11-09", "2025-11-19"),
    ("Which towns flooded in the past week?", "2025-11-12", "2025-11-19"),
    ("Which towns flooded in the past year?", "2024-11-19", "2025-11-19"),
    ("Which towns flooded in recent weeks?", "2025-10-19", "2025-11-19"),
    ("Which towns flooded in recent days?", "2025-11-12", "2025-11-19"),
    ("What happened three days ago in Varby?", "2025-11-16", "2025-11-16"),
    ("What happened two weeks ago in Varby?", "2025-11-02", "2025-11-09"),
    ("What happened a month ago in Varby?", "2025-10-01", "2025-10-31"),
    ("What happened two years ago in Varby?", "2023-01-01", "2023-12-31"),
    ("What sank a few weeks ago?", "2025-10-19", "2025-11-19"),
    # months
    ("What did the court decide in August 2025?", "2025-08-01", "2025-08-31"),
    ("Who voted against the September 2024 rate cut?", "2024-09-01", "2024-09-30"),
    ("Who won the vote of May 2025?", "2025-05-01", "2025-05-31"),
    ("What fell from the sky in June?", "2025-06-01", "2025-06-30"),
    ("What fell from the sky in november?", "2025-11-01", "2025-11-19"),
    ("What closed in late September?", "2025-09-01", "2025-09-30"),
    ("What closed last March?", "2025-03-01", "2025-03-31"),
    ("Who voted for September's rate cut?", "2025-09-01", "2025-09-30"),
    ("Was the step bigger in September or in November 2024?", "2024-09-01", "2024-11-30"),
    ("What changed between March and May 2025?", "2025-03-01", "2025-05-31"),
    ("What changed between March 2024 and May 2025?", "2024-03-01", "2025-05-31"),
    ("What changed from April to July?", "2025-04-01", "2025-07-31"),
    ("What changed between November and February 2025?", "2024-11-01", "2025-02-28"),
    ("What has changed since June?", "2025-06-01", "2025-11-19"),
    ("What has changed since early September 2025?", "2025-09-01", "2025-11-19"),
    ("What has changed since last week?", "2025-11-09", "2025-11-19"),
    # days
    ("What happened on 19 September 2025?", "2025-09-19", "2025-09-19"),
    ("What happened on September 19, 2025?", "2025-09-19", "2025-09-19"),
    ("What happened on 2025-09-19?", "2025-09-19", "2025-09-19"),
    ("What happened on Friday, 19 September 2025?", "2025-09-19", "2025-09-19"),
    ("What happened on the 3rd of October 2025?", "2025-10-03", "2025-10-03"),
    ("What happened on 19 September?", "2025-09-19", "2025-09-19"),
    ("What happened on September 19th?", "2025-09-19", "2025-09-19"),
    ("What happened in the night of 5 to 6 October 2025?", "2025-10-05", "2025-10-06"),
    ("What happened between 3 and 9 September?", "2025-09-03", "2025-09-09"),
    # years and their parts
    ("How much wind power was added in 2024?", "2024-01-01", "2024-12-31"),
    ("How much wind power was added in 2025?", "2025-01-01", "2025-11-19"),
    ("Who won the final of 2024?", "2024-01-01", "2024-12-31"),
    ("Was more added in 2023 or in 2024?", "2023-01-01", "2024-12-31"),
    ("Who led the talks in early 2025?", "2025-01-01", "2025-04-30"),
    ("Who led the talks in mid-2025?", "2025-04-01", "2025-09-30"),
    ("Who led the talks at the end of 2024?", "2024-09-01", "2024-12-31"),
    ("What did Norlink earn in Q3 2025?", "2025-07-01", "2025-09-30"),
    ("What did Norlink earn in the third quarter of 2025?", "2025-07-01", "2025-09-30"),
    ("What did Norlink earn in Q3?", "2025-07-01", "2025-09-30"),
    ("What did Norlink earn in the first half of 2025?", "2025-01-01", "2025-06-30"),
    ("Which lake dried up in summer 2024?", "2024-06-01", "2024-08-31"),
    ("Which lake dried up in the autumn of 2024?", "2024-09-01", "2024-11-30"),
    ("Which pass was shut in the winter of 2024?", "2023-12-01", "2025-02-28"),
    ("What did the navy do in 1914?", "1914-01-01", "1914-12-31"),
    # other languages
    ("Was geschah gestern in Varby?", "2025-11-18", "2025-11-18"),
    ("Was geschah letzte Woche in Varby?", "2025-11-09", "2025-11-16"),
    ("Was geschah im März 2025?", "2025-03-01", "2025-03-31"),
    ("Was geschah im März?", "2025-03-01", "2025-03-31"),
    ("Was geschah am 3. Oktober 2025?", "2025-10-03", "2025-10-03"),
    ("Was geschah am Montag?", "2025-11-17", "2025-11-17"),
    ("Was geschah in den letzten drei Wochen?", "2025-10-29", "2025-11-19"),
    ("Was geschah vor zwei Tagen?", "2025-11-17", "2025-11-17"),
    ("Que s'est-il passé la semaine dernière ?", "2025-11-09", "2025-11-16"),
    ("Qui a gagné hier ?", "2025-11-18", "2025-11-18"),
    ("Que s'est-il passé en août 2025 ?", "2025-08-01", "2025-08-31"),
    ("Que s'est-il passé en août ?", "2025-08-01", "2025-08-31"),
    ("¿Qué pasó la semana pasada?", "2025-11-09", "2025-11-16"),
    ("¿Qué pasó en agosto de 2025?", "2025-08-01", "2025-08-31"),
    ("¿Quién ganó el lunes?", "2025-11-17", "2025-11-17"),
    ("¿Qué pasó ayer?", "2025-11-18", "2025-11-18"),
    # of two the narrower, or what holds both
    ("What happened in the spring of 2025, in April 2025?", "2025-04-01", "2025-04-30"),
    ("What was said in December 2024 about cuts in 2025, and what in July 2025?", "2024-12-01", "2025-07-31"),
]
_NONE = [
    "Who won the 2024 Olympics?",
    "Who will host the 2026 World Cup?",
    "What does Vision 2030 promise?",
    "Why was the Boeing 737 grounded?",
    "How big is asteroid 2024 YR4?",
    "How far is asteroid 2024 YR4 from Earth, and what is the mass of 2024 YR4?",
    "What is GLM-4.5V?",
    "How many ships will there be in 2030?",
    "What is planned for next week?",
    "Which film comes out in April 2028?",
    "Who will host the prize gala in September?",
    "What might be paused in December?",
    "Which party leads ahead of the election on Sunday?",
    "What will the council vote on next Monday?",
    "Who sold the most on Black Friday?",
    "Which holiday falls on the third Monday of February every year?",
    "Who plays in Monday Night Football?",
    "Who sang on a Monday?",
    "What has changed since the ban?",
    "What happened after the flood?",
    "Why did Trump say “wait until May 2025”?",
    'What did he mean by "last week was hell"?',
    "How much aid was given since the war began in 2022?",
    "What was known before January 2025?",
    "How big will the market be by the end of 2025?",
    "What was the first plant since 1989?",
    "How did wages change in the last ten years?",
    "What happened on 31 February 2025?",
    "What happened on 30 February?",
    "What changed between May 2025 and March 2025?",
    "What changed between 2025 and 2020?",
    "What may the minister do?",
    "Who will march on the capital?",
    "What did Theresa May say?",
    "Who met April Sample?",
    "How often does it run in summer?",
    "Who runs the last week of the festival?",
    "How many hours a week do they work?",
    "How old is the bridge?",
    "How many were counted in 2000 cities?",
    "Which route is 2025 km long?",
    "What is in the <a href='/2025/09/19/'>report</a>?",
    "What is at https://example.org/2025-09-19/story?",
    "Was ist hier passiert?",
    "Who passed the Harbour Act of 1988?",
    "What is the latest on the ferry?",
    "",
    "?!",
]
_LIMITS = [
    ("What do articles published last week say about ferries?", "2025-11-09", "2025-11-16"),
    ("What was the news from yesterday?", "2025-11-18", "2025-11-18"),
    ("Summarise yesterday's news.", "2025-11-18", "2025-11-18"),
    ("What are today's headlines?", "2025-11-19", "2025-11-19"),
    ("What was in Monday's newspaper?", "2025-11-17", "2025-11-17"),
    ("Who was in the news this week?", "2025-11-16", "2025-11-19"),
    ("Which articles from August 2025 mention Norlink?", "2025-08-01", "2025-08-31"),
    ("Which articles since June mention Norlink?", "2025-06-01", "2025-11-19"),
    ("Which articles published before June 2024 mention Norlink?", None, "2024-05-31"),
    ("Which articles published until June 2024 mention Norlink?", None, "2024-06-30"),
    ("Which articles published after June 2024 mention Norlink?", "2024-07-01", "2025-11-19"),
    ("Which newspapers of 1914 mention Norlink?", "1914-01-01", "1914-12-31"),
    ("What does the story published on 3 October 2025 say about the fire of May 2024?", "2025-10-03", "2025-10-03"),
]


def _kind(question: str, *, reported: bool) -> str | None:
    window = read_window(question, ASKED, reported=reported)
    return window.kind if window else None


@pytest.mark.parametrize(("question", "since", "until"), _EVENTS)
def test_the_days_of_an_event_are_read(question: str, since: str, until: str) -> None:
    """A date in a question is that of what happened: a preference."""
    window = read_window(question, ASKED)
    assert window is not None
    assert (str(window.since), str(window.until), window.kind) == (since, until, "about")
    assert window.words
    assert window.words in question


@pytest.mark.parametrize("question", _NONE)
def test_what_only_names_something_or_is_to_come_is_no_window(question: str) -> None:
    """Names, quotations, the future, measures and impossible dates are no window."""
    assert read_window(question, ASKED) is None


@pytest.mark.parametrize(("question", "since", "until"), _LIMITS)
def test_words_about_publication_make_a_limit(question: str, since: str | None, until: str) -> None:
    """Only where the question speaks of articles and news does the window limit what is searched."""
    window = read_window(question, ASKED)
    assert window is not None
    assert (window.since and str(window.since), str(window.until), window.kind) == (since, until, "published")


@pytest.mark.parametrize(
    "question",
    [
        "Who made headlines this week?",
        "What did the study published last week find?",
        "What good news came last week?",
        "What did the report published in August 2025 by the board warn of?",
        "How many children have insurance coverage in 2024?",
        "Why is Toy Story in 2024 so long?",
        "What did Norlink report in August?",
        "Who held a news conference on Monday?",
    ],
)
def test_studies_films_and_companies_publish_too(question: str) -> None:
    """Words that others than newspapers use set no limit."""
    window = read_window(question, ASKED)
    assert window is not None
    assert window.kind == "about"


def test_a_date_behind_the_verb_of_a_report_is_when_it_was_published() -> None:
    """With an outlet as the one who reports, `report in August` is a limit, `say about the fire in August` is none."""
    assert _kind("What did the Sample Gazette report in August?", reported=True) == "published"
    assert _kind("What did the Sample Gazette say last week about the ferry?", reported=True) == "published"
    assert _kind("What did the Sample Gazette say about the fire in August?", reported=True) == "about"
    assert _kind("What did the Sample Gazette report in August?", reported=False) == "about"


def test_a_coming_month_that_is_near_is_left_unread() -> None:
    """In late July nobody can tell which August `in August` means; in May it is that of last year."""
    assert read_window("What happened in August?", date(2025, 7, 25)) is None
    window = read_window("What happened in August?", date(2025, 5, 25))
    assert window is not None
    assert window.since == date(2024, 8, 1)


def test_a_year_in_the_question_is_that_of_its_month() -> None:
    """`The 2025 gala in September`, asked before it, is no September of 2024."""
    assert read_window("Who was chosen for the 2025 gala in September?", date(2025, 4, 17)) is None
    window = read_window("Who was chosen for the 2023 gala in September?", date(2025, 4, 17))
    assert window is not None
    assert window.since == date(2023, 9, 1)


@pytest.mark.parametrize("asked_on", [date.min, date.max, date(2024, 2, 29), date(2025, 1, 1)])
def test_no_day_of_asking_and_no_question_crashes(asked_on: date) -> None:
    """Every form is read on the first and the last day of the calendar; no window reaches beyond the day of asking."""
    for question in [*(question for question, *_ in _EVENTS), *(question for question, *_ in _LIMITS), *_NONE]:
        window = read_window(question, asked_on)
        if window is not None:
            assert window.until is None or window.until <= asked_on
            assert window.since is None or window.until is None or window.since <= window.until


def test_a_hostile_question_is_read_quickly() -> None:
    """Two thousand characters of what nearly is a date take no time that anyone notices."""
    for piece in ("in the last ", "between March and ", "19 September ", '"“', "since since ", "1999 ", "<a ", "published in "):
        started = time.process_time()
        read_window((piece * 2000)[:2000], ASKED)
        assert time.process_time() - started < 1


@pytest.mark.parametrize(
    ("question", "wanted"),
    [
        ("What is the latest on the ferry?", True),
        ("Which was the most recent launch?", True),
        ("Where does the deposit rate stand now?", True),
        ("How high is the rate today?", True),
        ("Who currently leads the party?", True),
        ("What did Norlink recently announce?", True),
        ("How many were certified so far?", True),
        ("Wie hoch ist der Zins derzeit?", True),
        ("Who founded USA Today?", False),
        ("Who directed Apocalypse Now?", False),
        ("What did he call “the latest fashion”?", False),
        ("Who built the bridge?", False),
        ("Who knows the mayor?", False),
    ],
)
def test_the_wish_for_the_newest_is_told(question: str, wanted: bool) -> None:  # noqa: FBT001 - a parameter of the test
    """Words for the present state ask for the newest."""
    assert wants_latest(question) is wanted

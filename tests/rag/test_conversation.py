"""Follow-ups: what is put in, what is hung on, and above all what is left alone."""

import pytest

from rag.conversation import inlined, standalone
from rag.types import Turn


def asked(*texts: str) -> list[Turn]:
    """A conversation in which only the user speaks; what begins with `> ` is an answer."""
    return [
        Turn("assistant", text.removeprefix("> ")) if text.startswith("> ") else Turn("user", text)
        for text in texts
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("earlier", "question", "whole"),
    [
        ("How many branches does Bank of Varby have?", "and Bank of Sandholm?", "How many branches does Bank of Sandholm have?"),
        ("How many ships will Norlink sell?", "And Halden Line?", "How many ships will Halden Line sell?"),
        ("How many ships will Norlink sell?", "and trains?", "How many trains will Norlink sell?"),
        ("What is Norlink's budget?", "What about Halden?", "What is Halden's budget?"),
        ("Is the northern pier closed?", "How about the southern pier?", "Is the southern pier closed?"),
        ("What did the hospital in Varby cost?", "and in Sandholm?", "What did the hospital in Sandholm cost?"),
        ("How many ships did Norlink sell?", "And in Varby?", "How many ships did Norlink sell in Varby?"),
    ],
)
def test_a_fragment_takes_the_place_of_what_is_like_it(earlier: str, question: str, whole: str) -> None:
    """A name replaces the one name, a noun what it shares a word with or what is counted, a place the place."""
    assert standalone(question, asked(earlier)) == whole


@pytest.mark.parametrize(
    ("earlier", "question", "whole"),
    [
        ("How many ships sank in 2023?", "what about 2024?", "How many ships sank in 2024?"),
        ("How many ships sank in 2023?", "and in May 2024?", "How many ships sank in May 2024?"),
        ("How many ships sank in 2023?", "and last year?", "How many ships sank last year?"),
        ("How many ships sank last year?", "and in 2019?", "How many ships sank in 2019?"),
        ("What happened on 4 March 2025?", "And 5 March 2025?", "What happened on 5 March 2025?"),
        ("How many ships sank?", "In 2024?", "How many ships sank in 2024?"),
        ("Who won the 2021 regatta?", "And 2022?", "Who won the 2022 regatta?"),
    ],
)
def test_a_date_takes_the_place_of_the_date(earlier: str, question: str, whole: str) -> None:
    """With its own preposition or the one that fits; where no date was asked for, it is added."""
    assert standalone(question, asked(earlier)) == whole


@pytest.mark.parametrize(
    ("earlier", "question", "whole"),
    [
        (["When did the Sandholm bridge open to traffic?"], "How much did it cost?", "How much did the Sandholm bridge cost?"),
        (["Where is the ferry terminal?"], "And who built it?", "Who built the ferry terminal?"),
        (["Why did Norlink sell the ferry?"], "Who leads the port?", "Who leads the port?"),
        (["Who is Pekka Salmi?"], "What is his salary?", "What is Pekka Salmi's salary?"),
        (["Who leads Norlink?", "> Its director, Pekka Salmi, spoke on Monday. [1]"], "Who is he?", "Who is Pekka Salmi?"),
        (["What did Salmi say?", "> Salmi said that it is late. [1]"], "When was he born?", "When was Salmi born?"),
        (["Are orca whales dangerous?"], "What do they eat?", "What do orca whales eat?"),
        (["What is Norlink?", "Where is it based?"], "Who leads it?", "Who leads Norlink?"),
        (["What is Norlink?", "What are its routes?"], "When was it founded?", "When was Norlink founded?"),
    ],
)
def test_a_pronoun_becomes_the_one_thing_that_it_can_mean(earlier: list[str], question: str, whole: str) -> None:
    """Of the question before, of its answer where that names the person, or what the last pronoun meant."""
    assert standalone(question, asked(*earlier)) == whole


@pytest.mark.parametrize(
    ("earlier", "question", "whole"),
    [
        ("Did Norlink sell the ferry?", "Why?", "Why did Norlink sell the ferry?"),
        ("Did Norlink sell the ferry?", "And when was that?", "When did Norlink sell the ferry?"),
        ("Why did the talks fail?", "When did that happen?", "When did the talks fail?"),
    ],
)
def test_a_bare_question_word_asks_about_the_earlier_question(earlier: str, question: str, whole: str) -> None:
    """`Why?` and `when was that?` keep the words of what was asked."""
    assert standalone(question, asked(earlier)) == whole


@pytest.mark.parametrize(
    ("earlier", "question", "whole"),
    [
        (["How many ships did Norlink sell?"], "Who bought them?", "How many ships did Norlink sell, and who bought them?"),
        (["How many ships did Norlink sell?"], "When was that?", "How many ships did Norlink sell, and when was that?"),
        (["Which ships did Norlink sell?"], "How many of them?", "Which ships did Norlink sell, and how many of them?"),
        (["Who leads Norlink?"], "When was he born?", "Who leads Norlink, and when was he born?"),
        (["Who led it?", "> Pekka Salmi met Tove Askel. [1]"], "What did he say?", "Who led it, and what did he say?"),
        (["What is Norlink's budget?"], "How large is it?", "What is Norlink's budget, and how large is it?"),
        (["Did Salmi meet Tove Askel in Varby?"], "And Mara Lind?", "Did Salmi meet Tove Askel in Varby, and Mara Lind?"),
        (["What did Norlink sell?"], "Why did Norlink sell it?", "What did Norlink sell, and why did Norlink sell it?"),
    ],
)
def test_what_could_mean_two_things_is_hung_on(earlier: list[str], question: str, whole: str) -> None:
    """Nothing is guessed: the earlier question is asked along, word for word."""
    assert standalone(question, asked(*earlier)) == whole


def test_hanging_on_does_not_grow_without_end() -> None:
    """After many follow-ups the first question and the last two are asked, not all."""
    earlier = ["How many ships did Norlink sell?", "Who bought them?", "When was that?", "Is that legal?"]
    assert (
        standalone("Who said that?", asked(*earlier)) == "How many ships did Norlink sell, and is that legal, and who said that?"
    )


@pytest.mark.parametrize(
    "question",
    [
        "Who leads the Halden Line?",
        "Why did Norlink sell its ships?",
        "Who lost their jobs when the port closed?",
        "What did Mara Lind say about her book?",
        "How many of its ships did Norlink sell?",
        "In his speech, what did Pekka Salmi promise?",
        "Is it true that the bridge is closed?",
        "How long does it take to cross the strait?",
        "Is it legal for ferries to dump waste?",
        "Whose idea was it to build a bridge?",
        "What did Salmi say that angered the council?",
        "What did the council decide this week?",
        "Which of these parties won: Left, Right or Centre?",
        "The ferry Skarv sank in May. Who owned it?",
        "And who is the director of the Halden Line?",
        "Does the tower that Norlink built still stand?",
        "What about the man said to have sold the bridge twice is known to the police?",
        "  Who leads  the port ?  ",
        "norlink ships 2024",
        "Thanks!",
        "Why?!?",
        "?",
        "",
    ],
)
def test_a_whole_question_is_returned_letter_by_letter(question: str) -> None:
    """A change of topic, a pronoun explained in the question itself, `it` that means nothing, chat: none is touched."""
    earlier = [] if question == "Why?!?" else ["When did the Sandholm bridge open?", "> It opened on 4 March 2025. [1]"]
    assert standalone(question, asked(*earlier)) == question


@pytest.mark.parametrize(
    ("earlier", "question"),
    [
        ("Wie viele Schiffe verkauft Norlink?", "Und Halden?"),
        ("Combien de navires Norlink vend-il ?", "Et en 2024 ?"),
        ("Wie viele Schiffe verkauft Norlink?", "And Halden?"),
        ("諾林克賣了多少艘船?", "它在哪裡?"),
        ("How many ships did Norlink sell?", "Und wann war das?"),
    ],
)
def test_other_languages_are_left_alone(earlier: str, question: str) -> None:
    """The rules are those of English; nothing else is rewritten, and nothing is made of a question in another language."""
    assert standalone(question, asked(earlier)) == question


@pytest.mark.parametrize(
    "earlier",
    [
        [],
        [""],
        ["   \n "],
        ["???"],
        ["Thanks!"],
        ["> It opened on 4 March. [1]"],
        ["the " * 5_000],
        ["\ud800 \x00"],
        ["ok", "> ok"],
    ],
)
def test_a_history_without_a_question_changes_nothing(earlier: list[str]) -> None:
    """Empty turns, signs, chat, an answer to nothing and a pasted text are no questions to go back to."""
    assert standalone("Who built it?", asked(*earlier)) == "Who built it?"


def test_chat_between_questions_is_passed_over() -> None:
    """`Thanks!` is not what the follow-up follows."""
    assert standalone("And who built it?", asked("Where is the ferry terminal?", "Thanks!")) == "Who built the ferry terminal?"


def test_only_the_last_turns_are_read() -> None:
    """What was named twenty questions ago is not what `it` means; a long history is quickly read."""
    old = ["Where is the ferry terminal?", *["Did prices rise?"] * 20]
    assert "terminal" not in standalone("Who built it?", asked(*old))


def test_what_is_made_is_a_question_that_may_be_asked() -> None:
    """No question grows over the 2,000 characters that the service allows."""
    long = f"How many ships did Norlink sell to {'Varby ' * 90}?"
    assert len(standalone("Who bought them?", asked(long, long, "And why?"))) <= 2_000
    assert standalone("Who bought them " + "x" * 700, asked("How many ships sank?")).startswith("Who bought them x")


@pytest.mark.parametrize(
    ("clause", "made"),
    [
        ("When did it open?", "When did the port open?"),
        ("Who leads Norlink?", "Who leads Norlink?"),
        ("What did he say?", None),
        ("Why?", None),
        ("And Varby?", None),
    ],
)
def test_inlining_puts_in_or_gives_up(clause: str, made: str | None) -> None:
    """For the parts of one question nothing is hung on: what cannot be told is None."""
    assert inlined(clause, ["Who leads the port?"]) == made

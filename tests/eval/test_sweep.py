"""Sweeps: what may be varied, every combination, and when the best is called the best."""

from pathlib import Path

import numpy as np
import pytest

from eval.errors import SweepError
from eval.sweep import Remembering, Trial, best_trial, check_figure, combinations, read_varied
from rag.settings import RagSettings
from tests.eval.made_rows import answered, row


def trial(name: int, values: list[float]) -> Trial:
    return Trial(changed={"k": name}, rows=tuple(answered(values)))


def test_every_combination_is_made(tmp_path: Path) -> None:
    """Two settings and k of two values each are eight combinations, in the order written, each with its own settings."""
    varied = read_varied(["recency_strength=0,2", "recency_days=7,14", "k=5,10"])
    made = combinations(varied, RagSettings(data=tmp_path, evidence_tokens=999), 10)
    assert [changed for changed, _, _ in made][:3] == [
        {"recency_strength": 0.0, "recency_days": 7.0, "k": 5},
        {"recency_strength": 0.0, "recency_days": 7.0, "k": 10},
        {"recency_strength": 0.0, "recency_days": 14.0, "k": 5},
    ]
    assert len(made) == 8
    assert {settings.evidence_tokens for _, settings, _ in made} == {999}
    assert [(settings.recency_strength, k) for _, settings, k in made][-1] == (2.0, 10)


@pytest.mark.parametrize(
    ("varied", "problem"),
    [
        ([], "nothing is varied"),
        (["recency_strength"], "write a setting and its values"),
        (["recency_strength="], "write a setting and its values"),
        (["recensy=1,2"], "there is no setting recensy; there are answer_tokens, evidence_tokens, generator, "),
        (["passage_tokens=100,200"], "passage_tokens belongs to the archive"),
        (["k=1,2", "k=3"], "k is varied twice"),
    ],
)
def test_what_cannot_be_varied_is_refused(varied: list[str], problem: str) -> None:
    """A misspelt setting, one that needs another archive and one without values are named with what to write."""
    with pytest.raises(SweepError) as refused:
        read_varied(varied)
    assert problem in str(refused.value)


@pytest.mark.parametrize(
    ("varied", "problem"),
    [("recency_strength=-1", "recency_strength"), ("k=0", "k=0"), ("k=ten", "k=ten"), ("k=101", "from 1 to 100")],
)
def test_a_value_that_does_not_fit_is_refused(varied: str, problem: str, tmp_path: Path) -> None:
    """Before anything is asked."""
    with pytest.raises(SweepError, match=problem):
        combinations(read_varied([varied]), RagSettings(data=tmp_path), 10)


def test_the_best_is_marked_only_when_it_is_significantly_best() -> None:
    """Fifteen of forty more is shown against both others; one more of forty is not."""
    poor, good, better = trial(1, [0.0] * 30 + [1.0] * 10), trial(2, [0.0] * 15 + [1.0] * 25), trial(3, [1.0] * 40)
    assert best_trial([poor, good, better], "answers.contains") == (better, True)
    close = trial(4, [0.0] + [1.0] * 39)
    assert best_trial([poor, close, better], "answers.contains") == (better, False)


def test_a_higher_mean_over_other_questions_is_not_the_best() -> None:
    """What answers forty easy questions more has the higher mean, and is worse on all that both answer."""
    easy = [row(f"easy{n}", {"citations": {"recall": 1.0}}) for n in range(40)]
    hard = {"group": "citations", "metric": "recall"}
    more = Trial(changed={"k": 1}, rows=(*answered([0.4] * 20, **hard), *easy))
    fewer = Trial(changed={"k": 2}, rows=tuple(answered([0.5] * 20, **hard)))
    assert best_trial([more, fewer], "citations.recall") == (more, False)


def test_a_lone_trial_and_equal_ones_are_not_the_best() -> None:
    """There is nothing that they are better than; of equals the first is taken."""
    one, same = trial(1, [1.0, 0.0]), trial(2, [1.0, 0.0])
    assert best_trial([one], "answers.contains") == (one, False)
    assert best_trial([one, same], "answers.contains") == (one, False)


def test_fewer_false_abstentions_are_the_better_ones() -> None:
    """The best has the lowest rate where lower is better."""
    kind = {"group": "abstention", "metric": "false_rate"}
    few = Trial(changed={"k": 1}, rows=tuple(answered([0.0] * 40, **kind)))
    many = Trial(changed={"k": 2}, rows=tuple(answered([1.0] * 30 + [0.0] * 10, **kind)))
    assert best_trial([many, few], "abstention.false_rate") == (few, True)


def test_a_trial_without_the_figure_is_never_the_best() -> None:
    """What was not measured is not good."""
    unmeasured = Trial(changed={"k": 1}, rows=(row("q0", {}),))
    measured = trial(2, [0.0])
    assert best_trial([unmeasured, measured], "answers.contains")[0] is measured


@pytest.mark.parametrize("figure", ["contains", "answers.contans", "latency_ms.p95", ""])
def test_an_unknown_figure_is_refused(figure: str) -> None:
    """Only means over questions can be tested."""
    with pytest.raises(SweepError, match="no such figure"):
        check_figure(figure)


def test_a_question_is_embedded_once() -> None:
    """However many combinations ask it; passages go through."""

    class Counting:
        name, dimension = "counting@0", 2
        asked = 0

        def embed_passages(self, texts: list[str]) -> np.ndarray:
            return np.ones((len(texts), 2), dtype=np.float32)

        def embed_question(self, text: str) -> np.ndarray:
            self.asked += 1
            return np.full(2, len(text), dtype=np.float32)

        gives_token_signs = True

        def embed_with_signs(self, texts: list[str]) -> tuple[np.ndarray, list[bytes]]:
            return self.embed_passages(texts), [b"s"] * len(texts)

        def token_starts(self, texts: list[str]) -> list[np.ndarray]:
            return [np.array([len(text)]) for text in texts]

    counting = Counting()
    remembering = Remembering(counting)
    assert [remembering.embed_question(text)[0] for text in ("a", "bb", "a")] == [1, 2, 1]
    assert counting.asked == 2
    assert remembering.embed_passages(["a", "b"]).shape == (2, 2)
    assert remembering.embed_with_signs(["a", "b"])[1] == [b"s", b"s"]
    assert [starts.tolist() for starts in remembering.token_starts(["a", "bb"])] == [[1], [2]]
    assert remembering.gives_token_signs
    assert (remembering.name, remembering.dimension) == ("counting@0", 2)

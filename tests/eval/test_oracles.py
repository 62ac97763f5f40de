"""Our numbers against other implementations: trec_eval through ir_measures, torchmetrics' SQuAD, scipy, and formulas."""

import random
from collections.abc import Iterator
from math import log2

import ir_measures
import numpy as np
import pytest
import pytrec_eval
import torch
from ir_measures import RR, R, Success, nDCG
from scipy import stats
from torchmetrics.functional.text.squad import squad

from eval.answers import answer_scores
from eval.matching import exact_match, token_f1
from eval.ranking import article_scores, recall_by_k
from eval.statistics import mean_with_interval, paired

CLOSE = 1e-9
MEASURES = {
    Success @ 1: "hit@1",
    Success @ 5: "hit@5",
    Success @ 10: "hit@10",
    RR @ 10: "mrr@10",
    nDCG @ 10: "ndcg@10",
    R @ 5: "recall@5",
    R @ 10: "recall@10",
}
Rankings = dict[str, list[str]]
Judgements = dict[str, dict[str, int]]


@pytest.fixture(scope="module")
def judged() -> Judgements:
    """Judge articles of 400 questions with the grades 0 to 3, from a few up to more than the cut-offs."""
    rng = random.Random(11)  # noqa: S311 - figures for a test
    questions = {}
    for number in range(400):
        articles = rng.sample(range(60), rng.choice([1, 2, 5, 15, 30]))
        grades = {f"é{article}": rng.randint(0, 3) for article in articles}
        questions[f"q{number}"] = grades | {f"é{articles[0]}": rng.randint(1, 3)}
    return questions


@pytest.fixture(scope="module")
def rankings(judged: Judgements) -> Rankings:
    """Rank up to 60 articles for each question; a tenth of the questions found nothing."""
    rng = random.Random(12)  # noqa: S311 - figures for a test
    lengths = [0, 1, 3, 5, 8, 10, 11, 25, 40, 60]
    return {question: [f"é{article}" for article in rng.sample(range(60), rng.choice(lengths))] for question in judged}


@pytest.fixture(scope="module")
def ours(judged: Judgements, rankings: Rankings) -> dict[str, dict[str, float]]:
    return {question: dict(article_scores(rankings[question], grades)) for question, grades in judged.items()}


@pytest.fixture
def double_precision() -> Iterator[None]:
    """Let torch compute in 64 bits: in its usual 32, torchmetrics' F1 is right to 7 digits only."""
    usual = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(usual)


def as_run(rankings: Rankings) -> dict[str, dict[str, float]]:
    """Return the rankings as ir_measures takes them, without the questions that found nothing, as a run file would be."""
    found = {question: ranked for question, ranked in rankings.items() if ranked}
    return {question: {article: 1 / rank for rank, article in enumerate(r, start=1)} for question, r in found.items()}


def test_each_question_scores_as_in_ir_measures(judged: Judgements, rankings: Rankings, ours: dict) -> None:
    """Every metric of every question, over whole rankings, equals ir_measures' own."""
    metrics = list(ir_measures.iter_calc(list(MEASURES), judged, as_run(rankings)))
    assert len(metrics) == len(MEASURES) * len(judged)
    for metric in metrics:
        assert ours[metric.query_id][MEASURES[metric.measure]] == pytest.approx(metric.value, abs=CLOSE), metric


def test_means_are_those_of_ir_measures(judged: Judgements, rankings: Rankings, ours: dict) -> None:
    """Means over all judged questions, the ones without results counted as 0, equal ir_measures' aggregates."""
    aggregates = ir_measures.calc_aggregate(list(MEASURES), judged, as_run(rankings))
    for measure, name in MEASURES.items():
        mean = mean_with_interval([scores[name] for scores in ours.values()])
        assert mean.value == pytest.approx(aggregates[measure], abs=CLOSE)
        assert mean.n == len(judged)


def test_questions_without_results_would_flatter_the_mean(judged: Judgements, rankings: Rankings, ours: dict) -> None:
    """trec_eval's bare binding leaves them out, so its mean is higher: ours is its sum over all judged questions."""
    results = pytrec_eval.RelevanceEvaluator(judged, {"recip_rank"}).evaluate(as_run({q: r[:10] for q, r in rankings.items()}))
    values = [result["recip_rank"] for result in results.values()]
    mean = sum(scores["mrr@10"] for scores in ours.values()) / len(ours)
    assert len(results) == sum(bool(ranked) for ranked in rankings.values()) < len(judged)
    assert mean == pytest.approx(sum(values) / len(judged), abs=CLOSE)
    assert mean < sum(values) / len(values)


def test_ndcg_is_the_formula_with_linear_gains(judged: Judgements, rankings: Rankings, ours: dict) -> None:
    """DCG = Σ grade / log2(rank + 1) over 10 ranks, divided by the DCG of the judged grades in falling order."""

    def dcg(gains: list[int]) -> float:
        return sum(gain / log2(rank + 1) for rank, gain in enumerate(gains[:10], start=1))

    for question, grades in judged.items():
        given = dcg([grades.get(article, 0) for article in rankings[question]])
        ideal = dcg(sorted(grades.values(), reverse=True))
        assert ours[question]["ndcg@10"] == pytest.approx(given / ideal, abs=CLOSE)


def test_recall_by_k_is_recall_at_every_k(judged: Judgements, rankings: Rankings) -> None:
    """The curve's points equal ir_measures' recall at 1, 2, 10, 37 and 60."""
    depths = {R @ k: k for k in (1, 2, 10, 37, 60)}
    curves = {question: recall_by_k(rankings[question], grades, 60) for question, grades in judged.items()}
    for metric in ir_measures.iter_calc(list(depths), judged, as_run(rankings)):
        assert curves[metric.query_id][depths[metric.measure] - 1] == pytest.approx(metric.value, abs=CLOSE)


PIECES = (
    "the The THE a an A An and theme Anna a.m. U.S. U.S.A's 6 six 1,700 25% $15,000 — – ’ “x” ... !? the- -an 'a' an, (the)"
    " straße STRASSE İstanbul ǅ ﬁre 北京 каша ½ e\u0301 é _ a_b the_a \u00a0 \u2003 \u200b \t \n 5G co-op rock'n'roll"
).split(" ")


def random_texts(seed: int) -> list[str]:
    rng = random.Random(seed)  # noqa: S311 - texts for a test
    glue = (" ", " ", " ", "", "  ", ", ")
    return ["".join(rng.choice(PIECES) + rng.choice(glue) for _ in range(rng.randint(0, 6))) for _ in range(1200)]


@pytest.mark.usefixtures("double_precision")
def test_em_and_f1_are_those_of_squad() -> None:
    """On 1,200 random pairs of texts, with articles, punctuation, other scripts and empty ones, the scores are equal."""
    seen = set()
    pairs = [*zip(random_texts(21), random_texts(22), strict=True), ("25 goats, the mayor said", "said Mayor: 25 goats")]
    for given, accepted in pairs:
        theirs = squad({"id": "1", "prediction_text": given}, {"id": "1", "answers": {"text": [accepted], "answer_start": [0]}})
        assert exact_match(given, accepted) == pytest.approx(theirs["exact_match"].item() / 100, abs=CLOSE), (given, accepted)
        assert token_f1(given, accepted) == pytest.approx(theirs["f1"].item() / 100, abs=CLOSE), (given, accepted)
        seen.add((exact_match(given, accepted), round(token_f1(given, accepted), 2)))
    assert {(1.0, 1.0), (0.0, 1.0), (0.0, 0.0)} <= seen
    assert len(seen) > 10


@pytest.mark.usefixtures("double_precision")
def test_the_best_answer_is_that_of_squad() -> None:
    """With several accepted answers, EM and F1 are SQuAD's best over them."""
    rng = random.Random(23)  # noqa: S311 - figures for a test
    texts = random_texts(24)
    for given in texts[:300]:
        accepted = [*rng.sample(texts, 3), f"the {given}!"][: rng.randint(1, 4)]
        theirs = squad({"id": "1", "prediction_text": given}, {"id": "1", "answers": {"text": accepted, "answer_start": [0]}})
        scores = answer_scores(given, abstained=False, answers=accepted)
        assert scores["em"] == pytest.approx(theirs["exact_match"].item() / 100, abs=CLOSE)
        assert scores["f1"] == pytest.approx(theirs["f1"].item() / 100, abs=CLOSE)


def sign_flip_p(differences: np.ndarray) -> float:
    """Return scipy's p of the paired permutation test."""
    return stats.permutation_test(
        (differences,), lambda sample, axis: sample.mean(axis=axis), permutation_type="samples", vectorized=True,
        n_resamples=9999, rng=np.random.default_rng(1),
    ).pvalue  # fmt: skip


@pytest.mark.parametrize("n", range(2, 14))
def test_exact_p_is_that_of_scipy(n: int) -> None:
    """With 2 to 13 differences both try all signs: p is equal, for differences with and without equal sizes."""
    rng = np.random.default_rng(n)
    for differences in (rng.normal(0.3, 1, n), rng.choice([-1.0, -0.5, 0.5, 1.0], n)):
        assert paired([0.0] * n, differences.tolist()).p == pytest.approx(sign_flip_p(differences), abs=CLOSE)


@pytest.mark.parametrize(("n", "shift"), [(14, 0.4), (50, 0.3), (200, 0.1), (201, 0.0)])
def test_drawn_p_is_close_to_that_of_scipy(n: int, shift: float) -> None:
    """With more differences both draw some 10,000 signs: p agrees to four standard deviations of the drawing."""
    differences = np.random.default_rng(n).normal(shift, 1, n)
    expected = sign_flip_p(differences)
    deviation = (2 * expected * (1 - expected) / 10_000) ** 0.5
    assert paired([0.0] * n, differences.tolist()).p == pytest.approx(expected, abs=4 * deviation)


@pytest.mark.parametrize("n", [30, 300])
def test_the_interval_is_that_of_scipy(n: int) -> None:
    """The ends agree with scipy's percentile bootstrap, up to the chance of 10,000 draws in both."""
    values = np.random.default_rng(n).exponential(size=n)
    theirs = stats.bootstrap((values,), np.mean, n_resamples=10_000, method="percentile", rng=np.random.default_rng(1))
    ours = mean_with_interval(values.tolist())
    # Four standard deviations of the difference of two such percentiles: 4·√2·√(0.025·0.975/10,000) / φ(1.96).
    tolerance = 0.15 * values.std() / n**0.5
    assert ours.low == pytest.approx(theirs.confidence_interval.low, abs=tolerance)
    assert ours.high == pytest.approx(theirs.confidence_interval.high, abs=tolerance)

"""The signs of tokens: which tokens count, and that torch and OpenVINO give the same."""

import numpy as np
import pytest

from index.embedding import SentenceTransformerEmbedder, load_tokenizer, packaged_folder
from index.openvino_embedding import OpenVinoEmbedder
from index.settings import IndexSettings
from index.token_signs import ContentTokens, sign_codes

TEXTS = [
    "Ferries return | Harbour Gazette\nThe Sandholm ferry, which had been out of service, returned to the harbour at 9:40.",
    "The bank cut its rate by 25 basis points.",
    "harbour " * 400,
    "It is what it is.",
]
BYTES = 384 // 8


@pytest.fixture(scope="module")
def openvino() -> OpenVinoEmbedder:
    return OpenVinoEmbedder(cache=IndexSettings().embedder_cache)


def test_what_carries_no_meaning_is_left_out() -> None:
    """Function words, punctuation and the marks of the ends; parts of a word stay, whatever they look like."""
    tokenizer = load_tokenizer(packaged_folder())
    encoding = tokenizer.encode("Who said [that] the Sandholm ferry was back in Sandholm's harbour?")
    content = ContentTokens(tokenizer.get_vocab())
    kept = [encoding.tokens[place] for place in content.of(encoding.ids)]
    assert kept == ["sand", "##holm", "ferry", "back", "sand", "##holm", "harbour"]


def test_tokens_are_found_where_they_stand(embedder: SentenceTransformerEmbedder, openvino: OpenVinoEmbedder) -> None:
    """In characters, also behind letters of several bytes; what the model does not see has no place, as it has no signs."""
    text = "Café | The café\nIt said: a ferry sank."
    for one in (embedder, openvino):
        places, long = one.token_starts([text, "harbour " * 400])
        assert [text[start:].split(maxsplit=1)[0] for start in places] == ["Café", "café", "ferry", "sank."]
        assert len(long) == 254


def test_a_text_of_function_words_keeps_them_all() -> None:
    """Something must be compared, but never the marks of the ends."""
    tokenizer = load_tokenizer(packaged_folder())
    encoding = tokenizer.encode("It is what it is.")
    assert ContentTokens(tokenizer.get_vocab()).of(encoding.ids).tolist() == [1, 2, 3, 4, 5, 6]


def test_torch_and_openvino_give_the_same_signs(embedder: SentenceTransformerEmbedder, openvino: OpenVinoEmbedder) -> None:
    """As many tokens, and all but the numbers near zero on the same side of it; the vectors are the usual ones."""
    vectors, signs = embedder.embed_with_signs(TEXTS)
    others, other_signs = openvino.embed_with_signs(TEXTS)
    assert (vectors * others).sum(axis=1).min() > 0.999
    assert np.array_equal(others, openvino.embed_passages(TEXTS))
    for one, other in zip(signs, other_signs, strict=True):
        assert len(one) == len(other)
        bits = np.unpackbits(np.frombuffer(one, np.uint8)), np.unpackbits(np.frombuffer(other, np.uint8))
        assert np.mean(bits[0] == bits[1]) > 0.98
    assert len(signs[2]) == 254 * BYTES, "what exceeds the model's 256 tokens is not seen"


def test_a_token_is_nearest_to_itself(embedder: SentenceTransformerEmbedder, openvino: OpenVinoEmbedder) -> None:
    """The question's token vectors are those of the passages' signs: a text asked as a question finds its own tokens."""
    text = "Sandholm ferry harbour"
    for one in (embedder, openvino):
        question = one.embed_question(text)
        assert [text[start:end] for start, end in question.spans] == ["Sand", "holm", "ferry", "harbour"]
        assert np.linalg.norm(question.tokens, axis=1) == pytest.approx(np.ones(4), abs=1e-5)
        (signs,) = one.embed_with_signs([text])[1]
        own = np.unpackbits(np.frombuffer(sign_codes(question.tokens), np.uint8))
        stored = np.unpackbits(np.frombuffer(signs, np.uint8))
        assert np.mean(own == stored) > 0.98


def test_a_code_is_one_bit_for_each_number() -> None:
    """Set where the number is above zero; 48 bytes for a row of 384."""
    rows = np.random.default_rng(8).normal(size=(93, 384)).astype(np.float32)
    assert len(sign_codes(rows)) == 93 * BYTES
    assert sign_codes(np.array([[0.5, -0.5, 0.0, 1.0, -1.0, 2.0, 3.0, -4.0]], dtype=np.float32)) == bytes([0b10010110])

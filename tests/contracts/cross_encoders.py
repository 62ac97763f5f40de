"""Tiny cross-encoders, made here: one with random weights, and one whose weights are set so that it counts shared words."""

from pathlib import Path

import torch
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import Whitespace
from tokenizers.processors import TemplateProcessing
from transformers import BertConfig, BertForSequenceClassification, PreTrainedTokenizerFast
from transformers.utils import logging

WORDS = "harbour ferry bridge opened closed hospital library roof apple hail lighthouse lamp who when what is the of a on".split()
_ROLES = ("pad_token", "unk_token", "cls_token", "sep_token")
_SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]"]
_VOCABULARY = {token: number for number, token in enumerate([*_SPECIAL, *WORDS])}
_LENGTH = 512


def random_model(folder: Path, *, labels: int = 1, dtype: torch.dtype = torch.float32) -> Path:
    """Save a model of two layers with seeded random weights and return its folder."""
    torch.manual_seed(7)
    model = BertForSequenceClassification(_config(32, heads=2, labels=labels))
    # The usual initial weights are so small that all scores would be nearly equal.
    with torch.no_grad():
        for weights in model.parameters():
            weights.mul_(5)
    return _save(model.to(dtype), folder)


def overlap_model(folder: Path) -> Path:
    """Save a model that scores a text by the share of the question's words that it holds, and return its folder.

    Every token is a one-hot vector beside one for question or text. In the first layer a token attends to the same token on
    the other side, or, where there is none, to [CLS], which carries nothing. The second layer's [CLS] averages over the question.
    """
    known, size = len(_VOCABULARY), 32
    asked, told, matched, constant, unknown = range(known, known + 5)
    model = BertForSequenceClassification(_config(size, heads=1, labels=1))
    with torch.no_grad():
        for name, weights in model.named_parameters():
            weights.fill_(1.0 if "LayerNorm.weight" in name else 0.0)
        words, sides = model.bert.embeddings.word_embeddings.weight, model.bert.embeddings.token_type_embeddings.weight
        for number in range(known):
            # What attention does not look at, so that two unknown words are not the same word.
            words[number, unknown if number == _VOCABULARY["[UNK]"] else number] = 4.0
        sides[0, asked] = sides[1, told] = 4.0
        first, second = (layer.attention for layer in model.bert.encoder.layer)
        # Products, over the root of the size: 30 for the same word on the other side, 20 for itself, 25 for [CLS].
        scale = size**0.5 / 16
        for number in range(known):
            first.self.query.weight[number, number] = 20 * scale
            first.self.key.weight[number, number] = 1.0
        first.self.query.weight[asked, told] = first.self.query.weight[told, asked] = 10 * scale
        first.self.key.weight[asked, asked] = first.self.key.weight[told, told] = 1.0
        first.self.query.bias[constant] = 25 * scale * 4
        first.self.key.weight[constant, _VOCABULARY["[CLS]"]] = 1.0
        first.self.value.bias[matched] = 1.0
        first.self.value.weight[matched, _VOCABULARY["[CLS]"]] = -0.25
        first.output.dense.weight[matched, matched] = 4.0
        second.self.query.bias[constant] = 20 * scale * 4
        second.self.key.weight[constant, asked] = 1.0
        second.self.value.weight[matched, matched] = 1.0
        second.output.dense.weight[matched, matched] = 1.0
        model.bert.pooler.dense.weight[0, matched] = 0.2
        model.classifier.weight[0, 0] = 10.0
    return _save(model, folder)


def _config(size: int, *, heads: int, labels: int) -> BertConfig:
    return BertConfig(
        vocab_size=len(_VOCABULARY), hidden_size=size, num_hidden_layers=2, num_attention_heads=heads, intermediate_size=2 * size,
        num_labels=labels, max_position_embeddings=_LENGTH,
    )  # fmt: skip


def _save(model: BertForSequenceClassification, folder: Path) -> Path:
    logging.disable_progress_bar()
    words = Tokenizer(WordLevel(_VOCABULARY, unk_token="[UNK]"))  # noqa: S106 - no password
    words.pre_tokenizer = Whitespace()
    ends = [(token, _VOCABULARY[token]) for token in ("[CLS]", "[SEP]")]
    words.post_processor = TemplateProcessing(single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B:1 [SEP]:1", special_tokens=ends)
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=words, model_max_length=_LENGTH, **dict(zip(_ROLES, _SPECIAL, strict=True)),
        model_input_names=["input_ids", "token_type_ids", "attention_mask"],
    )  # fmt: skip
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder

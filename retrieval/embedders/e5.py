"""multilingual-e5-small, 384 dimensions: the default, for Korean, English and from one to the other."""

import json
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
from tokenizers import Encoding, Tokenizer

from retrieval.embedders.e5_recipe import e5_folder
from retrieval.models import Vectors
from retrieval.protocols import EmbedderDown

TOKENS = 512  # what the model was trained to read
BATCH_TOKENS = 2_048  # larger batches are no faster on CPU, and 8 x 512 takes 300 MB more for attention
TOGETHER = 512  # texts sorted by length at once: a batch of like lengths wastes little on padding
PREFIX = {"query": "query: ", "passage": "passage: "}  # as the model was trained


class E5:
    """Language-centred vectors. Thread-safe; loads on first use (0.4 s, 250 MB).

    In a mixed corpus raw e5 never crosses languages: a stranger in the question's own language outranks the right
    document in the other. Without its language's mean vector it does: KO→EN 5 → 50, EN→KO 5 → 45 % Hit@1.
    """

    name = "e5"
    dimension = 384
    languages: frozenset[str] = frozenset()  # all

    def __init__(self, folder: Path | None = None, *, threads: int = 2) -> None:
        self._folder = folder or e5_folder()
        self._threads = threads
        self._lock = threading.Lock()
        self._model: RawE5 | None = None
        self._means: dict[str, Vectors] = {}
        self.fingerprint = (
            f"multilingual-e5-small {self._folder.name} {self.dimension} query:/passage: centred l2 {TOKENS}"
        )

    def passages(self, texts: Sequence[str], languages: Sequence[str]) -> Vectors:
        """Vectors of passages, shape (len(texts), 384). Raises EmbedderDown where the model was not built."""
        return self._centred("passage", texts, languages)

    def query(self, text: str, language: str) -> Vectors:
        """Vector of a question, shape (1, 384). Raises EmbedderDown where the model was not built."""
        return self._centred("query", [text], [language])

    def _centred(self, role: str, texts: Sequence[str], languages: Sequence[str]) -> Vectors:
        model = self._loaded()
        if not texts:
            return np.zeros((0, self.dimension), np.float32)
        raw = model.embed([PREFIX[role] + text for text in texts])
        return normalised(raw - np.concatenate([self._means[f"{role}_{language}"] for language in languages]))

    def _loaded(self) -> "RawE5":
        with self._lock:
            if self._model is None:
                self._means = read_means(self._folder)
                self._model = RawE5(self._folder, self._threads)
        return self._model


class RawE5:
    """The model as it is, without centring: ONNX in 4 bits and its tokenizer, from a folder that `build_e5` made."""

    def __init__(self, folder: Path, threads: int) -> None:
        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.enable_truncation(TOKENS)
        self._padding = int(self._tokenizer.token_to_id("<pad>") or 0)
        self._session: Any = onnxruntime.InferenceSession(
            folder / "model.onnx", _options(threads), providers=["CPUExecutionProvider"]
        )

    def embed(self, texts: Sequence[str]) -> Vectors:
        """L2-normalised vectors, in order, shape (len(texts), 384)."""
        found = np.empty((len(texts), E5.dimension), np.float32)
        for start in range(0, len(texts), TOGETHER):
            encodings = self._tokenizer.encode_batch(list(texts[start : start + TOGETHER]))
            for batch in _batches(encodings):
                found[[start + index for index in batch]] = self._run([encodings[index] for index in batch])
        return found

    def _run(self, encodings: Sequence[Encoding]) -> Vectors:
        shape = (len(encodings), max(len(encoding.ids) for encoding in encodings))
        tokens, mask = np.full(shape, self._padding, np.int64), np.zeros(shape, np.int64)
        for row, encoding in enumerate(encodings):
            tokens[row, : len(encoding.ids)] = encoding.ids
            mask[row, : len(encoding.ids)] = 1
        inputs = {"input_ids": tokens, "attention_mask": mask, "token_type_ids": np.zeros_like(tokens)}
        return np.asarray(self._session.run(None, inputs)[0], np.float32)


def normalised(vectors: Vectors) -> Vectors:
    """Rows of length one."""
    return np.asarray(vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12), np.float32)


def read_means(folder: Path) -> dict[str, Vectors]:
    """Mean vectors by role and language, each (1, 384). Raises EmbedderDown saying how to build the model."""
    try:
        found = json.loads((folder / "means.json").read_text(encoding="utf-8"))
    except FileNotFoundError:
        remedy = 'build it with `python -m retrieval.embedders.build_e5` (make setup does), or set embedder = "none"'
        raise EmbedderDown(f"embedder e5: there is no model in {folder}; {remedy}") from None
    means = {key: np.array([values], np.float32) for key, values in found.items()}
    # A third language has no mean of its own; what the two have in common is better than nothing.
    for role in PREFIX:
        means[f"{role}_other"] = np.mean([means[f"{role}_ko"], means[f"{role}_en"]], axis=0, dtype=np.float32)
    return means


def _options(threads: int) -> Any:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    # 250 MB instead of 576: the arena and the pattern keep the largest batch ever seen.
    options.enable_cpu_mem_arena = False
    options.enable_mem_pattern = False
    options.add_session_config_entry(
        "session.intra_op.allow_spinning", "0"
    )  # waiting threads leave the cores to others
    return options


def _batches(encodings: Sequence[Encoding]) -> Iterator[list[int]]:
    """Indices by falling length, each batch at most BATCH_TOKENS with its padding."""
    order = sorted(range(len(encodings)), key=lambda index: -len(encodings[index].ids))
    while order:
        count = max(1, BATCH_TOKENS // len(encodings[order[0]].ids))
        yield order[:count]
        order = order[count:]

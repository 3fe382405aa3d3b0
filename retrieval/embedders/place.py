"""Where models and vectors are kept between runs: $DAEDAP_CACHE, else ~/.cache/daedap."""

import os
from pathlib import Path


def cache_folder() -> Path:
    """The folder, not necessarily there yet."""
    return Path(os.environ.get("DAEDAP_CACHE") or Path.home() / ".cache" / "daedap").expanduser()

#!/bin/sh
# Writes requirements/*.txt from pyproject.toml: every version with its hashes, for Python 3.11 to 3.13 on all platforms.
set -eu
cd "$(dirname "$0")/.."
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
"${PYTHON:-python3}" -m venv "$scratch/venv"
"$scratch/venv/bin/python" -m pip install --quiet --disable-pip-version-check uv

# --upgrade: a lock is made anew, not patched. kiwipiepy-model is data that is published as source only.
lock() {
    target=$1
    shift
    "$scratch/venv/bin/uv" pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes \
        --no-annotate --no-header --only-binary :all: --no-binary kiwipiepy-model --output-file "requirements/$target.txt" "$@"
    echo "requirements/$target.txt: $(grep -c == "requirements/$target.txt") packages"
}

lock build --group build
lock base pyproject.toml --constraint requirements/build.txt
lock dev pyproject.toml --group dev --constraint requirements/base.txt
lock bench pyproject.toml --group bench --constraint requirements/base.txt
lock e5 --group e5 --constraint requirements/base.txt

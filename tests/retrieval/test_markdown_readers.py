"""A document that names its readers where nobody looks must not become public."""

import pytest

from core.errors import BadDocument
from retrieval.parsers.markdown import markdown


def test_readers_in_front_matter_are_refused_with_the_way_out():
    with pytest.raises(BadDocument, match=r"readers\.toml"):
        markdown("---\ntitle: 연봉표\nreaders: [group:hr]\n---\n본문".encode(), "연봉표.md")

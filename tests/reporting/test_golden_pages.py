from __future__ import annotations

from tests.reporting import golden_pages


def test_the_sentences_are_those_of_the_golden_pages() -> None:
    """`python -m tests.reporting.golden_pages` writes them anew; read the difference before you commit it."""
    stored = {path.name: path.read_text("utf-8") for path in sorted(golden_pages.FOLDER.iterdir())}
    assert golden_pages.pages() == stored

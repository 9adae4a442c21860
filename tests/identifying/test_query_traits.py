"""What `identify` takes for the side and species of a photograph, and what it says of a copy of another side."""

from __future__ import annotations

import logging

import numpy as np
import pytest

from longtail.errors import BadInput
from longtail.identifying.query_traits import query_traits
from longtail.identifying.rendering import Answer, DuplicateMatch
from longtail.recognition.embeddings import PairedEmbeddings
from longtail.recognition.identifier import Identifier
from longtail.recognition.top_k import Gallery
from longtail.recognition.traits import of_words

NOTHING = Gallery(PairedEmbeddings(np.empty((0, 2), np.float32), np.empty((0, 2), np.float32)), np.empty(0, np.int64))


def knowing(**words: list[str]) -> Identifier:
    return Identifier(dict(words), [], NOTHING, [])


def test_words_are_compared_as_the_table_has_them() -> None:
    traits = query_traits(
        knowing(side=["left", "right"], species=["monk_seal"]), {"side": "LEFT", "species": "Monk seal"}
    )
    assert traits is not None
    assert traits.numbers.tolist() == of_words(["left"], ["monk_seal"]).numbers.tolist()
    assert query_traits(knowing(), {"side": None, "species": None}) is None


def test_what_is_not_given_is_compared_with_all_and_said(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        traits = query_traits(knowing(side=["left", "right"]), {"side": None, "species": None})
    assert traits is not None
    assert not traits.numbers.any()
    assert "no side given: compared with every side (left, right)" in caplog.text


def test_words_that_nothing_is_known_of_are_refused_together() -> None:
    with pytest.raises(BadInput) as raised:
        query_traits(knowing(side=["left", "right"]), {"side": "lfet", "species": "seal"})
    assert raised.value.exit_code == 2
    assert "--side of which there is no labelled photograph" in str(raised.value)
    assert "Known: left, right." in str(raised.value)
    assert "made without a species of each photograph" in str(raised.value)


def test_a_copy_of_another_side_is_told_and_named_nowhere() -> None:
    answer = Answer("x.jpg", not_comparable=[DuplicateMatch("a.jpg", "ada", 0.0)])
    assert "same picture as a.jpg (ada), whose side or species is another" in str(answer)
    assert "no labelled photograph of this side and species" in str(answer)
    assert answer.to_dict()["not_comparable"][0]["image"] == "a.jpg"
    assert "not_comparable" not in Answer("x.jpg").to_dict()

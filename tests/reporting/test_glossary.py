from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

from longtail.recognition.balancing import strategies
from longtail.recognition.classifiers import base, trained_head
from longtail.reporting import glossary
from longtail.stages import evaluate
from tests.reporting import comparing


def test_every_strategy_has_a_name() -> None:
    ours = {*strategies.STRATEGIES, *get_args(evaluate.StrategyName), trained_head.AS_TRAINED}
    assert ours <= set(glossary.STRATEGIES)


def test_every_classifier_has_a_name() -> None:
    assert {*base.CLASSIFIERS, *get_args(evaluate.ClassifierName)} <= set(glossary.CLASSIFIERS)


def test_every_kind_of_finding_has_a_name() -> None:
    """Kinds are written where they are found; the contract between stages lists them all."""
    page = (Path(__file__).parents[2] / "docs" / "reference" / "files.md").read_text("utf-8")
    section = page.partition("## Findings\n")[2].partition("\n## ")[0]
    kinds = set(re.findall(r"^\| `(\w+)` \| `(?:audit|evaluate)`", section, re.MULTILINE))
    assert {"conflict", "odd_size", "edit_without_effect"} <= kinds <= set(glossary.KINDS)


def test_every_slice_has_a_name() -> None:
    assert set(comparing.SLICES) <= set(glossary.SLICES)


def test_names_are_written_out() -> None:
    assert glossary.pair("linear_probe", "none") == "linear probe with no balancing"
    assert glossary.pair("trained_head", "as_trained") == "trained head"
    assert glossary.strategy("a_new_one") == "a new one"

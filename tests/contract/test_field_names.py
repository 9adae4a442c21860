"""Old private names do not come back: no module, class, function or field of this table stands where it stood.

A name is meant where it stands: `threshold` or `record` are fine elsewhere. The words that users wrote in params.yaml
stand in `longtail.renamed` alone.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest

from flows import retrain
from longtail import params, renamed

ROOT = Path(__file__).resolve().parents[2]
OLD: dict[tuple[str, str], str] = {
    ("module", "src/longtail"): "drawing lifeline record scoring",
    ("module", "src/longtail/recognition"): (
        "answering answering_networks approaches calibrating candidates choice comparison cosine_head crossing "
        "deciding fitting folds guesses "
        "lessons linear_head material network scorers synthetic unknowns views"
    ),
    ("module", "src/longtail/evaluation"): (
        "by_class_count cautions choice comparison contradicted curves doubts leak_audit saying_new verdict"
    ),
    ("module", "src/longtail/reporting"): (
        "approaches card dataset grid headline learning mistakes pictures recipe vocabulary whom words"
    ),
    (
        "module",
        "src/longtail/splitting",
    ): "aligning buckets captions evidence hashes leaks lost matches pictures shapes",
    ("module", "src/longtail/duplicates"): "aligning buckets hashes matches pictures shapes",
    ("module", "src/longtail/training"): "learning loading pixels rows turns",
    ("module", "src/longtail/labels"): "frames judging reading verdict",
    ("module", "src/longtail/importing"): "comparing whole",
    ("module", "src/longtail/lineage"): "doubts telling",
    ("module", "src/longtail/identifying"): "answer answering tensor_plan",
    ("module", "src/longtail/reviewing"): "accepting listing",
    ("class", "src/longtail/recognition"): (
        "Answering AnsweringNetworks Bench Course Entry Guess Lesson Material Outcome Scored Taught View Views"
    ),
    ("class", "src/longtail/evaluation"): "Entry Outcome Sight",
    ("class", "src/longtail/inputs"): "Seen",
    ("class", "flows"): "Look",
    ("class", "src/longtail/identifying"): "Namer",
    ("class", "src/longtail/reporting"): "Look Made",
    ("class", "src/longtail/training"): "Margin Shown Tidy Turn",
    ("function", "src/longtail/recognition"): (
        "beside copied descend halve product supporters taught together told two_halves"
    ),
    ("function", "src/longtail/evaluation"): "sights told two_halves",
    ("function", "src/longtail/inputs"): "look look_again",
    ("function", "src/longtail/publishing"): "look",
    ("function", "src/longtail/metrics"): "told",
    ("function", "src/longtail/identifying"): "look_at told",
    ("function", "src/longtail/reporting"): (
        "approach digits ended headline mistakes recipe says scorer span spoken times unknowns wall whom"
    ),
    ("function", "src/longtail/training"): "learned_rows often_enough watched_rows",
    ("function", "src/longtail/atomic.py"): "telling_of_full_disk",
    ("function", "src/longtail/compute.py"): "torch_on",
    ("function", "src/longtail/errors.py"): "some",
    ("function", "src/longtail/lineage"): "sound sweep",
    ("function", "flows"): "begin_again bring look sweep take_runs tried_again",
    ("field", "src/longtail/compute.py"): "afar",
    ("field", "src/longtail/recognition"): "afar behind even_lengths left_out starts_from stuff times",
    ("field", "src/longtail/training"): "found left_out told watched",
    ("field", "src/longtail/reporting"): "doubts leak_audit said wall",
    ("field", "src/longtail/stages"): "doubts left_out odd_factor patience stuff wall watched",
    ("field", "src/longtail/duplicates"): "found likeness min_likeness",
    ("field", "src/longtail/labels"): "shown told",
    ("field", "flows"): "enough patience",
}
"""(kind, place): the names that stood there."""
UNMISTAKABLE = [
    "undersample",
    "balanced_weights",
    "linear_head",
    "network_head",
    "odd_factor",
    "min_likeness",
]
"""Old words of params.yaml that mean nothing else."""


def sources(place: str) -> list[Path]:
    path = ROOT / place
    return [path] if path.suffix == ".py" else sorted(path.rglob("*.py"))


def names_of(kind: str, path: Path) -> Iterator[str]:
    if kind == "module":
        yield path.stem if path.stem != "__init__" else path.parent.name
        return
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if (kind == "class" and isinstance(node, ast.ClassDef)) or (
            kind == "function" and isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        ):
            yield node.name
        elif kind == "field" and isinstance(node, ast.arg):
            yield node.arg
        elif kind == "field" and isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            yield node.target.id


def standing(kind: str, place: str) -> dict[str, list[str]]:
    """{name: files} of every name of a kind at a place; of modules those directly there, whatever lies below."""
    old_names: dict[str, list[str]] = {}
    for path in sources(place):
        if kind == "module" and place == "src/longtail" and path.parent != ROOT / place and path.stem != "__init__":
            continue
        for name in names_of(kind, path):
            old_names.setdefault(name, []).append(path.relative_to(ROOT).as_posix())
    return old_names


@pytest.mark.parametrize(("kind", "place"), list(OLD), ids=lambda value: value)
def test_no_old_name_stands_where_it_stood(kind: str, place: str) -> None:
    there = standing(kind, place)
    old = set(OLD[kind, place].split())
    assert {name: there[name] for name in old if name in there} == {}


def test_the_places_are_there() -> None:
    assert [path for _, path in OLD if not (ROOT / path).exists()] == []


def test_old_words_of_parameters_stand_in_one_table() -> None:
    words = re.compile(rf"\b({'|'.join(UNMISTAKABLE)})\b")
    own = Path(renamed.__file__)
    others = [path for place in ("src", "flows") for path in sources(place) if path != own]
    assert [path.name for path in others if words.search(path.read_text("utf-8"))] == []
    assert all(words.fullmatch(word) for word in UNMISTAKABLE)
    assert set(UNMISTAKABLE) <= set(words.findall(own.read_text("utf-8")))


def test_no_parameter_offers_an_old_word() -> None:
    schemas = {**params.SHARED, **retrain.schemas()}
    for section, keys in renamed.KEYS.items():
        assert not set(keys) & set(schemas[section].model_fields)
    for (section, key), values in renamed.VALUES.items():
        annotation = schemas[section].model_fields[key].annotation
        if annotation is str:  # a word or a path: the default is the one word that it offers
            assert schemas[section].model_fields[key].default in set(values.values())
            continue
        offered = {word for one in get_args(annotation) for word in (get_args(one) or (one,))}
        assert offered, (section, key)
        assert not offered & set(values)
        assert set(values.values()) & offered

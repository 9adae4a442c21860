"""Predictions as one self-contained page: each query beside the labelled photographs that match its candidates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined

from longtail import atomic
from longtail.identifying.labelled import Labelled
from longtail.identifying.rendering import Answer, because, shown
from longtail.recognition.predictions import Guess
from longtail.reporting.thumbnails import NOTHING, Picture, picture

_LONGEST = 320  # px of the longer side
_BESIDE = 220


@dataclass(frozen=True)
class Entry:
    """A photograph with its answer, and the picture of each candidate."""

    answer: Answer
    picture: Picture
    candidates: Sequence[tuple[Guess, Picture]]


def entry(answer: Answer, copy: Path | None, labelled: Labelled | None) -> Entry:
    """The pictures of one answer; `copy` is the photograph's working copy, which need not outlive this call."""

    def beside(guess: Guess) -> Picture:
        found = labelled.picture(guess.match) if labelled and guess.match else None
        return picture(found, _BESIDE) if found else NOTHING

    shown = NOTHING if answer.error else picture(copy, _LONGEST)
    return Entry(answer, shown, [(guess, beside(guess)) for guess in answer.candidates])


def write(target: Path, entries: Sequence[Entry]) -> None:
    """Write the page. It fetches nothing; names are foreign text, and Jinja escapes every one of them."""
    made = Environment(
        loader=ChoiceLoader([PackageLoader("longtail.identifying"), PackageLoader("longtail.reporting")]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    text = made.get_template("identified.html.j2").render(entries=entries, because=because, score=shown)
    atomic.write_text(target, text.strip() + "\n")

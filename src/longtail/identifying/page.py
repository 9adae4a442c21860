"""Predictions as one self-contained page: each query beside the labelled photographs that match its candidates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined

from longtail import atomic
from longtail.identifying.labelled import LabelledPhotographs
from longtail.identifying.rendering import Answer, number, percent, reason
from longtail.recognition.predictions import Prediction
from longtail.reporting.thumbnails import NOTHING, Picture, picture

_QUERY_SIDE = 320  # px of the longer side
_MATCH_SIDE = 220


@dataclass(frozen=True)
class PhotographEntry:
    """A photograph with its answer, and the image of each prediction."""

    answer: Answer
    picture: Picture
    candidates: Sequence[tuple[Prediction, Picture]]


def entry(answer: Answer, copy: Path | None, labelled: LabelledPhotographs | None) -> PhotographEntry:
    """The images of one answer.

    Args:
        answer: the predictions.
        copy: the photograph's working copy; it may be deleted after this call.
        labelled: the labelled photographs, where they are available.

    Returns:
        The entry of the page.
    """

    def match_picture(prediction: Prediction) -> Picture:
        file = labelled.picture(prediction.match) if labelled and prediction.match else None
        return picture(file, _MATCH_SIDE) if file else NOTHING

    query = NOTHING if answer.error else picture(copy, _QUERY_SIDE)
    return PhotographEntry(answer, query, [(one, match_picture(one)) for one in answer.candidates])


def write(target: Path, entries: Sequence[PhotographEntry], notices: Sequence[str] = ()) -> None:
    """Write the page. It loads nothing from elsewhere; Jinja escapes all names, which are untrusted text.

    Args:
        target: the file.
        entries: a photograph each.
        notices: what holds for all of them, above them.
    """
    environment = Environment(
        loader=ChoiceLoader([PackageLoader("longtail.identifying"), PackageLoader("longtail.reporting")]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    text = environment.get_template("identified.html.j2").render(
        entries=entries, notices=notices, reason=reason, number=number, percent=percent
    )
    atomic.write_text(target, text.strip() + "\n")

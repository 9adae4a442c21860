"""The report's sentences, kept as text: `python -m tests.reporting.golden_pages` writes the files anew.

One file a page: a line for each paragraph, list item and table row, a picture as its alternative text, a chart as its
title and labels. Sentences are asserted here and nowhere else.
"""

from __future__ import annotations

import math
import tempfile
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

from longtail.identifying import page as identified_page
from longtail.identifying.pictures import PictureSource
from longtail.identifying.rendering import Answer, DuplicateMatch
from longtail.recognition.predictions import Prediction
from longtail.reporting import model_card
from longtail.reporting import page as report_page
from longtail.reporting.context import PageOptions, PageSource, ReportContext, StageRun
from longtail.reporting.inputs import Inputs, read
from longtail.reporting.warnings import collect
from longtail.stages import report
from tests.reporting import cases
from tests.reporting.building import Artifacts, write
from tests.reporting.parsing import Element, Page

FOLDER = Path(__file__).with_name("golden")
OPTIONS = PageOptions(gallery_size=6, pairs=1, examples=1, label_issues=1, picture_size=48, seed=0)
_SKIPPED = {"head", "nav", "script"}
_INLINE = {"strong", "em", "code", "span", "b", "i", "a", ""}
_CELLS = {"td", "th", "small", "br", "dd"}


def pages() -> dict[str, str]:
    """{file name: text} of every golden page."""
    html, card = _rendered(cases.full(), {"strategy": "time", "cutoff": "2021-01-01"})
    empty_html, empty_card = _rendered(cases.empty(), {"strategy": "random", "cutoff": ""})
    warnings = [
        f"{name}: [{warning.kind}] {warning.text}\n"
        for name in cases.TROUBLES
        for warning in collect(cases.inputs_of(cases.warned(name)), "new_whale")
    ]
    return {
        "report.txt": as_text(html),
        "report_empty.txt": as_text(empty_html),
        "model_card.md": card,
        "model_card_empty.md": empty_card,
        "warnings.txt": "".join(warnings),
        "identified.txt": as_text(_identified()),
    }


def main() -> None:
    """Write the files."""
    FOLDER.mkdir(exist_ok=True)
    for name, text in pages().items():
        (FOLDER / name).write_text(text, encoding="utf-8")


def as_text(html: str) -> str:
    """The page as lines of text."""
    lines = [" ".join(line.split()).replace(" | | ", " | ") for line in "".join(_pieces(Page(html).root)).splitlines()]
    return "\n".join(line.strip("| ") for line in lines if line.strip("| ")) + "\n"


def _pieces(element: Element) -> Iterator[str]:
    if element.tag in _SKIPPED or element.attributes.get("aria-hidden") == "true":
        return
    if element.tag == "img":
        yield f"\n[picture: {element.attributes['alt']}]\n"
    elif element.tag == "svg":
        labels = [text.text for text in element.all("text") if "tick" not in text.attributes["class"]]
        yield f"\n[chart: {'; '.join([element.attributes['aria-label'], *labels])}]\n" if labels else ""
    else:
        around = "" if element.tag in _INLINE else " | " if element.tag in _CELLS else "\n"
        yield (
            f"\n== {element.attributes['id']}\n" if element.tag == "section" and "id" in element.attributes else around
        )
        for child in element.children:
            if isinstance(child, Element):
                yield from _pieces(child)
            else:
                yield child.replace("\n", " ")
        yield around


def _rendered(tables: Artifacts, split: dict[str, str]) -> tuple[str, str]:
    """Page and card of inputs as the stage reads them, with versions and hashes that are equal on every machine."""
    with tempfile.TemporaryDirectory() as folder:
        paths = report.Paths.at(Path(folder))
        write(Path(folder), tables)
        inputs = Inputs(**{item.name: read(item.name, getattr(paths, item.name)) for item in fields(Inputs)})
        source = PageSource(
            params={
                "data": {"unknown_label": "new_whale"},
                "split": split,
                "train": {"epochs": 4, "max_rotate": 10.0, "erase": 0.3},
            },
            param_sections=report.SECTIONS,
            versions={"pillow": "1.2.3"},
            hashes={paths.relative(path): "0" * 32 for path in paths.inputs() if path.is_file()},
            unknown_label="new_whale",
            runs={"train": StageRun("2026-05-04T03:02:01+00:00", "0123456789abcdef", dirty=False)},
            data_version={"labels": "1" * 32, "photographs": "2" * 32 + ".dir"},
            is_drawn=False,
        )
        context = ReportContext(inputs, OPTIONS, source)
        return report_page.render(context), model_card.render(context)


def _identified() -> str:
    """The page of `identify --html`: each kind of candidate, copies with conflicting labels, an unreadable file."""
    answers = [
        Answer(
            "query.jpg",
            candidates=[
                Prediction("w_anna", 1.0, "anna_0.jpg", "duplicate"),
                Prediction("w_ben", 0.7312, "ben_3.jpg", "classifier"),
                Prediction("", 0.61, "", "new"),
            ],
            copies=[
                DuplicateMatch("anna_0.jpg", "w_anna", 0.0),
                DuplicateMatch("ben_9.jpg", "w_ben", 1.2),
                DuplicateMatch("some_1.jpg", "", 1.3),
                DuplicateMatch("some_2.jpg", "", 1.4),
            ],
        ),
        Answer(
            "nobody_known.jpg",
            candidates=[
                Prediction("", math.nan, "", "new", 0.864),
                Prediction("w_ben", 0.3127, "ben_3.jpg", "classifier", 0.0714),
                Prediction("w_anna", 0.2, "anna_0.jpg", "classifier", 0.001),
            ],
            probability_new=0.864,
            unknown_share=0.2325,
        ),
        Answer("unnamed.jpg", candidates=[Prediction("", 1.0, "some_1.jpg", "duplicate")]),
        Answer("always_new.jpg", candidates=[Prediction("", 2.0, "", "new")]),
        Answer(
            "encounter",
            candidates=[Prediction("w_ben", 0.7312, "ben_3.jpg", "classifier", 0.93)],
            probability_new=0.02,
            unknown_share=0.2325,
            photographs=["encounter/1.jpg", "encounter/2.jpg"],
            unused=[("encounter/3.jpg", "not an image")],
        ),
        Answer("note.txt", error="not an image"),
    ]
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "page.html"
        identified_page.write(target, [identified_page.entry(answer, PictureSource(48)) for answer in answers])
        return target.read_text("utf-8")


if __name__ == "__main__":
    main()

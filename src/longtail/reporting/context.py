"""What the sections of the report are made from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from longtail.reporting.inputs import Inputs
from longtail.reporting.originals import Originals
from longtail.reporting.thumbnails import Picture, encoded, picture

_COMPARED = 480  # px of the longer side of a picture that people compare with another, at least


@dataclass(frozen=True)
class PageOptions:
    """How much the page shows."""

    gallery_size: int
    """Photographs of the random sample."""
    pairs: int
    """Pairs of photographs for each kind of audit finding."""
    examples: int
    """Best predictions, and as many of the worst."""
    label_issues: int
    """Findings with photographs for each kind of label issue."""
    picture_size: int
    """Longer side of a picture, px."""
    seed: int
    """Seed of the random samples."""


@dataclass(frozen=True)
class StageRun:
    """When and from which code a stage ran, from its record."""

    started: str
    """ISO 8601, UTC."""
    commit: str
    dirty: bool
    """Whether the code differed from the commit."""


@dataclass(frozen=True)
class PageSource:
    """What the page was made from, in addition to its inputs."""

    params: Mapping[str, Any]
    """params.yaml as the stages used it: {section: {key: value}}."""
    param_sections: Sequence[str]
    """Sections of params.yaml that the page lists, in order."""
    versions: Mapping[str, str]
    """{package: version}."""
    hashes: Mapping[str, str]
    """{file relative to the project's root: md5}."""
    unknown_label: str
    """What the label table writes for an unknown individual; may be empty."""
    runs: Mapping[str, StageRun]
    """{stage: its last run}; a stage without a record is missing."""
    data_version: Mapping[str, str]
    """{"labels" or "photographs": md5 of what `prepare` read}; empty without a record."""
    is_drawn: bool
    """Whether the photographs are the drawn sample."""
    originals: Originals | None = None
    """The photographs of the raw set."""


@dataclass(frozen=True)
class ReportContext:
    """Everything that a section may read."""

    inputs: Inputs
    options: PageOptions
    source: PageSource

    def compared(self, image: str) -> Picture:
        """A photograph to compare with another one: from the original where it is there, else from the working copy."""
        side = max(self.options.picture_size, _COMPARED)
        original = self.source.originals.open(image, side) if self.source.originals else None
        return picture(self.inputs.picture_of(image), side) if original is None else encoded(original, side)

    @property
    def train_params(self) -> Mapping[str, Any]:
        """The section `train` of params.yaml; empty where the file leaves it out."""
        return self.source.params.get("train") or {}

"""Which box each row of a raw set's tables has. What would have to be guessed is collected, by kind."""

from __future__ import annotations

import shlex
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from longtail.csv_reader import Record
from longtail.errors import Problem, format_examples
from longtail.images.broken_image import BrokenImageError
from longtail.images.measuring import measure
from longtail.images.opening import MAX_PIXELS, read_bytes
from longtail.importing import box_frames
from longtail.importing.box_file import MIN_CONFIDENCE, NOTHING_IMPORTED, BoxFile, Detection
from longtail.importing.box_join import Photograph
from longtail.importing.plan import SUBMISSION, TABLE
from longtail.labels.boxes import Box, named_box

TABLES = {"train": TABLE, "test": SUBMISSION}


@dataclass(frozen=True)
class BoxOptions:
    """What the user says of the boxes."""

    path: Path
    min_confidence: float = MIN_CONFIDENCE
    upright: bool = False
    """Every box was drawn on the upright picture."""

    def __str__(self) -> str:
        """The options of the command line that mean this."""
        words = ["--boxes", str(self.path)]
        words += ["--min-confidence", f"{self.min_confidence:g}"] * (self.min_confidence != MIN_CONFIDENCE)
        return shlex.join([*words, *["--boxes-upright"] * self.upright])


@dataclass(frozen=True)
class TableRows:
    """A table of the raw set."""

    folder: str
    path: Path
    header: list[str]
    records: list[Record]
    image: int

    def rows(self) -> list[tuple[str, int]]:
        """Image and line of each record."""
        return [(record.cells[self.image], record.row) for record in self.records]


class Choice:
    """Which box each row has; what speaks against it is collected by kind."""

    def __init__(
        self,
        photographs: set[Photograph],
        of_photograph: Mapping[Photograph, list[Detection]],
        options: BoxOptions,
    ) -> None:
        self._photographs = photographs
        self._of_photograph = of_photograph
        self._options = options
        self._wrong: dict[tuple[str, str], list[str]] = defaultdict(list)

    def of_table(self, table: TableRows) -> dict[str, Detection]:
        """{image: its detection}; images that are shown whole are left out."""
        whole = {image for image, _ in table.rows() if Photograph(table.folder, image) in self._photographs}
        chosen: dict[str, Detection] = {}
        for image, row in table.rows():
            where = f"{TABLES[table.folder]}, row {row}"
            detection = (
                self._of_whole(table, image, where) if image in whole else self._named(table, image, whole, where)
            )
            if detection is not None:
                chosen[image] = detection
        return chosen

    def _of_whole(self, table: TableRows, image: str, where: str) -> Detection | None:
        every = self._of_photograph.get(Photograph(table.folder, image), [])
        taken = [detection for detection in every if not detection.passed_over]
        if len(taken) > 1:
            names = format_examples(f"{image}#{detection.name}" for detection in taken)
            remedy = "Name the one that each row shows in the table, or raise --min-confidence."
            self._add("photograph with several boxes", remedy, f"{image} ({where}): {names}")
        elif taken and named_box(image):
            remedy = "Rename the file: what follows a # is the name of a box."
            self._add("photograph whose name reads as that of a box", remedy, f"{image} ({where})")
        return taken[0] if len(taken) == 1 else None

    def _named(self, table: TableRows, image: str, whole: set[str], where: str) -> Detection | None:
        named = named_box(image)
        if named is None or Photograph(table.folder, named[0]) not in self._photographs:
            return None
        name, box = named
        every = {detection.name: detection for detection in self._of_photograph.get(Photograph(table.folder, name), [])}
        if box not in every:
            example = f"{image} ({where}); {name} has {format_examples(every, 5) or 'none'}"
            self._add("box that a row names and the file does not have", "Mend the name after the #.", example)
        elif name in whole:
            remedy = "Name the box in each of its rows."
            self._add(
                "photograph with a row of its own beside rows of its boxes", remedy, f"{name} and {image} ({where})"
            )
        return every.get(box)

    def boxes(self, raw: Path, folder: str, chosen: Mapping[str, Detection], file: BoxFile) -> dict[str, Box]:
        """The boxes in shares of the upright photographs.

        Args:
            raw: the raw set, with its photographs.
            folder: `train` or `test`.
            chosen: {image: detection} of that folder's table.
            file: the file of boxes.

        Returns:
            {image: box}.
        """
        boxes: dict[str, Box] = {}
        for image, detection in chosen.items():
            named = named_box(image)
            name = named[0] if named and Photograph(folder, image) not in self._photographs else image
            try:
                measured = measure(read_bytes(raw / folder / name, MAX_PIXELS))
            except BrokenImageError as broken:
                self._add("photograph with a box that cannot be opened", "Replace it.", f"{name}: {broken}")
                continue
            box = box_frames.to_box(detection, file.kind, measured, upright=self._options.upright)
            if isinstance(box, Box):
                boxes[image] = box
            else:
                remedy = box_frames.REMEDIES.get(box, "Mend it in the file.")
                cell = " ".join(f"{number:g}" for number in detection.corner_and_size)
                self._add(box, remedy, f"{detection.path}, box {detection.name}: {cell}")
        return boxes

    def problems(self) -> list[Problem]:
        """A problem a kind."""
        source = str(self._options.path)
        return [
            Problem(what, f"{NOTHING_IMPORTED} {remedy}", source, len(examples), examples[0])
            for (what, remedy), examples in self._wrong.items()
        ]

    def _add(self, what: str, remedy: str, example: str) -> None:
        self._wrong[what, remedy].append(example)

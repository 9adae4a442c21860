"""`identify` calls a labelled photograph the same picture on the evidence that `audit` asks for, and on no less."""

from __future__ import annotations

from pathlib import Path

from benchmarks.disguises import DISGUISES, described, disguised
from benchmarks.lookalikes import line_drawings
from longtail.identifying.labelled import DuplicateCriteria, LabelledPhotographs, Rows
from longtail.identifying.photograph import Photograph
from longtail.stages.audit import Params

AUDIT = Params()


def test_another_drawing_of_a_letter_is_no_copy_and_a_recompressed_one_is(tmp_path: Path) -> None:
    shots = line_drawings(902, letters=4, each=5)
    table = described(((shot.name, shot.data) for shot in shots), tmp_path)
    labelled = table.assign(identity=[shot.identity for shot in shots], file=table["image"])
    columns = {name: labelled[name].tolist() for name in Rows._fields}
    rows = Rows(**{**columns, "dhash": labelled["dhash"].to_numpy("uint64")})
    changed = disguised([(shot.name, shot.data) for shot in shots], DISGUISES["recompressed, quality 50"])
    asked = described(changed, tmp_path).to_dict("records")
    found = []
    for row in asked:
        rest = LabelledPhotographs(rows, tmp_path)
        copies = rest.copies(
            Photograph(tmp_path, row, tmp_path),
            table["image"],
            DuplicateCriteria(AUDIT.max_distance, AUDIT.min_similarity),
        )
        found.append({f"copy of {copy.image}" for copy in copies} - {row["image"]})
        assert copies
    assert not any(found), "no other drawing is called the same picture"

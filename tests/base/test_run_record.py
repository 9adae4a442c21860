"""What the record of a stage says of its parameters is what the report shows."""

from __future__ import annotations

import json
from pathlib import Path

from longtail.run_record import sections_used


def test_a_section_that_was_edited_since_is_as_the_record_has_it(tmp_path: Path) -> None:
    for name, sections in {
        "train/record.json": {"train": {"seed": 1}},
        "embed/test.record.json": {"embed": {"batch_size": 64}},
        "split/record.json": {},
    }.items():
        path = tmp_path / "artifacts" / name
        path.parent.mkdir(parents=True)
        path.write_text(json.dumps({"sections": sections}))
    raw = {"train": {"seed": 2}, "embed": {"batch_size": 64}, "split": {"seed": 3}, "audit": {"seed": 4}}
    used = sections_used(tmp_path, raw, ["train", "embed", "split", "audit", "data"])
    assert used == {**raw, "train": {"seed": 1}}
    assert used["embed"] is raw["embed"]  # in the order of the file

"""What to run next by hand: the hints, followed one by one, lead through the whole graph."""

from __future__ import annotations

from pathlib import Path

import pytest

from longtail import stages


def leave_outputs(root: Path, name: str, part: str) -> None:
    """An empty file for each output; of a folder, what other stages read of it."""
    read = [path for stage in stages.names() for path in stages.load(stage).Paths.at(root, _part(stage)).inputs()]
    for path in stages.load(name).Paths.at(root, part).outputs():
        for file in [one for one in read if path in one.parents] or [path]:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.touch()


def _part(stage: str) -> str:
    return next(iter(stages.load(stage).Paths.PARTS), "")


def test_the_hints_lead_through_every_stage_in_the_order_of_the_graph(tmp_path: Path) -> None:
    following: tuple[str, str] | None = ("validate", "")
    order = []
    while following:
        order.append("@".join(filter(None, following)))
        leave_outputs(tmp_path, *following)
        following = stages.next_run(*following, tmp_path)
    assert order == [
        *("validate", "prepare@labelled", "keypoints@labelled", "prepare@test", "audit", "split", "oversample"),
        *("train", "embed@labelled", "embed@augmented", "evaluate", "keypoints@test", "embed@test", "predict"),
        *("discover", "report"),
    ]


@pytest.mark.parametrize(
    ("name", "part", "following"),
    [("audit", "", ("split", "")), ("embed", "test", ("predict", "")), ("report", "", None)],
)
def test_where_all_has_run_before_the_hint_is_the_first_reader(
    tmp_path: Path, name: str, part: str, following: tuple[str, str] | None
) -> None:
    for stage in stages.names():
        for one in stages.load(stage).Paths.PARTS or ("",):
            leave_outputs(tmp_path, stage, one)
    assert stages.next_run(name, part, tmp_path) == following

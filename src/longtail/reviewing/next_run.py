"""What the next run will do because of edits.csv: which decisions wait, and which stages they run again, and why.

Told by dvc.yaml and by what `audit` has read the last time; DVC itself is not asked. What else has changed since then,
photographs, parameters or code, is not looked at.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from longtail import artifacts
from longtail.inputs import graph
from longtail.labels.decisions import ABOUT_FINDINGS
from longtail.labels.edit_log import UNDO, in_force, rows_of

_EDITS = "edits.csv"


class Waiting(NamedTuple):
    """The decisions that no run has read yet: image, action, value, who, when, why of each."""

    added: Sequence[Sequence[str]]
    taken_back: Sequence[Sequence[str]]

    @property
    def change_labels(self) -> bool:
        """Whether one of them changes more than which findings are asked."""
        return any(row[1] not in ABOUT_FINDINGS for row in (*self.added, *self.taken_back))


class StageToRun(NamedTuple):
    """A stage that runs again."""

    name: str
    reads: str
    """The file that changes for it, from the project's root."""
    made_by: str
    """The stage that writes that file; `""` for edits.csv itself."""
    seconds: float | None
    """How long it took the last time."""


def waiting(root: Path) -> Waiting:
    """The decisions that hold now and did not when `audit` ran, and the other way round.

    Args:
        root: the project's root.

    Returns:
        The rows; all that hold, where no run has read any.
    """
    now, then = (_rows_in_force(root / path) for path in (_EDITS, artifacts.AUDIT_EDITS))
    return Waiting([row for row in now if row not in set(then)], [row for row in then if row not in set(now)])


def stages_to_run(root: Path, *, change_labels: bool) -> list[StageToRun]:
    """The stages that read edits.csv, and those that read what these will write.

    Args:
        root: the project's root.
        change_labels: whether a decision changes more than which findings are asked. Without one the stage writes the
            same groups as before, and only the copy of edits.csv that it keeps is another.

    Returns:
        The runs in the order of dvc.yaml; one that reads what comes out the same after all does not run.
    """
    ends = graph.ends(root)
    changed = {_EDITS: ""}
    reasons: dict[str, tuple[str, str]] = {}
    while new := {name: path for name in ends if name not in reasons and (path := _read(ends[name].deps, changed))}:
        for name, path in new.items():
            reasons[name] = (path, changed[path])
            is_all_new = change_labels or path != _EDITS
            outs = [out for out in ends[name].outs if not artifacts.run_of_record(out)]
            changed |= {out: name for out in outs if is_all_new or Path(out).name == _EDITS}
    return [StageToRun(name, *reasons[name], _seconds(root, name)) for name in ends if name in reasons]


def _rows_in_force(edits: Path) -> list[tuple[str, ...]]:
    rows = rows_of(edits)
    return [tuple(rows[row]) for row in in_force(rows) if rows[row][1] != UNDO]


def _read(deps: Sequence[str], changed: Mapping[str, str]) -> str:
    """The path of `changed` that lies in one of `deps`, or holds it; `""` for none."""
    pairs = ((path, f"{path}/", f"{dep}/") for path in changed for dep in deps)
    return next((path for path, one, other in pairs if one.startswith(other) or other.startswith(one)), "")


def _seconds(root: Path, run: str) -> float | None:
    try:
        return float(json.loads((root / artifacts.record_path(run)).read_text(encoding="utf-8"))["seconds"])
    except (OSError, ValueError, LookupError, TypeError):
        return None

"""The source that a team keeps its photographs in, looked at on a schedule; what changed goes into data/raw."""

from __future__ import annotations

import json
import shutil
import zipfile
from pathlib import Path

from pydantic import Field

from flows import dvc
from longtail import atomic, process_lock
from longtail.errors import BadInput, Problem, Unreachable
from longtail.importing import dataset_diff, import_dataset
from longtail.importing.box_choice import BoxOptions
from longtail.importing.box_file import MIN_CONFIDENCE
from longtail.importing.dataset_diff import Change
from longtail.importing.import_dataset import Origin
from longtail.lineage import links, purging, store, tombstones
from longtail.params import DataParams, Section
from longtail.run_record import md5_of

_SEEN = process_lock.STATE / "source.json"


class SourceParams(Section):
    """`source:`, where new data comes from; read by the flow alone."""

    path: str = Field("", description="folder, zip or table with a full snapshot; '': data/raw.dvc as git has it")
    kind: str = Field("", description="what it is, as longtail import --as; '': as its content says")
    boxes: str = Field("", description="its boxes, MegaDetector's or COCO's JSON; '': those that its tables have")
    min_confidence: float = Field(
        MIN_CONFIDENCE, ge=0, le=1, description="MegaDetector's boxes below are passed over, as by longtail import"
    )
    max_removed: float = Field(
        0.1,
        ge=0,
        le=1,
        description="share of labelled photographs that may be gone; above it nothing is taken",
    )


def update_raw_set(root: Path, params: SourceParams, data: DataParams) -> Change | None:
    """Bring a changed source into data/raw.

    Args:
        root: the project's root.
        params: where the source is, and how much of it may be gone.
        data: what the tables' columns are called.

    Returns:
        What changed; None where the source is as it was when last looked at.

    Raises:
        BadInput: there is no source, or it lacks more than `max_removed`: a half-synced folder must not retrain.
    """
    origin = (root / params.path).resolve()
    if not origin.exists():
        remedy = "Set source.path to a folder or a zip that is there."
        raise BadInput(Problem("there is no such source", remedy, where=params.path))
    seen = {"path": str(origin), "fingerprint": _fingerprint(origin, params)}
    seen |= {"kind": params.kind} if params.kind else {}
    seen |= _seen_boxes(root, params)
    raw = root / dvc.RAW
    links.check_folder(root, raw)
    if not raw.exists() and dvc.RAW in store.locked(root):
        dvc.restore(root)  # a source is only ever half there in comparison
    if raw.exists() and _last(root) == seen:
        return None
    if raw.exists():  # what a run that was killed had begun to take over
        for partial in raw.parent.glob(f".{raw.name}.*.tmp"):
            shutil.rmtree(partial, ignore_errors=True)
    with atomic.replacing_folder(raw) as folder:
        boxes = BoxOptions(root / params.boxes, params.min_confidence) if params.boxes else None
        plan = import_dataset.import_dataset(Origin(origin, params.kind, "", boxes), folder, data).plan
        purging.leave_out(folder, tombstones.read(root), data)  # what was removed on request does not come back
        change = dataset_diff.compare(raw, folder, data)
        lost = dataset_diff.lost_boxes(raw, folder, data)
        if problems := [*_half_there(plan.missing, change, params), *_without_boxes(lost, params)]:
            raise BadInput(*problems)
    atomic.write_json(root / _SEEN, seen)
    return change


def _seen_boxes(root: Path, params: SourceParams) -> dict[str, str]:
    """What changes with the boxes. Raises BadInput where their file is not there."""
    if not params.boxes:
        return {}
    if not (root / params.boxes).is_file():
        remedy = "Set source.boxes to a file that is there, or to ''."
        raise BadInput(Problem("there is no such file of boxes", remedy, where=params.boxes))
    return {"boxes": md5_of(root / params.boxes), "min_confidence": str(params.min_confidence)}


def _fingerprint(origin: Path, params: SourceParams) -> str:
    try:
        return dataset_diff.fingerprint(origin)
    except zipfile.BadZipFile as error:
        remedy = "Is it half copied? Look at it with unzip -t."
        raise BadInput(Problem(f"the source is a damaged zip ({error})", remedy, where=params.path)) from error
    except OSError as error:
        remedy = "Is it mounted, and may this user read it?"
        what = f"the source cannot be read ({error.strerror})"
        raise Unreachable(Problem(what, remedy, where=params.path, example=str(error.filename))) from error


def _half_there(missing: list[str], change: Change, params: SourceParams) -> list[Problem]:
    """What speaks for a source that is still being copied."""
    problems = []
    if missing:
        remedy = "Wait until all is copied, or take their rows out of the table."
        what = "row of the source without its photograph"
        problems.append(Problem(what, remedy, params.path, len(missing), missing[0]))
    kinds = {"labelled": (change.removed, change.before), "test": (change.test_removed, change.test_before)}
    for kind, (removed, before) in kinds.items():
        if len(removed) > params.max_removed * before:
            what = f"the source lacks {len(removed):,} of {before:,} {kind} photographs"
            remedy = f"Is it half copied? If it is right, raise source.max_removed (it is {params.max_removed})."
            problems.append(Problem(what, remedy, where=params.path, example=removed[0]))
    return problems


def _without_boxes(lost: list[str], params: SourceParams) -> list[Problem]:
    """A source without any of the boxes that the set has: its photographs would be learned from whole."""
    remedy = "Set source.boxes to its file of boxes, or keep the column of boxes in its tables."
    what = "photograph that has a box in data/raw, and none in the source, which has no boxes at all"
    return [Problem(what, remedy, params.path, len(lost), lost[0])] if lost else []


def _last(root: Path) -> dict[str, str]:
    path = root / _SEEN
    return dict(json.loads(path.read_text(encoding="utf-8"))) if path.exists() else {}

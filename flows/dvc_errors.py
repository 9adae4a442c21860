"""What went wrong when DVC ran something, as an error of ours. DVC has one exit code for all, so its words decide."""

from __future__ import annotations

import json
import re
import shutil
import signal
from pathlib import Path

from longtail.cli import ERROR_FILE
from longtail.errors import Busy, LongtailError, NoSpace, Problem, StageFailed, from_dict

_NEARLY_FULL = 1_000_000  # bytes


def of_stage(root: Path, stage: str, last: list[str]) -> LongtailError:
    """Why a stage failed: its own error file says it best; `last` are its last lines."""
    try:
        return from_dict(json.loads((root / ERROR_FILE).read_text(encoding="utf-8")))
    except (OSError, ValueError, LookupError, TypeError):  # none was left, or a full disk cut it off
        return of_words("\n".join(last), stage)


def of_words(text: str, doing: str) -> LongtailError:
    """What DVC's output `text` says went wrong while it was `doing` something."""
    lines = text.strip().splitlines() or [""]
    said = next((line.removeprefix("ERROR: ") for line in lines if line.startswith("ERROR: ")), lines[-1])
    if re.search("no space left on|disk quota exceeded", text, re.IGNORECASE) or _cannot_copy_to_full_disk(text):
        return NoSpace(Problem("no space left on the disk", "Free some space and run the same command again.", doing))
    if re.search("acquire lock|is busy|lock is held", said):
        return Busy(Problem("DVC is at work in this checkout", "Wait for it, or stop it.", doing, example=said))
    code = re.search(r"exited with (-?\d+)", said)
    if code and int(code[1]) in (-signal.SIGKILL, 128 + signal.SIGKILL):
        return StageFailed(Problem(f"{doing} was killed", "Often the memory ran out: lower compute.workers."))
    remedy = "The message is DVC's."
    if code:
        by_hand = doing.replace("@", " --part ")
        remedy = f"Its lines above say more; by hand: PYTHONPATH=src python -m longtail {by_hand}"
    return StageFailed(Problem(f"{doing} failed", remedy, example=said))


def _cannot_copy_to_full_disk(text: str) -> bool:
    """DVC does not say why it could not copy a file out of its cache."""
    found = re.search(r"No possible cache link types for '([^',]+)", text)
    if found is None:
        return False
    place = next(folder for folder in Path(found[1]).resolve().parents if folder.exists())
    return shutil.disk_usage(place).free < _NEARLY_FULL

"""What DVC's remote still has of a receipt's objects, as `python -m flows.remote` tells.

Only `flows/` speaks to DVC, and only DVC's client knows every kind of remote with its settings and keys. So the
question goes to a process of its own, and what comes back is JSON.
"""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from longtail.errors import Problem, StageFailed, from_dict


@dataclass(frozen=True)
class Lost:
    """An object that the remote does not have as it should."""

    path: str
    """Of the file whose bytes they are, from the project's root."""
    md5: str
    what: Literal["lost", "cut off"]
    """`cut off`: it is there, with another size."""
    here: bool
    """Whether this checkout has its bytes, and can send them again."""


@dataclass(frozen=True)
class Asked:
    """The remote's answer."""

    name: str
    objects: int
    """How many were asked for, each once."""
    lost: list[Lost] = field(default_factory=list)

    def problems(self, receipt: str) -> list[Problem]:
        """What is lost, and what to do: here, or elsewhere for want of the bytes."""
        problems = []
        here = [one for one in self.lost if one.here]
        away = [one for one in self.lost if not one.here]
        if here:
            what = f"object that DVC's remote {self.name} has lost, and this checkout still has"
            remedy = f"Send it again: python -m flows.remote {receipt} --send (dvc push never does: it trusts a list)"
            problems.append(Problem(what, remedy, receipt, len(here), _line_of(here[0])))
        if away:
            what = f"object that DVC's remote {self.name} has lost, and this checkout has not"
            remedy = (
                f"In a checkout that has it: python -m flows.remote {receipt} --send. Where none has: photographs come "
                "back from where they came from, all else from a run of that commit."
            )
            problems.append(Problem(what, remedy, receipt, len(away), _line_of(away[0])))
        return problems

    def line(self) -> str:
        """What was asked, and how much is lost."""
        return (
            f"{self.objects:,} objects asked for in DVC's remote {self.name}, {len(self.lost):,} files are lost there."
        )


def ask(root: Path, receipt: str) -> Asked:
    """Ask the remote for every object of a receipt. Raises the error that the question ended with.

    Args:
        root: the project's root.
        receipt: its path from the root.

    Returns:
        What is there and what is not.

    Raises:
        StageFailed: the question ended without an answer.
    """  # noqa: DOC501 - and what `from_dict` gives
    command = [sys.executable, "-m", "flows.remote", receipt, "--json"]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    try:
        answer = json.loads(done.stdout.splitlines()[-1])
        if "error" not in answer:
            return Asked(answer["name"], answer["objects"], [Lost(**one) for one in answer["lost"]])
    except (ValueError, LookupError, TypeError) as error:
        message = (done.stderr.strip().splitlines() or ["no message"])[-1]
        remedy = f"See it by hand, in the project's root: python -m flows.remote {receipt}"
        raise StageFailed(Problem("DVC's remote could not be asked", remedy, example=message)) from error
    raise from_dict(answer["error"])


def _line_of(one: Lost) -> str:
    return f"{one.path} (files/md5/{one.md5[:2]}/{one.md5[2:]}, {one.what})"

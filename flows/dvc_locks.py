"""DVC's list of who reads and writes which path, after a run that was killed: cleared at once, told in one line.

DVC heals the list itself, path by path, with a line for each; where the kill came while it was being written, it cannot
read it any more. Its own remedy for both is to remove the file where none of its processes is alive.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

_LIST = Path(".dvc/tmp/rwlock")


def clear_dead(root: Path) -> str:
    """Remove the list where nobody alive stands in it; what there is to tell of it, or `""`."""
    path = root / _LIST
    try:
        listed = json.loads(path.read_text(encoding="utf-8"))
        holders = [(int(one["pid"]), path) for path, one in _holders(listed)]
    except FileNotFoundError:
        return ""
    except (ValueError, LookupError, TypeError, AttributeError):
        path.unlink(missing_ok=True)
        return "an earlier run was killed while DVC noted what it reads: its list of locks was damaged and is removed"
    if not holders or any(_is_alive(pid) for pid, _ in holders):
        return ""
    path.unlink(missing_ok=True)
    who = ", ".join(str(pid) for pid in sorted({pid for pid, _ in holders}))
    count = len({locked for _, locked in holders})
    return f"an earlier run was killed (pid {who}): DVC's locks on {count:,} paths are removed"


def _holders(listed: Any) -> Iterator[tuple[str, Any]]:
    """(path, who holds it): one writer a path, any number of readers."""
    yield from listed.get("write", {}).items()
    for path, readers in listed.get("read", {}).items():
        yield from ((path, reader) for reader in readers)


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # another user's
        return True
    return True

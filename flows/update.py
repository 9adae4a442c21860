"""What a worker does before a run: the branch as it is now, and the raw set that it names. `python -m flows.update`.

Under the flow's own lock, so that no run finds other code or data under its feet. What an earlier run could not push
stays: its receipts on the disk, its bytes in the cache, so that the next run has little to do. What a person has put
into data/raw and not versioned yet is not touched.
"""

from __future__ import annotations

import logging
import sys
from pathlib import Path

from flows import dvc, git, sharing
from longtail import logs, params, process_lock
from longtail.errors import BadInput, LongtailError, Problem, format_examples
from longtail.lineage import store
from longtail.lineage.store import Store

_LOG = logging.getLogger("flows.update")


def update(root: Path) -> str:
    """Bring the checkout up to date.

    Returns:
        What came, in words.

    Raises:
        BadInput: data/raw holds what is not versioned, and the branch has other data.
    """
    with process_lock.holding("flow", root):
        share = params.load(sharing.ShareParams, "share", params.read(root / "params.yaml"))
        branch = share.branch or git.branch_of(root)
        before = store.locked(root).get(dvc.RAW, "")
        untouched = not before or not (root / dvc.RAW).exists() or store.hash_of(root / dvc.RAW) == before
        git.restart_on_remote(root, share.remote, branch, code_too=True)
        after = store.locked(root).get(dvc.RAW, "")
        if after == before and (root / dvc.RAW).exists():
            return f"{share.remote}/{branch}, data as they were"
        if not untouched:
            remedy = "Run it (make run), or move your files away, and update again."
            raise BadInput(Problem("data/raw holds what is not versioned, and the branch has other data", remedy))
        dvc.restore(root, dvc.RAW)
        return f"{share.remote}/{branch}, data {after}: {_changed(root, before, after)}"


def _changed(root: Path, before: str, after: str) -> str:
    """What the new raw set has that the old one had not, by the names and hashes of their files."""
    objects = Store.of(root)
    old, new = (objects.listing(md5) or {} for md5 in (before, after))
    kinds = {
        "added": sorted(new.keys() - old.keys()),
        "removed": sorted(old.keys() - new.keys()),
        "with other bytes": sorted(name for name in new.keys() & old.keys() if new[name] != old[name]),
    }
    return "; ".join(f"{len(names):,} {kind} ({format_examples(names)})" for kind, names in kinds.items() if names)


def main() -> int:
    """Update the working directory's checkout; the only place that turns its error into words and an exit code."""
    logs.to_stderr("flows")
    try:
        print(f"update: {update(Path.cwd())}")
    except LongtailError as error:
        _LOG.error(f"update: {error}")
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main())

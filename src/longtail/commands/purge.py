"""Remove photographs on request: their bytes, their copies, their rows; a tombstone says so from then on.

Here alone: what a remote, another clone or a backup holds is listed, for you to remove there. Then `make run`.
"""

from __future__ import annotations

import argparse
from datetime import UTC, datetime
from pathlib import Path

from longtail import lifeline, params, record
from longtail.errors import BadParameter, Problem, some
from longtail.lineage import photograph, purging, store
from longtail.params import DataParams
from longtail.publishing import receipt as receipts
from longtail.publishing.receipt import REGISTER

EXAMPLE = 'longtail purge 0a1b2c3d.jpg --why "its owner asked"'


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which, why and by whom; how far it goes."""
    parser.add_argument("images", nargs="+", metavar="PHOTO", help="names as the label table has them")
    parser.add_argument("--why", default="", help="the reason, for those who find the gap; required")
    parser.add_argument("--who", default="", help="who removes it (default: git's user.name)")
    parser.add_argument(
        "--shared", action="store_true", help="also stored tables, embeddings and pages that hold something of it"
    )


def run(arguments: argparse.Namespace) -> list[str]:
    """Remove them, say what is gone and what is not. Raises BadInput, BadParameter."""
    root = Path.cwd()
    if not arguments.why.strip():
        raise BadParameter(Problem("a removal needs a reason", 'Give one: --why "its owner asked"', where="--why"))
    data = params.load(DataParams, "data", params.read(root / "params.yaml"))
    known = {path.name: receipts.read(path) for path in sorted((root / REGISTER).glob("*.json"))}
    today = f"{datetime.now(UTC):%Y-%m-%d}"
    signed = purging.Signed(arguments.who or record.who(root), today, arguments.why.strip())
    with lifeline.holding_checkout(root):
        found = purging.find(root, arguments.images, known, data)
        gone = purging.purge(root, found, data, signed, shared=arguments.shared)
    print(f"Removed {len(gone):,} files of {len(found):,} photographs: {some(gone, 6)}")
    for one in found:
        published = [part.receipt for part in one.parts if part.learned or part.in_gallery]
        if published:
            print(f"{one.image} was learned from, or is held, by what {some(published)} published.")
        for place in photograph.places(root, one.parts, one.image):
            print(f"  still: {place}")
    objects = sorted({md5 for one in found for md5 in (*one.files.values(), *one.shared.values())})
    for remote in store.remotes(root):
        print(f"Remove from {remote}, and from every other clone's .dvc/cache:")
        print("\n".join(f"  files/md5/{md5[:2]}/{md5[2:]}" for md5 in objects))
    return ["make run", "git add tombstones.csv data/raw.dvc dvc.lock receipts && git commit"]

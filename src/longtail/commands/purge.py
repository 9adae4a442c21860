"""Remove photographs on request: their bytes, their copies, their rows; a tombstone says so from then on.

Here alone: what a remote, another clone or a backup holds is listed, for you to remove there. Then `make run`.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from datetime import UTC, datetime

from longtail import process_lock, run_record
from longtail.errors import BadParameter, Problem, format_examples
from longtail.lineage import photograph, purging
from longtail.lineage.checkout import Checkout
from longtail.paths import ANCESTOR, project_root

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
    """Remove photographs, and print what is gone and what is not. Raises BadInput, as `purging`.

    Returns:
        Commands that may follow.

    Raises:
        BadParameter: no reason was given.
    """
    root = project_root()
    if not arguments.why.strip():
        raise BadParameter(Problem("a removal needs a reason", 'Give one: --why "its owner asked"', where="--why"))
    checkout = Checkout(root)
    today = f"{datetime.now(UTC):%Y-%m-%d}"
    signed = purging.Signed(arguments.who or run_record.who(root), today, arguments.why.strip())
    with process_lock.holding_checkout(root):
        removals = purging.find(checkout, arguments.images)
        removed = purging.purge(checkout, removals, signed, shared=arguments.shared)
    for one in (one for one in removals if one.is_gone):
        print(
            f"{one.image} ({one.folder}) is gone already: an earlier purge has removed it, and nothing of it is left."
        )
    going = [one for one in removals if not one.is_gone]
    if going:
        print(f"Removed {len(removed):,} files of {len(going):,} photographs: {format_examples(removed, 6)}")
    if any(path.startswith(f"{ANCESTOR}/") for path in removed):
        print(f"The network in {ANCESTOR} had learned from it and is gone: the next training begins from scratch.")
    for one in removals:
        published = [part.receipt for part in one.parts if part.learned or part.in_gallery]
        if published:
            print(f"{one.image} was learned from, or is held, by what {format_examples(published)} published.")
        held = dict.fromkeys(photograph.locations(checkout, one.parts))
        unnamed = [name for name, md5 in one.shared.items() if checkout.store.object_path(md5).exists()]
        held |= dict.fromkeys(
            f"{name} (contains data from many photographs)" for name in unnamed if not _is_listed(name, held)
        )
        for location in held:
            print(f"  still: {location}")
    objects = sorted({md5 for one in removals for md5 in (*one.objects.values(), *one.shared.values())})
    for remote in checkout.store.remotes:
        print(f"Remove from {remote}, and from every other clone's .dvc/cache:")
        print("\n".join(f"  files/md5/{md5[:2]}/{md5[2:]}" for md5 in objects))
    return ["make run", "git add tombstones.csv data/*.dvc dvc.lock receipts && git commit"]


def _is_listed(name: str, held: Iterable[str]) -> bool:
    """Whether a line speaks of this output already, by the receipt that names it."""
    path = name.rpartition(" (")[0]
    return any(location.startswith(f"{path} of ") for location in held)

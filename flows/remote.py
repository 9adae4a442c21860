"""Whether DVC's remote still has each object that a receipt names. `python -m flows.remote RECEIPT [--send]`.

`dvc push` asks the remote for the list of a folder alone: where that is there, it takes all of the folder's files for
there, and never sends again what was lost. Here the remote is asked for each object, by DVC's own client, so that every
kind of remote and its settings work; `--send` sends what was lost from this checkout.
"""

from __future__ import annotations

import argparse
import json
import logging
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

from flows import dvc
from longtail import logs
from longtail.errors import BadInput, LongtailError, Problem, Unreachable
from longtail.lineage import verifying
from longtail.lineage.checkout import Checkout
from longtail.lineage.remote import Asked, Lost
from longtail.lineage.store import FOLDER, Store, hash_of
from longtail.publishing import receipt
from longtail.publishing.receipt import Receipt

_LOG = logging.getLogger("flows.remote")


def ask(root: Path, published: Receipt) -> Asked:
    """Look for every object that a receipt names, those excepted that were removed on request.

    Args:
        root: the project's root.
        published: the receipt.

    Returns:
        What is lost.

    Raises:
        BadInput: there is no default remote.
        Unreachable: it does not answer.
    """
    checkout = Checkout(root)
    name = checkout.store.default_remote
    if not name:
        remedy = "dvc remote add --default NAME URL"
        raise BadInput(Problem("there is no default remote to ask", remedy, where=".dvc/config"))
    named = _named(checkout, published)
    with _objects_of(root, name) as odb:
        sizes = _sizes(odb, set(named.values()))
    lost = []
    for path, md5 in named.items():
        source = _verified_here(checkout.store, path, md5)
        if md5 not in sizes:
            lost.append(Lost(path, md5, "lost", source is not None))
        elif source is not None and sizes[md5] is not None and sizes[md5] != source.stat().st_size:
            lost.append(Lost(path, md5, "cut off", True))
    return Asked(name, len(set(named.values())), lost)


def send(root: Path, published: Receipt) -> Asked:
    """Send again what the remote lost and this checkout has. Lists of folders go last.

    Args:
        root: the project's root.
        published: the receipt.

    Returns:
        What is still lost.
    """
    asked = ask(root, published)
    with _objects_of(root, asked.name) as odb:
        from dvc.fs import localfs

        for one in sorted(asked.lost, key=lambda one: one.md5.endswith(FOLDER)):
            source = _verified_here(Store.of(root), one.path, one.md5)
            if source is None:
                continue
            if one.what == "cut off":
                odb.delete(one.md5)
            odb.add(str(source), localfs, one.md5)
    return ask(root, published)


def _named(checkout: Checkout, published: Receipt) -> dict[str, str]:
    """{path: md5} of every object of a receipt; lists of folders that are not here are brought first."""
    tops = verifying.tops(published)
    for md5 in tops.values():
        if md5.endswith(FOLDER) and checkout.store.listing(md5) is None:
            with suppress(LongtailError, OSError):  # then it is lost, or the question after this one fails too
                dvc.fetch(checkout.root, md5)
    every = {name: md5 for path, top in tops.items() for name, md5 in verifying.members(checkout.store, path, top)}
    return {name: md5 for name, md5 in every.items() if md5 not in checkout.buried}


@contextmanager
def _objects_of(root: Path, name: str) -> Iterator[Any]:
    """DVC's own view of the remote's objects. Raises Unreachable for whatever its client raises."""
    from dvc.repo import Repo

    try:
        with Repo(str(root)) as repo:
            yield repo.cloud.get_remote_odb(name)
    except (LongtailError, AttributeError, NameError):  # the latter are faults of ours
        raise
    except Exception as error:  # a folder, a bucket and SSH each fail in words of their own
        remedy = "Is it reachable, and are its credentials set?"
        what = f"DVC's remote {name} does not answer ({type(error).__name__})"
        raise Unreachable(Problem(what, remedy)) from error


def _sizes(odb: Any, md5s: set[str]) -> dict[str, int | None]:
    """{md5: its size there} of those that are there; None where such a remote tells no sizes."""
    if not odb.fs.CAN_TRAVERSE:  # HTTP: each is asked for
        return dict.fromkeys(odb.list_oids_exists(sorted(md5s)))
    if not odb.fs.exists(odb.path):
        return {}
    odb.fs.fs.invalidate_cache()  # a bucket's client would answer as it did before
    files = odb.fs.fs.find(odb.path, detail=True)
    listed = (
        files if isinstance(files, Mapping) else {path: odb.fs.info(path) for path in files}
    )  # a folder: each asked
    there = {"".join(path.replace("\\", "/").split("/")[-2:]): info.get("size") for path, info in listed.items()}
    return {md5: there[md5] for md5 in md5s if md5 in there}


def _verified_here(objects: Store, path: str, md5: str) -> Path | None:
    """A file of this checkout with these bytes: the cache's, or the one in the tree."""
    if (stored := objects.verified_object(md5)) is not None:
        return stored
    here = objects.root / path
    return here if here.is_file() and hash_of(here) == md5 else None


def main(argv: Sequence[str] | None = None) -> int:
    """Ask, or send; the only place that turns its error into words and an exit code."""
    parser = argparse.ArgumentParser(prog="python -m flows.remote", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("receipt", type=Path, metavar="RECEIPT", help="a file of receipts/")
    parser.add_argument("--send", action="store_true", help="send again what the remote lost and this checkout has")
    parser.add_argument("--json", action="store_true", help="the answer, or the error, as JSON")
    arguments = parser.parse_args(argv)
    root = Path.cwd()
    logs.to_stderr("flows")
    try:
        asked = (send if arguments.send else ask)(root, _read(arguments.receipt))
    except LongtailError as error:
        if arguments.json:
            print(json.dumps({"error": error.to_dict()}))
        else:
            _LOG.error(f"remote: {error}")
        return error.exit_code
    print(
        json.dumps(asdict(asked))
        if arguments.json
        else "\n".join([asked.line(), *map(str, asked.problems(f"receipts/{arguments.receipt.name}"))])
    )
    return 1 if asked.lost else 0


def _read(path: Path) -> Receipt:
    if not path.is_file():
        raise BadInput(Problem("there is no such receipt", "ls receipts/", where=str(path)))
    return receipt.read(path)


if __name__ == "__main__":
    sys.exit(main())

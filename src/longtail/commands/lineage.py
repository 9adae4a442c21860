"""Where a published number comes from: each step with its hash, its parameters, who made it and when.

From a receipt, a submission or a network (default: what was published last) back to the raw set and the commit.
"""

from __future__ import annotations

import argparse
import json
import os
from dataclasses import asdict
from pathlib import Path

from longtail import names, stages
from longtail.artifacts import NETWORK_OF_ALL_FOLDS, NETWORKS_BESIDE
from longtail.errors import BadInput, LongtailError, Problem
from longtail.labels import aliases
from longtail.lineage import agreement, individual, photograph, remote, rendering, verifying
from longtail.lineage.chain import EDITS, Ends, chain
from longtail.lineage.checkout import Checkout
from longtail.paths import project_root
from longtail.publishing.receipt import REGISTER, Receipt
from longtail.run_record import md5_of

EXAMPLE = "longtail lineage published/submission.csv --verify"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What to look back from; what to do beside telling it."""
    parser.add_argument(
        "what", nargs="?", type=Path, metavar="RECEIPT|SUBMISSION|MODEL", help="default: the last publication"
    )
    parser.add_argument("--verify", action="store_true", help="hash again what is here of it")
    parser.add_argument("--remote", action="store_true", help="also ask DVC's remote for every object of it")
    parser.add_argument("--image", metavar="NAME", help="one photograph through everything that was published")
    parser.add_argument("--individual", metavar="NAME", help="one individual through everything that was published")
    parser.add_argument("--json", action="store_true", help="as JSON")


def run(arguments: argparse.Namespace) -> list[str]:
    """Print the way back.

    Returns:
        Commands that may follow.

    Raises:
        BadInput: nothing is known of what was asked.
        LongtailError: a byte has changed.
    """
    root = project_root()
    checkout = Checkout(root)
    if arguments.image is not None:
        remedy = "Write its name as train.csv or sample_submission.csv has it."
        names.check_photographs([arguments.image], "--image", remedy)
        return _photograph(arguments, checkout)
    if arguments.individual is not None:
        return _individual(arguments, checkout)
    name, receipt = _chosen(checkout, arguments.what)
    links = chain(checkout, receipt, _ends())
    verify = arguments.verify or arguments.remote
    verdict = verifying.verify(checkout, receipt) if verify else None
    contradictions, unknown = agreement.with_receipt(checkout, receipt) if verify else ([], [])
    differences = [str(one) for one in contradictions]
    where = (REGISTER / name).as_posix()
    asked = remote.ask(root, where) if arguments.remote else None
    if arguments.json:
        answer: dict[str, object] = {"receipt": name, "start": receipt.start, "links": [asdict(link) for link in links]}
        if verdict:
            answer |= {"verified": asdict(verdict), "differences": differences, "without_record": unknown}
        answer |= {"remote": asdict(asked)} if asked else {}
        print(json.dumps(answer, indent=2, ensure_ascii=False))
    else:
        print("\n".join(rendering.of_chain(name, receipt, links)))
        if verdict:
            print("\n".join(rendering.of_verdict(checkout.store, name, receipt, verdict)))
            print("\n".join(rendering.of_differences(differences, unknown)))
        print(asked.line() if asked else "")
    problems = _faults(name, verdict) + _differences(name, differences) + (asked.problems(where) if asked else [])
    if problems:
        raise LongtailError(*problems)
    return []


def _faults(name: str, verdict: verifying.Verdict | None) -> list[Problem]:
    """Bytes that have changed, and photographs that are not versioned."""
    faults = verdict.faults if verdict else []
    if not faults:
        return []
    remedy = "`dvc checkout` brings a working file back from the store; a changed object of the store must be pulled."
    if any(fault.what == "not versioned" for fault in faults):
        remedy += " What is not versioned: `make run` says why, and versions it for the next publication."
    example = f"{faults[0].path} ({faults[0].what})"
    return [Problem("file is not what the receipt says", remedy, name, len(faults), example)]


def _differences(name: str, differences: list[str]) -> list[Problem]:
    """Records of stages that contradict the receipt."""
    if not differences:
        return []
    remedy = "The submission was not made from what the receipt names; make run makes a true one."
    what = "record of a stage that is not of what the receipt says"
    return [Problem(what, remedy, name, len(differences), differences[0])]


def _photograph(arguments: argparse.Namespace, checkout: Checkout) -> list[str]:
    parts = photograph.parts(checkout, arguments.image)
    stones = [stone for stone in checkout.tombstones if stone.image == arguments.image]
    if not stones and all(not part.part and not part.unread for part in parts):
        remedy = "Write its name as train.csv or sample_submission.csv has it."
        raise BadInput(Problem(f"nothing published knows a photograph {arguments.image!r}", remedy, str(REGISTER)))
    held = photograph.locations(checkout, parts)
    if arguments.json:
        answer = {"image": arguments.image, "parts": [asdict(part) for part in parts], "places": held}
        print(json.dumps(answer | {"tombstones": [stone._asdict() for stone in stones]}, indent=2, ensure_ascii=False))
    else:
        print("\n".join(rendering.of_photograph(arguments.image, parts, held, stones)))
    return []


def _individual(arguments: argparse.Namespace, checkout: Checkout) -> list[str]:
    present = aliases.read(checkout.root / EDITS)
    name = present.get(arguments.individual, arguments.individual)
    former = aliases.former_names(present).get(name, [])
    published = individual.publications(checkout, {name, *former})
    if all(not one.photographs and not one.is_unread for one in published):
        remedy = "Write its name as train.csv or edits.csv has it."
        raise BadInput(
            Problem(f"nothing published knows an individual {arguments.individual!r}", remedy, str(REGISTER))
        )
    if arguments.json:
        answer = {"individual": name, "former": former, "publications": [asdict(one) for one in published]}
        print(json.dumps(answer, indent=2, ensure_ascii=False))
    else:
        print("\n".join(individual.lines(name, former, published)))
    return []


def _chosen(checkout: Checkout, what: Path | None) -> tuple[str, Receipt]:
    """The receipt that is meant, and its name."""
    root, known = checkout.root, checkout.receipts
    remedy = "Give a receipt of receipts/, a submission.csv or a model.safetensors that was published; or: make run"
    if not known:
        raise BadInput(Problem("nothing has been published yet", "Publish something: make run", where=str(REGISTER)))
    if what is None:
        return max((item for item in known.items() if item[1].outcome != "refused"), default=max(known.items()))
    if what.name in known:
        return what.name, known[what.name]
    md5 = md5_of(what) if what.is_file() else checkout.locked.get(_inside(root, what), "")
    if not md5:
        raise BadInput(Problem("there is no such file", remedy, where=str(what)))
    matches = [name for name, one in known.items() if md5 in _hashes(checkout, one)]
    if not matches:
        raise BadInput(Problem("no receipt knows these bytes", remedy, where=f"{what}, md5 {md5}"))
    return matches[-1], known[matches[-1]]


def _hashes(checkout: Checkout, receipt: Receipt) -> set[str]:
    """The md5 of the submission, of the networks and of every output."""
    hashes = {receipt.md5, *receipt.model.values(), *receipt.artifacts.values()}
    for folder in (NETWORKS_BESIDE, NETWORK_OF_ALL_FOLDS):
        hashes |= set((checkout.store.listing(receipt.artifacts.get(folder, "none")) or {}).values())
    return hashes


def _inside(root: Path, what: Path) -> str:
    """A path from the project's root: an output that a stage has taken away is still known by it."""
    target = Path(os.path.normpath(Path.cwd() / what))
    return target.relative_to(root).as_posix() if target.is_relative_to(root) else ""


def _ends() -> list[Ends]:
    """What each run of each stage reads and writes, as the stages say themselves."""
    ends_of_runs = []
    for name in stages.names():
        paths = stages.load(name).Paths
        for part in paths.PARTS or ("",):
            at = paths.at(Path(), part)
            ends = (tuple(path.as_posix() for path in side) for side in (at.inputs(), at.outputs()))
            ends_of_runs.append(Ends(f"{name}@{part}" if part else name, *ends))
    return ends_of_runs

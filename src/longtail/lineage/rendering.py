"""The way back, in words for a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from longtail import licences
from longtail.errors import format_examples
from longtail.lineage import ancestry
from longtail.lineage.chain import Link
from longtail.lineage.photograph import Part
from longtail.lineage.store import Store
from longtail.lineage.tombstones import Tombstone
from longtail.lineage.verifying import Verdict
from longtail.metrics import network_choice
from longtail.publishing.receipt import Receipt

_SHORT = 12  # letters of a hash that a person compares


def of_chain(name: str, receipt: Receipt, links: Sequence[Link]) -> Iterator[str]:
    """Lines about every link: its files with their hashes, its parameters, its making.

    Args:
        name: of the receipt.
        receipt: the receipt.
        links: the chain, the submission first.

    Yields:
        Lines.
    """
    yield f"{receipt.outcome} {receipt.published} to {receipt.to}, receipt {name}"
    yield f"submission.csv  {receipt.md5}  {receipt.submission['rows']:,} rows"
    if receipt.network:
        yield receipt.network["note"]
    networks = receipt.params["values"].get("train", {}).get("networks", 1)
    if networks > 1:
        yield f"{networks} networks answer side by side (train.networks)"
    if notice := network_choice.notice(receipt.network_choice):
        yield notice
    if first_weights := licences.in_words(receipt.weights):
        yield f"the network began with {first_weights}"
    if start := ancestry.in_words(receipt.start):
        yield f"its training {start}"
    for link in links:
        yield ""
        yield f"{link.name}{_record_line(link)}"
        for path, md5 in link.hashes.items():
            yield f"  {md5[:_SHORT]:<{_SHORT}}  {path}"
        if link.params:
            values = (f"{key}={value}" for key, value in link.params.items() if key not in ("data", "compute"))
            yield f"  with {format_examples(values, 40)}"


def of_verdict(store: Store, name: str, receipt: Receipt, verdict: Verdict) -> Iterator[str]:
    """Lines about what was hashed again.

    Args:
        store: where the objects are.
        name: of the receipt.
        receipt: the receipt.
        verdict: what was hashed again, and in which state of this checkout.

    Yields:
        Lines.
    """
    yield ""
    yield f"Verified: receipt {name} of {receipt.published}, raw set {receipt.raw['md5'] or 'unknown'}"
    yield f"  in DVC's cache {store.cache}: every object that it names"
    yield f"  in the working tree: {len(verdict.in_tree):,} outputs, which dvc.lock and data/raw.dvc name as it does"
    if verdict.later:
        later = format_examples(verdict.later)
        yield f"  not there: {len(verdict.later):,} outputs that are named otherwise by now ({later})"
    yield f"{verdict.hashed:,} files hashed again, {len(verdict.faults):,} are not what the receipt says."
    yield from (f"  {fault.path}: {fault.what}" for fault in verdict.faults[:20])
    if verdict.not_laid_out:
        count = len(verdict.not_laid_out)
        yield f"{count:,} are sound in the store and not in the working tree: {format_examples(verdict.not_laid_out)}"
        yield "  A stage is at work, or was stopped: `make run` finishes it, `dvc checkout` brings them back."
    if verdict.removed:
        yield f"{len(verdict.removed):,} were removed on request: {format_examples(verdict.removed)}"
    if verdict.absent:
        yield f"{len(verdict.absent):,} are not in this checkout's store, so that nothing is said of them (dvc pull)."


def of_differences(differences: Sequence[str], unknown: Sequence[str]) -> Iterator[str]:
    """Lines about the records of the stages, compared with the receipt and dvc.lock.

    Args:
        differences: what does not agree.
        unknown: stages whose records say nothing of it.

    Yields:
        Lines.
    """
    yield f"{len(differences):,} inputs are not what a stage's record says that it used."
    yield from (f"  {difference}" for difference in differences[:20])
    if unknown:
        yield f"{len(unknown):,} stages have no record here that says what they used: {format_examples(unknown)}"


def of_photograph(
    image: str, parts: Sequence[Part], paths: Sequence[str], stones: Sequence[Tombstone]
) -> Iterator[str]:
    """Lines about one photograph: what it was in each publication, and where it still is.

    Args:
        image: its name.
        parts: see `photograph.parts`.
        paths: where it still is.
        stones: its tombstones.

    Yields:
        Lines.
    """
    yield from (f"{image}: removed on request, {stone.when} by {stone.who}: {stone.why}" for stone in stones)
    for part in parts:
        yield f"{part.receipt}  {_role(part)}"
        if part.copies:
            yield f"  copies: {format_examples(part.copies, 12)}"
        if part.unread:
            unread = format_examples(part.unread)
            yield f"  not in this checkout's store, so that nothing is said of them (dvc pull): {unread}"
    yield ""
    yield (
        f"Its bytes, or what was made of them, are in {len(paths):,} places:" if paths else "No place here holds it."
    )
    yield from (f"  {path}" for path in paths)


def _role(part: Part) -> str:
    if not part.part:
        return "not in the data"
    if part.part == "test":
        return "a test photograph: named, not learned from"
    who = part.identity or "unknown"
    learned = "the network learned from it" if part.learned else "the network did not learn from it"
    if part.learned and part.fold != "train":
        learned = "the network of all folds learned from it, the scored one did not (train.fold: all)"
    gallery = "the identifier holds it" if part.in_gallery else "left out"
    return f"{who}, fold {part.fold}, group {part.group[:_SHORT]}: {learned}; {gallery}"


def _record_line(link: Link) -> str:
    record = link.record
    if "started" in record:
        dirty = ", code changed since" if record.get("dirty") else ""
        by, commit = record["by"] or "?", record["commit"][:7]
        return f"  {record['started']}, {record['seconds']} s, by {by}, commit {commit}{dirty}"
    if "name" in record:
        return f"  {record['name']}, by {record['by'] or '?'}"
    return "  code changed since" if record.get("dirty") else ""

"""What a training starts from, by the register and what has changed since the last publication."""

from __future__ import annotations

from pathlib import Path

import pytest

from flows import dvc
from flows.ancestor_choice import Choice, choose
from longtail.artifacts import LEARNED_FROM
from longtail.errors import BadInput
from longtail.lineage import tombstones
from longtail.lineage.checkout import Checkout
from longtail.lineage.tombstones import Tombstone
from longtail.publishing import receipt
from tests.flows.networks import has, lose, publish, values

KNOWN = ("a.jpg", "b.jpg")
WARM = {"start": "ancestor", "receipt": "first.json", "warm_runs": 2}


@pytest.fixture(autouse=True)
def no_remote(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dvc, "fetch", lambda root, md5: None)


def chosen(root: Path, scratch_every: int = 10, **train: object) -> Choice:
    return choose(Checkout(root), values(**{"start": "ancestor", **train}), scratch_every)


def test_the_first_training_is_from_scratch(tmp_path: Path) -> None:
    has(tmp_path, KNOWN)
    assert chosen(tmp_path) == Choice("scratch", "nothing has been published yet")
    assert chosen(tmp_path).line == "began from scratch: nothing has been published yet"


def test_new_photographs_are_learned_from_the_last_network(tmp_path: Path) -> None:
    publish(tmp_path, 1, KNOWN)
    last = publish(tmp_path, 2, KNOWN)
    has(tmp_path, [*KNOWN, "c.jpg"])
    now = chosen(tmp_path)
    assert (now.start, now.receipt, now.warm_runs, now.md5) == ("ancestor", last, 1, "")
    assert now.line == (
        f"went on from the network of {last} (1 warm training since one from scratch): labelled photographs, "
        "labels or groups changed"
    )


def test_what_was_refused_is_never_gone_on_from(tmp_path: Path) -> None:
    first = publish(tmp_path, 1, KNOWN)
    second = publish(tmp_path, 2, [*KNOWN, "c.jpg"])
    refused = tmp_path / "receipts" / second
    refused.write_text(refused.read_text().replace('"outcome": "published"', '"outcome": "refused"'))
    assert chosen(tmp_path).receipt == first


@pytest.mark.parametrize("start", [{}, {"start": "scratch", "why": "asked for"}, WARM])
def test_nothing_changed_leaves_the_ancestor_of_the_last_publication(tmp_path: Path, start: dict[str, object]) -> None:
    name = publish(tmp_path, 1, KNOWN, start)
    at = tmp_path / "receipts" / name
    at.write_text(at.read_text().replace('"artifacts": {', '"artifacts": {"data/ancestor": "77.dir", '))
    now = chosen(tmp_path)
    if start == WARM:
        assert (now.start, now.receipt, now.warm_runs, now.md5) == ("ancestor", "first.json", 2, "77.dir")
    else:
        assert (now.start, now.why) == ("scratch", start.get("why", f"nothing learned from has changed since {name}"))


def test_a_relabelled_photograph_is_reason_enough_and_so_is_a_parameter(tmp_path: Path) -> None:
    name = publish(tmp_path, 1, KNOWN)
    has(tmp_path, KNOWN, label="ishmael")
    assert chosen(tmp_path).line.endswith("labels or groups changed")
    has(tmp_path, KNOWN)
    now = chosen(tmp_path, unfrozen_epochs=7)
    assert (now.receipt, now.why) == (name, "train.unfrozen_epochs changed")


def test_parameters_that_an_older_receipt_lacks_had_their_defaults(tmp_path: Path) -> None:
    older = values(start="ancestor")
    del older["train"]["weight_decay"], older["split"]["discover_share"]
    publish(tmp_path, 1, KNOWN, params=older)
    assert chosen(tmp_path).start == "scratch"  # as then: nothing has changed
    older["train"]["weight_decay"] = "heavy"  # of a version that knew other values
    publish(tmp_path, 2, KNOWN, params=older)
    assert chosen(tmp_path).start == "ancestor"


@pytest.mark.parametrize(
    ("warm_runs", "every", "start"),
    [(0, 1, "scratch"), (0, 2, "ancestor"), (1, 2, "scratch"), (8, 10, "ancestor"), (9, 10, "scratch")],
)
def test_of_so_many_trainings_one_is_from_scratch_and_says_so(
    tmp_path: Path, warm_runs: int, every: int, start: str
) -> None:
    publish(tmp_path, 1, KNOWN, {**WARM, "warm_runs": warm_runs})
    has(tmp_path, [*KNOWN, "c.jpg"])
    now = chosen(tmp_path, every)
    assert now.start == start
    if start == "scratch":
        assert f"flow.scratch_every is {every}, and {warm_runs} warm training" in now.why
    else:
        assert now.warm_runs == warm_runs + 1


def test_a_photograph_that_was_dropped_or_taken_out_forces_scratch(tmp_path: Path) -> None:
    name = publish(tmp_path, 1, KNOWN)
    has(tmp_path, ["b.jpg", "c.jpg"])
    now = chosen(tmp_path)
    assert (now.start, now.why) == (
        "scratch",
        f"1 photograph that the network of {name} knows has left the data: a.jpg",
    )


def test_a_photograph_with_another_name_has_not_left(tmp_path: Path) -> None:
    name = publish(tmp_path, 1, KNOWN)
    has(tmp_path, ["a.jpg again", "b.jpg"])
    assert chosen(tmp_path).receipt == name


@pytest.mark.parametrize(
    ("part", "day", "start"),
    [("train", "2026-01-05", "scratch"), ("train", "2025-12-31", "ancestor"), ("test", "2026-01-05", "ancestor")],
)
def test_a_purged_photograph_forces_scratch_though_another_one_has_its_name(
    tmp_path: Path, part: str, day: str, start: str
) -> None:
    publish(tmp_path, 1, KNOWN)
    has(tmp_path, [*KNOWN, "c.jpg"])
    tombstones.add(tmp_path, [Tombstone("a.jpg", part, "9" * 32, "ada", day, "asked")])
    assert chosen(tmp_path).start == start


def test_a_table_that_went_with_a_purge_forces_scratch(tmp_path: Path) -> None:
    name = publish(tmp_path, 1, KNOWN)
    has(tmp_path, [*KNOWN, "c.jpg"])
    md5 = receipt.read(tmp_path / "receipts" / name).artifacts[LEARNED_FROM]
    lose(tmp_path, name, LEARNED_FROM)
    tombstones.add(tmp_path, [Tombstone("x.jpg", "train", md5, "ada", "2026-01-05", "asked")])
    assert "removed on request" in chosen(tmp_path).why


def test_a_network_that_does_not_fit_is_not_gone_on_from_and_the_reason_is_given(tmp_path: Path) -> None:
    publish(tmp_path, 1, KNOWN)
    now = chosen(tmp_path, size=64)
    assert (now.start, "does not fit: train.size is 64, the ancestor has 224" in now.why) == ("scratch", True)


def test_a_receipt_of_an_early_version_is_not_gone_on_from(tmp_path: Path) -> None:
    name = publish(tmp_path, 1, KNOWN, without=LEARNED_FROM)
    has(tmp_path, [*KNOWN, "c.jpg"])
    assert chosen(tmp_path).why == f"{name} is of a version that did not write {LEARNED_FROM}"


def test_a_lost_network_is_one_clear_message(tmp_path: Path) -> None:
    name = publish(tmp_path, 1, KNOWN)
    has(tmp_path, [*KNOWN, "c.jpg"])
    lose(tmp_path, name, LEARNED_FROM)
    with pytest.raises(BadInput, match=rf"nor in DVC's remote, e\.g\. {LEARNED_FROM} \(receipts/{name}\)\. dvc push"):
        chosen(tmp_path)

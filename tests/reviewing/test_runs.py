"""The register as a history: scores with intervals, what changed, and why something was refused."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from longtail.publishing import receipt
from longtail.publishing.receipt import Receipt
from longtail.reviewing import run_register
from tests.reviewing import drawn_run
from tests.reviewing.conftest import Served


def made(day: int, score: float | None = 0.5, **changed: Any) -> Receipt:
    """A receipt of one day."""
    metrics = {} if score is None else {"open_map_at_5": score, "open_map_at_5_low": score - 0.1,
                                        "open_map_at_5_high": score + 0.1, "photographs": 40}  # fmt: skip
    values: dict[str, Any] = {
        "submission": {"md5": f"{day:032x}"}, "raw": {"md5": "aaaaaaaabb.dir"}, "model": {}, "artifacts": {},
        "code": {"commit": "c0ffee1234", "dirty": False}, "metrics": metrics, "flow_run": {"id": "", "name": ""},
        "params": {"values": {"train": {"epochs": 3, "head": {"kind": "arcface"}}, "compute": {"workers": 2}}},
        "versions": {"torch": "2.0"}, "published": f"2026-01-{day:02}T10:00:00+00:00", "to": "published", "edits": "e1",
        "decision": {"why": "there is no champion yet"},
    }  # fmt: skip
    return Receipt(**values | changed)


def test_what_changed_since_the_run_before() -> None:
    params = {"values": {"train": {"epochs": 5, "head": {"kind": "arcface"}, "mixup": True}, "compute": {"workers": 9}}}
    later = made(2, raw={"md5": "bb.dir"}, params=params, edits="e2", code={"commit": "beef", "dirty": True},
                 versions={"torch": "2.1"})  # fmt: skip
    first, second, third = run_register.runs({"1.json": made(1), "2.json": later, "3.json": later}, "2.json")
    assert first.changed == ()
    assert second.changed == (
        "photographs or labels (data/raw)", "decisions (edits.csv)", "train.epochs: 3 -> 5",
        "train.mixup: absent -> True", "code", "versions of torch",
    )  # fmt: skip
    assert third.changed == ()
    assert (first.data, first.commit, second.commit) == ("aaaaaaaa", "c0ffee12", "beef (changed)")
    assert [one.is_champion for one in (first, second, third)] == [False, True, False]


def test_a_receipt_without_scores_is_a_line_too() -> None:
    [run] = run_register.runs({"1.json": made(1, None, outcome="refused", answer={"status": "complete"})})
    assert (run.score, run.outcome, run.answer) == (None, "refused", "complete")


def test_what_the_training_began_with() -> None:
    scratch = {"start": "scratch", "why": "there is no published network yet"}
    warm = {"start": "ancestor", "receipt": "1.json", "warm_runs": 1, "why": "", "new": 12, "replayed": 300}
    receipts = {"0.json": made(1), "1.json": made(2, start=scratch), "2.json": made(3, start=warm)}
    earlier, first, second = run_register.runs(receipts)
    assert (earlier.ancestor, earlier.start) == ("", ""), "a receipt of a version that always began from scratch"
    assert (first.ancestor, first.start) == ("", "began from scratch: there is no published network yet")
    assert second.ancestor == "1.json"
    assert "1 warm training since one from scratch; photographs: 12 new, 300 replayed" in second.start


def test_the_page_leads_from_a_warm_start_to_its_ancestor(tmp_path: Path, serve: Callable[[Path], Served]) -> None:
    root = drawn_run.make(tmp_path)
    (root / "receipts").mkdir()
    first = made(1, start={"start": "scratch", "why": "there is no published <network> yet"})
    warm = {"start": "ancestor", "receipt": first.file_name, "warm_runs": 1, "why": ""}
    lost = {"start": "ancestor", "receipt": "lost.json", "warm_runs": 2, "why": ""}
    for one in (first, made(2, start=warm), made(3, start=lost)):
        receipt.write(root / "receipts" / one.file_name, one)
    third, second, oldest = (
        row.partition("</tr>")[0] for row in serve(root).enter().get("/runs").text.split("<tr id=")[1:]
    )
    assert oldest.startswith(f'"{first.file_name}"')
    assert "<td>from scratch" in oldest
    assert "The training began from scratch: there is no published &lt;network&gt; yet." in oldest
    assert f'warm start from <a href="#{first.file_name}">the network of 2026-01-01 10:00:00</a>' in second
    assert "the network of <code>lost.json</code>, which the register lacks" in third


def test_the_page(tmp_path: Path, serve: Callable[[Path], Served]) -> None:
    root = drawn_run.make(tmp_path)
    client = serve(root).enter()
    assert "Nothing has been published yet" in client.get("/runs").text
    answer = {"status": "complete", "public_score": 0.61}
    refused = made(3, 0.3, outcome="refused", decision={"why": "worse by <0.2>"})
    for one in (made(1), made(2, 0.7, answer=answer, raw={"md5": "cccccccc.dir"}), refused):
        (root / "receipts").mkdir(exist_ok=True)
        receipt.write(root / "receipts" / one.file_name, one)
    page = client.get("/runs").text
    newest, middle, oldest = (page.index(f"2026-01-0{day} 10:00") for day in (3, 2, 1))
    assert newest < middle < oldest, "the newest first"
    for words in (
        "0.700 [0.600, 0.800]",
        "worse by &lt;0.2&gt;",
        "public score 0.61",
        "data cccccccc",
        "refused",
        "current",
    ):
        assert words in page, words
    assert page.count('<svg class="interval"') == 3
    assert "style=" not in page.partition("<main")[2]

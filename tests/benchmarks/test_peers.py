"""Other programs beside ours: our side finds what was planted, and a peer that cannot be installed is named."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from benchmarks import measuring
from benchmarks.peers import __main__ as peers
from benchmarks.peers import ours, photographs
from benchmarks.peers.environments import Peer, UnavailableError


def test_our_side_finds_copies_in_disguise_and_little_else(tmp_path: Path) -> None:
    planted = photographs.with_copies(photographs.drawn(12), tmp_path / "copies", 4)
    answer = ours.pairs({"folder": str(tmp_path / "copies")})
    pairs = {frozenset(pair) for pair in answer["pairs"]}
    assert {frozenset((name, copy)) for name, copy, _ in planted} == pairs
    assert answer["images"] == 16


def test_each_individual_has_one_query_and_its_other_photographs_are_the_gallery(tmp_path: Path) -> None:
    table = photographs.lay_out(photographs.drawn(8), tmp_path / "set")
    with table.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [row["part"] for row in rows] == ["query", "gallery", "gallery", "gallery"] * 2
    assert {row["path"] for row in rows} == {path.name for path in (tmp_path / "set" / "photographs").iterdir()}


def test_a_peer_that_cannot_be_installed_is_skipped_with_its_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(peer: Peer, folder: Path) -> Path:
        raise UnavailableError(f"no wheel of {peer.name}")

    monkeypatch.setattr(peers, "python_of", refuse)
    monkeypatch.setattr(measuring, "RESULTS", tmp_path)
    peers.main(["--photographs", "8", "--runs", "1", "--environments", str(tmp_path)])
    with (tmp_path / "peers.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [(row["what"], row["skipped"]) for row in rows] == [
        ("features", "no wheel of wildlife-tools"),
        ("training", "no wheel of wildlife-tools"),
        ("pairs", "no wheel of imagededup"),
    ]

"""The files of a drawn sample: the same bytes for the same seed, and the answers outside."""

from __future__ import annotations

import csv
import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from longtail import compute
from longtail.labels.rawset import is_drawn
from longtail.params import ComputeParams
from longtail.synthetic.plan import UNKNOWN, Plan, plan_sample
from longtail.synthetic.rawset import are_drawn_answers, write_sample

IDENTITIES, IMAGES, TEST, SEED = 10, 60, 10, 5


def draw(folder: Path, *, seed: int = SEED, workers: int = 200, test: int = TEST) -> Plan:
    plan = plan_sample(IDENTITIES, IMAGES, test, seed)
    write_sample(plan, folder / "raw", folder / "solution.csv", seed, ComputeParams(workers=workers))
    return plan


def digests(folder: Path) -> dict[str, str]:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def rows(path: Path) -> list[list[str]]:
    with path.open(newline="", encoding="utf-8") as text:
        return list(csv.reader(text))


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, Plan]]:
    folder = tmp_path_factory.mktemp("drawn")
    plan = draw(folder)
    before = digests(folder)
    yield folder, plan
    assert digests(folder) == before, "a test changed the shared sample"


@pytest.mark.slow
def test_no_worker_and_two_draw_the_same_bytes(
    drawn: tuple[Path, Plan], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compute, "_SECONDS_ALONE", 0.0)
    draw(tmp_path, workers=2)
    assert digests(tmp_path) == digests(drawn[0])


def test_another_seed_draws_no_file_again(drawn: tuple[Path, Plan], tmp_path: Path) -> None:
    draw(tmp_path, seed=SEED + 1)
    assert not set(digests(tmp_path / "raw").values()) & set(digests(drawn[0] / "raw").values())


def test_the_layout_is_that_of_the_raw_set(drawn: tuple[Path, Plan]) -> None:
    raw = drawn[0] / "raw"
    assert sorted(path.name for path in raw.iterdir()) == [
        ".drawn.json",
        "sample_submission.csv",
        "test",
        "train",
        "train.csv",
    ]
    assert rows(raw / "train.csv")[0] == ["Image", "Id"]
    assert [name for name, _ in rows(raw / "train.csv")[1:]] == sorted(path.name for path in (raw / "train").iterdir())
    assert [name for name, _ in rows(raw / "sample_submission.csv")[1:]] == sorted(
        path.name for path in (raw / "test").iterdir()
    )
    assert all(len(guess.split(" ")) == 5 for _, guess in rows(raw / "sample_submission.csv")[1:])


def test_the_answers_lie_beside_the_set_and_not_in_it(drawn: tuple[Path, Plan]) -> None:
    folder, plan = drawn
    assert dict(rows(folder / "solution.csv")[1:]) == {shot.name: shot.label for shot in plan.test}
    assert {shot.label for shot in plan.test} > {UNKNOWN}
    inside = b"".join(path.read_bytes() for path in (folder / "raw").glob("*.csv"))
    assert not any(f"{shot.name},{shot.label}\n".encode() in inside for shot in plan.test)


def test_equal_bytes_are_exactly_the_planned_copies(drawn: tuple[Path, Plan]) -> None:
    folder, plan = drawn
    by_bytes: dict[str, set[str]] = {}
    for name, digest in digests(folder / "raw" / "train").items():
        by_bytes.setdefault(digest, set()).add(name)
    by_shot: dict[tuple[int, int, int], set[str]] = {}
    for shot in plan.labelled:
        by_shot.setdefault((shot.whale, shot.photograph, shot.quality), set()).add(shot.name)
    assert sorted(map(sorted, by_bytes.values())) == sorted(map(sorted, by_shot.values()))
    assert len(by_bytes) < IMAGES


def test_every_photograph_looks_as_planned(drawn: tuple[Path, Plan]) -> None:
    folder, plan = drawn
    assert {"grey", "grey_in_colour", "red"} <= {shot.look for shot in plan.labelled}
    for shot in plan.labelled:
        with Image.open(folder / "raw" / "train" / shot.name) as image:
            assert image.mode == ("L" if shot.look == "grey" else "RGB")
            assert 300 <= image.width <= 400
            means = np.asarray(image.convert("RGB"), dtype=float).mean(axis=(0, 1))
        if shot.look in ("red", "green", "blue"):
            assert ("red", "green", "blue")[int(means.argmax())] == shot.look
            assert sorted(means)[1] < 3
        assert (np.ptp(means) < 0.01) == shot.look.startswith("grey")


def test_saved_again_is_the_same_picture_to_the_eye_and_two_photographs_are_not(drawn: tuple[Path, Plan]) -> None:
    folder, plan = drawn
    thumbs, pictures = [], []
    for shot in plan.labelled:
        with Image.open(folder / "raw" / "train" / shot.name) as image:
            thumbs.append(np.asarray(image.convert("L").resize((32, 32), Image.Resampling.BOX), dtype=float))
        pictures.append((shot.whale, shot.photograph))
    apart = [np.abs(a - thumbs[j]).mean() for i, a in enumerate(thumbs) for j in range(i) if pictures[i] != pictures[j]]
    alike = [np.abs(a - thumbs[j]).mean() for i, a in enumerate(thumbs) for j in range(i) if pictures[i] == pictures[j]]
    assert len(alike) == 3  # 60 photographs: two copies, one saved again
    assert max(alike) < 1
    assert min(apart) > 3


def test_a_set_without_test_photographs_keeps_its_empty_folder(tmp_path: Path) -> None:
    draw(tmp_path, test=0)
    assert [path.name for path in (tmp_path / "raw" / "test").iterdir()] == [".keep"]
    assert rows(tmp_path / "raw" / "sample_submission.csv") == rows(tmp_path / "solution.csv") == [["Image", "Id"]]


def test_the_marker_says_what_was_drawn(drawn: tuple[Path, Plan]) -> None:
    marker = json.loads((drawn[0] / "raw" / ".drawn.json").read_text(encoding="utf-8"))
    assert marker == {"identities": IDENTITIES, "images": IMAGES, "seed": SEED, "test": TEST}
    assert is_drawn(drawn[0] / "raw")


@pytest.mark.parametrize(
    ("text", "ours"),
    [
        ("Image,Id\na.jpg,drawn_00abc\nb.jpg,new_whale\n", True),
        ("Image,Id\na.jpg,w_1287fbc\n", False),
        ("Image,Id,Usage\na.jpg,new_whale,Public\n", False),
        ("", False),
    ],
)
def test_answers_are_known_as_drawn_by_the_names_in_them(tmp_path: Path, text: str, ours: bool) -> None:
    (tmp_path / "solution.csv").write_text(text, encoding="utf-8")
    assert are_drawn_answers(tmp_path / "solution.csv") == ours

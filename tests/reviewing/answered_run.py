"""The drawn run with three test photographs: t1 looks like bea, t2 like nobody, t3 is a copy of a labelled one."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from tests.reviewing import drawn_run

TESTS = ("t1.jpg", "t2.jpg", "t3.jpg")
TRAIN = "Image,Id,place\n" + "".join(
    f"{name},{label or 'new_whale'},bay {label}\n" for name, label in drawn_run.LABELS.items()
)
SUBMISSION = "Image,Id,place\r\n" + "".join(f"{name},new_whale,reef {name}\r\n" for name in TESTS)


def make(root: Path) -> Path:
    """The project."""
    drawn_run.make(root)
    raw = root / "data/raw"
    (raw / "test").mkdir()
    for number, name in enumerate(TESTS, start=10):
        drawn_run.picture(number).save(raw / "test" / name)
    (raw / "sample_submission.csv").write_bytes(SUBMISSION.encode())
    assert (raw / "train.csv").read_text() == TRAIN
    test = pd.DataFrame({"image": TESTS, "md5": TESTS, "width": 80, "height": 60, "error": "", "file": ""})
    test.to_parquet(root / "artifacts/prepare/test.parquet", index=False)
    rows = [("t1.jpg", 1, "bea", 0.7, "b1.jpg", "classifier"), ("t1.jpg", 2, "", 0.5, "", "new"),
            ("t2.jpg", 1, "", 0.5, "", "new"), ("t2.jpg", 2, "ada", 0.2, "a1.jpg", "classifier"),
            ("t3.jpg", 1, "cleo", 1.0, "c1.png", "duplicate")]  # fmt: skip
    (root / "artifacts/predict").mkdir()
    candidates = pd.DataFrame(rows, columns=["image", "rank", "identity", "score", "match", "kind"])
    candidates.to_parquet(root / "artifacts/predict/candidates.parquet", index=False)
    decisions = pd.DataFrame(
        {"image": TESTS, "best_score": 0.5, "probability_new": [0.4, 0.97, None], "threshold": 0.5}
    )
    decisions.to_parquet(root / "artifacts/predict/decisions.parquet", index=False)
    return root

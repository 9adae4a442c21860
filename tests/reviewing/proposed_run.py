"""What `discover` adds to the answered run: n1 (labelled unknown), t1 and t2 (test) are proposed as one individual."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from longtail.reviewing.cases import NEW
from tests.reviewing import drawn_run

NAME, FINDING = "new_12", "0123abcd"


def add(root: Path) -> Path:
    """A proposal that looks most like bea, and the share of new individuals that probabilities hold for."""
    rows = [("labelled", "n1.jpg", "bea", "b1.jpg", 0.4), ("test", "t1.jpg", "ada", "a1.jpg", 0.3),
            ("test", "t2.jpg", "", "", None)]  # fmt: skip
    table = pd.DataFrame(rows, columns=["part", "image", "nearest", "nearest_image", "nearest_similarity"])
    folder = root / "artifacts/discover"
    folder.mkdir()
    table = table.assign(proposal=NAME, other="n1.jpg", similarity=0.8, probability=0.9)
    table.to_parquet(folder / "proposals.parquet", index=False)
    asked = drawn_run.finding(NEW, "n1.jpg", "t1.jpg", "name", drawn_run.LABELS)
    asked |= {"other_label": NAME, "finding": FINDING, "detail": "one of 3; 85% of such pairs show one"}
    pd.DataFrame([asked]).to_csv(folder / "findings.csv", index=False)
    decisions = root / "artifacts/predict/decisions.parquet"
    pd.read_parquet(decisions).assign(unknown_share=0.31).to_parquet(decisions, index=False)
    return root

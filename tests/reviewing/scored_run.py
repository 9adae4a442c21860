"""What a whole run adds to the drawn one: recall, answers of scored photographs, embeddings."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

VECTORS = {
    "a1.jpg": (1, 0, 0),
    "a2.jpg": (0.9, 0.1, 0),
    "b1.jpg": (0.7, 0.7, 0),
    "b2.jpg": (0, 1, 0),
    "c1.png": (0, 0, 1),
}


def add(root: Path) -> Path:
    """A run with recall, answers of scored photographs and embeddings; n1.jpg could not be embedded."""
    scored = [("a1.jpg", "ada", "bea", "b1.jpg"), ("a2.jpg", "ada", "bea", "b2.jpg"), ("b2.jpg", "bea", "", None),
              ("c1.png", "cleo", "cleo", "c1.png")]  # fmt: skip
    predictions = pd.DataFrame(scored, columns=["image", "identity", "first", "nearest"])
    predictions.to_parquet(root / "artifacts/evaluate/predictions.parquet", index=False)
    recall = "identity,class_count,photographs,recall\n,0,1,0.5\nada,2,2,0.0\nbea,2,1,0.0\ncleo,1,1,1.0\n"
    (root / "artifacts/evaluate/recall.csv").write_text(recall)
    folder = root / "artifacts/embed/labelled"
    folder.mkdir(parents=True)
    pd.DataFrame({"image": [*VECTORS], "file": ""}).to_parquet(folder / "index.parquet", index=False)
    np.save(folder / "embeddings.npy", np.array([*VECTORS.values()], np.float32) * 3)
    return root

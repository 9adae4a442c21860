"""A small project as a run leaves it: a store of objects, a lock file, a tree, a receipt; no DVC takes part."""

from __future__ import annotations

import hashlib
import io
import json
import shutil
from pathlib import Path

import pandas as pd

from longtail.lineage import store
from longtail.publishing import receipt as receipts
from longtail.publishing.receipt import Receipt

RECEIPT = "20260102T030405Z-aaaaaaaa.json"


def parquet(table: pd.DataFrame) -> bytes:
    file = io.BytesIO()
    table.to_parquet(file, index=False)
    return file.getvalue()


def keep(root: Path, data: bytes) -> str:
    """Put an object into the store; its md5."""
    md5 = hashlib.md5(data).hexdigest()
    path = store.Store.of(root).object_path(md5)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return md5


def keep_folder(root: Path, files: dict[str, bytes]) -> str:
    """Put a folder's files and their list into the store; its md5."""
    listed = {name: keep(root, data) for name, data in files.items()}
    md5 = store.folder_md5(listed)
    entries = [{"md5": listed[name], "relpath": name} for name in sorted(listed)]
    path = store.Store.of(root).object_path(md5)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(entries, sort_keys=True))
    return md5


def project(root: Path) -> Receipt:
    """Two photographs of moby (one learned from, one scored) and a test photograph, published once."""
    train = {"a.jpg": b"photograph a", "b.jpg": b"photograph b"}
    raw = {f"train/{name}": data for name, data in train.items()}
    raw |= {"test/t.jpg": b"photograph t", "train.csv": b"Image,Id\na.jpg,moby\nb.jpg,moby\n"}
    labelled = pd.DataFrame({"image": ["a.jpg", "b.jpg"], "file": ["a.jpg", "b.jpg"], "label": "moby"})
    labelled["md5"] = [hashlib.md5(data).hexdigest() for data in train.values()]
    test = pd.DataFrame({"image": ["t.jpg"], "file": ["t.jpg"], "md5": [hashlib.md5(b"photograph t").hexdigest()]})
    split = pd.DataFrame({"image": ["a.jpg", "b.jpg"], "identity": "moby", "group": ["A", "B"], "class_count": 1})
    augmented = pd.DataFrame({"file": ["red_a.jpg"], "image": ["a.jpg"], "identity": "moby", "variant": "red"})
    record = json.dumps({"commit": "c0ffee1234", "dirty": False, "started": "then", "seconds": 9.5, "by": "ada"})
    files = {
        "artifacts/prepare/labelled.parquet": parquet(labelled),
        "artifacts/prepare/test.parquet": parquet(test),
        "artifacts/split/split.parquet": parquet(split.assign(fold=["train", "valid"])),
        "artifacts/oversample/augmented.parquet": parquet(augmented),
        "artifacts/train/model.safetensors": b"a network",
        "artifacts/train/record.json": record.encode(),
        "artifacts/predict/submission.csv": b"Image,Id\nt.jpg,moby\n",
    }
    folders = {
        "data/raw": raw,
        "artifacts/prepare/labelled": {name: b"copy of " + data for name, data in train.items()},
        "artifacts/prepare/test": {"t.jpg": b"copy of t"},
        "artifacts/oversample/images": {"red_a.jpg": b"red a"},
    }
    hashes = {path: keep(root, data) for path, data in files.items()}
    hashes |= {path: keep_folder(root, inside) for path, inside in folders.items()}
    for path, data in [*files.items(), *((f"{at}/{name}", d) for at, i in folders.items() for name, d in i.items())]:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(data)
    raw_md5 = hashes.pop("data/raw")
    outs = "".join(f"    - path: {path}\n      md5: {md5}\n" for path, md5 in hashes.items())
    (root / "dvc.lock").write_text(f"schema: '2.0'\nstages:\n  all:\n    outs:\n{outs}")
    (root / "data/raw.dvc").write_text(f"outs:\n- md5: {raw_md5}\n  path: raw\n")
    (root / "edits.csv").write_text("image,action,value,who,when,why\n")
    receipt = Receipt(
        submission={"md5": hashes["artifacts/predict/submission.csv"], "rows": 1, "bytes": 20},
        raw={"path": "data/raw", "md5": raw_md5},
        model={"artifacts/train/model.safetensors": hashes["artifacts/train/model.safetensors"]},
        artifacts=hashes,
        code={"commit": "c0ffee1234", "dirty": False},
        params={"md5": "0", "values": {"train": {"size": 96, "min_groups": 1}, "data": {"unknown_label": "new_whale"}}},
        metrics={},
        flow_run={"id": "one-id", "name": "brave-whale"},
        versions={},
        published="2026-01-02T03:04:05+00:00",
        to="published",
        by="ada",
    )
    receipts.write(root / "receipts" / RECEIPT, receipt)
    return receipt


def forget(root: Path, md5: str) -> None:
    """Take an object out of the store."""
    store.Store.of(root).object_path(md5).unlink()


def without(root: Path, folder: str) -> None:
    """Take a folder out of the tree."""
    shutil.rmtree(root / folder)

"""The same in a bucket as in a folder: an object that is gone is found, sent again, and a clone has it."""

from __future__ import annotations

from pathlib import Path

import pytest

from flows import dvc, remote
from longtail.lineage import store
from longtail.publishing import receipt as receipts
from tests.flows import rawset
from tests.team.services import BUCKET, S3_KEYS

pytestmark = pytest.mark.slow


def test_a_lost_object_of_a_bucket_is_found_and_healed(
    bucket: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import boto3  # here: every process that collects this file would import it

    for name, value in S3_KEYS.items():
        monkeypatch.setenv(name, value)
    root = rawset.started(tmp_path / "project", f"s3://{BUCKET}/lost")
    rawset.dvc(root, "remote", "modify", "--quiet", "team", "endpointurl", bucket)
    dvc.add(root)
    rawset.dvc(root, "push", "--quiet")
    receipt = receipts.read(root / rawset.published(root))
    assert remote.ask(root, receipt).lost == []

    md5 = store.hash_of(root / "data/raw/train/b.jpg")
    key = f"lost/files/md5/{md5[:2]}/{md5[2:]}"
    client = boto3.client("s3", endpoint_url=bucket)
    client.delete_object(Bucket=BUCKET, Key=key)
    assert "up to date" in rawset.dvc(root, "push")
    [lost] = remote.ask(root, receipt).lost
    assert (lost.path, lost.md5, lost.what, lost.here) == ("data/raw/train/b.jpg", md5, "lost", True)
    assert remote.send(root, receipt).lost == []

    client.put_object(Bucket=BUCKET, Key=key, Body=b"photo")
    assert [one.what for one in remote.ask(root, receipt).lost] == ["cut off"]
    assert remote.send(root, receipt).lost == []
    assert rawset.photographs(rawset.clone(root, tmp_path / "clone")) == rawset.photographs(root)

"""Objects that DVC's remote has lost: found, named, and sent again, which DVC's own push does not do."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from flows import dvc, remote
from longtail.errors import BadInput, LongtailError, Unreachable
from longtail.lineage import store, tombstones
from longtail.lineage.tombstones import Tombstone
from longtail.publishing import receipt as receipts
from tests.flows import rawset

pytestmark = pytest.mark.slow  # each starts git and DVC


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project whose set is in its remote, and a receipt of it; copied, never changed."""
    root = rawset.started(tmp_path_factory.mktemp("made") / "project")
    dvc.add(root)
    rawset.dvc(root, "push", "--quiet")
    rawset.published(root)
    return root


@pytest.fixture
def project(made: Path, tmp_path: Path) -> Path:
    shutil.copytree(made.parent, tmp_path, dirs_exist_ok=True)
    return tmp_path / "project"


def receipt(root: Path) -> receipts.Receipt:
    return receipts.read(next((root / "receipts").iterdir()))


def there(root: Path, path: str) -> Path:
    """Where the remote has the object of this file."""
    md5 = store.hash_of(root / path)
    return root.with_name("remote") / "files/md5" / md5[:2] / md5[2:]


def test_a_whole_remote_has_lost_nothing(project: Path) -> None:
    asked = remote.ask(project, receipt(project))
    assert (asked.name, asked.objects, asked.lost) == ("team", 9, [])


def test_a_lost_object_is_found_by_the_verb_and_healed_by_what_it_says(project: Path, tmp_path: Path) -> None:
    there(project, "data/raw/train/b.jpg").unlink()
    assert "up to date" in rawset.dvc(project, "push")  # which is why
    verified = rawset.module(project, "longtail", "lineage", "--verify", "--remote")
    assert verified.returncode == 1
    assert (
        "object that DVC's remote team has lost, and this checkout still has, e.g. data/raw/train/b.jpg"
        in verified.stderr
    )
    [remedy] = [line for line in verified.stderr.splitlines() if "Send it again" in line]
    command = remedy.split("python -m ")[1].split(" (")[0].split()
    healed = rawset.module(project, *command)
    assert (healed.returncode, healed.stderr) == (0, "")
    assert "9 objects asked for in DVC's remote team, 0 files are lost there." in healed.stdout
    assert rawset.photographs(rawset.clone(project, tmp_path / "clone")) == rawset.photographs(project)


@pytest.mark.parametrize("whole_cache", [True, False])
def test_what_the_cache_lost_too_is_sent_from_the_tree(project: Path, whole_cache: bool) -> None:
    there(project, "data/raw/train/b.jpg").unlink()
    if not whole_cache:
        store.Store.of(project).object_path(store.hash_of(project / "data/raw/train/b.jpg")).unlink()
    assert remote.send(project, receipt(project)).lost == []
    assert there(project, "data/raw/train/b.jpg").read_bytes() == b"photograph b"


def test_what_is_nowhere_here_is_told_apart(project: Path) -> None:
    there(project, "data/raw/train/b.jpg").unlink()
    shutil.rmtree(project / ".dvc/cache")
    shutil.rmtree(project / "data/raw")
    [lost] = remote.send(project, receipt(project)).lost
    assert (lost.path, lost.what, lost.here) == ("data/raw/train/b.jpg", "lost", False)
    [problem] = remote.ask(project, receipt(project)).problems("receipts/x.json")
    assert "and this checkout has not" in problem.what
    assert "In a checkout that has it: python -m flows.remote receipts/x.json --send" in problem.remedy


def test_an_object_that_was_cut_off_is_found_and_replaced(project: Path) -> None:
    remote_object = there(project, "data/raw/train/b.jpg")
    remote_object.chmod(0o644)
    remote_object.write_bytes(b"photo")
    [lost] = remote.ask(project, receipt(project)).lost
    assert (lost.path, lost.what, lost.here) == ("data/raw/train/b.jpg", "cut off", True)
    assert remote.send(project, receipt(project)).lost == []
    assert remote_object.read_bytes() == b"photograph b"


def test_a_remote_that_lost_all_gets_all(project: Path) -> None:
    shutil.rmtree(project.with_name("remote"))
    assert len(remote.ask(project, receipt(project)).lost) == 9
    assert remote.send(project, receipt(project)).lost == []


def test_what_was_removed_on_request_is_neither_lost_nor_sent_again(project: Path) -> None:
    remote_object = there(project, "data/raw/train/b.jpg")
    remote_object.unlink()
    md5 = store.hash_of(project / "data/raw/train/b.jpg")
    tombstones.add(project, [Tombstone("b.jpg", "train", md5, "ada", "today", "asked")])
    assert remote.send(project, receipt(project)).lost == []
    assert not remote_object.exists()


def test_a_clone_is_told_that_the_remote_lost_it_and_not_that_it_is_unreachable(project: Path) -> None:
    there(project, "data/raw/train/b.jpg").unlink()
    shutil.rmtree(project / ".dvc/cache")
    shutil.rmtree(project / "data/raw")
    with pytest.raises(LongtailError, match=r"has lost objects .*longtail lineage --verify --remote") as caught:
        dvc.restore(project)
    assert not caught.value.can_retry


def test_without_a_remote_and_with_one_that_is_silent(project: Path) -> None:
    rawset.dvc(project, "remote", "modify", "--quiet", "team", "url", "s3://longtail/dvc")
    rawset.dvc(project, "remote", "modify", "--quiet", "team", "endpointurl", "http://127.0.0.1:1")
    with pytest.raises(Unreachable, match="DVC's remote team does not answer"):
        remote.ask(project, receipt(project))
    rawset.dvc(project, "remote", "default", "--unset")
    with pytest.raises(BadInput, match="there is no default remote to ask"):
        remote.ask(project, receipt(project))
    verified = rawset.module(project, "longtail", "lineage", "--verify", "--remote")
    assert verified.returncode == 2
    assert "there is no default remote to ask" in verified.stderr

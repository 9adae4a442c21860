"""What DVC would leave out without a word: a run is refused, or a clone has every photograph. With the real DVC."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from flows import dvc, retrain, versioned
from longtail.errors import BadInput, LongtailError
from longtail.lineage import links, store
from tests.flows import rawset

dvc_add = dvc.add
pytestmark = pytest.mark.slow  # each starts git and DVC


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with a raw set that is not versioned yet; copied, never changed."""
    return rawset.started(tmp_path_factory.mktemp("made") / "project")


@pytest.fixture
def project(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    root = tmp_path / "project"
    shutil.copytree(made, root)
    monkeypatch.chdir(root)
    return root


def linked(path: Path) -> Path:
    """Move a file or folder to a larger disk, and leave a link."""
    there = Path.cwd().parent / "large" / path.name
    there.parent.mkdir(exist_ok=True)
    path.rename(there)
    path.symlink_to(there)
    return there


@pytest.mark.parametrize("path", ["data", "data/raw", "data/raw/train", "data/raw/train/b.jpg"])
def test_what_lies_behind_a_link_is_refused(project: Path, path: str) -> None:
    there = linked(project / path)
    with pytest.raises(BadInput, match=re.escape(f"{path} -> {there}")):
        links.check(project)


def test_a_flow_refuses_it_before_anything_runs(project: Path) -> None:
    there = linked(project / "data/raw")
    before = sorted(there.rglob("*"))
    ran = rawset.module(project, "flows.retrain")
    assert ran.returncode == 2, ran.stdout + ran.stderr
    assert f"data/raw -> {there}" in ran.stderr
    assert "docs/how-to/own-data.md, 'A large disk'" in ran.stderr
    assert "Traceback" not in ran.stderr
    assert not (project / "artifacts").exists()
    assert not list(project.rglob("raw.dvc"))
    assert sorted(there.rglob("*")) == before


def folder_of_the_set(raw: Path) -> None:
    (raw / "more").symlink_to("train")


def file_of_the_set(raw: Path) -> None:
    (raw / "train/e.jpg").symlink_to("a.jpg")


def nowhere(raw: Path) -> None:
    (raw / "train/e.jpg").symlink_to("gone.jpg")


def to_itself(raw: Path) -> None:
    (raw / "train/e.jpg").symlink_to("e.jpg")


def loop(raw: Path) -> None:
    (raw / "train/round").symlink_to("..")


def pipe(raw: Path) -> None:
    os.mkfifo(raw / "train/e.jpg")


def not_utf8(raw: Path) -> None:
    Path(os.fsdecode(os.fsencode(raw / "train") + b"/whale\xe9.jpg")).touch()


def raw_nowhere(raw: Path) -> None:
    shutil.rmtree(raw)
    raw.symlink_to("/nowhere")


def outputs(raw: Path) -> None:
    (raw.parents[1] / "artifacts").symlink_to(raw.parents[2])


def one_stages_outputs(raw: Path) -> None:
    (raw.parents[1] / "artifacts").mkdir()
    (raw.parents[1] / "artifacts/train").symlink_to(raw.parents[2])


def decisions(raw: Path) -> None:
    (raw.parents[1] / "edits.csv").symlink_to("/etc/hostname")


HARD: list[tuple[Callable[[Path], None], str]] = [
    (folder_of_the_set, r"folder that is a link: DVC leaves out .*, e\.g\. data/raw/more -> train .*cp -rL"),
    (file_of_the_set, r"file that is a link.*, e\.g\. data/raw/train/e\.jpg -> a\.jpg"),
    (nowhere, r"link that leads nowhere, e\.g\. data/raw/train/e\.jpg -> gone\.jpg .*or remove the link"),
    (to_itself, r"link that leads nowhere, e\.g\. data/raw/train/e\.jpg -> e\.jpg"),
    (loop, r"folder that is a link.*e\.g\. data/raw/train/round -> \.\."),
    (pipe, r"pipe, socket or device instead of a file.*data/raw/train/e\.jpg"),
    (not_utf8, r"name that is not UTF-8.*e\.g\. data/raw/train/whale\\xe9\.jpg .*Rename the file"),
    (raw_nowhere, r"folder of the project that is a link.*e\.g\. data/raw -> /nowhere"),
    (outputs, r"folder of the project that is a link.*e\.g\. artifacts -> "),
    (one_stages_outputs, r"folder of the project that is a link.*e\.g\. artifacts/train -> "),
    (decisions, r"leads out of the project: git keeps the link.*e\.g\. edits\.csv -> /etc/hostname"),
]


@pytest.mark.parametrize(("spoil", "words"), HARD, ids=[spoil.__name__ for spoil, _ in HARD])
def test_hard_cases_are_told_by_file_reason_and_remedy(
    project: Path, spoil: Callable[[Path], None], words: str
) -> None:
    spoil(project / "data/raw")
    for ask in (retrain.check, dvc.add):
        with pytest.raises(BadInput, match=words):
            ask(project)
    assert not (project / "data/raw.dvc").exists()


def test_all_kinds_are_told_at_once_and_counted(project: Path) -> None:
    for spoil in (file_of_the_set, loop):
        spoil(project / "data/raw")
    (project / "data/raw/test/v.jpg").symlink_to("t.jpg")
    with pytest.raises(BadInput) as caught:
        links.check(project)
    assert [problem.count for problem in caught.value.problems] == [1, 2]


def test_what_may_not_be_read_is_told(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Root may read everything, so the system is asked in its place."""
    closed = str(project / "data/raw/train/b.jpg")
    monkeypatch.setattr(os, "access", lambda path, mode: str(path) != closed)
    with pytest.raises(BadInput, match=r"this user may not read, e\.g\. data/raw/train/b\.jpg .*chmod -R u\+rX"):
        links.check(project)


def test_a_folder_that_may_not_be_read_is_told(project: Path) -> None:
    """As root without its powers: DVC leaves such a folder out and ends well."""
    code = "from pathlib import Path; from longtail.lineage import links; links.check(Path.cwd())"
    (project / "data/raw/train").chmod(0)
    powers = "-dac_override,-dac_read_search"
    drop = ["setpriv", f"--bounding-set={powers}", "--inh-caps=-all"] if os.geteuid() == 0 else []
    if drop and not shutil.which("setpriv"):
        pytest.skip("root cannot give up its powers here")
    environment = {**os.environ, "PYTHONPATH": str(rawset.PROJECT / "src")}
    command = [*drop, sys.executable, "-c", code]
    done = subprocess.run(command, env=environment, cwd=project, capture_output=True, text=True, check=False)
    (project / "data/raw/train").chmod(0o755)
    assert "file or folder that this user may not read, e.g. data/raw/train (data/raw)" in done.stderr


def large_cache(project: Path) -> None:
    """DVC's cache on the large disk, and links into it in the working tree."""
    rawset.dvc(project, "cache", "dir", "--local", str(project.parent / "large/cache"))
    rawset.dvc(project, "config", "--local", "cache.type", "symlink")


def test_a_cache_on_the_large_disk_is_whole(project: Path, tmp_path: Path) -> None:
    large_cache(project)
    for _ in range(2):  # the second time the tree has DVC's links already
        retrain.check(project)
        versioned.add(project)
    assert (project / "data/raw/train/b.jpg").is_symlink()
    rawset.dvc(project, "push", "--quiet")
    assert rawset.photographs(rawset.clone(project, tmp_path / "clone")) == rawset.photographs(project)
    store.Store.of(project).object_path(store.hash_of(project / "data/raw/train/b.jpg")).unlink()
    with pytest.raises(BadInput, match=r"link that leads nowhere.*dvc checkout data/raw\.dvc"):
        retrain.check(project)


def test_a_set_that_is_on_the_large_disk_goes_straight_into_the_cache_there(project: Path, tmp_path: Path) -> None:
    large_cache(project)
    (tmp_path / "large").mkdir()
    (project / "data/raw").rename(tmp_path / "large/set")
    rawset.dvc(project, "add", "--quiet", str(tmp_path / "large/set"), "--out", "data/raw")
    shutil.rmtree(tmp_path / "large/set")
    retrain.check(project)
    versioned.add(project)
    rawset.dvc(project, "push", "--quiet")
    assert rawset.photographs(rawset.clone(project, tmp_path / "clone")) == rawset.photographs(project)


@pytest.fixture
def mounted(project: Path, tmp_path: Path) -> Iterator[Callable[[str], None]]:
    """Mounts a folder of the large disk at a place in the project, what was there moved into it."""
    places = []

    def mount(place: str) -> None:
        there = tmp_path / "large" / Path(place).name
        there.parent.mkdir()
        (project / place).rename(there)
        (project / place).mkdir()
        command = ["mount", "--bind", str(there), str(project / place)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            pytest.skip(f"mounting needs root: {done.stderr.strip()}")
        places.append(project / place)

    yield mount
    for place in places:
        subprocess.run(["umount", "--lazy", str(place)], check=True)


@pytest.mark.parametrize("place", ["data", "data/raw"])
def test_a_mounted_disk_is_whole(project: Path, tmp_path: Path, mounted: Callable[[str], None], place: str) -> None:
    mounted(place)
    retrain.check(project)
    versioned.add(project)
    rawset.dvc(project, "push", "--quiet")
    assert rawset.photographs(rawset.clone(project, tmp_path / "clone")) == rawset.photographs(project)
    if place == "data":
        links.check_folder(project, Path("data/raw"))
    else:
        with pytest.raises(BadInput, match=r"mount point.*\(data/raw\)\. Mount the disk one folder higher"):
            links.check_folder(project, Path("data/raw"))


@pytest.mark.parametrize("path", ["data", "data/raw"])
@pytest.mark.parametrize("verb", [("import", "{there}", "--replace"), ("sample", "data/raw")])
def test_import_and_sample_refuse_what_the_flow_refuses(project: Path, path: str, verb: tuple[str, ...]) -> None:
    there = linked(project / path)
    before = sorted(there.rglob("*"))
    source = project.parent / "source"
    rawset.fill(source)
    arguments = [word.format(there=source) for word in verb]
    done = rawset.module(project, "longtail", *arguments)
    assert done.returncode == 2, done.stdout + done.stderr
    with pytest.raises(LongtailError) as caught:
        retrain.check(project)
    assert str(caught.value) in done.stderr
    assert sorted(there.rglob("*")) == before


def test_an_import_outside_of_the_project_may_go_behind_a_link(project: Path, tmp_path: Path) -> None:
    (tmp_path / "large").mkdir()
    (tmp_path / "way").symlink_to("large")
    rawset.fill(tmp_path / "source")
    done = rawset.module(project, "longtail", "import", str(tmp_path / "source"), "--to", str(tmp_path / "way/set"))
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "large/set/train/a.jpg").is_file()


def test_what_dvcignore_leaves_out_fails_the_run_with_its_remedy(project: Path) -> None:
    (project / ".dvcignore").write_text("b.*\n/data/raw/test\n")
    with pytest.raises(BadInput) as caught:
        versioned.add(project)
    labelled, test = caught.value.problems
    assert (labelled.count, labelled.example) == (1, "data/raw/train/b.jpg")
    assert (test.count, test.example) == (2, "data/raw/test/t.jpg")
    command = labelled.remedy.split("(dvc ")[1].split(")")[0].split()
    assert ".dvcignore:1:b.*" in rawset.dvc(project, *command)


def test_dvc_is_not_asked_again_to_version_what_it_has(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    monkeypatch.setattr(versioned.dvc, "add", lambda root: asked.append(1) or dvc_add(root))
    first = versioned.add(project)
    assert (versioned.add(project), len(asked)) == (first, 1)
    lost = store.Store.of(project).object_path(store.hash_of(project / "data/raw/train/b.jpg"))
    lost.unlink()
    assert (versioned.add(project), len(asked), lost.exists()) == (first, 2, True)
    (project / "data/raw/train/b.jpg").write_bytes(b"another")
    (project / "data/raw/test/u.jpg").unlink()
    assert versioned.add(project) == store.locked(project)["data/raw"] != first
    assert len(asked) == 3

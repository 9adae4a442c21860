"""Every verb that takes a name: nothing outside of the set is read as one of it, changed or removed."""

from __future__ import annotations

import shutil
from pathlib import Path

import pandas as pd
import pytest

from longtail import names
from longtail.cli import main
from longtail.labels.findings import COLUMNS, findings_table
from longtail.lineage import tombstones
from tests.lineage.making import project

OUTSIDE = [
    "../../../LICENSE",
    "../train/a.jpg",
    "/etc/hostname",
    "{root}/LICENSE",
    "more/a.jpg",
    "..",
    ".",
    "",
    ".hidden.jpg",
    "a.jpg\0",
    "a\n.jpg",
    "..\\..\\LICENSE",
    "C:a.jpg",
    "a" * 300,
    "p\udce9.jpg",
]
HARMLESS = ["a.jpg", "a b.jpg", "été.jpg", "-a.jpg", "a..b.jpg", "鯨.JPG", "'; rm -rf ~.jpg", "NA", "%s{0}.png"]
EDITS = "image,action,value,who,when,why\n"


@pytest.fixture(scope="module")
def untouched(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project; copied, never changed."""
    root = tmp_path_factory.mktemp("names") / "here"
    project(root)
    (root / "params.yaml").write_text("data: {}\n")
    (root / "data/raw/sample_submission.csv").write_text("Image,Id\nt.jpg,new_whale\n")
    (root / "LICENSE").write_text("yours")
    return root


@pytest.fixture
def here(untouched: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    root = tmp_path / "here"
    shutil.copytree(untouched, root)
    monkeypatch.chdir(root)
    return root


def snapshot(folder: Path) -> dict[str, bytes]:
    files = (path for path in folder.rglob("*") if path.is_file() and ".longtail" not in path.parts)
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def findings(root: Path) -> None:
    row = {"kind": "conflict", "severity": "warning", "image": "a.jpg", "other": "b.jpg", "proposal": "together"}
    table = findings_table([dict.fromkeys(COLUMNS, "") | row], {}).assign(finding="f1")
    for stage in ("audit", "evaluate"):
        (root / "artifacts" / stage).mkdir(exist_ok=True)
    table.to_csv(root / "artifacts/audit/findings.csv", index=False)
    (root / "dvc.lock").unlink()  # nothing says that these are not of one run


def grade(root: Path, name: str) -> list[str]:
    pd.DataFrame({"Image": [name], "Id": ["moby"]}).to_csv(root / "graded.csv", index=False)
    return ["score", "graded.csv", "graded.csv"]


def accept(root: Path, name: str) -> list[str]:
    findings(root)
    return ["review", "--accept", "f1", "--action", "together", "--value", name, "--why", "x", "--who", "ada"]


VERBS = {
    "purge": lambda root, name: ["purge", "--why", "asked", "--", name],
    "purge beside a good one": lambda root, name: ["purge", "--why", "asked", "--", "a.jpg", name],
    "lineage": lambda root, name: ["lineage", f"--image={name}"],
    "lineage of a file": lambda root, name: ["lineage", "--", name],
    "review": accept,
    "identify": lambda root, name: ["identify", "--", name],
    "identify with": lambda root, name: ["identify", f"--identifier={name}", "LICENSE"],
    "import": lambda root, name: ["import", "--", name],
    "score": lambda root, name: ["score", "--", name, name],
}


@pytest.mark.parametrize("name", OUTSIDE, ids=ascii)
@pytest.mark.parametrize("verb", VERBS)
def test_a_name_that_leads_elsewhere_is_told_in_words_and_touches_nothing(
    here: Path, capsys: pytest.CaptureFixture[str], verb: str, name: str
) -> None:
    arguments = VERBS[verb](here, name.format(root=here))
    before = snapshot(here)
    code = main(arguments)
    captured = capsys.readouterr()
    assert code == 2, captured.err
    assert "Traceback" not in captured.out + captured.err
    assert "a fault of ours" not in captured.err
    assert snapshot(here) == before
    assert tombstones.read(here) == []


@pytest.mark.parametrize(
    "name", [name for name in OUTSIDE if names.leads_out(name) and "\udce9" not in name], ids=ascii
)
def test_a_submission_with_such_a_name_is_refused(here: Path, capsys: pytest.CaptureFixture[str], name: str) -> None:
    (here / "graded.csv").write_text(f'Image,Id\n"{name.format(root=here)}",moby\n')
    assert main(["score", "graded.csv", "graded.csv"]) == 2
    assert "Traceback" not in capsys.readouterr().err


@pytest.mark.parametrize("name", ["../../../LICENSE", "..\\LICENSE", "/etc/hostname"])
def test_names_that_come_from_tables_reach_no_other_file(
    here: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    with (here / "data/raw/train.csv").open("a") as table:
        table.write(f"{name},moby\n")
    before = snapshot(here)
    assert main(["purge", name, "--why", "asked"]) == 2
    assert "name that leads out of the set, or is none that a photograph can have" in capsys.readouterr().err
    assert snapshot(here) == before
    (here / "tombstones.csv").write_text(f"image,part,md5,who,when,why\n{name},train,,ada,today,x\n")
    for verb in (["purge", name, "--why", "asked"], ["lineage", "--verify"], ["lineage", "--image", "a.jpg"]):
        assert main(verb) == 2
        assert "(tombstones.csv)" in capsys.readouterr().err
    assert (here / "LICENSE").read_text() == "yours"


@pytest.mark.parametrize("name", HARMLESS, ids=ascii)
def test_a_harmless_name_is_taken(here: Path, capsys: pytest.CaptureFixture[str], name: str) -> None:
    (here / "data/raw/train" / name).write_bytes(b"bytes of " + name.encode())
    (here / "data/raw/train.csv").write_text(f'Image,Id\n"{name}",moby\nb.jpg,moby\n')
    assert main(["purge", "--why", "asked", "--", name]) == 0
    assert not (here / "data/raw/train" / name).exists()
    assert (here / "data/raw/train.csv").read_text() == "Image,Id\nb.jpg,moby\n"
    assert [stone.image for stone in tombstones.read(here)] == [name]
    assert main(["lineage", f"--image={name}"]) == 0
    assert main(grade(here, name)) == 0


def test_a_file_with_an_odd_name_that_lies_in_the_set_can_be_removed(here: Path) -> None:
    odd = here / "data/raw/train/a\\b.jpg"
    odd.write_bytes(b"made by hand on another system")
    assert main(["purge", "a\\b.jpg", "--why", "asked"]) == 0
    assert not odd.exists()

"""`longtail import`: every kind of source, whole or not at all."""

from __future__ import annotations

import io
import json
import stat
import subprocess
import sys
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from types import SimpleNamespace

import pytest

from longtail.cli import main
from longtail.labels import rawset
from longtail.labels.label_csv import read_labels
from longtail.params import DataParams

LABELS = b"Image,Id\na.jpg,w_1\nb.jpg,w_1\nc.jpg,w_2\nd.jpg,new_whale\n"
PHOTOGRAPHS = {name: f"pixels of {name}".encode() for name in ("a.jpg", "b.jpg", "c.jpg", "d.jpg")}
IN_TRAIN = {f"train/{name}": content for name, content in PHOTOGRAPHS.items()}
TEST = {"test/x.jpg": b"pixels of x", "test/y.jpg": b"pixels of y"}
KAGGLE = {"train.csv": LABELS, "sample_submission.csv": b"Image,Id\nx.jpg,w_1\ny.jpg,w_2\n", **IN_TRAIN, **TEST}

Files = Mapping[str, bytes]
Make = Callable[[Path, Files], Path]


@pytest.fixture(autouse=True)
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    root = tmp_path / "checkout"
    root.mkdir()
    monkeypatch.chdir(root)
    return root


def zipped(path: Path, files: Files) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def packed(files: Files) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return stream.getvalue()


def as_zip(folder: Path, files: Files) -> Path:
    return zipped(folder / "source.zip", files)


def as_folder(folder: Path, files: Files) -> Path:
    for name, content in files.items():
        path = folder / "source" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return folder / "source"


def below(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def refused(capsys: pytest.CaptureFixture[str], source: Path, *more: str) -> str:
    """The message of an import that must leave nothing behind."""
    before = below(Path("data")) if Path("data").exists() else {}
    assert main(["import", str(source), *more]) == 2
    assert (below(Path("data")) if Path("data").exists() else {}) == before
    message = capsys.readouterr().err
    assert "Traceback" not in message
    return message


@pytest.mark.parametrize("make", [as_zip, as_folder])
@pytest.mark.parametrize("top", ["", "whales/", "whales/2018/"])
def test_a_download_arrives_as_it_is(tmp_path: Path, make: Make, top: str) -> None:
    source = make(tmp_path, {top + name: content for name, content in KAGGLE.items()})
    assert main(["import", str(source)]) == 0
    assert below(Path("data/raw")) == KAGGLE
    rawset.check(Path("data/raw"), DataParams())


@pytest.mark.parametrize("inner", ["", "train/"])
@pytest.mark.parametrize("make", [as_zip, as_folder])
def test_zips_in_a_download_are_opened(tmp_path: Path, make: Make, inner: str) -> None:
    files = {
        "train.zip": packed({inner + name: content for name, content in PHOTOGRAPHS.items()}),
        "test.zip": packed(TEST),
        "train.csv.zip": packed({"train.csv": LABELS}),
        "sample_submission.csv": KAGGLE["sample_submission.csv"],
    }
    assert main(["import", str(make(tmp_path, files))]) == 0
    assert below(Path("data/raw")) == KAGGLE


def test_a_zip_that_was_unpacked_beside_itself_is_not_opened_again(tmp_path: Path) -> None:
    source = as_folder(tmp_path, {**KAGGLE, "train.zip": packed(PHOTOGRAPHS)})
    assert main(["import", str(source)]) == 0
    assert below(Path("data/raw")) == KAGGLE


@pytest.mark.parametrize("place", ["", "photos/"])
def test_photographs_beside_the_table_are_found(tmp_path: Path, place: str) -> None:
    photographs = {f"{place}{name}": content for name, content in PHOTOGRAPHS.items()}
    assert (
        main(["import", str(as_folder(tmp_path, {"train.csv": LABELS, "README.md": b"read me", **photographs}))]) == 0
    )
    raw = below(Path("data/raw"))
    assert raw == {"train.csv": LABELS, **IN_TRAIN, "sample_submission.csv": b"Image,Id\n", "test/.keep": b""}


def test_a_submission_is_made_from_the_test_photographs(tmp_path: Path) -> None:
    files = {"train.csv": LABELS, **IN_TRAIN, **TEST}
    assert main(["import", str(as_zip(tmp_path, files))]) == 0
    assert Path("data/raw/sample_submission.csv").read_bytes() == b"Image,Id\nx.jpg,new_whale\ny.jpg,new_whale\n"


def test_what_a_file_manager_leaves_is_not_brought_along(tmp_path: Path) -> None:
    junk = {"__MACOSX/train/._a.jpg": b"", "train/.DS_Store": b"", "train/Thumbs.db": b"", ".git/config": b""}
    assert main(["import", str(as_zip(tmp_path, {**KAGGLE, **junk}))]) == 0
    assert below(Path("data/raw")) == KAGGLE


IDENTITIES = {
    "w_1/1.jpg": b"one",
    "w_1/2.PNG": b"two",
    "007/1.jpg": b"bond",
    "new_whale/1.jpg": b"who",
    "test/9.jpg": b"test",
}


@pytest.mark.parametrize("make", [as_zip, as_folder])
@pytest.mark.parametrize("top", ["", "fins/"])
def test_a_folder_an_identity_becomes_a_table(tmp_path: Path, make: Make, top: str) -> None:
    source = make(tmp_path, {top + name: content for name, content in IDENTITIES.items()})
    assert main(["import", str(source)]) == 0
    assert below(Path("data/raw")) == {
        "train.csv": b"Image,Id\n007__1.jpg,007\nnew_whale__1.jpg,new_whale\nw_1__1.jpg,w_1\nw_1__2.PNG,w_1\n",
        "train/007__1.jpg": b"bond",
        "train/new_whale__1.jpg": b"who",
        "train/w_1__1.jpg": b"one",
        "train/w_1__2.PNG": b"two",
        "test/9.jpg": b"test",
        "sample_submission.csv": b"Image,Id\n9.jpg,new_whale\n",
    }


def test_identities_may_lie_in_train_with_test_beside_it(tmp_path: Path) -> None:
    files = {f"{'' if name.startswith('test/') else 'train/'}{name}": content for name, content in IDENTITIES.items()}
    assert main(["import", str(as_folder(tmp_path, files))]) == 0
    assert "007__1.jpg,007\n" in Path("data/raw/train.csv").read_text("utf-8")
    assert Path("data/raw/test/9.jpg").read_bytes() == b"test"


def test_a_split_that_somebody_made_is_put_together_again(tmp_path: Path) -> None:
    files = {"train/w_1/1.jpg": b"1", "val/w_1/1.jpg": b"2", "val/w_2/1.jpg": b"3"}
    assert main(["import", str(as_folder(tmp_path, files))]) == 0
    labels = read_labels(Path("data/raw/train.csv"), DataParams())
    assert sorted(labels["label"]) == ["w_1", "w_1", "w_2"]
    assert sorted(below(Path("data/raw/train")).values()) == [b"1", b"2", b"3"]


def test_the_table_speaks_as_params_yaml_does(tmp_path: Path) -> None:
    words = "data:\n  image_column: file\n  identity_column: who\n  unknown_label: nobody\n"
    Path("params.yaml").write_text(words, encoding="utf-8")
    source = as_folder(tmp_path, {"w_1/1.jpg": b"1", "w_2/1.jpg": b"2", "nobody/1.jpg": b"3", "test/9.jpg": b"4"})
    assert main(["import", str(source)]) == 0
    assert Path("data/raw/train.csv").read_text("utf-8").startswith("file,who\nnobody__1.jpg,nobody\n")
    assert Path("data/raw/sample_submission.csv").read_text("utf-8") == "file,who\n9.jpg,nobody\n"


def test_photographs_that_would_share_a_name_keep_one_each(tmp_path: Path) -> None:
    source = as_folder(tmp_path, {"w/x__1.jpg": b"1", "w__x/1.jpg": b"2", "w/x/1.jpg": b"3", "w2/1.jpg": b"4"})
    assert main(["import", str(source), "--as", "individual"]) == 0
    labels = read_labels(Path("data/raw/train.csv"), DataParams())
    content = {
        Path("data/raw/train", image).read_bytes(): label
        for image, label in zip(labels["image"], labels["label"], strict=True)
    }
    assert content == {b"1": "w", b"2": "w__x", b"3": "w", b"4": "w2"}


def test_a_photograph_keeps_its_name_when_others_join(tmp_path: Path) -> None:
    for name in ("first", "then"):
        (tmp_path / name).mkdir()
    assert main(["import", str(as_folder(tmp_path / "first", {"w_1/1.jpg": b"1", "w_2/2.jpg": b"2"}))]) == 0
    before = set(below(Path("data/raw/train")))
    more = as_folder(tmp_path / "then", {"w_1/1.jpg": b"1", "w_2/2.jpg": b"2", "w_2/1.jpg": b"3"})
    assert main(["import", str(more), "--replace"]) == 0
    assert before < set(below(Path("data/raw/train")))


def test_names_are_made_one_word(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["import", str(as_folder(tmp_path, {"Lady Gaga/1.jpg": b"1", "Bo/1.jpg": b"2"}))]) == 0
    assert (
        "identities written with underscores for spaces: 1, e.g. 'Lady Gaga' as 'Lady_Gaga'" in capsys.readouterr().out
    )
    assert "Lady Gaga__1.jpg,Lady_Gaga" in Path("data/raw/train.csv").read_text("utf-8")


def test_a_cameras_raw_files_are_left_out_with_the_remedy(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    files = {"w_1/1.jpg": b"1", "w_1/1.NEF": b"raw", "w_2/1.heic": b"2", "w_2/notes.txt": b""}
    assert main(["import", str(as_folder(tmp_path, files))]) == 0
    out = capsys.readouterr().out
    assert "note: raw files of a camera, left out: 1 (w_1/1.NEF): export it as JPEG or TIFF with a raw converter" in out
    assert "note: left out: 1 (w_2/notes.txt)" in out
    assert "w_2__1.heic,w_2" in Path("data/raw/train.csv").read_text("utf-8")


@pytest.mark.parametrize("make", [as_folder, as_zip])
def test_a_folder_without_a_photograph_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str], make: Make) -> None:
    source = make(tmp_path, {"w_1/1.jpg": b"1", "w_2/1.jpg": b"2", "w_3/notes.txt": b"", "test/9.jpg": b"9"})
    if source.is_dir():
        (source / "w_4").mkdir()
        (source / "w_5").mkdir()
        (source / "w_5/.DS_Store").touch()
    assert main(["import", str(source)]) == 0
    names = "3 (w_3, w_4, w_5)" if source.is_dir() else "1 (w_3)"
    assert f"note: folders without a photograph, which name no individual: {names}\n" in capsys.readouterr().out


def test_counts_what_was_left_out_and_the_next_commands_are_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["import", str(as_zip(tmp_path, {**KAGGLE, "LICENSE": b""}))]) == 0
    out = capsys.readouterr().out
    for told in (
        "4 labelled photographs",
        "2 identities, 1 of them seen once",
        "1 photograph of none of the known ('new_whale')",
        "2 test photographs",
        "note: left out: 1 (LICENSE)",
        "Next: longtail preset",
    ):
        assert told in out


class TestReplacing:
    def test_a_drawn_sample_gives_way(self, tmp_path: Path) -> None:
        for name in ("train", "test"):
            Path("data/raw", name).mkdir(parents=True)
        Path("data/raw/train/drawn.png").touch()
        Path("data/raw", rawset.DRAWN_MARKER).write_text(json.dumps({"images": 1, "test": 0}), encoding="utf-8")
        answers = Path("data/solution.csv")
        answers.write_text("Image,Id\na.jpg,drawn_00000\n", encoding="utf-8")
        assert main(["import", str(as_zip(tmp_path, KAGGLE))]) == 0
        assert below(Path("data/raw")) == KAGGLE
        assert not answers.exists()

    def test_somebodys_own_answers_stay(self, tmp_path: Path) -> None:
        answers = Path("data/solution.csv")
        answers.parent.mkdir()
        answers.write_text("Image,Id\na.jpg,w_1\n", encoding="utf-8")
        assert main(["import", str(as_zip(tmp_path, KAGGLE))]) == 0
        assert answers.exists()

    def test_anything_else_stays_unless_asked(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        source = as_zip(tmp_path, KAGGLE)
        Path("data/raw").mkdir(parents=True)
        Path("data/raw/precious.jpg").write_bytes(b"mine")
        message = refused(capsys, source)
        assert "already holds data that was not drawn (1 files), e.g. precious.jpg" in message
        assert "--replace" in message
        assert main(["import", str(source), "--replace"]) == 0
        assert below(Path("data")) == {f"raw/{name}": content for name, content in KAGGLE.items()}

    def test_photographs_that_are_versioned_and_not_here_are_not_left_out(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        Path("data").mkdir()
        Path("data/raw.dvc").write_text("outs:\n- {md5: 9999.dir, path: raw}\n")
        message = refused(capsys, as_zip(tmp_path, KAGGLE))
        assert "data/raw is versioned, and its photographs are not here" in message
        assert "dvc pull data/raw.dvc" in message
        assert main(["import", str(as_zip(tmp_path, KAGGLE)), "--replace"]) == 0

    def test_a_bad_source_costs_nothing_even_with_replace(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert main(["import", str(as_zip(tmp_path, KAGGLE))]) == 0
        assert "neither a train.csv" in refused(capsys, as_folder(tmp_path, {"notes.txt": b""}), "--replace")

    def test_it_may_go_elsewhere(self, tmp_path: Path) -> None:
        assert main(["import", str(as_zip(tmp_path, KAGGLE)), "--to", "other/place"]) == 0
        assert below(Path("other/place")) == KAGGLE

    def test_what_a_killed_import_left_is_cleared_away(self, tmp_path: Path) -> None:
        Path("data/.raw.abc.tmp/train").mkdir(parents=True)
        assert main(["import", str(as_zip(tmp_path, KAGGLE))]) == 0
        assert [path.name for path in Path("data").iterdir()] == ["raw"]

    def test_a_source_inside_its_own_target_is_refused(self, capsys: pytest.CaptureFixture[str]) -> None:
        Path("data/raw").mkdir(parents=True)
        zipped(Path("data/raw/whales.zip"), KAGGLE)
        assert "overlap" in refused(capsys, Path("data/raw/whales.zip"), "--replace")
        assert "overlap" in refused(capsys, Path("data"), "--replace")

    def test_it_waits_for_no_run(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        holder = "import sys\nfrom pathlib import Path\nfrom longtail.process_lock import holding\n"
        holder += "with holding('flow', Path.cwd()): print('held', flush=True); sys.stdin.read()"
        with subprocess.Popen(
            [sys.executable, "-c", holder], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        ) as run:
            assert run.stdout is not None
            assert run.stdout.readline() == "held\n"
            assert main(["import", str(as_zip(tmp_path, KAGGLE))]) == 1
            run.communicate("")
        assert "a flow is already running" in capsys.readouterr().err
        assert not Path("data/raw").exists()


class TestRefused:
    @pytest.mark.parametrize(
        "name", ["../out.jpg", "/out.jpg", "train/../../out.jpg", "C:/out.jpg", "..\\out.jpg", "train\\a.jpg"]
    )
    def test_names_that_lead_out(self, tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str) -> None:
        source = as_zip(tmp_path, {**KAGGLE, name: b"out"})
        assert "leads out of its folder" in refused(capsys, source)
        assert not list(tmp_path.rglob("out.jpg"))

    def test_names_that_lead_out_of_a_zip_in_a_zip(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        source = as_zip(tmp_path, {"train.csv": LABELS, "train.zip": packed({"../../out.jpg": b"out"})})
        assert "leads out of its folder" in refused(capsys, source)

    @pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFIFO, stat.S_IFCHR])
    def test_links_and_devices_in_a_zip(self, tmp_path: Path, capsys: pytest.CaptureFixture[str], kind: int) -> None:
        source = as_zip(tmp_path, KAGGLE)
        with zipfile.ZipFile(source, "a") as archive:
            link = zipfile.ZipInfo("train/link.jpg")
            link.create_system, link.external_attr = 3, (kind | 0o777) << 16
            archive.writestr(link, "/etc/passwd")
        assert "link or device instead of a file, e.g. train/link.jpg" in refused(capsys, source)

    @pytest.mark.parametrize("to", ["/etc/hostname", "/etc", "a.jpg"])
    def test_links_in_a_folder(self, tmp_path: Path, capsys: pytest.CaptureFixture[str], to: str) -> None:
        source = as_folder(tmp_path, KAGGLE)
        (source / "train" / "link.jpg").symlink_to(to)
        assert "link or device instead of a file, e.g. train/link.jpg" in refused(capsys, source)

    def test_one_file_that_swells(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        source = as_zip(tmp_path, {**KAGGLE, "train/bomb.jpg": bytes(20 << 20)})
        assert "swells like a zip bomb, e.g. train/bomb.jpg" in refused(capsys, source)

    def test_many_that_swell_together(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        source = as_zip(tmp_path, {f"train/{i}.jpg": bytes(1 << 20) for i in range(30)})
        assert "unpacks to 31,457,280, like a zip bomb" in refused(capsys, source)

    def test_a_size_that_is_a_lie(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        source = as_zip(tmp_path, {"train.csv": LABELS, "train/a.jpg": bytes(100_000)})
        honest = source.read_bytes()
        declared = (100_000).to_bytes(4, "little")
        assert honest.count(declared) == 2  # local header and directory
        source.write_bytes(honest.replace(declared, (10).to_bytes(4, "little")))
        assert "not a whole zip file" in refused(capsys, source)

    def test_a_third_level_of_zips(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        source = as_zip(tmp_path, {"whales.zip": packed({"train.csv": LABELS, "train.zip": packed(PHOTOGRAPHS)})})
        assert "a zip lies inside 2 others, e.g. train.zip" in refused(capsys, source)

    def test_encrypted_files(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        source = as_zip(tmp_path, {"train.csv": LABELS, "train/a.jpg": b"a"})
        content = bytearray(source.read_bytes())
        position = content.rindex(b"PK\x01\x02")  # the last file's entry in the directory: flags are at its byte 8
        content[position + 8] |= 1
        source.write_bytes(content)
        assert "encrypted file in the zip, e.g. train/a.jpg" in refused(capsys, source)

    @pytest.mark.parametrize("content", [b"", b"no zip at all", b"PK\x03\x04 half"])
    def test_what_is_not_a_zip(self, tmp_path: Path, capsys: pytest.CaptureFixture[str], content: bytes) -> None:
        (tmp_path / "whales.zip").write_bytes(content)
        assert "not a whole zip file" in refused(capsys, tmp_path / "whales.zip")

    def test_a_zip_cut_short_or_damaged_inside(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        source = as_zip(tmp_path, KAGGLE)
        whole = source.read_bytes()
        source.write_bytes(whole[: len(whole) // 2])
        assert "not a whole zip file" in refused(capsys, source)
        source = zipped(tmp_path / "stored.zip", {})
        source.write_bytes(packed(KAGGLE).replace(b"pixels of d", b"pixels of ?"))
        assert "not a whole zip file: Bad CRC-32 for file 'train/d.jpg'" in refused(capsys, source)

    def test_no_source(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        assert "there is no such file or folder" in refused(capsys, tmp_path / "nowhere.zip")

    def test_neither_a_table_nor_identities(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        message = refused(capsys, as_folder(tmp_path, {"notes.txt": LABELS}))
        assert "neither a train.csv nor a folder of photographs for each identity: it holds notes.txt (" in message

    def test_photographs_without_names(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        source = as_folder(tmp_path, {"notes.txt": LABELS, "a.jpg": b"a"})
        message = refused(capsys, source)
        assert (
            "neither a train.csv nor a folder of photographs for each identity, e.g. it holds a.jpg, notes.txt"
            in message
        )
        assert f"\n  longtail identify {source} " in message
        assert "\n  move them into a folder test/ " in message
        assert "longtail identify FOLDER " in refused(capsys, as_zip(tmp_path, {"a.jpg": b"a"}))

    def test_test_photographs_alone(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        message = refused(capsys, as_folder(tmp_path, TEST))
        assert "it holds test/ alone" in message
        assert "Import labelled photographs first" in message

    def test_an_empty_folder(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        (tmp_path / "empty").mkdir()
        assert "for each identity: it is empty (" in refused(capsys, tmp_path / "empty")

    def test_a_table_without_photographs(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        assert "no photographs are with it" in refused(capsys, as_folder(tmp_path, {"train.csv": LABELS}))

    @pytest.mark.parametrize("content", [b"file,who\na.jpg,w\n", b"", LABELS.decode().encode("utf-16")])
    def test_an_unreadable_table(self, tmp_path: Path, capsys: pytest.CaptureFixture[str], content: bytes) -> None:
        message = refused(capsys, as_zip(tmp_path, {**KAGGLE, "train.csv": content}))
        assert "source.zip: train.csv" in message
        assert ".tmp" not in message

    def test_two_photographs_of_one_name(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        files = {"train.csv": LABELS, "train/1/a.jpg": b"1", "train/2/a.jpg": b"2"}
        message = refused(capsys, as_folder(tmp_path, files))
        assert "row that could mean several photographs, e.g. a.jpg: train/1/a.jpg or train/2/a.jpg" in message

    def test_two_test_photographs_of_one_name(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        message = refused(capsys, as_folder(tmp_path, {**KAGGLE, "test/1/x.jpg": b"1", "test/2/x.jpg": b"2"}))
        assert "occurs more than once in one set of photographs" in message

    def test_identities_that_differ_in_spaces_alone(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        message = refused(capsys, as_folder(tmp_path, {"a b/1.jpg": b"1", "a_b/1.jpg": b"2"}))
        assert "differ in spaces alone, e.g. 'a b' and 'a_b'" in message

    def test_more_than_the_disk_holds(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        source = as_zip(tmp_path, KAGGLE)
        monkeypatch.setattr("shutil.disk_usage", lambda _: SimpleNamespace(free=10))
        assert main(["import", str(source)]) == 1
        assert "and 10 are free" in capsys.readouterr().err
        assert not Path("data").exists()

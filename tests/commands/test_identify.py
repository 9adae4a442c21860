"""identify on a tiny project: six identities, two photographs each (tests/commands/known.py)."""

from __future__ import annotations

import json
import os
import re
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from longtail import artifacts, process_lock
from longtail.cli import main
from longtail.identifying import network, photograph
from longtail.identifying.project import open_project
from longtail.images.kinds import RAW_REMEDY
from longtail.recognition import embeddings
from longtail.recognition.local_matching import keypoint_table
from longtail.recognition.local_matching.fusion import COUNTED, Fusion
from longtail.recognition.local_matching.shortlist import LabelledMarks, ranker
from longtail.recognition.open_set.threshold import NEVER_NEW
from longtail.stages import audit, keypoints, prepare
from tests.commands import known
from tests.recognition.local_matching.drawn import spotted

TEST = Path("data/raw/test")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return known.make(tmp_path_factory.mktemp("known"))


@pytest.fixture
def root(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the project, which is where we are."""
    copy = tmp_path / "project"
    shutil.copytree(made, copy)
    monkeypatch.chdir(copy)
    return copy


def told(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def candidates(answer: dict[str, Any]) -> list[str]:
    return [candidate["identity"] for candidate in answer["candidates"]]


def embedding_of(file: Path, root: Path, scratch: Path) -> tuple[embeddings.PairedEmbeddings, bool]:
    """As identify has it, and whether torch found a graph, or needed none."""
    ready = open_project(root, root / "artifacts/predict/identifier", lambda: prepare.Params, lambda: audit.Params)
    seen = photograph.inspect(root / file, scratch, ready.copies, ready.max_pixels)
    embedded = photograph.embed(seen, ready.network, ready.card)
    network.keep(ready.network, ready.card, ready.graphs)
    return embedded, ready.network.built is None


@pytest.mark.parametrize("name", ["turned.jpg", "grey.png", "small.jpg", "large.jpg", "eve.tif"])
def test_a_file_gets_the_embedding_that_embed_gave_it_as_a_test_photograph(
    root: Path, tmp_path: Path, name: str
) -> None:
    index, embedded = embeddings.read(root / "artifacts/embed/test")
    row = index.index[index["image"] == name][0]
    built, _ = embedding_of(TEST / name, root, tmp_path)
    spread = float(embedded.plain.std())
    np.testing.assert_allclose(built.plain[0], embedded.plain[row], atol=1e-4 * spread)
    np.testing.assert_allclose(built.mirrored[0], embedded.mirrored[row], atol=1e-4 * spread)
    others = np.delete(np.arange(len(index)), row)  # a photograph's embedding is its own
    assert np.abs(embedded.plain[others] - built.plain).max(axis=1).min() > 0.01 * spread


def by_torch(root: Path) -> None:
    """As if the gallery had been made with torch."""
    shutil.rmtree(root / ".longtail/networks", ignore_errors=True)
    known.remember(root, runtime="torch")


def test_a_start_from_a_graph_gives_the_same_bits(root: Path, tmp_path: Path) -> None:
    by_torch(root)
    built, _ = embedding_of(TEST / "large.jpg", root, tmp_path)
    again, from_graph = embedding_of(TEST / "large.jpg", root, tmp_path)
    assert from_graph
    assert np.array_equal(built.plain, again.plain)
    assert np.array_equal(built.mirrored, again.mirrored)


@pytest.mark.parametrize(
    "spoilt", ["", "{}", '{"steps": [["x", "from_file.default", ["/etc/passwd"], {"named": {}}]]}']
)
def test_a_graph_that_is_none_is_made_anew(root: Path, tmp_path: Path, spoilt: str) -> None:
    by_torch(root)
    built, _ = embedding_of(TEST / "large.jpg", root, tmp_path)
    [graph] = (root / ".longtail/networks").iterdir()
    whole = graph.read_text()
    parts = json.loads(whole)
    graph.write_text(json.dumps({**parts, **json.loads(spoilt)}) if spoilt.startswith('{"') else spoilt)
    again, from_graph = embedding_of(TEST / "large.jpg", root, tmp_path)
    assert not from_graph
    assert np.array_equal(built.plain, again.plain)
    assert graph.read_text() == whole


def test_five_candidates_each_with_the_labelled_photograph_that_is_most_like_it(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["identify", str(TEST / "eve.tif"), str(TEST / "large.jpg"), "--json"]) == 0
    eve, dora = told(capsys)
    assert eve["photograph"] == str(TEST / "eve.tif")
    assert candidates(eve)[0] == "eve"
    assert candidates(dora)[0] == "dora"
    assert len(set(candidates(eve))) == 5
    assert [candidate["photograph"].partition("_")[0] for candidate in eve["candidates"]] == candidates(eve)
    assert eve["same_picture"] == []
    assert eve["probability_new"] is None


def test_where_marks_count_the_answer_is_that_of_predict_and_says_how_many_match(
    root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each individual gets spots of its own, so that marks alone can name a photograph of the spots of fay."""
    folder = root / "artifacts/prepare/labelled"
    for number, name in enumerate(known.IDENTITIES):
        for take in (0, 1):
            spotted(number, 48, 25).save(folder / f"{name}_{take}.jpg", quality=95)
    spotted(5, 48, 25).rotate(4, fillcolor=128).save(root / "fay.png")
    params = keypoints.Params.model_validate({"method": "sift", "side": 160, "compute": {"workers": 200}})
    keypoints.run(params, keypoints.Paths.at(root, "labelled"))
    table = keypoint_table.read(root / "artifacts/keypoints/labelled")
    known.remember(root, threshold=NEVER_NEW)
    assert main(["identify", "fay.png", "--json"]) == 0
    [without] = told(capsys)
    assert candidates(without)[0] != "fay"
    assert "marks" not in without["candidates"][0]

    fusion = {
        "used": True,
        "why": "as measured",
        "corners": [3, 12],
        "heights": [0, 1],
        "weight": 0.9,
        "counted": COUNTED,
    }
    known.remember(root, table, threshold=NEVER_NEW, local_matching=fusion)
    assert main(["identify", "fay.png", "--json"]) == 0
    [answer] = told(capsys)
    assert candidates(answer)[0] == "fay"
    assert answer["candidates"][0]["marks"] > max(one["marks"] for one in answer["candidates"][1:])
    assert all(one["common_marks"] <= one["marks"] for one in answer["candidates"])

    project = open_project(root, root / "artifacts/predict/identifier", prepare.Params, audit.Params)
    query = project.inspect(root / "fay.png", tmp_path)
    assert query.keypoints is not None
    (tmp_path / "queries").mkdir()
    queries = keypoint_table.write(tmp_path / "queries", ["fay.png"], [query.keypoints], table.settings)
    own = project.predictor.identifier
    marks = LabelledMarks(own.gallery, own.images, table)
    ranked = ranker(project.predictor.classifier, marks, queries, Fusion.from_dict(fusion))
    top_k = ranked(photograph.embed(query, project.network, project.card), ["fay.png"])
    assert candidates(answer)[:5] == [known.IDENTITIES[number] for number in top_k.identity[0].tolist()]
    assert [one["score"] for one in answer["candidates"]] == pytest.approx(top_k.score[0].tolist(), abs=1e-5)
    main(["identify", "fay.png", "--html", "page.html"])
    assert re.search(r"most marks: fay_\d\.jpg, \d+ marks match", capsys.readouterr().out)
    assert (root / "page.html").read_text().count("with the same marks") >= 1


def test_new_stands_where_the_scores_pass_the_threshold(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    known.remember(root, threshold=2.0)
    main(["identify", str(TEST / "eve.tif"), "--json"])
    [answer] = told(capsys)
    nobody = {
        "rank": 1,
        "identity": "",
        "present": "",
        "kind": "new",
        "probability": None,
        "score": 2.0,
        "photograph": "",
    }
    assert answer["candidates"][0] == nobody
    assert candidates(answer)[1] == "eve"
    main(["identify", str(TEST / "eve.tif")])
    assert "  1  new           new individual\n" in capsys.readouterr().out  # always: it compares with no score
    known.remember(root, threshold=0.9999)
    main(["identify", str(TEST / "large.jpg")])
    assert (
        " new   threshold 1.000  new individual: the scores below are under the threshold\n" in capsys.readouterr().out
    )


def test_the_probability_of_being_new_follows_the_calibration_and_the_expected_share(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    known.remember(root, calibration={"slope": 0.0, "intercept": 0.0, "share": 0.5}, unknown_share=0.8)
    main(["identify", str(TEST / "eve.tif")])
    captured = capsys.readouterr()
    assert "eve.tif  (probability of a new individual: 80%, where 80% are new)" in captured.out  # odds 1 x (0.8 / 0.2)
    assert "Ranked by the threshold on the scores, not by probability: it was made by an earlier" in captured.err
    main(["identify", str(TEST / "eve.tif"), "--json"])
    assert told(capsys)[0]["probability_new"] == 0.8


CALIBRATION = {"kind": "platt", "new": [[0.0, 0.0]], "share": 0.5, "inverse_temperature": 8.0, "log_tail": 1.0}


@pytest.mark.parametrize("share", [0.02, 0.3, 0.9])
def test_screen_json_and_page_show_one_distribution_and_rank_by_it(
    root: Path, capsys: pytest.CaptureFixture[str], share: float
) -> None:
    ranking = {"rule": "probability", "why": "as measured"}
    known.remember(root, calibration=CALIBRATION, unknown_share=share, ranking=ranking)
    assert main(["identify", str(TEST / "eve.tif"), "--json", "--html", "page.html"]) == 0
    [answer] = told(capsys)
    likely = [candidate["probability"] for candidate in answer["candidates"]]
    assert likely == sorted(likely, reverse=True)
    new = {candidate["identity"]: candidate for candidate in answer["candidates"]}.get("")
    assert answer["probability_new"] == answer["unknown_share"] == share
    assert (candidates(answer)[0] == "") == (share >= max(likely))
    if new is not None:
        assert (new["probability"], new["score"]) == (share, None)
    total = sum(one["probability"] for one in answer["candidates"] if one["identity"]) + share
    assert total + answer["probability_other"] == pytest.approx(1)
    main(["identify", str(TEST / "eve.tif")])
    captured = capsys.readouterr()
    page = Path("page.html").read_text("utf-8")
    assert f"probability of a new individual: {share:.0%}" in captured.out
    assert f"where {share:.0%} are new)" in captured.out
    assert f'<span data-field="unknown_share">{share:.0%}</span>' in page
    for line, probability in zip(captured.out.splitlines()[1:], likely, strict=True):
        text = "<1%" if probability < 0.005 else f"{probability:.0%}"
        assert f"  {text}  " in line
        assert f'<span data-field="probability">{text.replace("<", "&lt;")}</span>' in page
    assert "threshold" not in captured.out + captured.err


@pytest.mark.parametrize(
    ("on_valid", "why"),
    [(None, "no photograph of an unknown individual was held out"), (0.5, "data.unknown_label was empty")],
)
def test_an_identifier_without_a_threshold_says_once_that_nobody_is_called_new(
    root: Path, capsys: pytest.CaptureFixture[str], on_valid: float | None, why: str
) -> None:
    known.remember(root, threshold=None, threshold_on_valid=on_valid)
    record = root / artifacts.record_path("prepare@labelled")
    prepared = json.loads(record.read_text())
    prepared["params"]["data"]["unknown_label"] = "stranger"
    record.write_text(json.dumps(prepared))
    for form in ([], ["--json"]):
        assert main(["identify", str(TEST / "eve.tif"), str(TEST / "large.jpg"), *form, "--html", "page.html"]) == 0
        told_of = capsys.readouterr().err
        assert told_of.count("Nobody is ever called new by this identifier") == 1
        assert why in told_of
        assert ("into a folder stranger/" in told_of) == (on_valid is None)
        assert Path("page.html").read_text("utf-8").count("Nobody is ever called new") == 1


def test_an_identifier_that_expects_nobody_new_says_so(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    known.remember(root, threshold=NEVER_NEW, threshold_on_valid=0.5, unknown_share=0.0)
    assert main(["identify", str(TEST / "eve.tif")]) == 0
    assert "predict.expected_unknown_share: 0 expects no unknown individual" in capsys.readouterr().err


def test_an_identifier_with_a_threshold_says_nothing_of_the_kind(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["identify", str(TEST / "eve.tif"), "--html", "page.html"]) == 0
    assert "called new" not in capsys.readouterr().err
    assert "called new" not in Path("page.html").read_text("utf-8")


def test_names_that_have_changed_since_the_run_are_told_once(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["identify", str(TEST / "eve.tif"), "--json"]) == 0
    identity = next(name for name in candidates(told(capsys)[0]) if name)
    row = f"identity:{identity},rename,zoe,Rae,2026-01-02,spelling\n"
    (root / "edits.csv").write_text("image,action,value,who,when,why\n" + row)
    assert main(["identify", str(TEST / "eve.tif"), "--html", "page.html"]) == 0
    words = f"1 name of this run changed since, the next run uses them: {identity} is zoe now"
    assert capsys.readouterr().err.count(words) == 1
    page = Path("page.html").read_text("utf-8")
    assert words in page
    assert f"{identity} (now zoe)" in page
    assert main(["identify", str(TEST / "eve.tif"), str(TEST / "recompressed.jpg"), "--json"]) == 0
    [answer, copy] = told(capsys)
    assert {one["identity"]: one["present"] for one in answer["candidates"]}[identity] == "zoe"
    assert all(one["present"] == one["identity"] for one in answer["candidates"] if one["identity"] != identity)
    assert [one["present"] for one in copy["same_picture"]] == ["fay"]


def test_a_photograph_of_a_labelled_picture_is_named_as_such_first(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["identify", str(TEST / "recompressed.jpg"), "--json"])
    [answer] = told(capsys)
    assert [(copy["image"], copy["identity"]) for copy in answer["same_picture"]] == [("fay_0.jpg", "fay")]
    first = answer["candidates"][0]
    assert (first["identity"], first["kind"], first["photograph"]) == ("fay", "duplicate", "fay_0.jpg")
    assert len(set(candidates(answer))) == 5
    main(["identify", str(TEST / "recompressed.jpg")])
    assert "same picture as fay_0.jpg (fay)" in capsys.readouterr().out


def test_a_labelled_picture_has_no_probability_of_being_new(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    known.remember(root, calibration={"slope": 0.0, "intercept": 0.0, "share": 0.5}, unknown_share=0.5)
    page = Path("page.html")
    names = [TEST / "recompressed.jpg", Path("data/raw/train/unknown.jpg"), TEST / "eve.tif"]
    assert main(["identify", *map(str, names), "--json", "--html", str(page)]) == 0
    assert [answer["probability_new"] for answer in told(capsys)] == [None, None, 0.5]
    assert page.read_text("utf-8").count("Probability of a new individual") == 1
    main(["identify", str(names[0])])
    assert "probability" not in capsys.readouterr().out


def test_a_copy_is_shown_and_not_put_first_where_the_submission_does_not_either(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    told_of = root / "artifacts/predict/identifier/identifier.json"
    told_of.write_text(json.dumps({**json.loads(told_of.read_text()), "duplicates_first": False}))
    assert main(["identify", "data/raw/train/fay_0.jpg", "--json"]) == 0
    [answer] = told(capsys)
    assert answer["same_picture"]
    assert "duplicate" not in {candidate["kind"] for candidate in answer["candidates"]}


def test_labels_of_that_picture_that_contradict_each_other_show(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for table, column in (
        ("artifacts/prepare/labelled.parquet", "label"),
        ("artifacts/split/split.parquet", "identity"),
    ):
        rows = pd.read_parquet(root / table)
        twin = rows[rows["image"] == "fay_0.jpg"].assign(image="twin.jpg", **{column: "gus"})
        pd.concat([rows, twin]).to_parquet(root / table, index=False)
    main(["identify", str(TEST / "recompressed.jpg"), "--json"])
    assert candidates(told(capsys)[0])[:2] == ["fay", "gus"]
    main(["identify", str(TEST / "recompressed.jpg")])
    assert "their labels conflict: fay, gus" in capsys.readouterr().out


def test_a_picture_whose_label_is_unknown_says_new_first(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["identify", "data/raw/train/unknown.jpg", "--json"])
    [answer] = told(capsys)
    assert answer["same_picture"] == [{"image": "unknown.jpg", "identity": "", "difference": 0.0, "present": ""}]
    assert answer["candidates"][0]["identity"] == ""
    assert answer["candidates"][0]["kind"] == "duplicate"


def test_a_broken_photograph_is_one_line_and_the_others_are_named(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("note.jpg").write_text("no photograph")
    assert main(["identify", "note.jpg", str(TEST / "eve.tif"), "gone.jpg", "--json"]) == 2
    captured = capsys.readouterr()
    first, second, third = (json.loads(line) for line in captured.out.splitlines())
    assert first == {"photograph": "note.jpg", "error": "not an image: it begins with b'no photograp'"}
    assert candidates(second)[0] == "eve"
    assert third == {"photograph": "gone.jpg", "error": "the file cannot be read: No such file or directory"}
    assert "longtail identify: note.jpg: not an image: it begins with b'no photograp'\n" in captured.err
    assert "2 x photograph that cannot be opened, e.g. note.jpg: not an image" in captured.err
    assert "The other 1 were named." in captured.err
    assert "Traceback" not in captured.err


def test_a_folder_is_named_photograph_by_photograph(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (root / TEST / "notes.txt").write_text("seen at sea")
    for junk in ("@eaDir", ".thumbnails"):
        (root / TEST / junk).mkdir()
        shutil.copyfile(root / TEST / "small.jpg", root / TEST / junk / "small.jpg")
    assert main(["identify", str(TEST), "--json"]) == 0
    captured = capsys.readouterr()
    named = [json.loads(line)["photograph"] for line in captured.out.splitlines()]
    photographs = [path.name for path in TEST.iterdir() if path.is_file() and path.suffix != ".txt"]
    assert named == [str(TEST / name) for name in sorted(photographs)]
    assert f"{TEST}: 1 files that are no photographs, left out" in captured.err


def test_a_folder_without_photographs_is_told(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("empty").mkdir()
    assert main(["identify", "empty"]) == 2
    assert "no photograph there (empty). A photograph in a folder ends in .jpg" in capsys.readouterr().err


def encounter(*takes: int) -> Path:
    """A folder with photographs of dora, numbered by their take."""
    folder = Path("encounter")
    folder.mkdir()
    for take in takes:
        known.photograph(3, take).save(folder / f"{take}.jpg", **known.AS_JPEG)
    return folder


def test_several_photographs_of_one_individual_get_one_answer(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ranking = {"rule": "probability", "why": "as measured"}
    known.remember(root, calibration=CALIBRATION, unknown_share=0.3, ranking=ranking)
    folder = encounter(6, 7, 8)
    (folder / "note.jpg").write_text("no photograph")
    shutil.copy(folder / "6.jpg", folder / "6_again.jpg")
    assert main(["identify", "--together", str(folder), "--json", "--html", "page.html"]) == 2
    captured = capsys.readouterr()
    [answer] = [json.loads(line) for line in captured.out.splitlines()]
    used = [str(folder / f"{take}.jpg") for take in (6, 7, 8)]
    assert (answer["photograph"], answer["used"], answer["photographs"]) == (str(folder), 3, used)
    assert answer["unused"] == [
        {"photograph": str(folder / "note.jpg"), "why": "not an image: it begins with b'no photograp'"},
        {"photograph": str(folder / "6_again.jpg"), "why": f"the same file as {folder / '6.jpg'}"},
    ]
    assert candidates(answer)[:2] in (["dora", ""], ["", "dora"])
    assert answer["probability_new"] == answer["unknown_share"] == 0.3
    assert f"longtail identify: {folder / 'note.jpg'}: not an image" in captured.err
    assert "photograph that cannot be opened, e.g. encounter/note.jpg" in captured.err
    assert "The other 3 were used." in captured.err
    page = Path("page.html").read_text("utf-8")
    assert page.count("data:image/jpeg;base64,") >= 3 + 4  # "new" has no picture
    assert "encounter: 3 photographs together" in page
    assert page.count('data-field="unused"') == 2
    main(["identify", "--together", str(folder)])
    assert "encounter: 3 photographs together  (probability of a new individual: 30%" in capsys.readouterr().out


def test_files_are_taken_together_too_and_one_is_answered_as_alone(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    known.remember(root, calibration=CALIBRATION | {"new": [[2.0, -4.0]]}, unknown_share=0.5)
    folder = encounter(6, 7)
    files = [str(path) for path in sorted(folder.iterdir())]
    assert main(["identify", *files, "--json"]) == 0
    alone = told(capsys)
    assert main(["identify", files[0], "--json", "--together"]) == 0
    [one] = told(capsys)
    assert one["used"] == 1
    assert [one[key] for key in ("candidates", "probability_new")] == [
        alone[0][key] for key in ("candidates", "probability_new")
    ]
    assert main(["identify", *files, "--json", "--together"]) == 0
    [both] = told(capsys)
    assert both["photograph"] == f"{files[0]} and 1 more"
    assert 0 < both["probability_new"] < 1
    of_dora = [
        next(candidate["score"] for candidate in answer["candidates"] if candidate["identity"] == "dora")
        for answer in (*alone, both)
    ]
    assert of_dora[2] == pytest.approx(np.mean(of_dora[:2]), abs=1e-5)


def test_together_a_known_picture_names_them_all_and_broken_ones_alone_are_no_answer(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["identify", "--together", str(TEST / "recompressed.jpg"), str(TEST / "large.jpg"), "--json"]) == 0
    [answer] = told(capsys)
    assert answer["candidates"][0]["identity"] == "fay"
    assert answer["candidates"][0]["kind"] == "duplicate"
    assert answer["probability_new"] is None
    Path("note.jpg").write_text("no photograph")
    assert main(["identify", "--together", "note.jpg", "--json"]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "photograph that cannot be opened, e.g. note.jpg: not an image" in captured.err
    assert "Give others." in captured.err


def test_without_an_identifier_one_reads_how_to_make_one(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["identify", str(TEST / "eve.tif"), "--identifier", "elsewhere"]) == 2
    stderr = capsys.readouterr().err
    assert "there is no whole identifier here" in stderr
    assert "(elsewhere). `make run` makes one" in stderr


def test_during_the_first_run_one_reads_since_when_it_is_at_work(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.rmtree(root / "artifacts/predict")
    with process_lock.holding("flow", root):
        assert main(["identify", str(TEST / "eve.tif")]) == 1
    stderr = capsys.readouterr().err
    assert f"no run has ended yet, and one is at work (pid {os.getpid()}, started 20" in stderr
    assert "ask again when it has ended" in stderr
    lock = root / ".longtail/flow.lock"
    lock.write_text(lock.read_text().replace('started": "20', 'started": "19'))  # its pid was given again
    assert main(["identify", str(TEST / "eve.tif")]) == 2
    assert "`make run` makes one" in capsys.readouterr().err


def test_a_network_beside_the_identifier_answers_and_it_is_said_that_it_has_no_score(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """As train.fold: all leaves it: the network in artifacts/train is the scored one, and does not answer."""
    known.remember(root, network={"fold": "all", "photographs": 12, "identities": 6})
    for name in ("model.safetensors", "model.json"):
        shutil.copyfile(root / "artifacts/train" / name, root / "artifacts/predict/identifier" / name)
    (root / "artifacts/train/model.safetensors").write_bytes(b"the scored network")
    assert main(["identify", str(TEST / "eve.tif")]) == 0
    captured = capsys.readouterr()
    assert "The network that answers learned from 12 labelled photographs of 6 identities" in captured.err
    assert "It has no score of its own" in captured.err
    assert "eve" in captured.out


def test_a_raw_file_is_refused_by_name_and_left_out_of_a_folder_with_one_remedy(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The words are those of `longtail import` (tests/importing) and `prepare` (tests/images/test_tiff.py)."""
    new = root / "new"
    new.mkdir()
    shutil.copyfile(TEST / "small.jpg", new / "a.jpg")
    (new / "b.CR3").write_bytes(b"\0\0\0\x18ftypcrx \0\0\0\1crx isom" + bytes(400))
    assert main(["identify", "new"]) == 0
    assert f"1 raw files of a camera, left out, e.g. b.CR3: {RAW_REMEDY}" in capsys.readouterr().err
    assert main(["identify", "new/b.CR3"]) == 2
    assert f"a camera's raw file: {RAW_REMEDY}" in capsys.readouterr().err


def test_two_networks_answer_side_by_side_and_one_alone_is_refused(
    root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """By torch built anew, then by its exported graph; what `embed` gave is what `identify` gives."""
    known.add_network(root)
    index, views = embeddings.read(root / "artifacts/embed/test")
    row = index.index[index["image"] == "eve.tif"][0]
    for cached in (False, True):
        found, is_quick = embedding_of(TEST / "eve.tif", root, tmp_path)
        assert (is_quick, found.plain.shape) == (cached, views[row : row + 1].plain.shape)
        np.testing.assert_allclose(found.plain, views[row : row + 1].plain, rtol=1e-4, atol=1e-5)
        assert main(["identify", str(TEST / "eve.tif"), "--json"]) == 0
        assert candidates(told(capsys)[0])[0] == "eve"
    shutil.rmtree(root / "artifacts/train/more")
    assert main(["identify", str(TEST / "eve.tif")]) == 2
    stderr = capsys.readouterr().err
    assert "of 2 networks side by side, as model.json counts them, 1 not there, e.g. more/network_2" in stderr
    assert "Copy the folder more/ too" in stderr


def test_a_network_of_another_run_is_refused(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    card = root / "artifacts/train/model.json"
    card.write_text(json.dumps({**json.loads(card.read_text()), "embedding_size": 7}))
    assert main(["identify", str(TEST / "eve.tif")]) == 2
    assert "the network gives 7 numbers a photograph, the identifier was made with" in capsys.readouterr().err


def test_labelled_photographs_of_another_version_are_told(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = root / "artifacts/prepare/labelled.parquet"
    pd.read_parquet(path).assign(thumb=b"0" * 9).to_parquet(path, index=False)
    assert main(["identify", str(TEST / "eve.tif")]) == 2
    stderr = capsys.readouterr().err
    assert "the labelled photographs were prepared by another version" in stderr
    assert "Prepare them again: make run" in stderr


def test_the_identifier_and_the_network_are_enough(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    alone = tmp_path / "alone"
    shutil.copytree(root / "artifacts/predict/identifier", alone / "identifier")
    for name in ("model.safetensors", "model.json"):
        shutil.copy(root / "artifacts/train" / name, alone / "identifier" / name)
    monkeypatch.chdir(alone)
    photo = str(root / TEST / "recompressed.jpg")
    assert main(["identify", photo, "--identifier", "identifier", "--json", "--html", "page.html"]) == 0
    [answer] = told(capsys)
    assert candidates(answer)[0] == "fay"
    assert answer["same_picture"] == []  # the labelled photographs are not here
    assert Path("page.html").read_text("utf-8").count("no picture<") == 5


def test_the_page_shows_the_photograph_beside_the_labelled_ones(root: Path) -> None:
    hostile = Path("<b>me&you.jpg")
    with Image.open(TEST / "eve.tif") as image:
        image.save(hostile, **known.AS_JPEG)
    Path("note.jpg").write_text("no photograph")
    assert main(["identify", str(hostile), "note.jpg", "--html", "out/page.html"]) == 2
    page = Path("out/page.html").read_text("utf-8")
    assert page.count("data:image/jpeg;base64,") == 6
    assert "&lt;b&gt;me&amp;you.jpg" in page
    assert "<b>me" not in page
    assert "cannot be opened: not an image" in page


def test_a_set_with_boxes_says_that_nothing_of_a_query_is_cropped(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["identify", str(TEST / "large.jpg")]) == 0
    assert "cropped" not in capsys.readouterr().err
    table = root / "artifacts/prepare/labelled.parquet"
    labelled = pd.read_parquet(table)
    files = labelled.assign(photograph=labelled["image"], photograph_md5=labelled["md5"])
    files.loc[:1, "photograph_md5"] = "0" * 32
    files.to_parquet(table, index=False)
    assert main(["identify", str(TEST / "large.jpg")]) == 0
    assert "2 photographs of the set are cropped to their boxes; yours are taken as they are" in capsys.readouterr().err

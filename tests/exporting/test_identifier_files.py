"""`longtail export --network`: what it writes names photographs without torch and without Longtail."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from longtail.exporting import identifier_files
from longtail.recognition import embeddings, identifier
from longtail.recognition.classifiers.base import Head
from longtail.recognition.embeddings import PairedEmbeddings
from longtail.recognition.identifier import Identifier
from longtail.recognition.top_k import Gallery
from longtail.training import checkpoint
from tests.commands import known
from tests.conftest import ROOT
from tests.made_once import made_once

DOCS = ROOT / "docs/how-to/export.md"
NONE = ("torch", "longtail", "timm", "pandas", "onnx")


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made_once(tmp_path_factory, "known", lambda folder: known.make(folder) and None)


def write(root: Path, folder: Path, found: Identifier) -> None:
    folder.mkdir(exist_ok=True)
    card = checkpoint.read_card(root / "artifacts/train/model.json")
    copies = {"side": 48, "quality": 80}
    tensors = root / "artifacts/train/model.safetensors"
    identifier_files.write(folder, found, tensors, card, root / ".longtail/networks", copies)


def example() -> str:
    [code] = re.findall(r"```python\n(.*?)```", DOCS.read_text("utf-8"), re.DOTALL)
    assert len([line for line in code.splitlines() if line]) == 20
    return str(code)


def run_example(folder: Path, photograph: Path) -> list[tuple[float, str]]:
    """In a process that can import neither torch nor Longtail."""
    (folder / "example.py").write_text(f"import sys\nsys.modules.update(dict.fromkeys({NONE!r}))\n" + example())
    command = [sys.executable, "-I", "example.py", str(photograph)]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True)
    return [(float(line.split(" ", 1)[0]), line.split(" ", 1)[1]) for line in done.stdout.splitlines()]


@pytest.mark.slow
def test_the_example_of_the_docs_names_the_photographs_that_identify_names(root: Path, tmp_path: Path) -> None:
    found = identifier.read(root / "artifacts/predict/identifier")
    write(root, tmp_path, found)
    classifier = identifier.classifier_of(found)
    index, views = embeddings.read(root / "artifacts/embed/test")
    for name in ("large.jpg", "turned.jpg"):
        row = index.index[index["image"] == name][0]
        [wanted] = classifier(views[np.array([row])])
        printed = run_example(tmp_path, root / "data/raw/test" / name)
        assert printed[0][1] == found.identities[int(wanted.argmax())]
        assert len(printed) == 5
        by_name = dict(zip(found.identities, wanted.tolist(), strict=True))
        assert all(score == pytest.approx(by_name[one], abs=0.05) for score, one in printed)


HEADS = {
    "ensemble": ("cosine", "both"),
    "cosine_classifier": ("cosine", "both"),
    "linear_probe": ("softmax", "both"),
    "trained_head": ("softmax", "each"),
}


SCALE = {
    "fold": "all",
    "photographs": 7,
    "identities": 3,
    "score_scale": {"factor": 0.8, "shift": 0.1, "photographs": 9},
}


@pytest.mark.parametrize("moved", [False, True], ids=["as it is", "scaled, by the network of all folds"])
@pytest.mark.parametrize("name", ["nearest_neighbour", "nearest_class_mean", *HEADS])
def test_the_parts_sum_up_to_the_scores_of_every_classifier(name: str, moved: bool) -> None:
    of_parts, of_classifier = summed_up(name, *HEADS.get(name, ("", "")), moved=moved)
    np.testing.assert_allclose(of_parts, of_classifier, atol=1e-6)


@pytest.mark.parametrize("form", ["cosine", "softmax"])
@pytest.mark.parametrize("reads", ["plain", "each"])
def test_so_do_those_of_the_first_of_two_networks_head(form: str, reads: str) -> None:
    of_parts, of_classifier = summed_up("trained_head", form, reads, own=2)
    np.testing.assert_allclose(of_parts, of_classifier, atol=1e-6)


def summed_up(name: str, form: str, reads: str, *, moved: bool = False, own: int = 4) -> tuple[np.ndarray, np.ndarray]:
    """Scores by the parts, and by the classifier; `own`: numbers of the four that the head reads of a photograph."""
    rng = np.random.default_rng(1)

    def drawn(*shape: int) -> np.ndarray:
        return rng.normal(size=shape).astype(np.float32)

    names, classes = ["ada", "bea", "cleo"], ["cleo", "ada", "bea", "new_whale"]
    gallery = Gallery(PairedEmbeddings(drawn(7, 4), drawn(7, 4)).normalised(), np.array([0, 1, 2, 0, 1, 2, 2]))
    head = None
    if name in HEADS:
        shape = (8 if reads == "each" else 4, 8 if reads == "both" else own)
        head = Head(drawn(*shape), drawn(shape[0]) * (form == "softmax"), form, reads)  # type: ignore[arg-type]
    offset = np.array([0.05, -0.02, -0.03], np.float32) if moved else None
    metadata = {"classifier": name, "networks": 4 // own} | ({"network": SCALE} if moved else {})
    found = Identifier(metadata, names, gallery, list("abcdefg"), head, classes if head else [], offset)
    query = side_by_side(PairedEmbeddings(drawn(1, 4), drawn(1, 4)), own)
    scores = -identifier_files.offset_of(found)
    for part in identifier_files.parts_of(found):
        scores += part.weight * score_of(part, query, len(names))
    return scores, identifier.classifier_of(found)(query)[0]


def side_by_side(views: PairedEmbeddings, own: int) -> PairedEmbeddings:
    """The rows as of networks whose embeddings have `own` numbers: each as long as the first one."""

    def row(view: np.ndarray) -> np.ndarray:
        each = view.reshape(-1, own)
        return (each / np.linalg.norm(each, axis=1, keepdims=True) * np.linalg.norm(each[0])).reshape(1, -1)

    return views if own == 4 else PairedEmbeddings(row(views.plain), row(views.mirrored))


def score_of(part: identifier_files.Part, query: PairedEmbeddings, names: int) -> np.ndarray:
    """As the example of the docs has it."""
    unit = [query.normalised().plain[0], query.normalised().mirrored[0]]
    both = [np.hstack(unit) * 0.5**0.5]
    plain = unit if part.form == "cosine" else [query.plain[0], query.mirrored[0]]
    outputs = [part.rows @ view + part.bias for view in (both if part.reads == "both" else plain)]
    if part.form == "softmax":
        outputs = [np.exp(output) / np.exp(output).sum() for output in outputs]
    half = len(part.rows) // 2
    output = (outputs[0][:half] + outputs[1][half:]) / 2 if part.reads == "each" else outputs[0]
    score = np.full(names + 1, -np.inf)
    np.maximum.at(score, part.identity, output)
    return score[:names]


def test_it_says_what_it_needs_and_equal_runs_write_equal_bytes(root: Path, tmp_path: Path) -> None:
    found = identifier.read(root / "artifacts/predict/identifier")
    for name in ("one", "two"):
        write(root, tmp_path / name, found)
    files = sorted(path.name for path in (tmp_path / "one").iterdir())
    assert files == ["gallery.npz", "identifier.json", "network.onnx"]
    assert all((tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes() for name in files)
    told = json.loads((tmp_path / "one/identifier.json").read_text())
    assert (told["size"], told["grey"], told["identities"]) == (32, False, known.IDENTITIES)
    assert told["photographs"] == found.images
    assert told["parts"] == [{"name": "nearest", "weight": 1.0, "reads": "both", "form": "cosine"}]
    shutil.rmtree(tmp_path / "one")
    write(root, tmp_path / "one", replace(found, metadata=found.metadata | {"network": SCALE}))
    network = json.loads((tmp_path / "one/identifier.json").read_text())["network"]
    assert (network["fold"], "score_scale" in network) == ("all", False)  # the scores are on that scale already
    assert "It has no score of its own" in network["note"]
    shutil.rmtree(tmp_path / "one")

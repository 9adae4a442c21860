"""The identifier's files: what is read gives the scores that were written."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from longtail.errors import BadInput
from longtail.recognition.classifiers.base import CLASSIFIERS, Form, Head, Reads
from longtail.recognition.classifiers.factory import build
from longtail.recognition.embeddings import PairedEmbeddings
from longtail.recognition.identifier import Identifier, classifier_of, read, write
from longtail.recognition.top_k import NEW, Gallery

NAMES = ["007", "ada", "bea", "cleo"]
CLASSES = ["bea", "", "ada", "007"]  # the head's own order; one class is unknown, one identity it does not know


def views(count: int, seed: int) -> PairedEmbeddings:
    rng = np.random.default_rng(seed)
    return PairedEmbeddings(*rng.normal(size=(2, count, 6)).astype(np.float32))


def identifier(classifier: str, form: Form = "softmax", reads: Reads = "plain") -> Identifier:
    rng = np.random.default_rng(3)
    rows, width = len(CLASSES) * (2 if reads == "each" else 1), 6 * (2 if reads == "both" else 1)
    head = Head(rng.normal(size=(rows, width)).astype(np.float32), np.ones(rows, np.float32), form, reads)
    gallery = Gallery(views(9, seed=1).normalised(), np.arange(9) % 4)
    return Identifier({"classifier": classifier}, NAMES, gallery, [f"{n}.jpg" for n in range(9)], head, CLASSES)


@pytest.mark.parametrize("classifier", CLASSIFIERS)
@pytest.mark.parametrize(("form", "reads"), [("softmax", "plain"), ("softmax", "both"), ("cosine", "each")])
def test_a_scorer_that_is_read_scores_as_the_one_that_was_written(
    tmp_path: Path, classifier: str, form: Form, reads: Reads
) -> None:
    written = identifier(classifier, form, reads)
    write(tmp_path / "identifier", written)
    read_again = read(tmp_path / "identifier")
    columns = np.array([2, NEW, 1, 0])
    queries = views(5, seed=2)
    expected = build(classifier, written.gallery, written.head, columns, len(NAMES))(queries)
    assert np.array_equal(classifier_of(read_again)(queries), expected)
    assert (read_again.identities, read_again.images, read_again.classes) == (NAMES, list(written.images), CLASSES)


def test_without_a_head_there_is_none_to_read(tmp_path: Path) -> None:
    written = identifier("nearest_neighbour")
    write(tmp_path / "identifier", Identifier(written.metadata, NAMES, written.gallery, written.images))
    assert read(tmp_path / "identifier").head is None
    assert not (tmp_path / "identifier" / "head.safetensors").exists()


def test_local_scaling_is_read_again(tmp_path: Path) -> None:
    made = replace(identifier("ensemble"), offset=np.linspace(-0.1, 0.1, 4, dtype=np.float32))
    write(tmp_path, made)
    scores = [classifier_of(one)(views(5, seed=2)) for one in (read(tmp_path), identifier("ensemble"))]
    np.testing.assert_allclose(scores[0], scores[1] - made.offset, atol=1e-6)


@pytest.mark.parametrize("lost", ["identifier.json", "gallery.safetensors", "head.safetensors"])
def test_half_an_identifier_is_refused(tmp_path: Path, lost: str) -> None:
    write(tmp_path, identifier("linear_probe"))
    (tmp_path / lost).unlink()
    with pytest.raises(BadInput, match=r"there is no whole identifier here .*`make run` makes one"):
        read(tmp_path)


@pytest.mark.parametrize("spoilt", ["identifier.json", "gallery.safetensors"])
def test_a_cut_off_file_is_refused(tmp_path: Path, spoilt: str) -> None:
    write(tmp_path, identifier("linear_probe"))
    path = tmp_path / spoilt
    path.write_bytes(path.read_bytes()[:40])
    with pytest.raises(BadInput, match="there is no whole identifier here"):
        read(tmp_path)


def test_an_identifier_that_an_earlier_version_wrote_is_read(tmp_path: Path) -> None:
    written = identifier("ensemble")
    old = {"scorer": "combination", "approach": "copies"}
    write(tmp_path, replace(written, metadata=old))
    read_again = read(tmp_path)
    assert read_again.metadata["classifier"] == "ensemble"
    assert read_again.metadata["strategy"] == "random_oversampling"
    assert np.array_equal(classifier_of(read_again)(views(5, seed=2)), classifier_of(written)(views(5, seed=2)))


def test_names_and_embeddings_that_do_not_match_are_refused(tmp_path: Path) -> None:
    write(tmp_path, identifier("nearest_neighbour"))
    metadata = json.loads((tmp_path / "identifier.json").read_text())
    (tmp_path / "identifier.json").write_text(json.dumps({**metadata, "images": metadata["images"][1:]}))
    with pytest.raises(BadInput, match="names and embeddings are not equally many"):
        read(tmp_path)


def test_a_colleague_may_read_what_was_written(tmp_path: Path) -> None:
    write(tmp_path / "it", identifier("linear_probe"))
    assert {oct(path.stat().st_mode & 0o777) for path in (tmp_path / "it").iterdir()} == {"0o644"}

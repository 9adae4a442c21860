"""The individuals of a run: what is known of each, found by present and former names; their pages and the map."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from longtail.params import DataParams
from longtail.reviewing import embedding_map, individuals, photographs
from longtail.reviewing.embedding_map import EmbeddingMap, Window
from longtail.reviewing.individuals import Confused
from tests.reviewing import drawn_run, scored_run
from tests.reviewing.conftest import Served
from tests.reviewing.scored_run import VECTORS

RENAMED = "identity:bea,rename,beatrix,Rae,2026-01-02,spelling\nidentity:zoe,merge,ada,Rae,2026-01-02,one whale\n"


@pytest.fixture
def run(tmp_path: Path) -> Path:
    return scored_run.add(drawn_run.make(tmp_path))


def everyone(root: Path, present: dict[str, str] | None = None) -> dict[str, individuals.Individual]:
    return individuals.read(root, photographs.read(root, root, DataParams()), present or {})


def test_what_is_known_of_each(run: Path) -> None:
    individuals = everyone(run)
    assert list(individuals) == ["ada", "bea", "cleo"]
    ada = individuals["ada"]
    assert (list(ada.photographs), ada.first, ada.recall, ada.scored) == (["a1.jpg", "a2.jpg"], "2020-01-02", 0.0, 2)
    assert ada.taken_for == (Confused("bea", 2, "a1.jpg", "b1.jpg"),)
    assert individuals["bea"].seen_in == (Confused("ada", 2, "a1.jpg", "b1.jpg"),)
    assert individuals["bea"].taken_for == (Confused("", 1, "b2.jpg", ""),)
    assert individuals["cleo"].taken_for == individuals["cleo"].seen_in == ()


def test_without_scores_they_are_listed_all_the_same(tmp_path: Path) -> None:
    root = drawn_run.make(tmp_path)
    assert {one.recall for one in everyone(root).values()} == {None}
    assert embedding_map.read(root) is None


def test_they_are_searched_filtered_and_sorted(run: Path) -> None:
    listed = everyone(run, {"bea": "beatrix", "zoe": "ada"})

    def names(search: str = "", which: str = "all", sort: str = "name") -> list[str]:
        return [one.name for one in individuals.chosen(listed, search, which, sort)]

    assert names("ZO") == ["ada"], "a former name"
    assert names("beat") == ["bea"], "what the next run calls it"
    assert names("c1.") == ["cleo"], "a photograph"
    assert names(which="once") == ["cleo"]
    assert names(which="missed") == names("a", which="missed") == ["ada", "bea"]
    assert names(which="renamed") == ["ada"]
    assert names(sort="photographs") == ["ada", "bea", "cleo"]
    assert names(sort="recall") == ["ada", "bea", "cleo"]
    assert names(sort="nonsense", which="nonsense") == ["ada", "bea", "cleo"]


def test_an_individual_is_found_by_every_name(run: Path) -> None:
    present = {"bea": "beatrix", "zoe": "ada"}
    listed = everyone(run, present)
    assert [individuals.find(listed, name, present) for name in ("bea", "beatrix", "zoe", "nobody")] == [
        listed["bea"], listed["bea"], listed["ada"], None,
    ]  # fmt: skip


def test_the_nearest_of_others_are_the_most_similar_photographs(run: Path) -> None:
    atlas = embedding_map.read(run)
    assert atlas is not None
    individual_of = {image: {"a": "ada", "b": "bea", "c": "cleo"}[image[0]] for image in VECTORS}
    first, second = atlas.neighbours({"a1.jpg", "a2.jpg"}, individual_of, 5)
    assert first[:3] == ("bea", "a2.jpg", "b1.jpg")
    assert first.similarity == pytest.approx(
        (0.9 * 0.7 + 0.1 * 0.7) / np.hypot(0.9, 0.1) / np.hypot(0.7, 0.7), abs=1e-6
    )
    assert second[:1] == ("cleo",)
    assert len(atlas.neighbours({"a1.jpg"}, individual_of, 1)) == 1
    assert atlas.neighbours({"n1.jpg"}, individual_of, 5) == []


def test_the_map_is_the_principal_components_and_equal_for_equal_embeddings() -> None:
    rng = np.random.default_rng(0)
    flat = rng.normal(size=(200, 2)) * (5, 1) @ rng.normal(size=(2, 8))
    places, shown = embedding_map.principal_components(flat.astype(np.float32))
    assert sum(shown) == pytest.approx(1, abs=1e-5)
    assert (places.min(axis=0), places.max(axis=0)) == (pytest.approx([0, 0]), pytest.approx([1, 1]))
    centred = flat - flat.mean(axis=0)
    direction = np.linalg.svd(centred, full_matrices=False)[2][0]
    assert abs(np.corrcoef(places[:, 0], centred @ direction)[0, 1]) == pytest.approx(1, abs=1e-6)
    again, _ = embedding_map.principal_components(flat.astype(np.float32))
    assert (again == places).all()


def test_pages_of_the_individuals(run: Path, serve: Callable[[Path], Served]) -> None:
    client = serve(run).enter()
    (run / "edits.csv").write_text(drawn_run.HEADER + RENAMED)
    page = client.get("/individuals?q=zoe").text
    assert "1 individual<" in page.replace("\n", "<")
    assert "formerly zoe" in page
    assert "from the next run on: beatrix" in client.get("/individuals").text
    answer = client.get("/individual?name=zoe")
    assert (answer.status_code, answer.headers["location"]) == (303, "/individual?name=ada")
    page = client.get("/individual?name=ada").text
    for words in (
        "Formerly zoe",
        "right in 0 of 2",
        "a1.jpg",
        "learned from",
        "taken for",
        "Nothing has been published",
    ):
        assert words in page, words
    assert page.index("/individual?name=bea") < page.index("/individual?name=cleo")
    assert client.get("/individual?name=nobody").status_code == 404
    pictures = re.findall(r'(?:src|href)="(/picture/[^"]+)"', page + client.get("/map").text)
    assert {client.get(html.unescape(url)).status_code for url in pictures} == {200}


def test_the_map_marks_one_and_says_how_much_it_shows(run: Path, serve: Callable[[Path], Served]) -> None:
    page = serve(run).enter().get("/map?name=cleo").text
    assert page.count('class="chosen"') == 1
    assert page.count("h0") == len(VECTORS)
    assert "5 labelled photographs" in page
    assert "% of the variance" in page
    assert "style=" not in page.partition("<main")[2], "the policy of the page allows no style in an element"


def test_a_part_of_the_map_is_looked_at_from_nearer(run: Path, serve: Callable[[Path], Served]) -> None:
    client = serve(run).enter()
    atlas = embedding_map.read(run)
    assert atlas is not None
    whole = client.get("/map?name=ada").text
    parts = [html.unescape(link) for link in re.findall(r'<a href="([^"]+)" aria-label="Look nearer', whole)]
    assert len(parts) == len({tuple(place) for place in np.minimum((atlas.coordinates * 3).astype(int), 2).tolist()})
    pages = [client.get(part).text for part in parts]
    assert sum(page.count("h0") for page in pages) == len(VECTORS), "each photograph is in one part"
    assert all('href="/map?name=ada"' in page for page in pages)
    nearest = client.get("/map?level=99&column=99&row=-1")
    assert (nearest.status_code, "Look nearer" in nearest.text) == (200, False)


def test_windows_of_the_map_hold_each_photograph_once_and_lead_back() -> None:
    rng = np.random.default_rng(0)
    places = np.concatenate([rng.uniform(size=(300, 2)), [[0, 0], [1, 1], [0, 1], [1, 0]]])
    atlas = EmbeddingMap([*map(str, range(304))], np.zeros((304, 1), np.float32), places, (0.0, 0.0))
    for window in (Window(), Window(1, 2, 2)):
        rows = np.sort(np.concatenate([atlas.rows_in(part) for part in window.parts]))
        assert rows.tolist() == atlas.rows_in(window).tolist()
        assert {part.around for part in window.parts} == {window}
        inside = window.inside(places[rows])
        assert inside.min() >= 0
        assert inside.max() <= 1
        assert set(atlas.thumbnails(window)) <= set(rows.tolist())


def test_a_name_with_anything_in_it_is_shown_as_text(tmp_path: Path, serve: Callable[[Path], Served]) -> None:
    root = drawn_run.make(tmp_path)
    odd = '"><script>&/?#'
    drawn_run.tables(root, drawn_run.LABELS | {"c1.png": odd}, [], [])
    client = serve(root).enter()
    page = client.get("/individuals").text
    assert "<script>&" not in page
    assert client.get("/individual", params={"name": odd}).status_code == 200

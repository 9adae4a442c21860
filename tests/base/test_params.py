"""params.yaml as it is read: again after a change, and never shared between those who read it."""

from __future__ import annotations

from pathlib import Path

from longtail import params


def test_each_reading_has_sections_of_its_own_with_the_lines_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "params.yaml"
    path.write_text("# a comment\ntrain:\n  epochs: 3\n  networks: [a]\n", encoding="utf-8")
    first, laid_over = params.read(path), params.read(path, ["train.epochs=5"])
    first["train"]["epochs"] = 4
    first["train"]["networks"].append("b")
    first["train"]["seed"] = 1
    again = params.read(path)
    assert (laid_over["train"]["epochs"], again["train"]["epochs"]) == (5, 3)
    assert again["train"]["networks"] == ["a"]
    assert "seed" not in again["train"]
    assert (again["train"].lc.key("epochs"), again["train"].lc.key("networks")) == ((2, 2), (3, 2))
    path.write_text("train:\n  epochs: 7\n", encoding="utf-8")
    assert params.read(path)["train"]["epochs"] == 7

"""Old words: accepted in params.yaml with a warning, read in every file that a run left. stored/ is of a real run."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import get_args

import pandas as pd
import pytest

from benchmarks import which_strategy
from flows import retrain
from longtail import params, process_lock, renamed, stages
from longtail.cli import main
from longtail.recognition.balancing.strategies import STRATEGIES
from longtail.recognition.classifiers.base import CLASSIFIERS
from longtail.recognition.classifiers.fit import FitSettings
from longtail.stages import audit, evaluate, oversample, report
from tests.bad_inputs.building import good_project

STORED = Path(__file__).parent / "stored"
ROOT = Path(__file__).resolve().parents[2]
RUNS = ROOT / "benchmarks/results/runs"


def written(folder: Path, text: str) -> Path:
    path = folder / "params.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_parameters_of_an_earlier_version_mean_what_they_meant() -> None:
    raw = params.read(STORED / "params.yaml")
    params.check_all(retrain.schemas(), raw)
    assert params.load(audit.Params, "audit", raw).min_similarity == raw["audit"]["min_likeness"] == 0.83
    assert params.load(report.Params, "report", raw).gallery_size == raw["report"]["wall"]
    compared = params.load(evaluate.Params, "evaluate", raw)
    assert compared.classifiers == list(get_args(evaluate.ClassifierName))
    assert compared.strategies == list(get_args(evaluate.StrategyName))
    assert params.load(oversample.Params, "oversample", raw).strategy == "augmented_oversampling"


def test_the_warning_names_every_old_word_and_its_new_one() -> None:
    said = renamed.warning(params.read(STORED / "params.yaml"))
    assert said.startswith("params.yaml uses names that the next release will not know: ")
    for pair in ("audit.min_likeness is now min_similarity", "evaluate.strategies: retrained is now crt"):
        assert pair in said
    assert "tau_normalised" not in said


@pytest.mark.parametrize("preset", sorted((ROOT / "presets").glob("*.yaml")), ids=lambda path: path.stem)
def test_no_preset_has_an_old_word(preset: Path) -> None:
    assert renamed.warning(params.read(preset)) == ""


def test_every_new_word_is_one_that_is_known() -> None:
    schemas = retrain.schemas()
    for section, keys in renamed.KEYS.items():
        assert set(keys.values()) <= set(schemas[section].model_fields)
        assert not set(keys) & set(schemas[section].model_fields)
    assert set(renamed.STRATEGIES.values()) <= set(STRATEGIES)
    assert set(renamed.CLASSIFIERS.values()) <= set(CLASSIFIERS)
    assert not set(renamed.STRATEGIES) & set(STRATEGIES)
    assert not set(renamed.CLASSIFIERS) & set(CLASSIFIERS)
    written_now = {path.name for path in stages.load("evaluate").Paths().outputs()}
    assert set(renamed.FILES) <= written_now
    assert not {*renamed.FILES.values()} & written_now


def test_a_wrong_value_under_an_old_key_is_found_in_its_line(tmp_path: Path) -> None:
    raw = params.read(written(tmp_path, "audit:\n  max_distance: 8\n  min_likeness: 3.0\n"))
    with pytest.raises(params.BadParameter, match=r"parameter 'audit\.min_similarity'.*") as raised:
        params.load(audit.Params, "audit", raw)
    assert raised.value.problems[0].where == "params.yaml, line 3"


@pytest.mark.parametrize(("key", "other"), [("min_likeness", "min_similarity"), ("min_similarity", "min_likeness")])
def test_an_override_counts_whatever_name_the_file_has(tmp_path: Path, key: str, other: str) -> None:
    raw = params.read(written(tmp_path, f"audit:\n  {other}: 0.9\n"), [f"audit.{key}=0.7"])
    assert params.load(audit.Params, "audit", raw).min_similarity == 0.7


def test_a_key_under_both_names_has_the_new_ones_value() -> None:
    for values in ({"wall": 5, "gallery_size": 7}, {"gallery_size": 7, "wall": 5}):
        assert renamed.parameters("report", values) == {"gallery_size": 7}


def test_a_stored_choice_is_read() -> None:
    old = json.loads((STORED / "choice.json").read_text("utf-8"))
    choice = renamed.record(old)
    assert (choice["strategy"], choice["classifier"]) == ("smote", "ensemble")
    assert choice["chosen_on_half_a"] == {
        "strategy": "smote",
        "classifier": "ensemble",
        "threshold": 0.5391290187835693,
    }
    assert (choice["threshold"], choice["calibration"]) == (old["threshold"], old["calibration"])
    assert FitSettings.from_dict(choice["settings"]).head.dims == 256
    assert renamed.record(choice) == choice


def test_stored_tables_are_read(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    runs = [str(RUNS / f"whales-small-seed-{seed}") for seed in (4, 5)]
    monkeypatch.setattr("sys.argv", ["which", *runs, "--picture", str(tmp_path / "p.svg")])
    which_strategy.main()
    printed = capsys.readouterr().out
    assert "| random_undersampling | ensemble |" in printed
    assert "linear_head" not in printed.replace(" ", "_")


def test_a_table_has_the_name_it_was_written_under(tmp_path: Path) -> None:
    assert renamed.table_path(tmp_path, "leaderboard.csv") == tmp_path / "leaderboard.csv"
    pd.DataFrame().to_csv(tmp_path / "approaches.csv")
    assert renamed.table_path(tmp_path, "leaderboard.csv") == tmp_path / "approaches.csv"
    assert renamed.table_path(tmp_path, "winners.csv") == tmp_path / "winners.csv"


def test_a_stage_by_hand_warns_and_one_of_a_flow_leaves_it_to_the_flow(
    tmp_path: Path, root: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(good_project(tmp_path, root / "src"))
    with (tmp_path / "params.yaml").open("a", encoding="utf-8") as file:
        file.write("\naudit:\n  odd_factor: 4.0\n")
    assert main(["validate"]) == 0
    assert capsys.readouterr().err.count("audit.odd_factor is now size_outlier_factor") == 1
    monkeypatch.setenv(process_lock.FLOW_PID, str(os.getpid()))
    monkeypatch.setattr(process_lock, "end_with_flow", lambda: None)
    assert main(["validate"]) == 0
    assert "odd_factor" not in capsys.readouterr().err

from __future__ import annotations

import json
import logging
from pathlib import Path

import pytest

from flows import console, newer
from flows.stages import Outcome
from longtail import licences
from longtail.errors import BadInput, Problem
from longtail.labels.findings import COLUMNS, findings_table


@pytest.fixture
def scored(tmp_path: Path) -> Path:
    folder = tmp_path / "artifacts/evaluate"
    folder.mkdir(parents=True)
    metrics = {"open_map_at_5": 0.5, "open_map_at_5_low": 0.4, "open_map_at_5_high": 0.6, "photographs": 1234}
    (folder / "metrics.json").write_text(json.dumps(metrics))
    rows = "baseline,open_map_at_5,closed_map_at_5,gain,gain_low,gain_high\nall_new,0.25,0,0.25,0.1,0.4\n"
    (folder / "baselines.csv").write_text(rows)
    train = tmp_path / "artifacts/train"
    train.mkdir(parents=True)
    (train / "model.json").write_text("{}")
    report = tmp_path / "artifacts/report/report.html"
    report.parent.mkdir()
    report.touch()
    return tmp_path


def test_the_last_screen_says_score_baselines_places_and_what_next(scored: Path) -> None:
    outcomes = [
        Outcome("validate", "Cached", 0.0, "8 photographs"),
        Outcome("train", "Completed", 61.4, "2 epochs"),
        Outcome("publish", "Skipped", 0.0, "no test photographs"),
    ]
    lines = console.summary(scored, outcomes, 75.2).splitlines()
    assert lines[1] == "Done in 75 s: 1 ran, 1 cached."
    assert lines[3:6] == [
        "  validate  cached     0.0 s  8 photographs",
        "  train     ran       61.4 s  2 epochs",
        "  publish   left       0.0 s  no test photographs",
    ]
    assert "  MAP@5 on 1,234 photographs held out       0.500  95% interval [0.400, 0.600]" in lines
    assert "    always 'none of the known'              0.250  ours is +0.250 [+0.100, +0.400]: better" in lines
    assert "  report      artifacts/report/report.html" in lines
    assert not any("submission" in line for line in lines)  # there is none
    assert any("dvc metrics show" in line for line in lines)


def test_a_licence_that_forbids_commercial_use_stands_above_the_score(scored: Path) -> None:
    model = {"weights_note": "weights of hf-hub:a/b@01", "weights_licence": "cc-by-nc-4.0"}
    (scored / "artifacts/train/model.json").write_text(json.dumps(model))
    screen = " ".join(console.summary(scored, [Outcome("train", "Completed", 1.0, "")], 9).split())
    assert 0 < screen.index(licences.warning(model)) < screen.index("MAP@5 on 1,234")


def next_commands(root: Path) -> list[str]:
    """What the last screen names to run next."""
    screen = console.summary(root, [Outcome("train", "Completed", 1.0, "")], 9)
    lines = screen.partition("Next:\n")[2].splitlines()
    return [line.split("  ")[1].rpartition("/")[2] for line in lines]


def test_the_import_comes_next_only_where_the_photographs_are_drawn(scored: Path) -> None:
    own = ["dvc metrics show", "longtail identify PHOTO", "longtail review", "longtail add SOURCE", "make run"]
    assert next_commands(scored) == own
    train = scored / "data/raw/train"
    train.mkdir(parents=True)
    (scored / "data/raw/test").mkdir()
    (train / "1.jpg").touch()
    assert next_commands(scored) == own
    (scored / "data/raw/.drawn.json").write_text(json.dumps({"images": 1, "test": 0}))
    assert next_commands(scored) == ["dvc metrics show", "longtail import SOURCE", "make run"]
    (train / "mine.jpg").touch()
    assert next_commands(scored) == own


UNTRAINED = ("gain_over_frozen_1nn", "gain_over_frozen_1nn_low", "gain_over_frozen_1nn_high")
HARDLY = {
    "hardly_learned": True,
    "train_right": 3,
    "train_images": 240,
    "train_accuracy": 0.0125,
    "train_chance": 0.01,
}


def test_what_asks_for_a_decision_is_counted_beside_where_it_is_decided(scored: Path) -> None:
    def hint() -> list[str]:
        text = console.summary(scored, [Outcome("train", "Completed", 1.0, "")], 9)
        return [" ".join(line.split()) for line in text.splitlines() if "review --serve" in line]

    assert hint() == []
    blank = dict.fromkeys(COLUMNS, "") | {"kind": "near_duplicate", "image": "a.jpg", "other": "b.jpg"}
    rows = [blank, blank | {"kind": "conflict", "severity": "warning"}, blank | {"kind": "grey", "proposal": "drop"}]
    (scored / "artifacts/audit").mkdir()
    findings = findings_table([{"severity": "info"} | row for row in rows], {})
    findings.to_csv(scored / "artifacts/audit/findings.csv", index=False)
    assert [line.partition("longtail ")[2] for line in hint()] == ["review --serve 2 findings ask for a decision"]
    names = zip(findings["kind"], findings["finding"], strict=True)
    kept = "".join(f"a.jpg,keep,{kind} {name},Rae,2026-01-02,seen\n" for kind, name in names)
    (scored / "edits.csv").write_text("image,action,value,who,when,why\n" + kept)
    assert hint() == []


def screen(root: Path, *, photographs: int, figures: tuple[float, float, float], model: dict[str, object]) -> list[str]:
    """The last screen of a run with these figures against the untrained network, the only baseline."""
    folder = root / "artifacts/evaluate"
    metrics = json.loads((folder / "metrics.json").read_text()) | {"photographs": photographs}
    (folder / "metrics.json").write_text(json.dumps(metrics | dict(zip(UNTRAINED, figures, strict=True))))
    row = ",".join(map(str, figures))
    header = "baseline,open_map_at_5,closed_map_at_5,gain,gain_low,gain_high"
    (folder / "baselines.csv").write_text(f"{header}\nfrozen_1nn,0.25,0,{row}\n")
    (root / "artifacts/train/model.json").write_text(json.dumps(model))
    text = console.summary(root, [Outcome("train", "Completed", 1.0, "")], 9)
    before, score, after = text.partition("  MAP@5 on ")
    return [" ".join(before.split()), (score + after).splitlines()[1].split("[")[1].split("]: ")[1]]


@pytest.mark.parametrize(
    ("figures", "photographs", "verdict", "beginning"),
    [
        ((0.1, 0.05, 0.15), 200, "better", ""),
        ((-0.1, -0.15, -0.05), 200, "worse", "Worse than the untrained network: -0.100 [-0.150, -0.050] MAP@5 on 200"),
        (
            (0.01, -0.02, 0.04),
            200,
            "no difference shown",
            "Not significantly different from the untrained network: +0.010",
        ),
        ((0.1, 0.05, 0.15), 99, "too few to say", ""),
        (
            (-0.1, -0.15, -0.05),
            1,
            "worse",
            "Worse than the untrained network: -0.100 [-0.150, -0.050] MAP@5 on 1 photograph,",
        ),
    ],
)
def test_the_last_screen_says_what_the_interval_shows(
    scored: Path, figures: tuple[float, float, float], photographs: int, verdict: str, beginning: str
) -> None:
    above, beside = screen(scored, photographs=photographs, figures=figures, model={"train_accuracy": 0.2})
    assert beside == verdict
    assert beginning in above
    remedy = "Set more epochs (train.unfrozen_epochs) or a higher learning rate (train.base_lr"
    assert (remedy in above) == bool(beginning)
    assert ("untrained network" in above) == bool(beginning)


def test_a_network_that_learned_by_heart_needs_less_of_it(scored: Path) -> None:
    above, _ = screen(scored, photographs=200, figures=(-0.1, -0.15, -0.05), model={"train_accuracy": 0.97})
    assert "It classifies 97% of its training images correctly but does not generalise. Set fewer epochs" in above


def test_a_network_that_hardly_learned_is_named_above_the_score(scored: Path) -> None:
    above, _ = screen(scored, photographs=200, figures=(0.1, 0.05, 0.15), model=HARDLY)
    assert (
        "The network hardly learned: in its last epoch it classified 3 of 240 training images correctly (1.2%)" in above
    )
    assert "Always predicting the most frequent identity gives 1.0%. Set more epochs" in above
    above, _ = screen(scored, photographs=200, figures=(0.1, 0.05, 0.15), model=HARDLY | {"hardly_learned": False})
    assert "hardly" not in above


def test_one_photograph_is_no_photographs(scored: Path) -> None:
    metrics = scored / "artifacts/evaluate/metrics.json"
    metrics.write_text(json.dumps(json.loads(metrics.read_text()) | {"photographs": 1}))
    assert "MAP@5 on 1 photograph held out" in console.summary(scored, [Outcome("train", "Completed", 1.0, "")], 9)


def test_a_run_without_change_says_so(scored: Path) -> None:
    text = console.summary(scored, [Outcome("validate", "Cached", 0.0, ""), Outcome("publish", "Cached", 0.0, "")], 9)
    assert "Nothing had to run: all 2 cached, in 9 s. Nothing was published again." in text


def test_what_is_newer_than_the_run_is_its_last_line_and_no_stage(scored: Path) -> None:
    outcomes = [Outcome("train", "Completed", 1.0, ""), Outcome("newer", newer.STATE, 0.1, "edits.csv (audit)")]
    text = console.summary(scored, outcomes, 9)
    assert text.splitlines()[-1] == (
        "Newer than what this run used, and waits for the next run (make run): edits.csv (audit)"
    )
    assert "Done in 9 s: 1 ran, 0 cached." in text
    assert text.count("newer") == 0


def test_a_refusal_is_told_uncut_with_the_way_around_it(scored: Path) -> None:
    why = "not published: " + "figures " * 30 + "end"
    text = console.summary(scored, [Outcome("publish", "Refused", 0.1, why)], 9)
    assert f"  {why}\n" in text
    assert "--force WHY" in text


def test_a_failure_names_the_stage_the_problem_and_what_did_not_run() -> None:
    error = BadInput(Problem("a photograph is torn", "Mend it.", where="w1.jpg"))
    assert console.failure(error) == "\nretrain: a photograph is torn (w1.jpg). Mend it."
    error.add_note("train")
    assert console.failure(error) == (
        "\ntrain: a photograph is torn (w1.jpg). Mend it."
        "\nThe stages after train did not run; what was finished is kept."
    )


@pytest.mark.parametrize(
    ("logger", "module", "level", "message", "shown"),
    [
        ("prefect.task_runs", "dvc", logging.INFO, "3 of 12 epochs", True),
        ("prefect.task_runs", "task_engine", logging.INFO, "Finished in state Completed()", False),
        ("prefect.task_runs", "task_engine", logging.INFO, "Task run failed - Retry %s/%s will start", True),
        ("prefect", "server", logging.INFO, "Starting temporary server", False),
        ("somewhere", "else", logging.WARNING, "careful", True),
    ],
)
def test_the_console_shows_stages_and_retries_not_the_machinery(
    logger: str, module: str, level: int, message: str, shown: bool
) -> None:
    record = logging.LogRecord(logger, level, f"/x/{module}.py", 1, message, None, None)
    assert console._worth_reading(record) is shown


def test_a_line_is_not_named_twice() -> None:
    record = logging.LogRecord("prefect.task_runs", logging.INFO, "x.py", 1, "train: 2 epochs", None, None)
    record.task_run_name = "train"
    assert console._Plain().format(record).endswith("  train: 2 epochs")
    assert not console._Plain().format(record).endswith("train: train: 2 epochs")
    record.msg = "warning: slow"
    assert console._Plain().format(record).endswith("  train: warning: slow")

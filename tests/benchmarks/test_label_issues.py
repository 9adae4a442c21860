"""Planted errors and what is counted of them: the table that the screens quote is the one on the page."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from benchmarks import label_issues, label_scores, planting
from benchmarks.label_issues import Run
from longtail import params
from longtail.evaluation import findings
from longtail.labels import measured
from longtail.recognition.embeddings import PairedEmbeddings
from longtail.splitting import edits
from longtail.stages import audit, prepare, split
from longtail.synthetic.plan import Plan, plan_sample
from longtail.synthetic.rawset import write_sample
from tests.recognition.world import flip


def labels(plan: Plan) -> pd.Series:
    rows = {shot.name: shot.label.replace("new_whale", "") for shot in plan.labelled}
    return pd.Series(rows, dtype="str")


def planted(plan: Plan, share: float, seed: int = 0) -> list[planting.Planted]:
    given = labels(plan)
    names = sorted(set(given) - {""})
    resembles = pd.Series({image: names[(names.index(name) + 1) % len(names)] for image, name in given.items() if name})
    return planting.plant(given, share, resembles, np.random.default_rng(seed))


def test_errors_of_three_kinds_are_planted_each_photograph_once() -> None:
    plan = plan_sample(40, 130, 0, 1)
    errors = planted(plan, 0.2)
    given = labels(plan)
    assert len({one.image for one in errors}) == len(errors)
    assert all(given[one.image] == one.was != one.now for one in errors)
    kinds = pd.Series([one.kind for one in errors]).value_counts()
    assert set(kinds.index) == set(planting.KINDS)
    assert kinds["look_alike"] == round(0.2 * 130 / 3)
    swapped = [one for one in errors if one.kind == "swapped"]
    assert [(a.was, a.now) for a in swapped[::2]] == [(b.now, b.was) for b in swapped[1::2]]
    assert all(one.was == "" for one in errors if one.kind == "new_as_known")
    assert planted(plan, 0.2) == errors
    wrong = planting.with_errors(given, errors)
    assert (wrong != given).sum() == len(errors)


def test_a_drawn_sample_knows_whom_its_photographs_show() -> None:
    plan = plan_sample(40, 200, 0, 1)
    truth = planting.truth(plan)
    given = labels(plan)
    wrong = given[given != truth["label"]]
    assert 0 < len(wrong) <= 0.04 * 200, "copies under another label, and nothing else"
    whales = {shot.name: shot.whale for shot in plan.labelled}
    assert truth.groupby(truth.index.map(whales))["label"].nunique().max() == 1


def test_bounds_are_wilsons() -> None:
    assert label_scores.wilson(31, 36) == (0.713, 0.939)  # by hand: (k + z^2/2) / (n + z^2) -+ ...
    assert label_scores.wilson(0, 0) == ("", "")


def test_the_page_shows_the_tables_that_the_screens_quote(root: Path) -> None:
    assert label_scores.on_page(root / label_issues.PAGE) == "\n\n".join(
        label_scores.markdown_tables(*label_issues.TABLES)
    )
    on_whales = pd.read_csv(measured.WHALES).query("planted == 'all'").set_index("finding")
    for row in pd.read_csv(measured.TABLE).query("planted == 'all' and found > 0").itertuples():
        quoted = str(measured.measured_precision(row.finding))
        found, right = (int(on_whales.loc[row.finding, name]) for name in ("found", "right"))
        assert f"right in {row.right:,} of {row.found:,} on drawn data" in quoted
        assert (f"in {right:,} of {found:,} on real whales" in quoted) == (found > 0)
        low = label_scores.wilson(row.right + right, row.found + found)[0]
        assert measured.may_relabel(row.finding) == (float(low) >= measured.ENOUGH)
        assert row.precision_low == label_scores.wilson(row.right, row.found)[0]


def test_an_unknown_photograph_whose_copy_has_a_name_is_no_truth() -> None:
    labels = pd.Series({"copy.jpg": "a", "unknown.jpg": "", "alone.jpg": "", "named.jpg": "b"})
    groups = pd.DataFrame({"image": labels.index, "group": ["1", "1", "2", "3"]})
    errors = [planting.Planted(image, "new_as_known", "", "b") for image in ("unknown.jpg", "alone.jpg")]
    errors.append(planting.Planted("named.jpg", "swapped", "b", "a"))
    assert label_issues._known(errors, labels, groups) == {"alone.jpg": "", "named.jpg": "b"}


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A small sample with planted errors, grouped and split; a network that sees the whales through some noise."""
    here = tmp_path_factory.mktemp("planted")
    plan = plan_sample(20, 90, 0, 3)
    write_sample(plan, here / "data/raw", here / "solution.csv", 3, params.ComputeParams())
    (here / "artifacts/validate").mkdir(parents=True)
    (here / "artifacts/validate/passed.json").write_text("{}")
    (here / "edits.csv").write_text(",".join(edits.COLUMNS) + "\n")
    prepare.run(prepare.Params(), prepare.Paths.at(here, "labelled"))
    table = pd.read_parquet(here / "artifacts/prepare/labelled.parquet")
    errors = planted(plan, 0.1)
    table = table.assign(label=table["image"].map(planting.with_errors(labels(plan), errors)).astype("str"))
    table.to_parquet(here / "artifacts/prepare/labelled.parquet", index=False)
    table.head(0).to_parquet(here / "artifacts/prepare/test.parquet", index=False)
    audit.run(audit.Params(), audit.Paths.at(here))
    split.run(split.Params(), split.Paths.at(here))
    found = [pd.read_csv(here / "artifacts/audit/findings.csv", dtype="str", keep_default_na=False)]
    truth, rng = planting.truth(plan), np.random.default_rng(0)
    whale_of = {shot.name: shot.whale for shot in plan.labelled}
    directions = rng.normal(size=(max(whale_of.values()) + 1, 32))
    seen = np.array([directions[whale_of[image]] for image in table["image"]]) + rng.normal(0, 0.3, (len(table), 32))
    view = PairedEmbeddings(seen.astype(np.float32), flip(seen.astype(np.float32)))
    nobody = pd.DataFrame(columns=["image", "identity", "known", "half", "first", "score", "nearest"]).astype(
        {"known": "bool", "score": "float64"}
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("longtail.evaluation.findings.may_relabel", lambda _: True)
        folds = pd.read_parquet(here / "artifacts/split/split.parquet")
        found.append(findings.findings(nobody, folds, (table[["image"]], [view, view]), table, found[0]))
    both = pd.concat(found, ignore_index=True).drop_duplicates("finding", keep="last").reset_index(drop=True)
    return Run(here, 3, 0.1, errors, truth, both)


@pytest.mark.slow
def test_accepting_all_proposals_repairs_labels_and_parts_no_picture(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(label_scores, "may_relabel", lambda kind: kind in ("conflict", "likely_label_error"))
    outcome = label_scores.accept_all(run, {"data": {"unknown_label": "new_whale"}})
    assert outcome["pictures_in_two_folds"] == 0
    assert outcome["repaired"] >= 0.2 * outcome["errors"]
    assert outcome["wrong_after"] < outcome["wrong_before"]
    assert outcome["left_out_after"] <= outcome["left_out_before"]


def test_each_kind_is_counted_against_the_truth(run: Run) -> None:
    table = label_scores.table([run]).set_index(["finding", "planted"])
    copies = table.loc[("exact_duplicate", "all")]
    assert copies["right"] == copies["found"] > 0
    row = table.loc[("likely_label_error", "0.1")]
    proposals = run.findings.query("kind == 'likely_label_error'")
    right = sum(
        run.truth["label"][image] == name
        for image, name in zip(proposals["image"], proposals["other_label"], strict=True)
    )
    assert (row["found"], row["right"], row["errors"]) == (len(proposals), right, len(run.planted))
    assert row["named"] == sum(row[kind] for kind in planting.KINDS)
    known = {one.image for one in run.planted[:3]}
    unjudged = label_scores.table([Run(run.root, 3, 0.1, run.planted, run.truth.loc[sorted(known)], run.findings)])
    assert unjudged.set_index(["finding", "planted"]).loc[("doubtful_label", "all"), "unjudged"] >= 0
    assert (unjudged["found"] + unjudged["unjudged"]).sum() == (table["found"] + table["unjudged"]).sum()

"""Write one self-contained page for people, and a model card.

Reads: what the earlier stages wrote, the working copies and variants (for small pictures), and params.yaml. The page
    shows the sections that `params:` of dvc.yaml lists for this stage. Where a section was edited after its stage ran,
    it shows the values of the stage's record. From the records it also takes when, and from which commit, the stages
    ran.
    Photographs to compare are shown from data/raw where they are there unchanged, else from the working copies.
Writes: report.html, which opens from disk without a network, and model_card.md.
Fails on: nothing of its own; missing values are shown as such.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import Field

from longtail import atomic, renamed
from longtail import params as params_file
from longtail.params import DataParams, StageParams
from longtail.paths import RAW, StagePaths, reads, writes
from longtail.run_record import Summary, md5_of, sections_used, versions
from longtail.run_record import read as read_record

if TYPE_CHECKING:
    from longtail.reporting.context import StageRun

SECTIONS = (
    "data",
    "validate",
    "prepare",
    "keypoints",
    "audit",
    "split",
    "oversample",
    "train",
    "embed",
    "evaluate",
    "predict",
    "discover",
    "report",
)
"""Sections of params.yaml that the page shows: this stage's `params:` in dvc.yaml, in the order of reading."""


class Params(StageParams):
    """How much the page shows."""

    gallery_size: int = Field(48, ge=0, le=400, description="photographs in the random sample")
    pairs: int = Field(4, ge=0, le=50, description="pairs shown of each kind: conflicts, near and exact duplicates")
    examples: int = Field(6, ge=0, le=50, description="best predictions shown, and as many of the worst")
    label_issues: int = Field(8, ge=0, le=50, description="label issues shown of each kind")
    picture_size: int = Field(
        224, ge=48, le=512, description="longer side of a picture on the page, px; of pictures to compare at least 480"
    )
    seed: int = Field(0, ge=0, description="seed of the random samples")
    data: DataParams = DataParams()


@dataclass(frozen=True)
class Paths(StagePaths):
    """The two ends of the stage; a field that is read is named as in `longtail.reporting.inputs.Inputs`."""

    verdict: Path = reads("artifacts/validate/verdict.json")
    labelled: Path = reads("artifacts/prepare/labelled.parquet")
    labelled_images: Path = reads("artifacts/prepare/labelled")
    test: Path = reads("artifacts/prepare/test.parquet")
    findings: Path = reads("artifacts/audit/findings.csv")
    edits: Path = reads("artifacts/audit/edits.csv")
    split: Path = reads("artifacts/split/split.parquet")
    plan: Path = reads("artifacts/oversample/plan.parquet")
    augmented: Path = reads("artifacts/oversample/augmented.parquet")
    augmented_images: Path = reads("artifacts/oversample/images")
    model: Path = reads("artifacts/train/model.json")
    history: Path = reads("artifacts/train/history.csv")
    lr_find: Path = reads("artifacts/train/lr_find.csv")
    metrics: Path = reads("artifacts/evaluate/metrics.json")
    scorecard: Path = reads("artifacts/evaluate/scorecard.csv")
    leaderboard: Path = reads("artifacts/evaluate/leaderboard.csv")
    per_class_count: Path = reads("artifacts/evaluate/per_class_count.csv")
    winners: Path = reads("artifacts/evaluate/winners.csv")
    baselines: Path = reads("artifacts/evaluate/baselines.csv")
    leakage_demo: Path = reads("artifacts/evaluate/leakage_demo.csv")
    recall: Path = reads("artifacts/evaluate/recall.csv")
    threshold_curve: Path = reads("artifacts/evaluate/threshold_curve.csv")
    share_curve: Path = reads("artifacts/evaluate/share_curve.csv")
    reliability: Path = reads("artifacts/evaluate/reliability.csv")
    calibration: Path = reads("artifacts/evaluate/calibration.csv")
    label_issues: Path = reads("artifacts/evaluate/findings.csv")
    choice: Path = reads("artifacts/evaluate/choice.json")
    predictions: Path = reads("artifacts/evaluate/predictions.parquet")
    marks: Path = reads("artifacts/evaluate/marks.parquet")
    identifier: Path = reads("artifacts/predict/identifier/identifier.json")
    decisions: Path = reads("artifacts/predict/decisions.parquet")
    submission: Path = reads("artifacts/predict/submission.csv")
    candidates: Path = reads("artifacts/predict/candidates.parquet")
    discover: Path = reads("artifacts/discover/metrics.json")
    proposals: Path = reads("artifacts/discover/proposals.parquet")
    page: Path = writes("artifacts/report/report.html")
    card: Path = writes("artifacts/report/model_card.md")


def run(params: Params, paths: Paths) -> Summary:
    """Write the page and the card.

    Args:
        params: How much the page shows.
        paths: Ends of the stage.

    Returns:
        Size and warnings.
    """
    from longtail.labels import rawset
    from longtail.reporting import model_card, originals, page, warnings
    from longtail.reporting.context import PageOptions, PageSource, ReportContext
    from longtail.reporting.inputs import Inputs, read

    inputs = Inputs(**{item.name: read(item.name, getattr(paths, item.name)) for item in fields(Inputs)})
    used = sections_used(paths.root, params_file.read(paths.root / "params.yaml"), SECTIONS)
    source = PageSource(
        params={name: renamed.parameters(name, values or {}) for name, values in used.items()},
        param_sections=SECTIONS,
        versions=versions(),
        hashes={paths.relative(path): md5_of(path) for path in paths.inputs() if path.is_file()},
        unknown_label=params.data.unknown_label,
        runs=_runs(paths.root),
        data_version=_data_version(paths.root),
        is_drawn=rawset.is_drawn(paths.root / RAW),
        originals=originals.read(paths.root, inputs.labelled, params.data, _box_margin(paths.root)),
    )
    options = PageOptions(
        gallery_size=params.gallery_size,
        pairs=params.pairs,
        examples=params.examples,
        label_issues=params.label_issues,
        picture_size=params.picture_size,
        seed=params.seed,
    )
    context = ReportContext(inputs, options, source)
    html = page.render(context)
    atomic.write_text(paths.page, html)
    atomic.write_text(paths.card, model_card.render(context))
    size = len(html.encode())
    return Summary(
        line=f"{paths.relative(paths.page)} ({size / 1e6:.1f} MB); open it in a browser",
        facts={"bytes": size},
        warnings=tuple(warning.text for warning in warnings.collect(inputs, params.data.unknown_label)),
    )


def _runs(root: Path) -> dict[str, StageRun]:
    from longtail.reporting.context import StageRun

    records = {stage: read_record(root, stage) for stage in ("train", "evaluate")}
    return {
        stage: StageRun(record["started"], record["commit"], record["dirty"])
        for stage, record in records.items()
        if record
    }


def _box_margin(root: Path) -> float:
    """What `prepare` left around a box."""
    return float(read_record(root, "prepare@labelled").get("params", {}).get("box_margin", 0.0))


def _data_version(root: Path) -> dict[str, str]:
    """md5 of the label table and of the folder of labelled photographs, as `prepare` read them."""
    inputs = read_record(root, "prepare@labelled").get("inputs", {})
    paths = {"labels": f"{RAW}/train.csv", "photographs": f"{RAW}/train"}
    return {name: inputs[path] for name, path in paths.items() if path in inputs}

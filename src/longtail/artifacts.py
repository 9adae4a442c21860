"""Where the stages leave what is read outside of them, from the project's root, and where each leaves its record.

A stage names its own paths (`Paths` in `stages/`); a contract test holds these to them, so that a path is written in
one of the two places alone.
"""

from __future__ import annotations

from typing import Literal

Part = Literal["labelled", "augmented", "test"]

FOLDER = "artifacts"
DATA_DOCS = f"{FOLDER}/validate/docs"
AUDIT_EDITS = f"{FOLDER}/audit/edits.csv"
AUDIT_FINDINGS = f"{FOLDER}/audit/findings.csv"
GROUPS = f"{FOLDER}/audit/groups.parquet"
SPLIT = f"{FOLDER}/split/split.parquet"
AUGMENTED = f"{FOLDER}/oversample/augmented.parquet"
AUGMENTED_IMAGES = f"{FOLDER}/oversample/images"
NETWORK = f"{FOLDER}/train/model.safetensors"
HEAD = f"{FOLDER}/train/head.safetensors"
NETWORK_CARD = f"{FOLDER}/train/model.json"
NETWORKS_BESIDE = f"{FOLDER}/train/more"
NETWORK_OF_ALL_FOLDS = f"{FOLDER}/train/all"
LEARNED_FROM = f"{FOLDER}/train/learned_from.parquet"
HISTORY = f"{FOLDER}/train/history.csv"
METRICS = f"{FOLDER}/evaluate/metrics.json"
SCORECARD = f"{FOLDER}/evaluate/scorecard.csv"
BASELINES = f"{FOLDER}/evaluate/baselines.csv"
PREDICTIONS = f"{FOLDER}/evaluate/predictions.parquet"
RECALL = f"{FOLDER}/evaluate/recall.csv"
EVALUATE_FINDINGS = f"{FOLDER}/evaluate/findings.csv"
IDENTIFIER = f"{FOLDER}/predict/identifier"
SUBMISSION = f"{FOLDER}/predict/submission.csv"
CANDIDATES = f"{FOLDER}/predict/candidates.parquet"
DECISIONS = f"{FOLDER}/predict/decisions.parquet"
PROPOSALS = f"{FOLDER}/discover/proposals.parquet"
DISCOVER_FINDINGS = f"{FOLDER}/discover/findings.csv"
REPORT = f"{FOLDER}/report/report.html"
MODEL_CARD = f"{FOLDER}/report/model_card.md"

_RECORD = "record.json"


def prepared_images(part: str) -> str:
    """The folder of the working copies of `labelled` or `test`."""
    return f"{FOLDER}/prepare/{part}"


def prepared_table(part: str) -> str:
    """The table of the photographs of `labelled` or `test`."""
    return f"{prepared_images(part)}.parquet"


def embeddings(part: Part) -> str:
    """The folder of the embeddings of one part."""
    return f"{FOLDER}/embed/{part}"


def stage_folder(stage: str) -> str:
    """Where a stage writes."""
    return f"{FOLDER}/{stage}"


def record_path(run: str) -> str:
    """The record of a run of a stage, which may name its part, as `embed@test`."""
    stage, _, part = run.partition("@")
    return f"{stage_folder(stage)}/{part}.{_RECORD}" if part else f"{stage_folder(stage)}/{_RECORD}"


def run_of_record(path: str) -> str:
    """The run whose record lies at `path`; `""` where none does."""
    stage, _, name = path.removeprefix(f"{FOLDER}/").partition("/")
    if name == _RECORD:
        return stage
    return f"{stage}@{name.removesuffix(f'.{_RECORD}')}" if name.endswith(f".{_RECORD}") else ""


def is_output(path: str) -> bool:
    """Whether a stage made what lies at `path`."""
    return path.startswith(f"{FOLDER}/")


LABELLED_KEYPOINTS, TEST_KEYPOINTS = f"{FOLDER}/keypoints/labelled", f"{FOLDER}/keypoints/test"
LABELLED, TEST = prepared_table("labelled"), prepared_table("test")
LABELLED_IMAGES = prepared_images("labelled")

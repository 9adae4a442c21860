"""Check the label table with Great Expectations: an error stops the run, a warning does not.

Reads: `data/raw/train.csv` and the names of the files in `data/raw/train/`.
Writes: `passed.json` (that it passed, and nothing else), `verdict.json` (facts and warnings), `docs/` (the Data Docs
    site; built even when the table is refused).
Fails on: an unreadable table (not UTF-8, wrong header, ragged rows), and on every critical expectation that does not
    hold, all reported at once with their rows.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pydantic import Field

from longtail import atomic, imports
from longtail.errors import BadInput
from longtail.labels import frequency, label_csv, validation_report, validation_tables
from longtail.labels.boxes import read_boxes
from longtail.labels.check import Severity
from longtail.labels.expectations import Adjustable, Limits, checks
from longtail.params import DataParams, StageParams
from longtail.paths import StagePaths, reads, writes
from longtail.run_record import Summary


class Params(StageParams):
    """What is expected beyond the shape of the table; shares are fractions of one."""

    data: DataParams = DataParams()
    min_identities: int = Field(2, ge=2, description="named identities needed at least; critical")
    max_unknown_share: float = Field(0.5, ge=0, le=1, description="warn above this share of unknown photographs")
    max_seen_once_share: float = Field(0.8, ge=0, le=1, description="warn above this share of identities seen once")
    max_largest_share: float = Field(0.5, gt=0, le=1, description="warn where one identity has a larger share")
    severity: dict[Adjustable, Severity] = Field(
        {}, description="critical or warning by check, as files_have_rows: critical"
    )


@dataclass(frozen=True)
class Paths(StagePaths):
    """The label table and its photographs; the verdict and its site."""

    table: Path = reads("data/raw/train.csv")
    photographs: Path = reads("data/raw/train")
    passed: Path = writes("artifacts/validate/passed.json")
    verdict: Path = writes("artifacts/validate/verdict.json")
    docs: Path = writes("artifacts/validate/docs")


def run(params: Params, paths: Paths) -> Summary:
    """Judge the table.

    Args:
        params: `validate:` of params.yaml.
        paths: the two ends of the stage.

    Returns:
        Counts of photographs and identities, and the warnings.

    Raises:
        BadInput: a critical expectation does not hold.
    """
    for stale in (paths.passed, paths.verdict):  # a verdict on other bytes must not pass these
        stale.unlink(missing_ok=True)
    as_written = label_csv.read_as_written(paths.table, params.data)
    boxes = read_boxes(paths.table, params.data)
    files = label_csv.photographs(paths.photographs)
    identities = label_csv.identities_of(as_written, params.data, paths.relative(paths.table))
    facts = frequency.label_statistics(identities)
    limits = Limits(
        params.min_identities, params.max_unknown_share, params.max_seen_once_share, params.max_largest_share
    )

    with imports.uncollected():
        from longtail.labels import gx_runner  # Great Expectations takes seconds to import

    with atomic.replacing_folder(paths.docs) as docs:
        findings = gx_runner.run_expectations(
            validation_tables.validation_tables(as_written, identities, params.data.unknown_label, files, boxes),
            checks(params.data, limits, params.severity),
            docs,
        )
        atomic.write_table(docs / validation_report.OFFENDING, validation_report.offending_rows(findings))
    table, site = paths.relative(paths.table), paths.relative(paths.docs)
    critical = [finding for finding in findings if finding.check.severity == "critical"]
    if critical:
        raise BadInput(*validation_report.critical_problems(critical, table, site))
    warnings = tuple(str(problem) for problem in validation_report.critical_problems(findings, table, site)[:-1])
    atomic.write_json(paths.verdict, validation_report.validation_report(facts, findings))
    atomic.write_json(paths.passed, {"passed": True})
    return Summary(validation_report.summary_line(facts, len(findings)), facts, warnings)

"""Findings of runs with planted errors, counted against the truth; and what comes of accepting all they propose."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import pandas as pd

from benchmarks import planted_run, planting
from longtail.labels import measured
from longtail.labels.measured import may_relabel
from longtail.reviewing import decision, edits_writer
from longtail.splitting.assignment import LEFT_OUT

if TYPE_CHECKING:
    from benchmarks.label_issues import Run

PROPOSING = ("conflict", "named_and_unknown", "likely_label_error")
"""Kinds that name another label: right is that this label is the true one. Counted are those that name one."""
ASKING = ("doubtful_label", "confident_mistake", "confusion")
"""Kinds that ask: right is that the photograph's label is wrong."""
PAIRS = ("exact_duplicate", "near_duplicate")
"""Kinds about a pair: right is that both are files of one drawn picture."""
ALL = "all"
BEGIN, END = "<!-- tables: python -m benchmarks.label_issues show -->", "<!-- end of tables -->"


def with_all_proposals(root: Path, sections: Mapping[str, Any]) -> pd.DataFrame:
    """Findings of a run, as if every kind that can name another label might propose it."""
    with (
        patch("longtail.evaluation.findings.may_relabel", lambda _: True),
        patch("longtail.splitting.findings.may_relabel", lambda _: True),
    ):
        findings = planted_run.findings(root, sections)
    return findings.drop_duplicates("finding", keep="last").reset_index(drop=True)


def table(runs: Sequence[Run]) -> pd.DataFrame:
    """A row a kind of finding and share of planted errors, and a row for all shares together.

    `found` counts the findings that can be judged, `unjudged` the others; `precision` is right / found, `recall` the
    share of the planted errors that a right finding names. Bounds are Wilson's at 95% (Wilson 1927).
    """
    shares = [*sorted({run.share for run in runs}), ALL]
    return pd.DataFrame(
        [
            _row(kind, str(share), [run for run in runs if share in (run.share, ALL)])
            for kind in (*PROPOSING, *ASKING, *PAIRS)
            for share in shares
        ]
    )


def _row(kind: str, share: str, runs: Sequence[Run]) -> dict[str, object]:
    judged = pd.concat([_judged(run, kind) for run in runs], ignore_index=True)
    known = judged[judged["right"].notna()]
    findings, right = len(known), int(known["right"].astype(bool).sum())
    if kind in ASKING and not any(_has_unplanted_truth(run) for run in runs):
        findings = right = 0  # whoever asks about a planted error is right, so that nothing could be wrong
    low, high = wilson(right, findings)
    row: dict[str, object] = {"finding": kind, "planted": share, "runs": len(runs), "found": findings, "right": right}
    row |= {"precision": round(right / findings, 3) if findings else "", "precision_low": low, "precision_high": high}
    row |= {"unjudged": len(judged) - findings}
    if kind in PAIRS:
        return row | dict.fromkeys(("errors", "named", "recall", "recall_low", "recall_high", *planting.KINDS), "")
    errors = sum(len(run.planted) for run in runs)
    named = known.loc[known["right"].astype(bool) & (known["error"] != ""), "error"]
    low, high = wilson(len(named), errors)
    row |= {"errors": errors, "named": len(named), "recall": round(len(named) / errors, 3)}
    row |= {"recall_low": low, "recall_high": high}
    return row | {name: int((named == name).sum()) for name in planting.KINDS}


def _has_unplanted_truth(run: Run) -> bool:
    return bool(set(run.truth.index) - {one.image for one in run.planted})


def _judged(run: Run, kind: str) -> pd.DataFrame:
    """Findings of a kind: `right` (None where nobody knows), `error` (the kind of the planted error it names)."""
    rows = run.findings[run.findings["kind"] == kind]
    if kind in PROPOSING:
        rows = rows[rows["proposal"] == "relabel"]
    truth, planted = run.truth["label"].to_dict(), {one.image: one.kind for one in run.planted}
    picture = run.truth["picture"].to_dict()
    judged = []
    for row in rows.to_dict("records"):
        known = row["image"] in truth
        if kind in PAIRS:
            both = [picture.get(row[name], "") for name in ("image", "other")]
            right = both[0] == both[1] if all(both) else None
        elif kind in PROPOSING:
            right = row["other_label"] == truth[row["image"]] if known else None
        else:
            right = row["label"] != truth[row["image"]] if known else None
        judged.append({"right": right, "error": planted.get(row["image"], "")})
    return pd.DataFrame(judged, columns=["right", "error"], dtype=object)


def wilson(right: int, count: int) -> tuple[float | str, float | str]:
    """Bounds of a share at 95%; empty where nothing was counted."""
    return measured.wilson(right, count) if count else ("", "")


def accept_all(run: Run, sections: Mapping[str, Any]) -> dict[str, object]:
    """Accept all that the run's findings propose, as `longtail review` would, and run `audit` and `split` again."""
    before = planted_run.accepted(run.root, run.root / "before", planted_run.EDITS, sections)
    proposing = run.findings[(run.findings["proposal"] != "") & run.findings["kind"].map(may_relabel)]
    edits = run.root / "accepted.csv"
    shutil.copyfile(run.root / "edits.csv", edits)
    labels = pd.read_parquet(run.root / "artifacts/prepare/labelled.parquet").set_index("image")["label"]
    if len(proposing):
        unknown = str(sections["data"]["unknown_label"])
        new = decision.accept(run.findings, proposing["finding"].tolist(), None, None, unknown)
        signed = {"who": "benchmark", "when": "", "why": "all proposals"}
        edits_writer.append(edits, new, signed, labels.to_dict(), unknown)
    after = planted_run.accepted(run.root, run.root / "after", edits.read_text("utf-8"), sections)
    wrong = [_wrong(table, run.truth) for table in (before, after)]
    planted = {one.image for one in run.planted}
    return {
        "seed": run.seed,
        "planted": run.share,
        "errors": len(planted),
        "proposals": len(proposing),
        "repaired": len(planted & wrong[0] - wrong[1]),
        "wrong_before": len(wrong[0]),
        "wrong_after": len(wrong[1]),
        "left_out_before": int((before["fold"] == LEFT_OUT).sum()),
        "left_out_after": int((after["fold"] == LEFT_OUT).sum()),
        "pictures_in_two_folds": _in_two_folds(after, run.truth),
    }


def _wrong(table: pd.DataFrame, truth: pd.DataFrame) -> set[str]:
    return set(table.loc[table["identity"] != table["image"].map(truth["label"]), "image"])


def _in_two_folds(table: pd.DataFrame, truth: pd.DataFrame) -> int:
    used = table[table["fold"] != LEFT_OUT]
    return int((used.groupby(used["image"].map(truth["picture"]))["fold"].nunique() > 1).sum())


def forget() -> None:
    """Let the screens and stages of this process read the table again."""
    measured.measured_precision.cache_clear()


def markdown_tables(kept: Path, accepted: Path, whales: Path) -> Iterator[str]:
    """The tables of docs/how-to/label-issues.md: drawn data, what comes of accepting all proposals, real whales.

    Args:
        kept: what was found in drawn data.
        accepted: what came of accepting all proposals there.
        whales: what was found in photographs of whales.
    """
    table = pd.read_csv(kept)
    if table.empty:
        yield "Nothing has been measured yet, so that no kind of finding proposes another label."
        return
    yield markdown(table)
    yield _lines(pd.read_csv(accepted).rename(columns=lambda name: name.replace("_", " ")).astype("str"))
    yield markdown(pd.read_csv(whales).query(f"planted == '{ALL}'"))


def write_page(page: Path, tables: Sequence[Path]) -> None:
    """Put the tables into the page, between its two marks.

    Args:
        page: docs/how-to/label-issues.md.
        tables: as `shown` takes them.
    """
    text = page.read_text("utf-8")
    head, tail = text.split(BEGIN)[0], text.split(END)[1]
    page.write_text(f"{head}{BEGIN}\n{_joined(tables)}\n{END}{tail}", "utf-8")


def on_page(page: Path) -> str:
    """The tables as the page has them."""
    return page.read_text("utf-8").split(BEGIN)[1].split(END)[0].strip()


def _joined(tables: Sequence[Path]) -> str:
    return "\n\n".join(markdown_tables(*tables))


def markdown(rows: pd.DataFrame) -> str:
    """The table of findings."""
    cells = [
        {
            "finding": f"`{row['finding']}`",
            "planted": row["planted"] if row["planted"] == ALL else f"{float(row['planted']):.0%}",
            "runs": row["runs"],
            "right": f"{row['right']:,} of {row['found']:,}",
            "precision": _share(row, "precision"),
            "unjudged": f"{row['unjudged']:,}",
            "planted errors named": f"{row['named']:.0f} of {row['errors']:.0f}" if pd.notna(row["errors"]) else "",
            "recall": _share(row, "recall"),
            **{kind.replace("_", " "): f"{row[kind]:.0f}" if pd.notna(row[kind]) else "" for kind in planting.KINDS},
        }
        for row in rows.to_dict("records")
    ]
    return _lines(pd.DataFrame(cells))


def _share(row: Mapping[Any, Any], name: str) -> str:
    if pd.isna(row[name]) or row[name] == "":
        return ""
    return f"{row[name]:.2f} [{row[f'{name}_low']:.2f}, {row[f'{name}_high']:.2f}]"


def _lines(table: pd.DataFrame) -> str:
    head = "| " + " | ".join(table.columns) + " |"
    rule = "|" + " --- |" * len(table.columns)
    return "\n".join([head, rule, *("| " + " | ".join(map(str, row)) + " |" for row in table.to_numpy())])

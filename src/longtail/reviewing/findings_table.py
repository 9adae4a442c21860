"""The findings of `audit`, `evaluate` and `discover` in one table, and how it is shown."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from pathlib import Path

import pandas as pd
from pyarrow import parquet

from longtail.artifacts import AUDIT_FINDINGS, DISCOVER_FINDINGS, EVALUATE_FINDINGS, LABELLED, TEST
from longtail.errors import BadInput, BadParameter, Problem, format_examples
from longtail.labels.decisions import deciding_rows
from longtail.labels.edit_log import rows_of
from longtail.labels.findings import COLUMNS
from longtail.labels.label_csv import UNKNOWN
from longtail.labels.measured import measured_precision
from longtail.lineage.checkout import Checkout

SHOWN_AT_ONCE = 20
_SHOWN = ("finding", "kind", "image", "label", "other", "other_label", "proposal", "detail")
_UNKNOWN = "(unknown)"
_FILES = {"audit": AUDIT_FINDINGS, "evaluate": EVALUATE_FINDINGS, "discover": DISCOVER_FINDINGS}


def read(root: Path) -> pd.DataFrame:
    """All findings, those of `audit` first. Of a finding that both have, the row of `evaluate` is kept: it knows more.

    Returns:
        The columns of findings.csv.

    Raises:
        BadInput: no stage has written any.
    """
    files = [root / file for file in _FILES.values()]
    tables = [pd.read_csv(file, dtype="str", keep_default_na=False) for file in files if file.is_file()]
    if not tables:
        remedy = "They come with a run: make run (or wait for the one that is at work)"
        what = "there are no findings: no run has come to `audit` or `evaluate` yet"
        raise BadInput(Problem(what, remedy, where=", ".join(str(file) for file in files)))
    findings = pd.concat(tables, ignore_index=True)[list(COLUMNS)]
    return findings.drop_duplicates("finding", keep="last").reset_index(drop=True)


def stages_to_come(root: Path) -> list[str]:
    """Those of `audit` and `evaluate` that have written no findings, in the words of the console."""
    return [f"`{stage}`" for stage in ("audit", "evaluate") if not (root / _FILES[stage]).is_file()]


def count_open(root: Path, edits: str) -> int:
    """How many findings ask for a decision and have none.

    Args:
        root: the project's root.
        edits: the file of decisions, from there.

    Returns:
        Their number; 0 where no stage has written any.
    """
    if not (root / AUDIT_FINDINGS).is_file():
        return 0
    decided = with_decisions(read(root), root, rows_of(root / edits), Checkout(root).data.unknown_label)
    return len(chosen(decided, [], everything=False))


def with_decisions(
    findings: pd.DataFrame, folder: Path, rows: Sequence[Sequence[str]], unknown_label: str
) -> pd.DataFrame:
    """The findings with a column `decided`: the action that decides each, `""` for those that are open.

    Args:
        findings: the findings.
        folder: that holds the tables of the run.
        rows: of edits.csv.
        unknown_label: the word by which `relabel` says "none of the known".

    Returns:
        `findings` with one more column.
    """
    deciding = deciding_rows(findings, rows, unknown_label, dict(_md5s(folder)))
    return findings.assign(decided=["" if row is None else rows[row][1] for row in deciding])


def _md5s(folder: Path) -> Iterator[tuple[str, str]]:
    """(photograph, md5) of all that `prepare` has listed."""
    for path in (folder / LABELLED, folder / TEST):
        if path.is_file() and "md5" in parquet.read_schema(path).names:
            yield from pd.read_parquet(path, columns=["image", "md5"]).itertuples(index=False, name=None)


def chosen(findings: pd.DataFrame, kinds: Collection[str], *, everything: bool) -> pd.DataFrame:
    """The findings to show: of some kinds, or all that ask for a decision, or everything.

    A finding asks for a decision if it is a warning or proposes one.

    Args:
        findings: findings with a column `decided`: the action that decides them, `""` for those that are open.
        kinds: names of kinds; none means all.
        everything: also those that ask for no decision, and those that are decided.

    Returns:
        Rows of `findings`.

    Raises:
        BadParameter: there is no such kind.
    """
    unknown = sorted(set(kinds) - set(findings["kind"]))
    if unknown:
        kinds_found = format_examples(sorted(set(findings["kind"])), 20) or "none"
        what = f"no finding of kind '{unknown[0]}'"
        raise BadParameter(Problem(what, f"There are: {kinds_found}.", where="--kind", count=len(unknown)))
    if kinds:
        findings = findings[findings["kind"].isin(kinds)]
    elif not everything:
        findings = findings[(findings["severity"] == "warning") | (findings["proposal"] != "")]
    return findings if everything else findings[findings["decided"] == ""]


def lines(findings: pd.DataFrame, width: int | None, *, everything: bool) -> Iterator[str]:
    """The table as text, a line a finding, the first `SHOWN_AT_ONCE` of a kind.

    After it, a line for each kind whose findings were counted on data with a known truth.

    Args:
        findings: see `chosen`.
        width: characters at which a line is cut; None: it is not.
        everything: show all findings of a kind.

    Yields:
        Lines.
    """
    if findings.empty:
        yield "Nothing to decide."
        return
    columns = [*_SHOWN[:-1], *(["decided"] if (findings["decided"] != "").any() else []), _SHOWN[-1]]
    visible = findings if everything else findings.groupby("kind", sort=False).head(SHOWN_AT_ONCE)
    texts = visible[columns].assign(
        label=_named(visible["label"], visible["image"]), other_label=_named(visible["other_label"], visible["other"])
    )
    widths = {name: max(len(name), int(texts[name].str.len().max())) for name in columns[:-1]}

    def line(cells: dict[str, str]) -> str:
        text = "  ".join([*(f"{cells[name]:<{wide}}" for name, wide in widths.items()), cells["detail"]]).rstrip()
        return text if width is None or len(text) <= width else text[: width - 1] + "…"

    yield line({name: name for name in columns})
    for row in texts.to_dict("records"):
        yield line({str(name): str(value) for name, value in row.items()})
    for kind, count in findings["kind"].value_counts(sort=False).items():
        left = count - int((visible["kind"] == kind).sum())
        if left:
            yield f"... and {left:,} more of kind {kind}: longtail review --kind {kind} --all"
    for kind in dict.fromkeys(findings["kind"]):
        if known := measured_precision(str(kind)):
            yield f"{kind}: {known}"


def _named(labels: pd.Series, images: pd.Series) -> pd.Series:
    return labels.mask((labels == UNKNOWN) & (images != ""), _UNKNOWN)

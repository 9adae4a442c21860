"""The findings of `audit` and `evaluate` in one table, and how it is shown."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path

import pandas as pd

from longtail.artifacts import AUDIT_FINDINGS, EVALUATE_FINDINGS
from longtail.errors import BadInput, BadParameter, Problem, format_examples
from longtail.labels.findings import COLUMNS
from longtail.labels.label_csv import UNKNOWN
from longtail.labels.measured import measured_precision

SHOWN_AT_ONCE = 20
_SHOWN = ("finding", "kind", "image", "label", "other", "other_label", "proposal", "detail")
_UNKNOWN = "(unknown)"


def read(root: Path) -> pd.DataFrame:
    """All findings, those of `audit` first. Of a finding that both have, the row of `evaluate` is kept: it knows more.

    Returns:
        The columns of findings.csv.

    Raises:
        BadInput: no stage has written any.
    """
    files = [root / AUDIT_FINDINGS, root / EVALUATE_FINDINGS]
    tables = [pd.read_csv(file, dtype="str", keep_default_na=False) for file in files if file.is_file()]
    if not tables:
        remedy = "`longtail audit` finds, and `longtail evaluate` after it: make run"
        raise BadInput(Problem("there are no findings yet", remedy, where=", ".join(str(file) for file in files)))
    found = pd.concat(tables, ignore_index=True)[list(COLUMNS)]
    return found.drop_duplicates("finding", keep="last").reset_index(drop=True)


def chosen(found: pd.DataFrame, kinds: Collection[str], *, everything: bool) -> pd.DataFrame:
    """The findings to show: of some kinds, or all that ask for a decision, or everything.

    A finding asks for a decision if it is a warning or proposes one.

    Args:
        found: findings with a column `decided`: the action that decides them, `""` for those that are open.
        kinds: names of kinds; none means all.
        everything: also those that ask for no decision, and those that are decided.

    Returns:
        Rows of `found`.

    Raises:
        BadParameter: there is no such kind.
    """
    strange = sorted(set(kinds) - set(found["kind"]))
    if strange:
        there = format_examples(sorted(set(found["kind"])), 20) or "none"
        what = f"no finding of kind '{strange[0]}'"
        raise BadParameter(Problem(what, f"There are: {there}.", where="--kind", count=len(strange)))
    if kinds:
        found = found[found["kind"].isin(kinds)]
    elif not everything:
        found = found[(found["severity"] == "warning") | (found["proposal"] != "")]
    return found if everything else found[found["decided"] == ""]


def lines(found: pd.DataFrame, width: int | None, *, everything: bool) -> Iterator[str]:
    """The table as text, a line a finding, the first `SHOWN_AT_ONCE` of a kind.

    After it, a line for each kind whose findings were counted on data with a known truth.

    Args:
        found: see `chosen`.
        width: characters at which a line is cut; None: it is not.
        everything: show all findings of a kind.

    Yields:
        Lines.
    """
    if found.empty:
        yield "Nothing to decide."
        return
    columns = [*_SHOWN[:-1], *(["decided"] if (found["decided"] != "").any() else []), _SHOWN[-1]]
    shown = found if everything else found.groupby("kind", sort=False).head(SHOWN_AT_ONCE)
    texts = shown[columns].assign(
        label=_named(shown["label"], shown["image"]), other_label=_named(shown["other_label"], shown["other"])
    )
    widths = {name: max(len(name), int(texts[name].str.len().max())) for name in columns[:-1]}

    def line(cells: dict[str, str]) -> str:
        text = "  ".join([*(f"{cells[name]:<{wide}}" for name, wide in widths.items()), cells["detail"]]).rstrip()
        return text if width is None or len(text) <= width else text[: width - 1] + "…"

    yield line({name: name for name in columns})
    for row in texts.to_dict("records"):
        yield line({str(name): str(value) for name, value in row.items()})
    for kind, count in found["kind"].value_counts(sort=False).items():
        left = count - int((shown["kind"] == kind).sum())
        if left:
            yield f"... and {left:,} more of kind {kind}: longtail review --kind {kind} --all"
    for kind in dict.fromkeys(found["kind"]):
        if known := measured_precision(str(kind)):
            yield f"{kind}: {known}"


def _named(labels: pd.Series, images: pd.Series) -> pd.Series:
    return labels.mask((labels == UNKNOWN) & (images != ""), _UNKNOWN)

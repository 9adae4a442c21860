"""What a person sees: quiet logs while the flow runs, and at its end one screen that says what happened."""

from __future__ import annotations

import json
import logging
import shutil
import sys
import textwrap
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from flows import newer
from flows.stages import Outcome
from longtail import licences
from longtail.artifacts import BASELINES, DATA_DOCS, IDENTIFIER, METRICS, NETWORK_CARD, REPORT, SUBMISSION
from longtail.errors import LongtailError, counted, format_choices
from longtail.labels import rawset
from longtail.lineage.chain import EDITS
from longtail.metrics import learning, without_score
from longtail.metrics.difference import Difference, interval_in_words, verdict
from longtail.paths import RAW
from longtail.reviewing import findings_table

_WIDE = 140  # characters, where no terminal says how many it has
_BASELINES_IN_WORDS = {
    "all_new": "always 'none of the known'",
    "most_frequent": "the most frequent identities",
    "frozen_1nn": "nearest neighbour, untrained",
    "duplicates_only": "label of nearly the same hash",
}


def quieten_prefect() -> None:
    """Leave to the console what stages say and what is retried; Prefect's database still gets every line."""
    for handler in logging.getLogger().handlers:
        handler.addFilter(_worth_reading)
        handler.setFormatter(_Plain())


def summary(root: Path, outcomes: Sequence[Outcome], seconds: float) -> str:
    """The last screen: stages, score compared with the baselines, paths of the results, what to run next.

    Args:
        root: the project's root.
        outcomes: how each task ended.
        seconds: how long the run took.

    Returns:
        Its lines.
    """
    waiting = [outcome.line for outcome in outcomes if outcome.state == newer.STATE]
    outcomes = [outcome for outcome in outcomes if outcome.state != newer.STATE]
    states = [outcome.state for outcome in outcomes]
    headline = f"Done in {seconds:.0f} s: {states.count('Completed')} ran, {states.count('Cached')} cached."
    if set(states) == {"Cached"}:
        headline = f"Nothing had to run: all {len(states)} cached, in {seconds:.0f} s. Nothing was published again."
    parts = [
        [headline],
        _stages(outcomes),
        _refused(outcomes),
        _cautions(root),
        _score(root),
        _result_paths(root),
        _next(root),
        [f"Newer than what this run used, and waits for the next run (make run): {line}" for line in waiting],
    ]
    return "\n".join(line for part in parts if part for line in ("", *part))


def failure(error: LongtailError) -> str:
    """Why the flow stopped, and where."""
    stage = " ".join(getattr(error, "__notes__", []))
    after = f"\nThe stages after {stage} did not run; what was finished is kept." if stage else ""
    return f"\n{stage or 'retrain'}: {error}{after}"


def _stages(outcomes: Sequence[Outcome]) -> list[str]:
    width = max(len(outcome.name) for outcome in outcomes)
    words = {"Cached": "cached", "Completed": "ran", "Skipped": "left", "Refused": "refused"}
    return [
        _cut(f"  {outcome.name:<{width}}  {words[outcome.state]:<6} {outcome.seconds:>7.1f} s  {outcome.line}".rstrip())
        for outcome in outcomes
    ]


def _refused(outcomes: Sequence[Outcome]) -> list[str]:
    """The gate's words uncut, and how it is overruled: whoever reads them has to decide something."""
    words = [f"  {outcome.line}" for outcome in outcomes if outcome.state == "Refused"]
    return [*words, "  To publish it all the same: python -m flows.retrain --force WHY"] if words else []


def _cautions(root: Path) -> list[str]:
    """Above the score, uncut: a training that came to little, a network without a score, a licence that forbids."""
    metrics = json.loads((root / METRICS).read_text(encoding="utf-8"))
    model = json.loads((root / NETWORK_CARD).read_text(encoding="utf-8")) if (root / NETWORK_CARD).exists() else {}
    value, low, high = (metrics.get(f"gain_over_frozen_1nn{end}") for end in ("", "_low", "_high"))
    width = shutil.get_terminal_size((_WIDE, 0)).columns
    network = without_score.notice(without_score.network_of(root / IDENTIFIER))
    training = learning.training_warnings(model, Difference(value, low, high, metrics["photographs"]))
    return [
        line
        for sentence in filter(None, [*training, network, licences.warning(model)])
        for line in textwrap.wrap(sentence, width, initial_indent="  ", subsequent_indent="    ")
    ]


def _score(root: Path) -> list[str]:
    metrics = json.loads((root / METRICS).read_text(encoding="utf-8"))
    score, low, high = (metrics[f"open_map_at_5{end}"] for end in ("", "_low", "_high"))
    held_out = f"MAP@5 on {counted(metrics['photographs'], 'photograph')} held out"
    lines = [f"  {held_out:<42}{score:.3f}  {interval_in_words(low, high)}"]
    for row in pd.read_csv(root / BASELINES).itertuples():
        words = _BASELINES_IN_WORDS.get(str(row.baseline), str(row.baseline))
        gain = f"ours is {row.gain:+.3f} [{row.gain_low:+.3f}, {row.gain_high:+.3f}]"
        conclusion = verdict(row.gain_low, row.gain_high, metrics["photographs"])
        lines.append(f"    {words:<40}{row.open_map_at_5:.3f}  {gain}: {conclusion}")
    return lines


def _result_paths(root: Path) -> list[str]:
    paths = {"report": REPORT, "data checks": f"{DATA_DOCS}/index.html", "submission": SUBMISSION}
    return [f"  {name:<12}{path}" for name, path in paths.items() if (root / path).exists()]


def _next(root: Path) -> list[str]:
    bin_folder = Path(sys.executable).parent  # not resolved: a virtual environment's python is a link out of it
    here = f"{bin_folder.relative_to(root)}/" if bin_folder.is_relative_to(root) else ""
    open_findings = findings_table.count_open(root, EDITS)
    to_decide = counted(open_findings, "finding asks", "findings ask")
    deciding = {f"{here}longtail review --serve": f"{to_decide} for a decision"} if open_findings else {}
    with_own = {
        f"{here}longtail identify PHOTO": "who is on it",
        f"{here}longtail review": "what the run found about the labels, to accept or reject",
        f"{here}longtail add SOURCE": "further labelled photographs",
    }
    with_drawn = {f"{here}longtail import SOURCE": "your own photographs"}
    commands = {
        **deciding,
        f"{here}dvc metrics show": "the figures; `dvc plots show` and `dvc dag` too",
        **(with_drawn if rawset.is_drawn(root / RAW) else with_own),
        "make run": "again, after any change: only what it touches runs",
    }
    return ["Next:", *format_choices([*commands.items()])]


def _cut(line: str) -> str:
    longest = shutil.get_terminal_size((_WIDE, 0)).columns
    return line if len(line) <= longest else line[: longest - 3] + "..."


def _worth_reading(record: logging.LogRecord) -> bool:
    if record.module in ("task_engine", "flow_engine"):  # every change of state; errors are told at the end, once
        return "Retry" in str(record.msg)
    if record.module == "stages" and record.levelno >= logging.ERROR:  # `failure` says it at the end
        return False
    return record.levelno >= logging.WARNING or record.name.startswith(("prefect.flow_runs", "prefect.task_runs"))


class _Plain(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        """Time, stage, message."""
        who = getattr(record, "task_run_name", "")
        message = record.getMessage()
        if who and not message.startswith(who):
            message = f"{who}: {message}"
        return f"{self.formatTime(record, '%H:%M:%S')}  {message}"

"""The figures of finished runs: kept as small tables, and printed side by side as docs/results/index.md shows them.

    python -m benchmarks.published keep RUN FOLDER          # RUN: a checkout whose flow has ended
    python -m benchmarks.published show FOLDER [FOLDER]     # one run, or two that differ in split.seed

What is kept holds scores, times, parameters and hashes; no label and no name of a photograph.
"""

from __future__ import annotations

import argparse
import json
import shutil
from datetime import datetime
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

from longtail import renamed
from longtail.reporting.glossary import BASELINES

KEPT = ["params.yaml", "dvc.lock"] + [
    f"artifacts/evaluate/{name}"
    for name in (
        "metrics.json",
        "scorecard.csv",
        "baselines.csv",
        "leaderboard.csv",
        "per_class_count.csv",
        "winners.csv",
        "leakage_demo.csv",
        "seconds.csv",
        "choice.json",
    )
]


def main(argv: list[str] | None = None) -> None:
    """Keep, or show."""
    parser = argparse.ArgumentParser(prog="benchmarks.published", description=(__doc__ or "").split("\n")[0])
    verbs = parser.add_subparsers(dest="verb", required=True)
    keeping = verbs.add_parser("keep", help="copy the figures of a run into a folder")
    keeping.add_argument("run", type=Path)
    keeping.add_argument("folder", type=Path)
    showing = verbs.add_parser("show", help="print Markdown")
    showing.add_argument("folders", type=Path, nargs="+")
    options = parser.parse_args(argv)
    if options.verb == "keep":
        keep(options.run, options.folder)
    else:
        print("\n\n".join(show(options.folders)))


def keep(run: Path, folder: Path) -> None:
    """Copy what KEPT names, and a table of the stages: commit, start, seconds, what each said."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in KEPT:
        shutil.copyfile(run / name, folder / Path(name).name)
    records = [json.loads(path.read_text("utf-8")) for path in sorted(run.glob("artifacts/*/*record.json"))]
    rows = [
        {
            "stage": record["stage"] + (f"@{record['part']}" if record["part"] else ""),
            "started": record["started"],
            "seconds": record["seconds"],
            "commit": record["commit"],
            "dirty": record["dirty"],
            "said": record["summary"]["line"],
        }
        for record in records
    ]
    pd.DataFrame(rows).sort_values("started").to_csv(folder / "stages.csv", index=False, lineterminator="\n")


def show(folders: list[Path]) -> list[str]:
    """The tables and sentences of docs/results/index.md about these runs."""
    return [
        _table("baselines", _baselines(folders)),
        _table("by class count", _scorecard(folders)),
        _table("leakage", _leaks(folders)),
        "\n".join(f"- {_named(folder)}: {_json(folder, 'choice')['why']}" for folder in folders),
        _table("seconds of each stage", _stages(folders)),
        "\n".join(f"- {_named(folder)}: {_minutes(folder)}" for folder in folders),
    ]


def _baselines(folders: list[Path]) -> list[dict[str, str]]:
    ours: dict[str, str] = {"": "**Longtail**"}
    rows = {name: {"": meaning} for name, meaning in BASELINES.items()}
    for folder in folders:
        metrics = _json(folder, "metrics")
        for kind in ("open", "closed"):
            value = f"{kind}_map_at_5"
            ours[f"{kind}, {_named(folder)}"] = (
                f"**{metrics[value]:.3f}** [{metrics[value + '_low']:.3f}, {metrics[value + '_high']:.3f}]"
            )
        for score in _csv(folder, "baselines").to_dict("records"):
            row = rows[score["baseline"]]
            row[f"open, {_named(folder)}"] = f"{score['open_map_at_5']:.3f}"
            row[f"closed, {_named(folder)}"] = f"{score['closed_map_at_5']:.3f}"
            gain = f"{score['gain']:+.3f} [{score['gain_low']:+.3f}, {score['gain_high']:+.3f}]"
            row[f"gain, open, {_named(folder)}"] = gain
    return [ours, *rows.values()]


def _scorecard(folders: list[Path]) -> list[dict[str, str]]:
    cards = [_csv(folder, "scorecard").set_index("slice") for folder in folders]
    rows = []
    for name in cards[0].index:
        row = {"slice": str(name)}
        for folder, card in zip(folders, cards, strict=True):
            scores = card.loc[name]
            row[f"photographs, {_named(folder)}"] = f"{scores['photographs']:,.0f}"
            row[f"MAP@5, {_named(folder)}"] = f"{scores['map_at_5']:.3f} [{scores['low']:.3f}, {scores['high']:.3f}]"
            row[f"untrained, {_named(folder)}"] = f"{scores['frozen_1nn']:.3f}"
            row[f"accuracy, {_named(folder)}"] = f"{scores['accuracy']:.3f}"
        if len(cards) == 2:
            row["difference"] = f"{cards[1].loc[name, 'map_at_5'] - cards[0].loc[name, 'map_at_5']:+.3f}"
        rows.append(row)
    return rows


def _leaks(folders: list[Path]) -> list[dict[str, str]]:
    protocols = {"post": "oversampled, then split at random (the 2019 post)", "honest": "photographs of `valid`"}
    return [
        {"scored on": words}
        | {
            f"{what.replace('map_at_5', 'MAP@5')}, {_named(folder)}": f"{table.loc[protocol, what]:.3f}"
            for folder in folders
            for table in [_csv(folder, "leakage_demo").set_index("protocol")]
            for what in ("accuracy", "map_at_5")
        }
        for protocol, words in protocols.items()
    ]


def _stages(folders: list[Path]) -> list[dict[str, str]]:
    tables = [_csv(folder, "stages").set_index("stage") for folder in folders]
    return [
        {"stage": f"`{name}`"}
        | {_named(folder): f"{table.loc[name, 'seconds']:.0f}" for folder, table in zip(folders, tables, strict=True)}
        | {f"summary, {_named(folders[0])}": str(tables[0].loc[name, "said"]).replace("|", "\\|")}
        for name in tables[0].index
    ]


def _minutes(folder: Path) -> str:
    """From the start of the first stage to the end of the last: process starts and hashing are in it."""
    stages = _csv(folder, "stages")
    last = stages.iloc[-1]
    span = datetime.fromisoformat(last["started"]) - datetime.fromisoformat(stages.iloc[0]["started"])
    commits = ", ".join(sorted({commit[:7] for commit in stages["commit"]}))
    whole = span.total_seconds() + last["seconds"]
    images = stages.loc[stages["stage"].str.match("prepare|oversample"), "seconds"].sum() / whole
    share = f"of which prepare and oversample {images:.1%}"
    return f"{whole / 60:.1f} minutes from first to last stage, {share}; commit {commits}"


def _named(folder: Path) -> str:
    return f"seed {yaml.safe_load((folder / 'params.yaml').read_text('utf-8'))['split']['seed']}"


def _json(folder: Path, name: str) -> dict[str, Any]:
    return dict(json.loads((folder / f"{name}.json").read_text("utf-8")))


def _csv(folder: Path, name: str) -> pd.DataFrame:
    return pd.read_csv(renamed.table_path(folder, f"{name}.csv"))


def _table(caption: str, rows: list[dict[str, str]]) -> str:
    """Markdown; what a row lacks stays empty."""
    head = list(dict.fromkeys(key for row in rows for key in row))
    lines = [head, ["---"] * len(head), *([row.get(key, "") for key in head] for row in rows)]
    return "\n".join([f"*{caption.capitalize()}*", "", *(f"| {' | '.join(line)} |" for line in lines)])


if __name__ == "__main__":
    main()

"""Which approach for whom, over two networks: what one network says may be its own whim.

    python -m benchmarks.which_strategy RUN_A RUN_B [--picture FILE.svg] [--all]

RUN_A and RUN_B are folders `artifacts/evaluate`, or what `benchmarks.published keep` made of them, of two runs that
differ in `split.seed`: other photographs to learn from, another network, other photographs to score. Prints a Markdown
table for each class count (`added`: images an epoch, network A; `s`: seconds of a fit and its ranking), and draws a
picture of the same numbers. An approach helps where its paired gain over `none` of one scorer is above 0 in both.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import pandas as pd

from longtail import renamed

SLICES = {
    "1": "seen once",
    "2-4": "seen 2 to 4 times",
    "5-9": "seen 5 to 9 times",
    "10+": "seen 10 times or more",
    "known (closed)": "all known (closed)",
    "all (open)": "all, new ones too (open)",
}
ENOUGH = 100
_KEYS = ["strategy", "classifier", "slice"]
_PICTURED = ("1", "2-4", "5-9", "10+")
_INK, _RAIL, _A, _B = "#1f2933", "#d5dbe1", "#0b6e99", "#c2540a"
_NAMES, _WIDTH, _GAP, _ROW, _TOP, _FOOT = 150, 190, 22, 22, 64, 26


def main() -> None:
    """Read two runs, print the tables, draw the picture."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("run_a", type=Path, help="artifacts/evaluate of one run")
    parser.add_argument("run_b", type=Path, help="artifacts/evaluate of a run with another split.seed")
    parser.add_argument("--picture", type=Path, default=Path("which-strategy.svg"), help="where the picture goes")
    parser.add_argument("--all", action="store_true", help="every classifier of a strategy, not only its best")
    arguments = parser.parse_args()
    runs = [arguments.run_a, arguments.run_b]
    both = compare(*(_read(run, "per_class_count.csv") for run in runs))
    both = both.merge(costs(*(_read(run, "seconds.csv") for run in runs)), on=_KEYS[:2], how="left")
    leaders = [_read(run, "winners.csv").set_index("slice") for run in runs]
    for name in SLICES:
        rows = both[both["slice"] == name]
        print(f"### {SLICES[name].capitalize()}\n")
        print(f"{table(rows if arguments.all else best(rows))}\n")
        print(f"{verdict(rows, *(leader.loc[name] for leader in leaders))}\n")
    arguments.picture.write_text(picture(both), encoding="utf-8")
    print(f"Picture: {arguments.picture}")


def _read(run: Path, name: str) -> pd.DataFrame:
    """A table of a run, in today's words, whatever version wrote it."""
    written = pd.read_csv(renamed.table_path(run, name)).rename(columns=renamed.FIELDS)
    return written.assign(
        **{
            column: written[column].replace(renamed.column_values(column))
            for column in written
            if renamed.column_values(column)
        }
    )


def compare(a: pd.DataFrame, b: pd.DataFrame) -> pd.DataFrame:
    """The rows that both networks have, best first within a slice: scores, their mean and difference, the effect."""
    both = a.merge(b, on=_KEYS, suffixes=("_a", "_b"))
    both["mean"] = (both["map_at_5_a"] + both["map_at_5_b"]) / 2
    both["difference"] = both["map_at_5_b"] - both["map_at_5_a"]
    both["effect"] = [effect(row) for row in both.to_dict("records")]
    return both.sort_values(["slice", "mean", "strategy", "classifier"], ascending=[True, False, True, True])


def costs(a: pd.DataFrame, b: pd.DataFrame) -> pd.DataFrame:
    """`seconds` that a fit and its ranking take: the mean over the networks of the median over seeds."""
    each = [times.groupby(_KEYS[:2])["seconds"].median() for times in (a, b)]
    return ((each[0] + each[1]) / 2).reset_index()


def effect(row: dict[Any, Any]) -> str:
    """What an approach does to its scorer, by both networks: helps, hurts, noise; nothing to say of `none`."""
    if row["strategy"] == "none" or pd.isna(row["gain_a"]) or pd.isna(row["gain_b"]):
        return ""
    if min(row["gain_low_a"], row["gain_low_b"]) > 0:
        return "helps"
    return "hurts" if max(row["gain_high_a"], row["gain_high_b"]) < 0 else "noise"


def best(rows: pd.DataFrame) -> pd.DataFrame:
    """Each approach with its best scorer, and the nearest neighbour without any: the one-shot approach."""
    one_shot = (rows["strategy"] == "none") & (rows["classifier"] == "nearest_neighbour")
    first = ~rows.duplicated("strategy")
    return rows[first | one_shot]


def table(rows: pd.DataFrame) -> str:
    """The rows of one slice in Markdown."""
    head = [
        "strategy",
        "classifier",
        "network A",
        "network B",
        "mean",
        "B - A",
        "gain A",
        "gain B",
        "in both",
        "added",
        "s",
    ]
    lines = [head, ["---"] * 2 + ["---:"] * 6 + ["---"] + ["---:"] * 2]
    lines += [
        [
            row["strategy"],
            row["classifier"].replace("_", " "),
            *(_said(row[f"map_at_5_{end}"], row[f"low_{end}"], row[f"high_{end}"]) for end in "ab"),
            f"{row['mean']:.3f}",
            f"{row['difference']:+.3f}",
            *("" if row["effect"] == "" else f"{row[f'gain_{end}']:+.3f}" for end in "ab"),
            row["effect"],
            f"{row['added_a']:,.0f}",
            f"{row['seconds']:.1f}",
        ]
        for row in rows.dropna(subset=["mean"]).to_dict("records")
    ]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def verdict(rows: pd.DataFrame, leader_a: pd.Series, leader_b: pd.Series) -> str:
    """Who wins on one slice: who leads in both networks by more than noise in each. Otherwise nobody does."""
    counts = f"{leader_a['photographs']:.0f} and {leader_b['photographs']:.0f} photographs"
    if min(leader_a["photographs"], leader_b["photographs"]) < ENOUGH or rows["mean"].isna().all():
        return f"No winner: {counts}, under {ENOUGH} in one."
    first = rows.iloc[0]
    text = f"{counts}. Highest mean: {_pair(first)}, {first['mean']:.3f}."
    for end, leader in (("A", leader_a), ("B", leader_b)):
        text += f" {end}: {_pair(leader)} first, {leader['lead']:+.3f} before the next ({leader['verdict']})."
    same = _pair(leader_a) == _pair(leader_b)
    if same and leader_a["verdict"] == leader_b["verdict"] == "leads":
        return f"**{_pair(leader_a)} wins in both networks.** {text}"
    helpers = rows[rows["effect"] == "helps"]
    named = ", ".join(_pair(row) for row in helpers.head(3).to_dict("records")) or "none"
    return (
        f"No winner: {'the lead is within noise' if same else 'the networks disagree'}. {text} Help in both: {named}."
    )


def picture(both: pd.DataFrame) -> str:
    """Approaches down, class counts across: network A filled, B hollow, with intervals. Made of numbers alone."""
    pictured = both[both["slice"].isin(_PICTURED)].dropna(subset=["mean"])
    order = list(dict.fromkeys(pictured.sort_values("mean", ascending=False)["strategy"]))
    height = _TOP + _ROW * len(order) + _FOOT
    width = _NAMES + len(_PICTURED) * (_WIDTH + _GAP)
    parts = [
        f'<text x="8" y="18" font-size="13">Closed MAP@5 of each approach with its best scorer: network A '
        f'<tspan fill="{_A}">●</tspan>, network B <tspan fill="{_B}">○</tspan>, 95% intervals over identities</text>'
    ]
    for row, approach in enumerate(order):
        y = _TOP + _ROW * (row + 0.5)
        parts.append(f'<text x="{_NAMES - 10}" y="{y + 4:.1f}" text-anchor="end">{approach.replace("_", " ")}</text>')
    for column, name in enumerate(_PICTURED):
        left = _NAMES + column * (_WIDTH + _GAP)
        parts += _panel(best(pictured[pictured["slice"] == name]).drop_duplicates("strategy"), name, left, order)
    text = f'font-family="system-ui, sans-serif" font-size="12" fill="{_INK}"'
    opening = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img" {text}>'
    title = "<title>Closed MAP@5 by approach and class count, two networks</title>"
    return "\n".join([opening, title, '<rect width="100%" height="100%" fill="white"/>', *parts, "</svg>"]) + "\n"


def _panel(rows: pd.DataFrame, name: str, left: float, order: list[str]) -> list[str]:
    parts = [f'<text x="{left}" y="{_TOP - 22}" font-weight="600">{SLICES[name]}</text>']
    if rows.empty:
        return [*parts, f'<text x="{left}" y="{_TOP - 7}">no photograph</text>']
    low, high = rows[["low_a", "low_b"]].min(axis=None), rows[["high_a", "high_b"]].max(axis=None)
    scale = _WIDTH / max(high - low, 1e-9)
    counts = " and ".join(f"{rows[f'photographs_{end}'].iloc[0]:.0f}" for end in "ab")
    parts.append(f'<text x="{left}" y="{_TOP - 7}" font-size="10">{counts} photographs</text>')
    bottom = _TOP + _ROW * len(order)
    for value, anchor in ((low, "start"), (high, "end")):
        x = left + (value - low) * scale
        parts.append(f'<text x="{x:.1f}" y="{bottom + 14}" font-size="10" text-anchor="{anchor}">{value:.2f}</text>')
    for row in rows.to_dict("records"):
        y = _TOP + _ROW * (order.index(row["strategy"]) + 0.5)
        parts.append(f'<line x1="{left}" x2="{left + _WIDTH}" y1="{y}" y2="{y}" stroke="{_RAIL}"/>')
        for end, colour, fill, shift in (("a", _A, _A, -4), ("b", _B, "white", 4)):
            ends = [left + (row[f"{which}_{end}"] - low) * scale for which in ("low", "map_at_5", "high")]
            at = y + shift
            label = f"{_pair(row)}, network {end.upper()}: {row[f'map_at_5_{end}']:.3f}"
            parts.append(f'<line x1="{ends[0]:.1f}" x2="{ends[2]:.1f}" y1="{at}" y2="{at}" stroke="{colour}"/>')
            parts.append(
                f'<circle cx="{ends[1]:.1f}" cy="{at}" r="3.4" fill="{fill}" stroke="{colour}" stroke-width="1.5">'
                f"<title>{label}</title></circle>"
            )
    return parts


def _said(middle: float, low: float, high: float) -> str:
    return f"{middle:.3f} ({low:.3f}–{high:.3f})"


def _pair(row: Any) -> str:
    return f"{row['strategy']} with {str(row['classifier']).replace('_', ' ')}"


if __name__ == "__main__":
    main()

#!/bin/sh
# pandas 3.1.1 with pyarrow 26.0.1: a category of numbers comes back from Parquet as plain numbers, one of text stays.
#
# One would guess: a frame written with `to_parquet` has the same types when it is read; Parquet files carry a schema,
# and the categories of a text column do come back, with their order and with those that no row uses.
# What happens: categories of whole numbers, dates or truth values are gone: the column has the type of its
# values, and the list of categories is lost. No warning. Feather, written by the same pyarrow, keeps all of them.
# Why it matters: classes are often numbers (an individual's number, a class index). In a part of a long-tailed table,
# such as a validation fold, many classes have no row; the category's list is what keeps codes, columns of scores and
# the number of classes alike in all parts. After Parquet each part makes up a numbering of its own, and libraries
# that look at the type take the identity for a quantity and regress on it.
# What to do: write classes as text before making them a category, or keep the list of classes in a file of its own.
#
# Seen:
#   categories of   written    from Feather   from Parquet
#   text            category   category       category
#   whole           category   category       int64
#   date            category   category       datetime64[us]
#   truth           category   category       bool
#   codes of 9, 7, 9: [2, 1, 2] before, [1, 0, 1] once made a category again
set -eu
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
python3 -m venv "$tmp/venv"
"$tmp/venv/bin/pip" install --quiet --disable-pip-version-check pandas==3.1.1 pyarrow==26.0.1 numpy==2.4.6
cd "$tmp"
"$tmp/venv/bin/python" - <<'PYTHON'
import pandas as pd

fold = pd.DataFrame(
    {
        "text": pd.Categorical(["9", "7", "9"], categories=["3", "7", "9"]),  # no photograph of class 3 in this fold
        "whole": pd.Categorical([9, 7, 9], categories=[3, 7, 9]),
        "date": pd.Categorical(pd.to_datetime(["2026-05-01", "2026-05-02", "2026-05-01"])),
        "truth": pd.Categorical([True, False, True]),
    }
)
fold.to_parquet("fold.parquet")
fold.to_feather("fold.feather")
parquet, feather = pd.read_parquet("fold.parquet"), pd.read_feather("fold.feather")
seen = []
print(f"{'categories of':15} {'written':10} {'from Feather':14} from Parquet")
for name in fold:
    seen.append((str(feather[name].dtype), str(parquet[name].dtype)))
    print(f"{name:15} {fold[name].dtype!s:10} {seen[-1][0]:14} {seen[-1][1]}")
before = fold["whole"].cat.codes.tolist()
after = parquet["whole"].astype("category").cat.codes.tolist()
print(f"codes of 9, 7, 9: {before} before, {after} once made a category again")
kept = all(one == "category" for one, _ in seen) and seen[0][1] == "category"
lost = all(other != "category" for _, other in seen[1:])
raise SystemExit(not (kept and lost and before == [2, 1, 2] and after == [1, 0, 1]))
PYTHON

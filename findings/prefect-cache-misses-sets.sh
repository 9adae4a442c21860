#!/bin/sh
# prefect 3.9.1: a task with a set among its arguments is all but never `Cached` in the next process.
#
# One would guess: with `cache_policy=INPUTS` the key is made of the arguments' values, so that equal sets have equal
# keys; or, as for arguments that cannot be hashed, Prefect says that it cannot make a key.
# What happens: the key is made of the set's order in memory. Python draws the order of text in sets anew for each
# process (its hash seed), so that the key is another one in nearly every run. Inside one process all is well, which
# is where one tries it. In the next one the task simply runs again. A set inside a dictionary does the same; the same
# values as a list are found.
# Why it matters: "the identities to keep", "the extensions to read", "the photographs to leave out" are sets by
# nature. The step behind them, which may be hours of embeddings, is computed again at each scheduled run.
# What to do: pass `sorted(names)`, or give the task a `cache_key_fn` that sorts.
#
# Seen (state of the task run; the hash seed is fixed here so that the two processes surely differ):
#   process     set         set in a dictionary   list
#   first       Completed   Completed             Completed
#   second      Completed   Completed             Cached
set -eu
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
python3 -m venv "$tmp/venv"
"$tmp/venv/bin/pip" install --quiet --disable-pip-version-check prefect==3.9.1
HOME="$tmp" DO_NOT_TRACK=1 PREFECT_SERVER_ANALYTICS_ENABLED=false PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS=120
export HOME DO_NOT_TRACK PREFECT_SERVER_ANALYTICS_ENABLED PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS
unset PREFECT_API_URL PREFECT_API_KEY PREFECT_PROFILE PREFECT_HOME || true
cd "$tmp"
cat > embed.py <<'PYTHON'
from prefect import flow, task
from prefect.cache_policies import INPUTS


@task(cache_policy=INPUTS, persist_result=True)
def embed(identities):
    return len(identities)


@flow
def retrain():
    names = ["w_1287fbc", "w_98baff9", "w_7554f44", "w_1eafe46", "w_fd1cb9d"]
    kinds = (set(names), {"keep": set(names)}, names)
    return [embed(kind, return_state=True).name for kind in kinds]


print("{:11} {:21} {}".format(*retrain()))
PYTHON
first=$(PYTHONHASHSEED=1 "$tmp/venv/bin/python" embed.py 2> first.log) || { cat first.log; exit 1; }
second=$(PYTHONHASHSEED=2 "$tmp/venv/bin/python" embed.py 2> second.log) || { cat second.log; exit 1; }
echo "process     set         set in a dictionary   list"
echo "first       $first"
echo "second      $second"
[ "$(echo $first)" = "Completed Completed Completed" ] && [ "$(echo $second)" = "Completed Completed Cached" ]

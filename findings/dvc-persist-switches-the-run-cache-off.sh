#!/bin/sh
# dvc 3.67.1: one output with `persist: true` switches the run cache off for all outputs of its stage.
#
# One would guess: `persist: true` concerns the output that it stands at: DVC does not remove it before the command,
# so that a store of derived images can grow from run to run. What DVC knows of earlier runs stays of use.
# What happens: a stage with one such output is never restored from the run cache, not even its ordinary outputs.
# Set a parameter to another value and back, and the stage runs again, from the start; without `persist: true` the
# same steps restore the earlier run. Nothing says so.
# Why it matters: people set it to save an hour of resizing, and thereby lose the restore that saves them a night of
# training.
# What to do: keep `persist: true` for stages with nothing else to lose. Or keep the store of derived files in a
# folder that DVC and git ignore, keyed by content, and let the stage write its outputs from there.
#
# Seen:
#   lr 0.1, 0.2, then 0.1 again:  the command ran
#   without persist               2 times
#   with persist: true            3 times
set -eu
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
python3 -m venv "$tmp/venv"
"$tmp/venv/bin/pip" install --quiet --disable-pip-version-check dvc==3.67.1 dvc-data==3.18.3
PATH="$tmp/venv/bin:$PATH" HOME="$tmp" DVC_NO_ANALYTICS=1 DVC_SITE_CACHE_DIR="$tmp/site"
export PATH HOME DVC_NO_ANALYTICS DVC_SITE_CACHE_DIR

count() {    # count PERSIST: how often the command runs for lr 0.1, 0.2 and 0.1 again
    mkdir "$tmp/persist-$1" && cd "$tmp/persist-$1"
    git init --quiet && dvc init --quiet
    cat > dvc.yaml <<DVC
stages:
  train:
    cmd: mkdir -p thumbnails && touch thumbnails/1.jpg && cp params.yaml model.txt && echo ran >> $tmp/runs-$1
    params: [lr]
    outs:
      - model.txt
      - thumbnails:
          persist: $1
DVC
    for lr in 0.1 0.2 0.1; do
        echo "lr: $lr" > params.yaml
        dvc repro --quiet
        [ "$(cat model.txt)" = "lr: $lr" ]
    done
    wc -l < "$tmp/runs-$1" | tr -d ' '
}
without=$(count false)
with=$(count true)
echo "lr 0.1, 0.2, then 0.1 again:  the command ran"
echo "without persist               $without times"
echo "with persist: true            $with times"
[ "$without" = 2 ] && [ "$with" = 3 ]

#!/bin/sh
# dvc 3.67.1: dvc.lock records the parameters and dependencies as they are AFTER the command, not as it read them.
#
# One would guess: a stage's inputs are hashed before it starts, or at least compared afterwards, since dvc.lock is
# the record of what an output was made from.
# What happens: `dvc repro` hashes dependencies and reads parameters once the command has ended. Whoever edits
# params.yaml (or a script, or a label table) for the next training while this one still runs has the edit recorded
# as what was used. No warning; the next `dvc repro` finds nothing to do, and the run cache keeps the pair: whoever
# asks for the edited parameters later is given the output of the old ones, without a run.
# Why it matters: a training takes hours, and people edit meanwhile. The record then names a learning rate that
# no model was ever trained with.
# What to do: let the stage read its inputs from a checkout of its own (`dvc exp run --temp`), or hash them when the
# command starts and refuse the run if they differ at its end.
#
# Seen:
#   the command read:           lr: 0.1
#   dvc.lock says it used:      lr: 0.9
#   the next repro:             Stage 'train' didn't change, skipping
#   from the run cache, lr 0.9: lr: 0.1
set -eu
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
python3 -m venv "$tmp/venv"
"$tmp/venv/bin/pip" install --quiet --disable-pip-version-check dvc==3.67.1 dvc-data==3.18.3
PATH="$tmp/venv/bin:$PATH" HOME="$tmp" DVC_NO_ANALYTICS=1 DVC_SITE_CACHE_DIR="$tmp/site"
export PATH HOME DVC_NO_ANALYTICS DVC_SITE_CACHE_DIR
mkdir "$tmp/project" && cd "$tmp/project"
git init --quiet && dvc init --quiet

echo 'lr: 0.1' > params.yaml
cat > train.sh <<'TRAIN'
cp params.yaml model.txt        # the training reads its parameters first ...
touch "$1"
while [ -e "$1" ]; do sleep 0.1; done
TRAIN
cat > dvc.yaml <<DVC
stages:
  train:
    cmd: sh train.sh $tmp/running
    params: [lr]
    outs: [model.txt]
DVC

dvc repro --quiet &
run=$!
while [ ! -e "$tmp/running" ] && kill -0 "$run"; do sleep 0.1; done
echo 'lr: 0.9' > params.yaml    # ... and somebody prepares the next one
rm "$tmp/running"
wait "$run"

used=$(cat model.txt)
recorded=$(grep -o 'lr: .*' dvc.lock)
again=$(dvc repro | sed -n 1p)
rm dvc.lock model.txt
dvc repro --quiet
restored=$(cat model.txt)
echo "the command read:           $used"
echo "dvc.lock says it used:      $recorded"
echo "the next repro:             $again"
echo "from the run cache, lr 0.9: $restored"
[ "$used" = "lr: 0.1" ] && [ "$restored" = "lr: 0.1" ] && [ "$recorded" = "lr: 0.9" ] && [ "$again" = "Stage 'train' didn't change, skipping" ]

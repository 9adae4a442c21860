#!/bin/sh
# dvc 3.67.1 with `pip install -e`: a queued experiment runs the code of the workspace and records that of the queue.
#
# One would guess: an experiment that was queued with one version of the code runs that version. DVC makes a checkout
# of its own for it, with the code as it was when it was queued, and the stage runs in there.
# What happens: an editable install points at one folder, the workspace. In the experiment's checkout Python still
# imports the package from the workspace, with whatever was edited or checked out since. dvc.lock of the experiment
# holds the hash of the queued code, beside the output of the other code. The pair goes into the run cache: later
# the queued code, run in the workspace, "is cached", and gets the wrong output again.
# Why it matters: `pip install -e .` with a src/ layout is what most training projects do, and a queue is for going
# on with the work. The figures in `dvc exp show` are then of code that they do not name. Neither tool is at fault.
# What to do: put the checkout first: `cmd: PYTHONPATH=src python -m ...`, or install into an environment each.
#
# Seen:
#   dvc.lock of the experiment:  hash of the queued code
#   the model it made:           trained with the code of the workspace
#   repro with the queued code:  Stage 'train' is cached - skipping run, checking out outputs
#   the model it restored:       trained with the code of the workspace
set -eu
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
python3 -m venv "$tmp/venv"
"$tmp/venv/bin/pip" install --quiet --disable-pip-version-check dvc==3.67.1 dvc-task==0.40.2 scmrepo==3.6.2 setuptools==80.9.0
PATH="$tmp/venv/bin:$PATH" DVC_NO_ANALYTICS=1 DVC_SITE_CACHE_DIR="$tmp/site"
export PATH DVC_NO_ANALYTICS DVC_SITE_CACHE_DIR

mkdir -p "$tmp/project/src/fluke" && cd "$tmp/project"
printf '[project]\nname = "fluke"\nversion = "1"\n' > pyproject.toml
code() { echo "open('model.txt', 'w').write('trained with the code of the $1')" > src/fluke/train.py; }
code workspace
pip install --quiet --disable-pip-version-check --no-build-isolation --no-deps --editable .

HOME="$tmp"
export HOME
git config --global user.name finding
git config --global user.email finding@example.invalid
git init --quiet && dvc init --quiet
cat > dvc.yaml <<'DVC'
stages:
  train:
    cmd: python -m fluke.train
    deps: [src/fluke/train.py]
    outs: [model.txt]
DVC
printf '__pycache__\n*.egg-info\nbuild\n' > .gitignore
printf '__pycache__\n' > .dvcignore
git add . && git commit --quiet -m "Add the training"

code queue
queued=$(md5sum src/fluke/train.py | cut -d ' ' -f 1)
dvc exp run --quiet --queue --name tried
git checkout --quiet src                  # back to the code of the workspace, to work on
dvc exp run --run-all --jobs 1 > "$tmp/log" 2>&1
dvc exp apply --quiet tried
recorded=$(grep -A 2 'path: src/fluke/train.py' dvc.lock | grep -c "$queued" || true)
made=$(cat model.txt)
echo "dvc.lock of the experiment:  $([ "$recorded" = 1 ] && echo "hash of the queued code")"
echo "the model it made:           $made"
git checkout --quiet . && git clean --quiet -fd && rm -f model.txt
code queue
again=$(dvc repro | sed -n 1p)
restored=$(cat model.txt)
echo "repro with the queued code:  $again"
echo "the model it restored:       $restored"
wrong="trained with the code of the workspace"
[ "$recorded" = 1 ] && [ "$made" = "$wrong" ] && [ "$restored" = "$wrong" ] &&
    [ "$again" = "Stage 'train' is cached - skipping run, checking out outputs" ]

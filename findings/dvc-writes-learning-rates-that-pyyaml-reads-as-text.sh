#!/bin/sh
# dvc 3.67.1 with PyYAML 6.0.4: `dvc exp run -S lr=0.00001` writes params.yaml so that the stage reads a text.
#
# One would guess: a number set with `--set-param` arrives in the training as a number.
# What happens: DVC writes the small number as `1e-05`. By YAML 1.2, which DVC follows, that is a number. PyYAML,
# which nearly all training code reads params.yaml with, follows YAML 1.1: a number with an exponent needs a point,
# and `1e-05` is the text "1e-05". DVC itself, `dvc params diff` and dvc.lock show a number throughout. From 0.0001
# upwards DVC writes plain decimals and all is well, so that a search over learning rates breaks at its lower end only.
# Why it matters: at best the optimiser raises. At worst the text gets through: a comparison with `==` is false, and
# `value * 2` is the text "1e-051e-05". The same happens to whoever writes `lr: 1e-5` by hand, but here a tool did it.
# What to do: check types when parameters are read (a schema that turns numeric text into numbers, or refuses it), or
# read params.yaml as DVC does, with ruamel.yaml.
#
# Seen:
#   set          written    as DVC reads it    as PyYAML reads it
#   lr=0.0001    0.0001     0.0001 (float)     0.0001 (float)
#   lr=0.00001   1e-05      1e-05 (float)      '1e-05' (str)
set -eu
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
python3 -m venv "$tmp/venv"
"$tmp/venv/bin/pip" install --quiet --disable-pip-version-check dvc==3.67.1 ruamel.yaml==0.19.1 pyyaml==6.0.4
PATH="$tmp/venv/bin:$PATH" HOME="$tmp" DVC_NO_ANALYTICS=1 DVC_SITE_CACHE_DIR="$tmp/site"
export PATH HOME DVC_NO_ANALYTICS DVC_SITE_CACHE_DIR
git config --global user.name finding
git config --global user.email finding@example.invalid

mkdir "$tmp/project" && cd "$tmp/project"
git init --quiet && dvc init --quiet
echo 'lr: 0.01' > params.yaml
cat > train.py <<'PYTHON'
import yaml
lr = yaml.safe_load(open("params.yaml"))["lr"]
open("read.txt", "w").write(f"{lr!r} ({type(lr).__name__})")
PYTHON
cat > dvc.yaml <<'DVC'
stages:
  train:
    cmd: python train.py
    params: [lr]
    outs: [read.txt]
DVC
git add . && git commit --quiet -m "Add the training"

cat > ../dvc_reads.py <<'PYTHON'
import dvc.api
lr = dvc.api.params_show()["lr"]
print(f"{lr!r} ({type(lr).__name__})")
PYTHON
try() {
    dvc exp run --quiet --set-param "lr=$1"
    written=$(sed 's/lr: //' params.yaml)
    read_by_dvc=$(python ../dvc_reads.py)
    read_by_stage=$(cat read.txt)
    printf '%-12s %-10s %-18s %s\n' "lr=$1" "$written" "$read_by_dvc" "$read_by_stage"
}
printf '%-12s %-10s %-18s %s\n' "set" "written" "as DVC reads it" "as PyYAML reads it"
try 0.0001
[ "$read_by_stage" = "0.0001 (float)" ] || exit 1
try 0.00001
[ "$written" = "1e-05" ] && [ "$read_by_dvc" = "1e-05 (float)" ] && [ "$read_by_stage" = "'1e-05' (str)" ]

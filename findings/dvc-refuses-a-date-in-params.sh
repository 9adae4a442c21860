#!/bin/sh
# dvc 3.67.1: one date in params.yaml stops every command of the pipeline, even if no stage uses that parameter.
#
# One would guess: params.yaml may hold any YAML value, and a parameter that no stage names does not concern DVC.
# What happens: `until: 2026-05-01` without quotes is a date in YAML. DVC reads the whole file for its templates and
# accepts no dates there: `dvc repro`, `dvc status` and `dvc exp run` end with "unexpected error" (exit code 255),
# though dvc.yaml has no template and the only stage names another parameter. `dvc params diff` and the training's own
# reader take the same file without a complaint.
# Why it matters: photographs in the field come by season, so that `from:` and `until:` are natural parameters. The
# message points to the support of DVC, and does not say that a pair of quotes is all that it takes.
# What to do: write dates in quotes in params.yaml, and turn them into dates where they are used.
#
# Seen:
#   until: 2026-05-01     repro 255, status 255, params diff 0
#                         ERROR: unexpected error - Unsupported value of type 'date' in 'params.yaml:until'
#   until: "2026-05-01"   repro 0, status 0, params diff 0
set -eu
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
python3 -m venv "$tmp/venv"
"$tmp/venv/bin/pip" install --quiet --disable-pip-version-check dvc==3.67.1 ruamel.yaml==0.19.1
PATH="$tmp/venv/bin:$PATH" HOME="$tmp" DVC_NO_ANALYTICS=1 DVC_SITE_CACHE_DIR="$tmp/site"
export PATH HOME DVC_NO_ANALYTICS DVC_SITE_CACHE_DIR
git config --global user.name finding
git config --global user.email finding@example.invalid

mkdir "$tmp/project" && cd "$tmp/project"
git init --quiet && dvc init --quiet
cat > dvc.yaml <<'DVC'
stages:
  train:
    cmd: echo trained > model.txt
    params: [lr]
    outs: [model.txt]
DVC
printf 'lr: 0.1\n' > params.yaml
git add . && git commit --quiet -m "Add the training"

try() {
    printf 'lr: 0.1\nuntil: %s\n' "$1" > params.yaml
    codes=""
    for command in "repro" "status" "params diff"; do
        code=0
        dvc $command > "$tmp/out" 2>&1 || code=$?
        codes="$codes$command $code, "
        [ "$command" = repro ] && cp "$tmp/out" "$tmp/repro.out"
    done
    codes=${codes%, }
    printf 'until: %-14s %s\n' "$1" "$codes"
}
try 2026-05-01
message=$(grep ERROR "$tmp/repro.out")
echo "                      $message"
[ "$codes" = "repro 255, status 255, params diff 0" ] || exit 1
[ "$message" = "ERROR: unexpected error - Unsupported value of type 'date' in 'params.yaml:until'" ] || exit 1
try '"2026-05-01"'
[ "$codes" = "repro 0, status 0, params diff 0" ]

#!/bin/sh
# For each Python that we support and that is here: a clean clone, a fresh environment from the lock, `make run`, and for
# those in TESTED `make test`. One that is not here is named and left out. PYTHONS and TESTED can be set.
set -eu
PYTHONS=${PYTHONS:-3.11 3.12 3.13 3.14}
TESTED=${TESTED:-3.11 3.13}
here=$(git rev-parse --show-toplevel)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM
status=0

find_python() {  # on PATH, else the newest of pyenv's
  for found in "$(command -v "python$1" || true)" $(ls -d "${PYENV_ROOT:-$HOME/.pyenv}/versions/$1".*/bin/python 2>/dev/null | sort -rV); do
    # A shim of pyenv's answers for versions that are not selected too, with an error.
    if [ -n "$found" ] && "$found" -c 'import sys; sys.exit(not (3, 11, 5) <= sys.version_info < (3, 15))' 2>/dev/null; then
      echo "$found"
      return
    fi
  done
}

for version in $PYTHONS; do
  python=$(find_python "$version")
  if [ -z "$python" ]; then
    echo "python$version: not on this machine, left out"
    continue
  fi
  clone=$work/python$version
  git clone --quiet "$here" "$clone"
  ln -sfn "$here/../shared" "$work/shared"  # what tests look for beside a checkout, if it is there
  targets=run
  case " $TESTED " in *" $version "*) targets="run test" ;; esac
  for target in $targets; do
    began=$(date +%s)
    if (cd "$clone" && unset LONGTAIL_VENV && make PYTHON="$python" "$target") >"$work/$version-$target.log" 2>&1; then
      how=ended-well
    else
      how=FAILED
      status=1
    fi
    echo "== python$version make $target: $how after $(($(date +%s) - began)) s"
    tail -n 30 "$work/$version-$target.log"
  done
  rm -rf "$clone"
done
exit $status

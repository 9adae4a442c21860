#!/bin/sh
# dvc 3.67.1: `dvc add FOLDER` follows a linked file, leaves a linked sub-folder out, and says nothing.
#
# One would guess: a symbolic link to a folder is followed, as a link to a file is, or there is a warning.
# What happens: a link to a file inside the folder is followed and its bytes are versioned. A link to a folder beside
# it is left out: exit code 0, no message, `dvc status` finds nothing amiss. Where it was made, the photographs
# are still seen through the link, so trainings there use them. A clone has nothing of them.
# Why it matters: large image sets are often put together from links (a folder a season, a folder a camera, on
# another disk). The version that DVC keeps is then smaller than what was trained on, and no figure shows it.
# What to do: before `dvc add`, look for links to folders (`find FOLDER -type l -xtype d` finds them) and copy
# their content in; afterwards compare `nfiles` in the .dvc file with the number of files that you see.
#
# Seen:
#   files where it was added:  2024/1.jpg 2025/2.jpg lone.jpg
#   exit code, nfiles:         0, 2
#   dvc status:                Data and pipelines are up to date.
#   files in a clone:          2024/1.jpg lone.jpg
set -eu
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
python3 -m venv "$tmp/venv"
"$tmp/venv/bin/pip" install --quiet --disable-pip-version-check dvc==3.67.1 dvc-data==3.18.3 dvc-objects==5.2.0
PATH="$tmp/venv/bin:$PATH" HOME="$tmp" DVC_NO_ANALYTICS=1 DVC_SITE_CACHE_DIR="$tmp/site"
export PATH HOME DVC_NO_ANALYTICS DVC_SITE_CACHE_DIR
git config --global user.name finding
git config --global user.email finding@example.invalid

mkdir -p "$tmp/disk/2025" "$tmp/project/photos/2024" "$tmp/remote"
cd "$tmp/project"
echo "one" > photos/2024/1.jpg
echo "two" > "$tmp/disk/2025/2.jpg"
echo "three" > "$tmp/disk/lone.jpg"
ln -s "$tmp/disk/2025" photos/2025            # a folder on another disk
ln -s "$tmp/disk/lone.jpg" photos/lone.jpg    # a file on another disk

git init --quiet && dvc init --quiet && dvc remote add --quiet --default store "$tmp/remote"
code=0
dvc add --quiet photos || code=$?
git add . && git commit --quiet -m "Add the photographs" && dvc push --quiet
count=$(sed -n 's/.*nfiles: //p' photos.dvc)
status=$(dvc status)
git clone --quiet . "$tmp/clone"
files() { (cd photos && find -L . -type f | sort | sed 's#^\./##' | paste -s -d ' ' -); }
here=$(files)
cd "$tmp/clone"
dvc pull --quiet
there=$(files)

echo "files where it was added:  $here"
echo "exit code, nfiles:         $code, $count"
echo "dvc status:                $status"
echo "files in a clone:          $there"
[ "$here" = "2024/1.jpg 2025/2.jpg lone.jpg" ] && [ "$code, $count" = "0, 2" ] &&
    [ "$status" = "Data and pipelines are up to date." ] && [ "$there" = "2024/1.jpg lone.jpg" ]

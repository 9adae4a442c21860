#!/bin/sh
# dvc 3.67.1: a file lost from the remote is never sent again by `dvc push`, which says that all is up to date.
#
# One would guess: `dvc push` compares the cache with the remote and sends what the remote lacks; `dvc status --cloud`
# is the check for it.
# What happens: for a folder, DVC asks the remote only for the folder's listing (the object that ends in `.dir`). If
# it is there, all files of the folder are taken to be there. When one was lost (an interrupted copy of the store, a
# clean-up by age, a bad disk), push says "Everything is up to date.", status says "in sync", and the person with
# the only complete copy learns nothing. The colleague's `dvc pull` fails.
# Why it matters: an image set is one folder of many thousand files. One lost object makes the whole folder
# impossible to pull, and the command meant to mend it refuses to see it.
# What to do: test the remote with a pull into an empty clone. To mend it, delete the folder's `.dir` object from the
# remote (the `md5:` line of the .dvc file names it), then push: the lost files go up with it.
#
# Seen:
#   push after the loss:                  Everything is up to date.
#   status --cloud:                       Cache and remote 'store' are in sync.
#   pull in a clone, exit code:           1
#   push after removing the .dir object:  2 files pushed
#   pull in a clone, exit code:           0
set -eu
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
python3 -m venv "$tmp/venv"
"$tmp/venv/bin/pip" install --quiet --disable-pip-version-check dvc==3.67.1 dvc-data==3.18.3 dvc-objects==5.2.0
PATH="$tmp/venv/bin:$PATH" HOME="$tmp" DVC_NO_ANALYTICS=1 DVC_SITE_CACHE_DIR="$tmp/site"
export PATH HOME DVC_NO_ANALYTICS DVC_SITE_CACHE_DIR
git config --global user.name finding
git config --global user.email finding@example.invalid

mkdir -p "$tmp/project/photos" "$tmp/remote"
cd "$tmp/project"
for number in 1 2 3; do echo "pixels of photograph $number" > "photos/$number.jpg"; done
git init --quiet && dvc init --quiet && dvc remote add --quiet --default store "$tmp/remote"
dvc add --quiet photos
git add . && git commit --quiet -m "Add the photographs" && dvc push --quiet

rm "$(find "$tmp/remote" -type f ! -name '*.dir' | head -n 1)"    # the remote loses one photograph
rm -rf "$DVC_SITE_CACHE_DIR"                                      # what DVC remembers of the remote is not to blame

pull() { rm -rf "$tmp/clone"; git clone --quiet . "$tmp/clone"; (cd "$tmp/clone" && dvc pull --quiet 2>/dev/null) || return 1; }
pushed=$(dvc push | tail -n 1)
status=$(dvc status --cloud | tail -n 1)
code=0
pull || code=$?
echo "push after the loss:                  $pushed"
echo "status --cloud:                       $status"
echo "pull in a clone, exit code:           $code"
find "$tmp/remote" -name '*.dir' -delete
mended=$(dvc push | tail -n 1)
mended_code=0
pull || mended_code=$?
echo "push after removing the .dir object:  $mended"
echo "pull in a clone, exit code:           $mended_code"
[ "$pushed" = "Everything is up to date." ] && [ "$status" = "Cache and remote 'store' are in sync." ] &&
    [ "$code" = 1 ] && [ "$mended" = "2 files pushed" ] && [ "$mended_code" = 0 ]

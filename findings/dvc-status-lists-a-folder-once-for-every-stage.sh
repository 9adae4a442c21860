#!/bin/sh
# dvc 3.67.1: `dvc status` reads a folder again for every stage that depends on it.
#
# One would guess: within one command DVC looks at an image folder once. It keeps hashes by time and size of each file
# (its state), and all stages share them.
# What happens: the state saves reading the pixels, not the look. For each stage that names the folder DVC lists it,
# asks the size and time of every file, fetches the hash of each from the state, and puts the folder's listing together
# again. Ten stages over one folder of 10,000 photographs are over 100,000 look-ups, where nothing has changed.
# Why it matters: pipelines of images have one large folder and many stages that read it (prepare, embed, report ...).
# "Nothing changed" then costs in proportion to the stages, and `dvc repro` pays it too.
# What to do: let few stages read the folder itself, and the others a table or an output made from it; or keep photographs
# in fewer files.
#
# Seen:
#   stages that read the folder:           1      5     10
#   times that `dvc status` lists it:      2      6     11
set -eu
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
python3 -m venv "$tmp/venv"
"$tmp/venv/bin/pip" install --quiet --disable-pip-version-check dvc==3.67.1 dvc-data==3.18.3 dvc-objects==5.2.0
PATH="$tmp/venv/bin:$PATH" HOME="$tmp" DVC_NO_ANALYTICS=1 DVC_SITE_CACHE_DIR="$tmp/site"
export PATH HOME DVC_NO_ANALYTICS DVC_SITE_CACHE_DIR

cat > "$tmp/count.py" << 'END'
import os
import sys

from dvc.repo import Repo

listed = []
sys.addaudithook(lambda event, args: listed.append(args[0]) if event in ("os.scandir", "os.listdir") else None)
with Repo() as repo:
    listed.clear()
    assert repo.status() == {}, "nothing has changed"
print(sum(os.path.basename(os.fspath(path)) == "photos" for path in listed if isinstance(path, (str, os.PathLike))))
END

listings() {
    mkdir -p "$tmp/project$1/photos"
    cd "$tmp/project$1"
    for number in 1 2 3; do echo "pixels of photograph $number" > "photos/$number.jpg"; done
    git init --quiet && dvc init --quiet
    for stage in $(seq "$1"); do
        dvc stage add --quiet --name "read$stage" --deps photos --outs "out$stage" "ls photos > out$stage"
    done
    dvc repro --quiet
    python "$tmp/count.py"
}

one=$(listings 1) five=$(listings 5) ten=$(listings 10)
printf 'stages that read the folder:       %5d  %5d  %5d\n' 1 5 10
printf "times that \`dvc status\` lists it:  %5d  %5d  %5d\n" "$one" "$five" "$ten"
[ "$five" -ge $((one + 4)) ] && [ "$ten" -ge $((one + 9)) ]

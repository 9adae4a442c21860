#!/bin/sh
# safetensors 0.8.0: `save_file` writes a file that only its owner can read, and puts it in place of a link.
#
# One would guess: a file for sharing weights is written as `open(path, "wb")` writes: readable as the umask says, in
# place if the path exists, and through a symbolic link if it is one.
# What happens: the file has mode 0600 whatever the umask, and also when a file with mode 0644 stood there. A symbolic
# link is replaced by a new file; the file that it pointed to keeps the old weights.
# Why it matters: a training writes a model that the server, the colleague's account or the container under another
# user cannot open; `numpy.save` never did that. Where weights lie on a shared disk behind a link
# (`cache.type symlink` in DVC, a `latest` link), the new model stays local and others go on with the old one.
# What to do: `os.chmod` after saving; to write through a link, save to `os.path.realpath(path)`; or write the bytes of
# `safetensors.torch.save` with `open`.
#
# Seen, with umask 022:
#   numpy.save, a new file              0644
#   save_file, a new file               0600
#   save_file over a file of 0644       0600
#   save_file to a link, then a link    False
#   weights behind the link             old
set -eu
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
python3 -m venv "$tmp/venv"
"$tmp/venv/bin/pip" install --quiet --disable-pip-version-check safetensors==0.8.0 numpy==2.4.6
cd "$tmp"
umask 022
"$tmp/venv/bin/python" - <<'PYTHON'
import os

import numpy as np
from safetensors.numpy import load_file, save_file


def mode(path):
    return format(os.stat(path).st_mode & 0o777, "04o")


old, new = {"weight": np.zeros(3)}, {"weight": np.ones(3)}
np.save("numpy.npy", old["weight"])
save_file(old, "new.safetensors")
save_file(old, "shared.safetensors")
os.chmod("shared.safetensors", 0o644)
os.symlink("shared.safetensors", "latest.safetensors")
save_file(new, "latest.safetensors")
behind = load_file("shared.safetensors")["weight"].tolist()
save_file(new, "shared.safetensors")
rows = {
    "numpy.save, a new file": mode("numpy.npy"),
    "save_file, a new file": mode("new.safetensors"),
    "save_file over a file of 0644": mode("shared.safetensors"),
    "save_file to a link, then a link": os.path.islink("latest.safetensors"),
    "weights behind the link": "old" if behind == [0.0, 0.0, 0.0] else "new",
}
for name, value in rows.items():
    print(f"{name:35} {value}")
raise SystemExit(list(rows.values()) != ["0644", "0600", "0600", False, "old"])
PYTHON

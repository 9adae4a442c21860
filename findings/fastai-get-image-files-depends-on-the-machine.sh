#!/bin/sh
# fastai 2.8.12: which files `get_image_files` takes for images is decided by the operating system's /etc/mime.types.
#
# One would guess: fastai has a list of image extensions, or takes what Pillow, which opens the files, can open.
# What happens: the list is Python's table of media types at the moment of the import. That table is Python's own,
# which has no .webp before 3.13 and no .jp2 there either, and the system's /etc/mime.types on top where there is
# one. A desktop has that file, a slim container has not. Files that are not in the table are left out without a
# word, though Pillow opens them.
# Why it matters: the same code, the same versions and the same folder give a smaller training set in the container
# than on the laptop. If the missing format goes with one source (photographs from a website are often WebP), whole
# classes are missing, and the score only looks better for it.
# What to do: `get_files(path, extensions=...)` with extensions of your own, and count what was found.
#
# Seen (Python 3.11):
#   image extensions    machine without mime.types    machine with it
#   files found         a.jpg                         a.jpg b.webp c.jp2
#   opened by Pillow    a.jpg b.webp c.jp2            a.jpg b.webp c.jp2
set -eu
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
python3 -m venv "$tmp/venv"
"$tmp/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check fastai==2.8.12 fastcore==2.2.41 fasttransform==0.0.5 pillow==13.0.0 torch==2.13.0 torchvision==0.28.0
cd "$tmp"
printf 'image/jpeg jpg jpeg\nimage/webp webp\nimage/jp2 jp2\n' > mime.types    # three lines of the usual file
cat > found.py <<'PYTHON'
import mimetypes
import sys
import warnings

warnings.filterwarnings("ignore")
mimetypes.knownfiles[:] = sys.argv[1:]  # where Python looks for the system's table: nowhere, or our file
mimetypes.init()
from fastai.data.transforms import get_image_files

print(*sorted(path.name for path in get_image_files("photographs")))
PYTHON
"$tmp/venv/bin/python" - <<'PYTHON'
import subprocess
import sys
from pathlib import Path

from PIL import Image

folder = Path("photographs")
folder.mkdir()
for name in ("a.jpg", "b.webp", "c.jp2"):
    Image.radial_gradient("L").convert("RGB").save(folder / name)
opened = " ".join(path.name for path in sorted(folder.iterdir()) if Image.open(path).convert("RGB").size == (256, 256))
without, with_it = (
    subprocess.run([sys.executable, "found.py", *table], capture_output=True, text=True, check=True).stdout.strip()
    for table in ([], ["mime.types"])
)
for line in (("image extensions", "machine without mime.types", "machine with it"), ("files found", without, with_it), ("opened by Pillow", opened, opened)):
    print("{:19} {:29} {}".format(*line))
everything = "a.jpg b.webp c.jp2"
bare = "a.jpg b.webp" if sys.version_info >= (3, 13) else "a.jpg"
raise SystemExit((opened, without, with_it) != (everything, bare, everything))
PYTHON

#!/bin/sh
# pillow-heif 1.8.1: `save("x.heic", exif=image.getexif())` loses the photograph's turn; with `.tobytes()` it is kept.
#
# One would guess: the usual line for keeping EXIF, `image.save(path, exif=image.getexif())`, does for HEIC what it does
# for JPEG: the photograph that lay on its side with Orientation 6 is shown upright from the new file as well.
# What happens: HEIC has a turn of its own, the property `irot`. pillow-heif makes it from Orientation if `exif` is bytes,
# and even if no `exif` is given. From an `Exif` object it writes the tag and no `irot`. On opening, the tag without
# `irot` turns nothing and is shown as 1. So `ImageOps.exif_transpose` has nothing to do, and the photograph stays on
# its side. The old value is left in `image.info["original_orientation"]`, where it is also left for a photograph that
# was turned. No warning.
# Why it matters: photographs that were converted to save space train and are shown on their side. Boxes that were drawn
# on the upright picture lie elsewhere. And no program can tell by that value alone which ones are meant.
# What to do: turn before saving, `ImageOps.exif_transpose(image).save(path)`; or pass `exif=image.getexif().tobytes()`.
#
# Seen, of a JPEG stored as 96 x 64 with Orientation 6, opened, saved, opened again and turned by exif_transpose:
#   saved with                         JPEG      HEIC      Orientation of the HEIC  original_orientation  irot
#   exif=image.getexif()               (64, 96)  (96, 64)                        1                     6  no
#   exif=image.getexif().tobytes()     (64, 96)  (64, 96)                        1                     6  yes
#   exif=image.info["exif"]            (64, 96)  (64, 96)                        1                     6  yes
#   nothing                            (96, 64)  (64, 96)                        1                     6  yes
set -eu
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
python3 -m venv "$tmp/venv"
"$tmp/venv/bin/pip" install --quiet --disable-pip-version-check pillow==13.0.0 pillow-heif==1.8.1
"$tmp/venv/bin/python" - <<'PYTHON'
import io

import pillow_heif
from PIL import Image, ImageOps

pillow_heif.register_heif_opener()
ORIENTATION = 0x112
exif = Image.Exif()
exif[ORIENTATION] = 6
photograph = io.BytesIO()
Image.new("RGB", (96, 64), "grey").save(photograph, "JPEG", exif=exif)


def saved(kind, keep):
    """The photograph as a file of this kind, with its EXIF kept in this way."""
    file = io.BytesIO()
    image = Image.open(io.BytesIO(photograph.getvalue()))
    image.save(file, kind, **({"exif": keep(image)} if keep else {}))
    return file


ways = {
    "exif=image.getexif()": lambda image: image.getexif(),
    "exif=image.getexif().tobytes()": lambda image: image.getexif().tobytes(),
    'exif=image.info["exif"]': lambda image: image.info["exif"],
    "nothing": None,
}
seen = []
print(f"{'saved with':34} JPEG      HEIC      Orientation of the HEIC  original_orientation  irot")
for name, keep in ways.items():
    jpeg = ImageOps.exif_transpose(Image.open(saved("JPEG", keep))).size
    file = saved("HEIF", keep)
    opened = Image.open(file)
    tag, original = opened.getexif().get(ORIENTATION), opened.info["original_orientation"]
    heic, irot = ImageOps.exif_transpose(opened).size, b"irot" in file.getvalue()
    seen.append((jpeg, heic, tag, original, irot))
    print(f"{name:34} {jpeg}  {heic} {tag:24} {original:21}  {'yes' if irot else 'no'}")
expected = [((64, 96), (96, 64), 1, 6, False)] + [((64, 96), (64, 96), 1, 6, True)] * 2 + [((96, 64), (64, 96), 1, 6, True)]
raise SystemExit(seen != expected)
PYTHON

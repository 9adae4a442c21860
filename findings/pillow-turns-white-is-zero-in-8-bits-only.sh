#!/bin/sh
# Pillow 13.0.0: a TIFF in which zero means white opens as a positive in 8 bits, and as a negative in 16 bits or floats.
#
# One would guess: the tag PhotometricInterpretation 0 (WhiteIsZero) is a matter of the file, and Pillow either turns
# such values round on opening or leaves them to the program. Whichever it is, it is the same for all bits.
# What happens: 8-bit values (mode "L") are turned round, so that 255 is white in Pillow's image. 16-bit values (mode
# "I;16") and floats (mode "F") come out as they are stored: zero, which means white, is Pillow's black. No warning.
# Why it matters: scans of black-and-white film may be stored so. A set with 8-bit and 16-bit scans then has positives
# and negatives side by side: the white patches of a fluke are black in some. All open, all have good contrast, and no
# check of brightness finds them for certain. A copy that is saved from the opened image says BlackIsZero, which makes
# the negative permanent.
# What to do: read `image.tag_v2.get(262)` before converting. If it is 0 and the mode is "I;16", take 65535 minus the
# values (the top of the bits that are really used); for "F" only the maker of the file knows the top.
#
# Seen, of a photograph of a white spot on black:
#   stored as                    opens as  the spot in Pillow  black in Pillow  shown as  in a saved copy
#   8 bits, black is zero        L                        255                0  positive  positive
#   8 bits, white is zero        L                        255                0  positive  positive
#   16 bits, black is zero       I;16                   65535                0  positive  positive
#   16 bits, white is zero       I;16                       0            65535  negative  negative
#   float, black is zero         F                          1                0  positive  positive
#   float, white is zero         F                          0                1  negative  negative
set -eu
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
python3 -m venv "$tmp/venv"
"$tmp/venv/bin/pip" install --quiet --disable-pip-version-check pillow==13.0.0 numpy==2.4.6 tifffile==2026.3.3
"$tmp/venv/bin/python" - <<'PYTHON'
import io

import numpy as np
import tifffile
from PIL import Image

rows, columns = np.mgrid[0:64, 0:64]
spot = (rows - 32) ** 2 + (columns - 32) ** 2 < 100
seen = []
print(f"{'stored as':28} opens as  the spot in Pillow  black in Pillow  shown as  in a saved copy")
for name, kind, top in (("8 bits", np.uint8, 255), ("16 bits", np.uint16, 65535), ("float", np.float32, 1)):
    for zero in ("black", "white"):
        values = np.where(spot if zero == "black" else ~spot, top, 0).astype(kind)
        file, copy = io.BytesIO(), io.BytesIO()
        tifffile.imwrite(file, values, photometric=f"minis{zero}")
        opened = Image.open(io.BytesIO(file.getvalue()))
        pixels = np.asarray(opened)
        Image.fromarray(pixels).save(copy, "TIFF")
        with tifffile.TiffFile(io.BytesIO(copy.getvalue())) as saved:
            page = saved.pages[0]
            saved_right = bool((page.asarray()[32, 32] == top) == (page.photometric == tifffile.PHOTOMETRIC.MINISBLACK))
        shown_right = bool(pixels[32, 32] > pixels[0, 0])
        seen.append((opened.mode, opened.tag_v2[262], shown_right, saved_right))
        words = ["positive" if right else "negative" for right in (shown_right, saved_right)]
        stored = f"{name}, {zero} is zero"
        print(f"{stored:28} {opened.mode:8} {pixels[32, 32]:19.0f} {pixels[0, 0]:16.0f}  {words[0]}  {words[1]}")
expected = [("L", 1, True, True), ("L", 0, True, True)]
expected += [row for mode in ("I;16", "F") for row in ((mode, 1, True, True), (mode, 0, False, False))]
raise SystemExit(seen != expected)
PYTHON

"""`python -m docs._generate`: write the generated pages into the working directory's docs/."""

from __future__ import annotations

from pathlib import Path

from docs._generate import pages

root = Path.cwd()
for name, text in pages(root).items():
    (root / name).write_text(text, encoding="utf-8")
    print(name)

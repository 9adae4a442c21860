#!/bin/sh
# ruamel.yaml 0.19.1: `YAML(typ="safe")`, with which DVC reads dvc.yaml and dvc.lock, parses in Python, three times
# slower than 0.18 did, and nothing says so.
#
# One would guess: `typ="safe"` (with `pure=False`, the default) means the C parser on every common platform, as it did
# for years, because the package that holds it was installed along. An update within the range that DVC allows changes
# no more than bugs.
# What happens: from 0.19 on `ruamel.yaml` no longer asks for `ruamel.yaml.clib`. Where the C parser is missing the same
# call takes the one in Python. Results are equal, so no test notices.
# Why it matters: each call of `dvc` parses dvc.yaml and dvc.lock, and a pipeline calls it once a stage and more. With 16
# stages, and DVC already loaded, a call that finds nothing to do took 0.22 s of CPU without the C parser and 0.12 s with.
# What to do: install `ruamel.yaml.clib` by name beside DVC, and look at the `Parser` of a `YAML(typ="safe")`.
#
# Seen (a lock file of 60 stages with 12 files each; by machine the factors differ somewhat):
#   ruamel.yaml                    parser     times as long as with 0.18
#   0.18.16 as installed           CParser    1
#   0.19.1 as installed            Parser     3.4
#   0.19.1 and ruamel.yaml.clib    CParser    0.8
set -eu
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
python3 -m venv "$tmp/old"
python3 -m venv "$tmp/new"
"$tmp/old/bin/pip" install --quiet --no-compile --disable-pip-version-check ruamel.yaml==0.18.16
"$tmp/new/bin/pip" install --quiet --no-compile --disable-pip-version-check ruamel.yaml==0.19.1
cd "$tmp"
cat > measure.py <<'PYTHON'
import time

from ruamel.yaml import YAML

lines = ["schema: '2.0'", "stages:"]
for stage in range(60):
    lines += [f"  stage-{stage}:", f"    cmd: python stage.py {stage}", "    deps:"]
    for file in range(12):
        lines += [f"    - path: data/{stage}/{file}.csv", "      hash: md5", f"      md5: {file:032x}", "      size: 12345"]
text = "\n".join(lines)
best = 1e9
for _ in range(5):
    began = time.process_time()
    yaml = YAML(typ="safe")
    stages = yaml.load(text)["stages"]
    best = min(best, time.process_time() - began)
assert len(stages) == 60
print(yaml.Parser.__name__, best)
PYTHON
old=$("$tmp/old/bin/python" measure.py)
new=$("$tmp/new/bin/python" measure.py)
"$tmp/new/bin/pip" install --quiet --no-compile --disable-pip-version-check ruamel.yaml.clib==0.2.15
mended=$("$tmp/new/bin/python" measure.py)
"$tmp/new/bin/python" - "$old" "$new" "$mended" <<'PYTHON'
import sys

(old, base), *others = [(line.split()[0], float(line.split()[1])) for line in sys.argv[1:]]
(new, slow), (mended, quick) = others
print("ruamel.yaml                    parser     times as long as with 0.18")
print(f"0.18.16 as installed           {old:10} 1")
print(f"0.19.1 as installed            {new:10} {slow / base:.1f}")
print(f"0.19.1 and ruamel.yaml.clib    {mended:10} {quick / base:.1f}")
raise SystemExit((old, new, mended) != ("CParser", "Parser", "CParser") or slow / base < 2 or quick / base > 1.8)
PYTHON

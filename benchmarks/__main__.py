"""The benchmarks that need nothing but this repository, one after the other; each also runs alone.

The others want a finished run or hours, and say so in their first lines: `borrowing` is their common part,
`recipe`, `leaked_training`, `which_approach`, `published` and `identifying` the commands.
"""

from __future__ import annotations

from benchmarks import audit_recall, oversampling

if __name__ == "__main__":
    audit_recall.main()
    oversampling.main()

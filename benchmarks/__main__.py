"""Every benchmark, one after the other; each also runs alone, as `python -m benchmarks.oversampling`."""

from __future__ import annotations

from benchmarks import audit_recall, oversampling

if __name__ == "__main__":
    audit_recall.main()
    oversampling.main()

"""The benchmarks that need nothing but this repository, one after the other; each also runs alone.

The others want a finished run or hours, and say so in their first lines: `borrowing` and `scored_run` are their common
parts, `recipe`, `calibration`, `leaked_training`, `time_gap`, `preset`, `which_strategy`, `published`, `identifying`,
`imports`, `adding`, `gallery_size`, `warm_start`, `peers` and `gpu` the commands.
`speed_table` prints the table of docs/results/speed.md from what all of them have kept.
"""

from __future__ import annotations

from benchmarks import (
    audit_recall,
    false_merges,
    input_check,
    loading,
    near_duplicates,
    oversampling,
    oversampling_steps,
    preparing,
    retraining,
    scale,
)

PROTOCOLS = (
    audit_recall,
    false_merges,
    oversampling,
    oversampling_steps,
    preparing,
    near_duplicates,
    scale,
    loading,
    input_check,
    retraining,
)

if __name__ == "__main__":
    for benchmark in PROTOCOLS:
        benchmark.main()

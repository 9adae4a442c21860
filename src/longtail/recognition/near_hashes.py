"""Photographs that count as the same by their difference hashes alone, for the baselines that use nothing else."""

from __future__ import annotations

NEAR = 4
"""Hamming distance of two 64-bit difference hashes up to which photographs count as the same, without verification."""

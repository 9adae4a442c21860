"""Longtail: image identification where most classes have a handful of images."""

from longtail.waiting import wait_passively

__version__ = "0.1.0"

wait_passively()  # here, since whatever of ours imports torch has imported this package first

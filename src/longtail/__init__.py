"""Longtail: image identification where most classes have a handful of images."""

from longtail.waiting import limit_spinning

__version__ = "0.1.0"

limit_spinning()  # here, since whatever of ours imports torch has imported this package first

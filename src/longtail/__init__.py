"""Longtail: image identification where most classes have a handful of images."""

__version__ = "0.1.0"

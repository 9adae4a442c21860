"""Photographs named in a browser or over HTTP: a local application that keeps the network loaded and writes nothing."""

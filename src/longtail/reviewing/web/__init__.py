"""The review in a browser: a local application that shows a finished run and writes edits.csv."""

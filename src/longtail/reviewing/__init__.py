"""What the stages found, shown to people, and what people accept, written into edits.csv."""

"""The drawn flukes of the sample data: no photograph ships with the project."""

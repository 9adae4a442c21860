"""The drawn flukes of the sample data: no photograph may ship with the project."""

"""A preset from the data: what a set holds, which parameters follow from it, and how long a run will take."""

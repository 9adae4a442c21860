"""Charts as inline SVG: one kind of chart a module, drawn on the axes of `axes` with the elements of `svg`."""

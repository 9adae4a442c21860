"""What the figures in docs/ come from: ratios of things measured side by side in one run. `make bench`."""

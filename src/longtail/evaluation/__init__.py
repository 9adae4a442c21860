"""What only evaluate needs: model selection, scores with intervals, baselines, and likely label errors."""

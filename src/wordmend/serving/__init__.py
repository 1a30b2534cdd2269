"""MLflow models from code: what `mlflow models serve` runs."""

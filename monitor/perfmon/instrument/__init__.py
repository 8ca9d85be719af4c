"""What pipeline code calls: runs, logged metrics, timed batches."""

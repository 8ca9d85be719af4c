"""What is written beside the runs: pictures and summaries."""

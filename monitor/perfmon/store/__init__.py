"""The run folder: its layout, journals, Parquet files and run.json. The contract between recorder and analyzer."""

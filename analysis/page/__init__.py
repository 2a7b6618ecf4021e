"""The analysis as a page to hear and see: one HTML file that needs nothing else."""

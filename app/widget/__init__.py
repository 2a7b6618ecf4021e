"""The timeline, one component for the studio and for Jupyter."""

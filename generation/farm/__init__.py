"""Clips made by a farm of workers, each with one loaded model: processes here, or Ray's actors."""

"""Instruments and a studio in code: notes and strokes in, samples out."""

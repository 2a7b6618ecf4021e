"""What is done to pictures in time with the music: an object each, found by name.

`place` turns a cue of the plan into hits and levels on frames, `safety` leaves out the hits that
would flash, `effect.Chain` carries the rest out. One of your own takes a file: see `effect.Effect`
and `examples/negative_effect.py`.
"""

"""Light and colour of finished pictures, for clips and for films alike: grade, grain, bars."""

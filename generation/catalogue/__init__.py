"""The hosted models that songreel knows: what they take, make and cost."""

"""The studio and the REST interface: `songreel studio`."""

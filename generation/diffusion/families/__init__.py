"""One file a family of video models: how it is loaded and asked."""

"""The film itself: Storyboard, Clips and Track in, Render and SyncReport out."""

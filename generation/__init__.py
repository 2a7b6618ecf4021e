"""Where clips come from: one Storyboard in, Clips out."""

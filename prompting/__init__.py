"""What is shown, and when: one Analysis in, one Storyboard out."""

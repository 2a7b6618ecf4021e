"""Video models on this machine's own GPUs, through diffusers."""

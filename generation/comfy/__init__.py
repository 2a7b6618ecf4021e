"""ComfyUI on the user's own server: workflows with placeholders, the server's protocol, results."""

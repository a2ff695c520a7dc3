"""What a user derived by hand: read it, and say where it goes wrong."""

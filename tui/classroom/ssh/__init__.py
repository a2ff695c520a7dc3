"""Where people are: the SSH server and its clients, and what a terminal can do and sends."""

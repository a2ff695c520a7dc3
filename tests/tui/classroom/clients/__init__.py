"""Clients of a served class: each has a terminal of its own, and a test presses its keys and sees its screen."""

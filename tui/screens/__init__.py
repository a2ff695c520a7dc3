"""The screens: the debugger itself, and what opens over it to choose, edit and look things up."""

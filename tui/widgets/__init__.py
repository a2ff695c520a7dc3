"""The parts of the debugger's screen, each drawn from the latest State."""

"""Who gets into a class, as whom, and how often they may try. No network: the server asks."""

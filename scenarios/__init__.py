"""The lessons that come with chainstep: every `*.toml` here is listed by its name."""

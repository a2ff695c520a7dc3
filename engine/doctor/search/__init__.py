"""The search for the smallest change that makes a formula right."""

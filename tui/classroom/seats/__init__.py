"""One person in the class: what they are told and tell, on a screen or in plain lines."""

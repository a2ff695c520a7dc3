"""Teaching sessions over SSH: one teacher, and students with a session of their own or the teacher's before them."""

"""The debugger drawn on terminals elsewhere: a person's own, the teacher's, and the mirror that followers share."""

"""What stands over the debugger in a class: the teacher's panel, the answers, a student's screen."""

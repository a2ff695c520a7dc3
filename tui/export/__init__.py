"""A lesson to keep or to hand out: a page, Markdown, pictures, a recording. Textual only where it draws."""

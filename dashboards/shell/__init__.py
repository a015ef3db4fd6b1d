"""What is around every page: its frame, who looks at it, and what is asked ahead for whoever comes next."""

"""What extends Markdown, and griffe, which reads the docstrings."""

"""Downloads the chapters of a book that is published chapter by chapter, and binds one book."""

__version__ = "1.0.0"

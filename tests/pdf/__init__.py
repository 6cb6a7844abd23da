"""What the PDF side promises."""

"""Words of the book: terms, the bibliography, and Traditional Chinese."""

"""A whole book: settings, sections in reading order, projections, numbers."""

"""What site and PDF share: the doctree of a page, its nodes, cells, outputs and citations."""

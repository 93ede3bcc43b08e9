"""``python -m d2lbook``: the command line, for those that know an interpreter and no script."""

import sys

from d2lbook.cli import main

sys.exit(main())

"""`python -m refgd` is `refgd`."""

import sys

from refgd.cli import main

if __name__ == "__main__":
    sys.exit(main())

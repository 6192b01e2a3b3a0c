import sys

from heard.project.cli import main

sys.exit(main())

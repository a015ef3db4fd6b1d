"""`python -m pipelines.cli`: the command line, where only the interpreter is known by name."""

from pipelines.cli import main

main()

"""What we claim about speed and memory, measured: `make bench`, or `make bench ONLY=name,name`.

Belongs here: benchmarks that run the real commands in fresh processes, and their table.
Does not belong here: tests; a benchmark prints and records, it never fails a build.
"""

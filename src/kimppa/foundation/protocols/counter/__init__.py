"""COUNTER 5 and 5.1 usage reports: JSON, TSV, CSV and XLSX read into one shape and checked. Pure.

`reading.read(source)` gives a `Report`: rows come once, as a stream; problems, months and totals are
complete when the rows are exhausted. Nothing is raised for what a file says: what cannot be read is a
problem of level fatal. Tolerant of what vendors really send, and everything tolerated is said.
"""

"""One module a table: `measure(bench)` adds its records."""

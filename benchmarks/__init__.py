"""What is measured, against whom; `python -m benchmarks` prints the figures of benchmarks/README.md."""

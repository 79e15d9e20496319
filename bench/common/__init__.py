"""What several benchmarks share: models, their forms for other runtimes, those runtimes, the machine."""

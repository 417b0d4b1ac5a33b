"""Ratios of paired measurements."""
import random
import statistics


def bootstrap(ratios, seed=1, draws=10_000):
    """The median and its 95 % percentile interval over pairs."""
    stream = random.Random(seed)
    medians = sorted(statistics.median(stream.choices(ratios, k=len(ratios)))
                     for _ in range(draws))
    return (statistics.median(ratios), medians[int(0.025 * draws)],
            medians[int(0.975 * draws) - 1])

"""The peer's half of compare.py: dp-accounting's PLD of Poisson-sampled Gaussian releases, timed.
Arguments: RATE NOISE STEPS DELTA REPEAT. Prints a line of JSON."""
import json
import resource
import statistics
import sys
import time

from dp_accounting.pld import privacy_loss_distribution


def epsilon(rate, noise, steps, delta):
    one = privacy_loss_distribution.from_gaussian_mechanism(
        noise, sampling_prob=rate, use_connect_dots=True)
    return one.self_compose(steps).get_epsilon_for_delta(delta)


def main():
    rate, noise, steps, delta, repeat = sys.argv[1:]
    seconds = []
    for _ in range(int(repeat)):
        begin = time.perf_counter()
        found = epsilon(float(rate), float(noise), int(steps), float(delta))
        seconds.append(time.perf_counter() - begin)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"seconds": statistics.median(seconds), "epsilon": found, "peak_mib": peak}))


if __name__ == "__main__":
    main()

"""Prints the values that the tests of core/stats are pinned to.

Independent of the C++ code: scipy 1.17 and statsmodels 0.15 where they have the method, and
otherwise a direct computation from the definition (likelihood maximised numerically, roots bracketed, counts
enumerated). Run: python pinned_values.py (numpy, scipy, statsmodels).
"""
import itertools
import math

import numpy as np
from scipy import optimize, special, stats
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import confint_proportions_2indep


def show(name, *values):
    print(name, *(f"{float(v):.12g}" for v in values))


def clopper_pearson():
    for x, n, c in [(17, 24, .95), (0, 24, .95), (24, 24, .95), (1, 10, .95), (3, 7, .99),
                    (50, 1000, .9), (123456, 1000000, .95), (1, 1, .95)]:
        show(f"clopper_pearson {x} {n} {c}", *stats.binomtest(x, n).proportion_ci(c, "exact"))
    show("clopper_pearson_lower 17 24 .95",
         stats.binomtest(17, 24, alternative="greater").proportion_ci(.95, "exact").low)
    show("clopper_pearson_upper 17 24 .95",
         stats.binomtest(17, 24, alternative="less").proportion_ci(.95, "exact").high)


def newcombe():
    for x1, n1, x2, n2, a in [(48, 80, 56, 70, .05), (3, 24, 9, 24, .05), (0, 12, 12, 12, .05),
                              (5, 60, 5, 60, .1), (119, 120, 1, 120, .05)]:
        show(f"newcombe {x1}/{n1} {x2}/{n2} {1 - a}",
             *confint_proportions_2indep(x2, n2, x1, n1, method="newcomb", compare="diff", alpha=a))
    # p-value: the level at which statsmodels' lower end is delta, by bracketing.
    for x1, n1, x2, n2, d in [(3, 24, 9, 24, 0), (3, 24, 9, 24, .15), (48, 80, 56, 70, .05)]:
        f = lambda a: confint_proportions_2indep(x2, n2, x1, n1, method="newcomb", compare="diff",
                                                 alpha=2 * a)[0] - d
        show(f"newcombe_p {x1}/{n1} {x2}/{n2} {d}", optimize.brentq(f, 1e-9, .4999999, xtol=1e-15))


def tango_score(b, c, n, d):
    """The score statistic, with the constrained likelihood maximised numerically."""
    def log_likelihood(q):
        return (special.xlogy(b, q + d) + special.xlogy(c, q)
                + special.xlogy(n - b - c, 1 - 2 * q - d))

    lo, hi = max(0, -d), (1 - d) / 2
    best = optimize.minimize_scalar(lambda q: -log_likelihood(q), bounds=(lo, hi), method="bounded",
                                    options={"xatol": 1e-14, "maxiter": 2000})
    q = max([lo, best.x, hi], key=lambda q: log_likelihood(q))
    return (b - c - n * d) / math.sqrt(n * (2 * q + d * (1 - d)))


def tango():
    for b, c, n, conf in [(0, 1, 44, .9), (6, 16, 161, .95), (1, 7, 21, .95), (20, 40, 160, .95),
                          (0, 0, 24, .95), (12, 0, 12, .95), (3, 0, 24, .95), (9, 2, 60, .9)]:
        z = stats.norm.ppf(.5 + conf / 2)
        e, d = 1e-9, (b - c) / n
        low = optimize.brentq(lambda t: tango_score(b, c, n, t) - z, -1 + e, min(d + 1e-12, 1 - e))
        high = 1
        if d < 1:
            high = optimize.brentq(lambda t: tango_score(b, c, n, t) + z, d - 1e-12, 1 - e)
        show(f"tango {b} {c} {n} {conf}", low, high)
    for b, c, n, d in [(0, 1, 44, -.1), (9, 2, 24, 0), (9, 2, 24, .15), (0, 0, 24, .15),
                       (5, 1, 120, -.02), (30, 5, 60, .25)]:
        z = tango_score(b, c, n, d)
        show(f"tango_score, p {b} {c} {n} {d}", z, stats.norm.sf(z))


SLEEP1 = [.7, -1.6, -.2, -1.2, -.1, 3.4, 3.7, .8, 0, 2]
SLEEP2 = [1.9, .8, 1.1, .1, -.1, 4.4, 5.5, 1.6, 4.6, 3.4]


def means():
    r = stats.ttest_ind(SLEEP2, SLEEP1, equal_var=False)
    show("welch interval .95", *r.confidence_interval(.95))
    for d in (0, 1):
        r = stats.ttest_ind(np.array(SLEEP2) - d, SLEEP1, equal_var=False, alternative="greater")
        show(f"welch p, lower .95, delta {d}", r.pvalue, r.confidence_interval(.95).low + d)
    r = stats.ttest_ind([2, 3, 5], [1, 1, 1, 1], equal_var=False, alternative="greater")
    show("welch, no spread on one side: p, lower .95", r.pvalue, r.confidence_interval(.95).low)
    diff = np.array(SLEEP2) - SLEEP1
    show("paired interval .95", *stats.ttest_1samp(diff, 0).confidence_interval(.95))
    r = stats.ttest_1samp(diff, .5, alternative="greater")
    show("paired p delta .5, lower .9", r.pvalue, r.confidence_interval(.9).low)
    r = stats.ttest_1samp(diff, .5, alternative="less")
    show("paired upper .9", r.confidence_interval(.9).high)
    v = [3, 1, 4, 1, 5, 9, 2, 6]
    show("summary: mean, sd, quantiles 0 .1 .25 .5 .9 1", np.mean(v), np.std(v, ddof=1),
         *np.quantile(v, [0, .1, .25, .5, .9, 1]))
    for p in (1e-300, 1e-10, .025, .5, .975):
        show(f"normal quantile {p}", stats.norm.ppf(p))
    for p, df in [(.975, 4), (.95, 1), (1e-6, 2.5), (.9, 1e6)]:
        show(f"t quantile {p} {df}", stats.t.ppf(p, df))
    for t, df in [(2.776, 4), (-1, 1.5), (40, 3), (1e6, 1)]:
        show(f"t upper tail {t} {df}", stats.t.sf(t, df))
    show("normal upper tail 1.645, -2, 10", *stats.norm.sf([1.645, -2, 10]))


def holm():
    p = [.01, .04, .03, .005, .5, .04, 1e-9]
    reject, adjusted, _, _ = multipletests(p, .05, "holm")
    show("holm", *adjusted)
    print("holm rejected", reject)


def seed_interval(x, n, conf):
    """The rule of t_interval_on_seed_rates, from its description; x, n: arrays [..., seeds]."""
    k, total = x.shape[-1], n.sum(-1)
    rates = x / n
    r = rates.mean(-1)

    def exact(count, size):
        tail = (1 - conf) / 2
        with np.errstate(all="ignore"):
            low = np.where(count <= 0, 0, stats.beta.ppf(tail, count, size - count + 1))
            high = np.where(count >= size, 1, stats.beta.isf(tail, count + 1, size - count))
        return low, high

    low, high = exact(r * total, total)
    smooth = (r * total + .5) / (total + 1)
    half = stats.t.ppf(.5 + conf / 2, k - 1) * rates.std(-1, ddof=1) / math.sqrt(k)
    half = half / (smooth * (1 - smooth))
    mixed = (r > 0) & (r < 1)
    low = np.where(mixed, np.minimum(low, special.expit(special.logit(smooth) - half)), low)
    high = np.where(mixed, np.maximum(high, special.expit(special.logit(smooth) + half)), high)
    effective = total / (1 + (total / k - 1) * .3)
    edge = exact(r * effective, effective)
    few = np.minimum((x > 0).sum(-1), (x < n).sum(-1)) < 3
    return (np.where(few, np.minimum(low, edge[0]), low),
            np.where(few, np.maximum(high, edge[1]), high))


def beta_binomial_pmf(m, p, icc):
    x = np.arange(m + 1)
    if icc == 0:
        return stats.binom.pmf(x, m, p)
    return stats.betabinom.pmf(x, m, p * (1 / icc - 1), (1 - p) * (1 / icc - 1))


def clustered():
    for x, n in [([3, 5, 2, 8, 6], [12] * 5), ([0] * 5, [24] * 5), ([12] * 5, [12] * 5),
                 ([6] * 5, [12] * 5), ([1, 0, 0, 0, 0], [12] * 5),
                 ([2, 1, 4, 0, 0], [12] * 5), ([3, 10, 2], [10, 40, 5]),
                 ([0, 12], [12, 12])]:
        low, high = seed_interval(np.array(x, float), np.array(n, float), .95)
        show(f"seed rates {x} {n}", low, high)
    for m, p, icc, x in [(12, .3, .1, 4), (12, .3, 0, 4), (24, .05, .3, 0), (24, .05, .3, 24)]:
        show(f"beta-binomial {m} {p} {icc} {x}", beta_binomial_pmf(m, p, icc)[x])


def multisets(k, m):
    """All multisets of k seed counts in 0..m, with the log of the number of their orders."""
    x = np.array(list(itertools.combinations_with_replacement(range(m + 1), k)))
    counts = np.stack([(x == v).sum(1) for v in range(m + 1)], 1)
    return x, counts, special.gammaln(k + 1) - special.gammaln(counts + 1).sum(1)


def power():
    for p, n, at_least, null_hi, conf in [(.7, 24, .4, .14, .95), (.9, 12, .4, .3, .95),
                                          (.5, 60, .4, .05, .9), (.05, 24, 0, 0, .95)]:
        x = np.arange(n + 1)
        with np.errstate(all="ignore"):
            low = np.where(x == 0, 0, stats.beta.ppf((1 - conf) / 2, x, n - x + 1))
        show(f"power {p} {n} {at_least} {null_hi} {conf}",
             stats.binom.pmf(x, n, p)[(low >= at_least) & (low > null_hi)].sum())
    x, counts, ways = multisets(5, 12)
    low, _ = seed_interval(x.astype(float), np.full(x.shape, 12.), .95)
    for p, icc in [(.7, 0), (.7, .1), (.7, .3)]:
        chance = np.exp(ways + counts @ np.log(beta_binomial_pmf(12, p, icc)))
        show(f"clustered power {p} 5x12 icc {icc} at_least .4",
             chance[(low >= .4) & (low > .1)].sum())


def exact():
    """Exact p-values: all tables enumerated, the nuisance rate on a grid of 20,001."""
    for b, c, n, d in [(9, 2, 24, .15), (6, 0, 24, .05), (30, 5, 60, .25)]:
        z = tango_score(b, c, n, d)
        tables = [(i, j) for i in range(n + 1) for j in range(n + 1 - i)]
        region = np.array([t for t in tables if tango_score(*t, n, d) >= z - 1e-6])
        best = 0
        for q in np.linspace(0, (1 - d)**2 / 4, 20001):
            with np.errstate(all="ignore"):
                best = max(best, stats.multinomial.pmf(
                    np.column_stack([region, n - region.sum(1)]), n, [q + d, q, 1 - 2 * q - d]).sum())
        show(f"tango_exact_p {b} {c} {n} {d}", best)
    for x1, n1, x2, n2, d in [(3, 24, 9, 24, .05), (2, 30, 6, 12, .15)]:
        z = optimize.brentq(lambda z: newcombe_lower(x1, n1, x2, n2, z) - d, 1e-9, 30)
        least = [next((j for j in range(n2 + 1) if newcombe_lower(i, n1, j, n2, z - 1e-7) >= d), n2 + 1)
                 for i in range(n1 + 1)]
        p = np.linspace(0, 1 - d, 20001)
        chance = sum(stats.binom.pmf(i, n1, p) * stats.binom.sf(least[i] - 1, n2, p + d)
                     for i in range(n1 + 1))
        show(f"newcombe_exact_p {x1}/{n1} {x2}/{n2} {d}", chance.max())


def newcombe_lower(x1, n1, x2, n2, z):
    def wilson(x, n, sign):
        p = x / n
        return (p + z * z / (2 * n) + sign * z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))) / (1 + z * z / n)

    p1, p2 = x1 / n1, x2 / n2
    return p2 - p1 - math.hypot(p2 - wilson(x2, n2, -1), wilson(x1, n1, 1) - p1)


def cautious():
    """Student's t and Hall's transformation: the larger p-value."""
    def larger(t, q, df):
        return stats.t.sf(min(t, t + q * t**2 / 3 + q**2 * t**3 / 27 + q / 6), df)

    d = np.array([.3, .35, .4, .38, -.1])
    k = len(d)
    t = (d.mean() - .05) / d.std(ddof=1) * math.sqrt(k)
    show("paired_t_cautious", larger(t, stats.skew(d) / math.sqrt(k), k - 1))
    x, y = np.array([.1, .12, .5, .15]), np.array([.6, .62, .2, .7, .66])
    v = [a.var(ddof=1) / len(a) for a in (x, y)]
    df = sum(v)**2 / sum(w**2 / (len(a) - 1) for w, a in zip(v, (x, y)))
    third = stats.moment(y, 3) / len(y)**2 - stats.moment(x, 3) / len(x)**2
    q = third / sum(a.var() / len(a) for a in (x, y))**1.5
    show("welch_cautious", larger((y.mean() - x.mean() - .05) / math.sqrt(sum(v)), q, df))
    few, many = np.array([.9, .95, .9]), np.array([.2, .9, .4, .8, .1, .6, .7, .3])
    r = stats.ttest_ind(few - .05, many, alternative="greater")
    show("pooled p, lower .95, upper .95", r.pvalue, r.confidence_interval(.95).low + .05,
         stats.ttest_ind(few, many, alternative="less").confidence_interval(.95).high)


for part in (clopper_pearson, newcombe, tango, means, holm, clustered, power, exact, cautious):
    part()

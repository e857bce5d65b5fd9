"""The numbers of tests.rs, by SciPy 1.17.1 and NumPy: `python reference.py` prints them."""

import numpy as np
from scipy import special, stats

FIVE = [94.1, 93.8, 94.4, 94.0, 93.9], [93.6, 93.9, 93.7, 93.5, 93.8]
EIGHT = (
    [0.512, 0.498, 0.534, 0.521, 0.507, 0.519, 0.530, 0.495],
    [0.505, 0.499, 0.515, 0.520, 0.501, 0.512, 0.511, 0.496],
)
TESTS = {
    "paired": stats.ttest_rel,
    "student": stats.ttest_ind,
    "welch": lambda a, b: stats.ttest_ind(a, b, equal_var=False),
}

for first, second in map(lambda pair: map(np.array, pair), (FIVE, EIGHT)):
    for name, test in TESTS.items():
        found = test(first, second)
        print(name, float(found.statistic), float(found.df), float(found.pvalue), [float(end) for end in found.confidence_interval()])
    mean, error, count = first.mean(), stats.sem(first), len(first)
    print("mean", mean, np.median(first), first.std(ddof=1), stats.t.interval(0.95, count - 1, loc=mean, scale=error))
    df = 2 * count - 2
    correction = np.exp(special.gammaln(df / 2) - special.gammaln((df - 1) / 2)) / np.sqrt(df / 2)
    pooled = np.sqrt((first.var(ddof=1) + second.var(ddof=1)) / 2)
    differences = first - second
    print("effects", differences.mean() / differences.std(ddof=1), (first.mean() - second.mean()) / pooled * correction)

EVERY_SIGN = stats.PermutationMethod(n_resamples=np.inf)
for differences, method in (
    ([0.5, -0.1, 0.7, 0.5001, 0.1002], "exact"),
    ([15, -7, 5, 20, 0, -9, 17, -12, 5, -10], EVERY_SIGN),
    ([1, 1, 2, -1, 3, -2, 0, 4, 2, 5], EVERY_SIGN),
    ([((k * 37) % 61 - 20) / 7 for k in range(40)], "approx"),
    ([(k * 37) % 11 - 4 for k in range(40)], "approx"),
):
    kept = np.array([difference for difference in differences if difference != 0], float)
    found = stats.wilcoxon(kept, method=method)
    print("wilcoxon", len(kept), float(found.statistic), float(found.pvalue))

for t, df in ((2.0, 1), (2.0, 4), (0.3, 7), (12.0, 9), (9.73, 98), (1e-3, 5), (60.0, 4)):
    print("p", t, df, float(2 * stats.t.sf(t, df)))
for df in (1, 2, 4, 7.5, 9, 98):
    print("critical", df, float(stats.t.ppf(0.975, df)))

"""Prints the values that the tests of core/metrics are pinned to.

scikit-image 0.26 and scipy 1.17. Images and costs are small formulas of whole numbers, the same
here and in the tests. Run: python pinned_values.py (numpy, scipy, scikit-image).
"""
import numpy as np
from scipy.optimize import linear_sum_assignment
from scipy.signal import convolve2d
from skimage.metrics import mean_squared_error, peak_signal_noise_ratio, structural_similarity


def image(channels, height, width, seed):
    """pattern() of pattern.h."""
    i = np.arange(channels * height * width, dtype=np.int64).reshape(channels, height, width)
    return ((i * i * 7919 + i * 104729 + seed * 15485863) % 1009) / 1008.0


def pair(channels, height, width):
    a = image(channels, height, width, 1)
    return a, 0.7 * a + 0.3 * image(channels, height, width, 2)


def scikit_ssim(a, b):
    # gaussian_weights with sigma 1.5 makes an 11 x 11 window (truncated at 3.5 sigma). scikit-image
    # pads by reflection, then itself drops a border of 5 pixels before the mean: what is left are
    # the windows that lie wholly inside, a valid convolution. No further crop is needed.
    return structural_similarity(a, b, data_range=1, gaussian_weights=True, sigma=1.5,
                                 use_sample_covariance=False, channel_axis=0)


def small_ssim(a, b):
    """The definition by convolution, with the largest odd window that fits."""
    size = min(11, *a.shape[1:])
    size -= 1 - size % 2
    x = np.arange(size) - size // 2
    g = np.exp(-x**2 / (2 * 1.5**2))
    w = np.outer(g, g) / np.outer(g, g).sum()
    f = lambda v: convolve2d(v, w, mode="valid")
    maps = []
    for x, y in zip(a, b):
        mx, my = f(x), f(y)
        sx, sy, sxy = f(x * x) - mx**2, f(y * y) - my**2, f(x * y) - mx * my
        maps.append(((2 * mx * my + 1e-4) * (2 * sxy + 9e-4)
                     / ((mx**2 + my**2 + 1e-4) * (sx + sy + 9e-4))).mean())
    return np.mean(maps)


for shape in [(1, 28, 28), (3, 32, 32), (3, 11, 19)]:
    a, b = pair(*shape)
    print("image", shape, *(f"{v:.12g}" for v in (
        mean_squared_error(a, b), peak_signal_noise_ratio(a, b, data_range=1), scikit_ssim(a, b),
        small_ssim(a, b), scikit_ssim(a, 1 - a))))
for shape in [(1, 8, 8), (3, 7, 40), (1, 2, 5), (1, 1, 1)]:
    print("small", shape, f"{small_ssim(*pair(*shape)):.12g}")

for rows, columns in [(4, 4), (7, 7), (12, 5), (5, 12), (30, 30)]:
    i, j = np.indices((rows, columns), dtype=np.int64)
    cost = ((i * i * 31 + j * 57 + i * j * 101 + 13) % 997) / 7.0 - 40
    r, c = linear_sum_assignment(cost)
    print("assignment", rows, columns, f"{cost[r, c].sum():.12g}")

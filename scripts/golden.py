#!/usr/bin/env python3
"""Writes packages/risk/testdata: what the kernel's results should be, to 30 digits, from 80-digit arithmetic.

black76.jsonl holds prices, elementary.jsonl the functions below them. `--check` fails when a file would change.

Needs mpmath. Deterministic: the same cases every time. Inputs are exact decimals. Each kind of case aims at one way to be
wrong: the edges of the domain (abs(ln(F/K)) near 8, sigma*sqrt(T) near 16), seconds before expiry, wings that are almost
worthless, the strike at or next to the forward, prices from 1e-12 to 1e12, the ends of the table at d = +-33/4.
"""

import json
import random
import sys
from pathlib import Path

from mpmath import mp, mpf

mp.dps = 80
TESTDATA = Path(__file__).resolve().parent.parent / "packages/risk/testdata"
rng = random.Random("hedgerow black76")


def decimal(value, digits):
    """A plain decimal of so many significant digits near the value."""
    text = mp.nstr(mpf(value), digits, strip_zeros=True, min_fixed=-60, max_fixed=60)
    return text[:-2] if text.endswith(".0") else text


def logarithmic(low, high):
    return mp.exp(mpf(rng.uniform(float(mp.log(low)), float(mp.log(high)))))


def phi(x):
    return mp.erfc(-x / mp.sqrt(2)) / 2


def solve(tag, F, K, sigma, T):
    f, k, s, t = mpf(F), mpf(K), mpf(sigma), mpf(T)
    v, x = s * mp.sqrt(t), mp.log(f / k)
    if v == 0:
        call, delta, vega = max(f - k, mpf(0)), mpf(1 if f > k else 0 if f < k else "0.5"), None
        vega = f * mp.sqrt(t) * mp.npdf(0) if f == k else mpf(0)
    else:
        d1, d2 = x / v + v / 2, x / v - v / 2
        call, delta = f * phi(d1) - k * phi(d2), phi(d1)
        vega = f * mp.npdf(d1) * mp.sqrt(t)
        # the small ones without cancellation: by the put, through parity
        if f > k:
            put = k * phi(-d2) - f * phi(-d1)
            call = put + (f - k)
    put = call - (f - k)
    if v != 0 and f > k:
        put = k * phi(-d2) - f * phi(-d1)
    show = lambda value: mp.nstr(value, 30, strip_zeros=True)
    return {
        "tag": tag, "F": F, "K": K, "sigma": sigma, "T": T,
        "call": show(call), "put": show(put), "delta_call": show(delta), "vega": show(vega),
    }


def aimed(F, x, v, T):
    """Strike and volatility for a given ln(F/K) and sigma*sqrt(T)."""
    return decimal(mpf(F) / mp.exp(x), 12), decimal(mpf(v) / mp.sqrt(mpf(T)), 12)


def cases():
    for _ in range(60):
        F = decimal(logarithmic("0.01", "200000"), 10)
        K = decimal(mpf(F) * logarithmic("0.2", "5"), 8)
        yield "ordinary", F, K, decimal(logarithmic("0.1", "3"), 6), decimal(logarithmic("0.002", "2"), 10)
    for _ in range(40):
        F = decimal(rng.uniform(1, 100000), 9)
        T = decimal(rng.randint(1, 86400) / mpf(31_536_000), 18)
        K, sigma = aimed(F, rng.uniform(-4, 4) * float(mp.sqrt(mpf(T))), rng.uniform(0.1, 3) * float(mp.sqrt(mpf(T))), T)
        yield "last day", F, K, sigma, T
    for _ in range(30):
        F = decimal(logarithmic("1e-12", "1e12"), 12)
        T = decimal(rng.uniform(0.01, 1.5), 8)
        K, sigma = aimed(F, rng.uniform(-1, 1), rng.uniform(0.05, 1.2), T)
        yield "scale", F, K, sigma, T
    for _ in range(25):
        F = decimal(rng.uniform(1, 1000), 9)
        yield "at the money", F, F, decimal(logarithmic("0.0001", "5"), 7), decimal(logarithmic("1e-8", "9"), 9)
    for _ in range(25):
        F = decimal(rng.uniform(1, 1000), 9)
        T = decimal(logarithmic("1e-8", "1"), 9)
        v = logarithmic("1e-12", "1e-4")
        K, sigma = aimed(F, v * rng.uniform(-3, 3), v, T)
        yield "next to the money", F, decimal(mpf(F) / mp.exp(v * rng.uniform(-3, 3)), 18), sigma, T
    for _ in range(30):
        F = decimal(rng.uniform(1, 1000), 9)
        T = decimal(rng.uniform(0.05, 4), 6)
        v = rng.uniform(0.02, 1)
        side = rng.choice([-1, 1])
        K, sigma = aimed(F, side * (8.25 + rng.uniform(-1, 0.3)) * v, v, T)
        yield "ends of the table", F, K, sigma, T
    for _ in range(30):
        F = decimal(rng.uniform(1, 1000), 9)
        T = decimal(rng.uniform(0.5, 9), 6)
        v = rng.choice([rng.uniform(4, 15.9), rng.uniform(15.9, 15.999999)])
        K, sigma = aimed(F, rng.uniform(-7.9999, 7.9999), v, T)
        yield "large volatility", F, K, sigma, T
    for _ in range(30):
        F = decimal(rng.uniform(1, 1000), 9)
        T = decimal(rng.uniform(0.1, 4), 6)
        side = rng.choice([-1, 1])
        K, sigma = aimed(F, side * rng.uniform(7.9, 7.9999999), logarithmic("0.5", "15.9"), T)
        yield "far strikes", F, K, sigma, T
    for _ in range(30):
        # d1 or d2 close to a boundary between intervals of the table, where two polynomials meet
        F = decimal(rng.uniform(1, 1000), 9)
        T = decimal(rng.uniform(0.01, 2), 6)
        v = mpf(rng.uniform(0.05, 2))
        edge = mpf(33) / 2048 * rng.randint(-300, 300)
        x = (edge + mpf(rng.choice([-1, 1])) * mpf(10) ** -rng.randint(8, 12) + rng.choice([-1, 1]) * v / 2) * v
        sigma = decimal(v / mp.sqrt(mpf(T)), 15)
        yield "seams", F, decimal(mpf(F) / mp.exp(x), 18), sigma, T
    for _ in range(25):
        F = decimal(rng.uniform(1, 1000), 9)
        side = rng.choice([-1, 1])
        K, sigma = aimed(F, side * rng.uniform(8, 30), rng.choice([rng.uniform(0.5, 15.9), rng.uniform(16, 40)]), "1")
        yield "beyond the domain", F, K, sigma, "1"
    for F, K, sigma, T in [
        ("100", "100", "0", "1"), ("100", "90", "0", "1"), ("90", "100", "0", "1"),
        ("100", "100", "0.5", "0"), ("100", "90", "0.5", "0"), ("90", "100", "0.5", "0"),
        ("0.000000000001", "0.000000000001", "1", "1"), ("1000000000000", "999999999999", "1", "0.000000031709791984"),
        ("95663.5", "100000", "0.62", "0.1"), ("100", "100", "15.999999999", "1"), ("1", "1", "1", "1"),
    ]:
        yield "by hand", F, K, sigma, T


def elementary():
    """Arguments as the kernel takes them, integers, and the exact value of the function there."""
    rng = random.Random("hedgerow elementary")
    q = lambda n, bits: mpf(n) / mpf(2) ** bits
    row = lambda name, arguments, value: {"function": name, "arguments": arguments, "value": mp.nstr(value, 30, strip_zeros=True)}
    words = [1, 2, 3, 10**9, 2**61 - 1, 2**61, 2**61 + 1, 2**62 - 1] + [rng.getrandbits(rng.randint(1, 62)) | 1 for _ in range(30)]
    for m in words:
        yield row("ln", [m], mp.log(m))
        yield row("sqrt", [m], mp.sqrt(m))
    for _ in range(30):
        a = rng.getrandbits(60) | 1
        b = a + rng.choice([1, -1]) * (rng.getrandbits(rng.randint(1, 58)) + 2) if a > 2**59 else 2**60
        a, b = max(a, b), min(a, b)
        yield row("ln_ratio", [a, b], mp.log(mpf(a) / b))
    for y in [0, 1, -1, 1 << 55, -(1 << 55), 255 << 55, -(255 << 55)] + [rng.randint(-(200 << 55), 200 << 55) for _ in range(15)] + [
        -rng.getrandbits(rng.randint(20, 56)) for _ in range(15)
    ]:
        yield row("exp", [y], mp.exp(q(y, 55)))
    for seconds in [1, 2, 60, 3600, 86_400, 31_536_000, 94_608_000, 2**33] + [rng.getrandbits(rng.randint(2, 33)) | 1 for _ in range(20)]:
        yield row("sqrt_years", [seconds], mp.sqrt(mpf(seconds) / 31_536_000))
    for _ in range(25):
        seconds, p = rng.randint(1, 4 * 31_536_000), rng.choice([rng.getrandbits(60), 1 << 59, 3 << 58, 1 << 60, 4 << 60])
        yield row("pow_ratio", [30 * 86_400, seconds, p], (mpf(30 * 86_400) / seconds) ** q(p, 60))
    edges = [33 * 2**55, -33 * 2**55, 33 * 2**55 + 1, 40 * 2**57, -40 * 2**57, 0, 1, -1]
    for d in edges + [rng.randint(-33 * 2**55, 33 * 2**55) for _ in range(80)] + [rng.randint(-3 * 2**57, 3 * 2**57) for _ in range(80)]:
        yield row("normal_cdf", [d], phi(q(d, 57)))
    for _ in range(20):
        v = rng.getrandbits(rng.randint(40, 60)) | 1
        x = rng.randint(-4 * v, 4 * v)
        yield row("delta_call", [x, v], phi(mpf(x) / v + q(v, 58)))


def main():
    files = {
        "black76.jsonl": [solve(*case) for case in cases()],
        "elementary.jsonl": list(elementary()),
    }
    stale = 0
    for name, rows in files.items():
        text = "".join(json.dumps(row) + "\n" for row in rows)
        path = TESTDATA / name
        if "--check" in sys.argv[1:]:
            if path.read_text() != text:
                print(f"{name} is stale: run scripts/golden.py", file=sys.stderr)
                stale = 1
        else:
            path.write_text(text)
    return stale


if __name__ == "__main__":
    sys.exit(main())

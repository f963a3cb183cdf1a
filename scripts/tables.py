#!/usr/bin/env python3
"""Writes packages/risk/src/kernel/tables.rs: the constants of the numeric kernel and the error bounds they carry.

Needs mpmath. Run from anywhere; prints nothing when the file is up to date. `--check` writes nothing and fails when the
file differs from what would be written.

The normal distribution lives on [0, 33/4] in 512 intervals of width h = 33/2048; below zero it is Phi(-d) = 1 - Phi(d).
An interval has 2^20 points, half a point away from its ends, so that the complement of a point's number is the number of
its negative. With T in [0, 2^20) an integer and t = T / 2^20, which stands for the argument t + 2^-21, the kernel evaluates
in integers (all shifts floor)

    a4 = c4 + c5*T                 a4 in 2^-72
    a3 = c3 + (a4*T >> 28)         a3 in 2^-64
    a2 = c2 + (a3*T >> 27)         a2 in 2^-57
    a1 = c1 + (a2*T >> 26)         a1 in 2^-51, >= 0
    Phi = c0 + (a1*T >> 9)         in 2^-62, the product unsigned

    phi = p0 + ((p1 + p2*T)*T >> 37)    the density, in 2^-33

Each polynomial starts as the Chebyshev expansion of the function, cut at its degree. Coefficients are rounded from the
highest down and what a rounding changes is fitted again by the lower ones. The floors of the shifts are off by half a
unit on average, which the fitted function is raised by; what remains of them is in the bound.
"""

import sys
from fractions import Fraction
from pathlib import Path

from mpmath import mp, mpf

mp.prec = 240

TARGET = Path(__file__).resolve().parent.parent / "packages/risk/src/kernel/tables.rs"
NODES = 512
R = mpf(33) / 4
H = R / NODES
T_BITS = 20
TERMS = 16  # of the Taylor expansions; the remainder is far below 2^-100


def hermite_taylor(x, count):
    """Taylor coefficients of the normal density at x: phi^(n)(x)/n!, from phi' = -x phi."""
    a = [mp.npdf(x)]
    a.append(-x * a[0])
    for n in range(1, count):
        a.append(-(x * a[n] + a[n - 1]) / (n + 1))
    return a


def to_t(middle, scale):
    """A polynomial in s = x - midpoint as one in t, where s = scale*(t - 1/2)."""
    out = [mpf(0)]
    for c in reversed(middle):
        out = [mpf(0)] + out
        for i in range(len(out) - 1):
            out[i] -= out[i + 1] / 2
        # out is now (t - 1/2) times what it was: the scale, then the next coefficient
        out = [v * scale for v in out]
        out[0] += c
    return out


def shifted_chebyshev(count):
    """T*_n(t) = T_n(2t - 1) as lists of coefficients."""
    rows = [[Fraction(1)], [Fraction(-1), Fraction(2)]]
    for _ in range(2, count):
        a, b = rows[-1], rows[-2]
        row = [Fraction(0)] * (len(a) + 1)
        for i, v in enumerate(a):
            row[i + 1] += 4 * v
            row[i] -= 2 * v
        for i, v in enumerate(b):
            row[i] -= v
        rows.append(row)
    return rows


CHEBYSHEV = [[mpf(c.numerator) / c.denominator for c in row] for row in shifted_chebyshev(TERMS + 4)]


def chebyshev_coefficients(poly):
    """Coefficients of a polynomial in t on [0, 1] in T*_n: sup of abs(poly) is at most the sum of their absolutes."""
    rest = list(poly)
    out = [mpf(0)] * len(rest)
    for n in range(len(rest) - 1, -1, -1):
        out[n] = rest[n] / CHEBYSHEV[n][n]
        for i in range(n + 1):
            rest[i] -= out[n] * CHEBYSHEV[n][i]
    return out


def best(poly, degree):
    """The Chebyshev cut of a polynomial at a degree: within a few percent of the best fit on [0, 1]."""
    cheb = chebyshev_coefficients(poly)[: degree + 1]
    out = [mpf(0)] * (degree + 1)
    for n, c in enumerate(cheb):
        for i in range(n + 1):
            out[i] += c * CHEBYSHEV[n][i]
    return out


def rounded_fit(poly, bits):
    """Integers c_j in 2^-bits[j], from the highest degree down: each is rounded, then the lower ones fit the rest.

    Returns the integers and a proven bound on abs(poly - fit)."""
    degree = len(bits) - 1
    rest = list(poly)
    out = [0] * (degree + 1)
    for j in range(degree, -1, -1):
        c = best(rest, j)[j]
        out[j] = int(mp.nint(c * mpf(2) ** bits[j]))
        rest[j] -= mpf(out[j]) / mpf(2) ** bits[j]
    return out, sum(abs(c) for c in chebyshev_coefficients(rest))


def phi_nodes():
    # Floors: a4*T>>28 drops in [0, 2^-64), a3*T>>27 in [0, 2^-57), a2*T>>26 in [0, 2^-51), a1*T>>9 in [0, 2^-62).
    # Their means are half a unit; a half unit cannot be added to an integer constant, so the polynomial that is fitted
    # is raised by half a unit times the power of t it is multiplied with.
    half = [mpf(2) ** -63, mpf(2) ** -52, mpf(2) ** -58, mpf(2) ** -65]
    worst_fit = mpf(0)
    worst_density = mpf(0)
    rows = []
    for i in range(NODES):
        # of the arguments for t in [0, 1]
        middle = H * (i + mpf(1) / 2 + mpf(2) ** -(T_BITS + 1))
        density = hermite_taylor(middle, TERMS)
        integral = [mp.ncdf(middle)] + [density[n] / (n + 1) for n in range(TERMS)]
        poly = to_t(integral, H)
        for j, raise_by in enumerate(half):
            poly[j] += raise_by
        c, error = rounded_fit(poly, [62, 51, 57, 64, 72, 52])
        worst_fit = max(worst_fit, error)
        dens = to_t(density, H)
        p, error = rounded_fit(dens, [33, 50, 30])
        worst_density = max(worst_density, error)
        rows.append((c, p))
    return rows, worst_fit, worst_density


def evaluate(c, T):
    """The kernel's integer evaluation of one interval: Phi and (a4, a3, a2, a1)."""
    a4 = c[4] + c[5] * T
    a3 = c[3] + ((a4 * T) >> 28)
    a2 = c[2] + ((a3 * T) >> 27)
    a1 = c[1] + ((a2 * T) >> 26)
    return c[0] + ((a1 * T) >> 9), (a4, a3, a2, a1)


def settle_tails(rows):
    """Moves Phi into [8, 2^62 - 8] units in the outer intervals, so that it stays in [0, 1] with its part of first
    order added and no price can be negative or exceed the forward. Returns the largest change."""
    margin = 8
    one = 1 << 62
    change = 0
    points = list(range(0, 1 << T_BITS, 257)) + [1 << T_BITS]
    for i, (c, _) in enumerate(rows):
        edge = mp.ncdf(-H * i)
        if edge > mpf(2) ** -46:
            continue
        tried = [evaluate(c, T) for T in points]
        values = [value for value, _ in tried]
        # Between two points Phi moves by no more than a1 times their distance, a floor in a1 stepping included.
        steepest = max(steps[3] for _, steps in tried) + 1
        slack = margin + 2 + (steepest * 257 >> 9)
        low, high = min(values) - slack, max(values) + slack
        move = max(0, -low) - max(0, high - one)
        c[0] += move
        change = max(change, abs(move))
    return mpf(change) / one


def check_ranges(rows):
    """Proves that no product leaves its word: largest absolute values at the ends and the middle, plus the change a
    monotone piece can hide, bounded by the sum of absolute coefficients."""
    top = 1 << T_BITS
    for c, p in rows:
        b4 = abs(c[4]) + abs(c[5]) * top
        b3 = abs(c[3]) + (b4 * top >> 28) + 1
        b2 = abs(c[2]) + (b3 * top >> 27) + 1
        b1 = abs(c[1]) + (b2 * top >> 26) + 1
        assert b4 * top < 1 << 63 and b3 * top < 1 << 63 and b2 * top < 1 << 63, (b4, b3, b2)
        assert b1 * top < 1 << 64, b1
        # a1 >= 0 at every T: its least value is at least this
        low = min(evaluate(c, T)[1][3] for T in (0, top // 4, top // 2, 3 * top // 4, top))
        assert low >= 0, (c, low)
        q1 = abs(p[1]) + abs(p[2]) * top
        assert abs(p[2]) < 1 << 31 and abs(c[5]) < 1 << 31
        assert q1 * top < 1 << 63
        assert abs(p[0]) + (q1 * top >> 37) + 1 < 1 << 32


def log_nodes():
    rows = []
    worst = mpf(0)
    for i in range(128):
        lo, hi = 1 + mpf(i) / 128, 1 + mpf(i + 1) / 128
        inverse = int(mp.nint(512 / ((lo + hi) / 2)))
        worst = max(worst, abs(lo * inverse / 512 - 1), abs(hi * inverse / 512 - 1))
        rows.append((inverse, int(mp.nint(mp.log(mpf(512) / inverse) * mpf(2) ** 63))))
    assert worst < mpf(2) ** -7
    return rows, worst


def fine_log_nodes(widest):
    """-ln(1 - k/2^15) for the odd k of the cells of 2^-14 that reach to `widest` on either side; the cell's number as an
    index wraps. Also the largest argument that is left."""
    rows = [0] * 256
    worst = mpf(0)
    last = int(widest * 2**14)
    for cell in range(-last - 1, last + 1):
        k = 2 * cell + 1
        factor = 1 - mpf(k) / 2**15
        rows[cell % 256] = int(mp.nint(-mp.log(factor) * mpf(2) ** 63))
        worst = max(worst, *(abs((1 + mpf(end) / 2**14) * factor - 1) for end in (cell, cell + 1)))
    assert last + 1 < 128 and worst * 2**46 < mpf(2) ** 32
    return rows, worst


def root_nodes():
    """Chords of 2^31 * sqrt(x) over 128ths of [1/4, 1), as the value at the start and the rise, both rounded down so that
    the line is below the root; and the largest relative error."""
    rows = [(0, 0)] * 32
    worst = mpf(0)
    for i in range(32, 128):
        low, high = (int(mp.floor(mp.sqrt(mpf(j) / 128) * 2**31)) for j in (i, i + 1))
        rows.append((low, high - low - 1))
        # the chord is furthest off where the root's slope is its own
        rise = mpf(high - low - 1) * 128
        x = (mpf(2) ** 31 / (2 * rise)) ** 2
        off = 1 - (low + rise * (x - mpf(i) / 128) - 1) / (mp.sqrt(x) * 2**31)
        worst = max(worst, off)
    # Newton's step is then at most a half above the root, in units of 2^-31 of one.
    assert worst**2 / 2 * 2**30 < 0.51, worst
    return rows, worst


def exp_nodes():
    return [int(mp.nint(mpf(2) ** (61 + mpf(i) / 64))) for i in range(64)]


def grouped(n):
    sign = "-" if n < 0 else ""
    digits = str(abs(n))
    head = len(digits) % 3 or 3
    parts = [digits[:head]] + [digits[i : i + 3] for i in range(head, len(digits), 3)]
    return sign + "_".join(parts)


def split_constant(value, high_bits, low_bits):
    """value = high*2^-high_bits + low*2^-(high_bits+low_bits), high floored."""
    high = int(mp.floor(value * mpf(2) ** high_bits))
    low = int(mp.nint((value * mpf(2) ** high_bits - high) * mpf(2) ** low_bits))
    return high, low


def text():
    rows, fit, density = phi_nodes()
    tails = settle_tails(rows)
    check_ranges(rows)
    # The floors around their means: half a unit of 2^-51 times t, of 2^-57 t^2, of 2^-64 t^3, of 2^-62.
    floors = mpf(2) ** -52 + mpf(2) ** -58 + mpf(2) ** -65 + mpf(2) ** -63
    logs, widest = log_nodes()
    fine, left = fine_log_nodes(widest)
    roots, off = root_nodes()
    short = lambda v: mp.nstr(v, 3)
    out = []
    say = out.append
    say("//! Tables and constants of the kernel. Written by `scripts/tables.py`; do not edit.")
    say("//!")
    say("//! | what | bound, proven when the table is written |")
    say("//! |---|---|")
    say(f"//! | Phi: polynomial against the function, coefficients as rounded | {short(fit)} |")
    say(f"//! | Phi: floors of the evaluation, around their means | {short(floors)} |")
    say(f"//! | Phi: moved to stay inside [0, 1] near the ends | {short(tails)} |")
    say(f"//! | **Phi in all** | **{short(fit + floors + tails)}** |")
    say(f"//! | density: polynomial against the function | {short(density)} |")
    say(f"//! | logarithm: largest argument reduced once | {short(widest)} |")
    say(f"//! | logarithm: largest argument reduced twice | {short(left)} |")
    say(f"//! | root: chord against the function, relative | {short(off)} |")
    say("")
    say("/// One interval of the normal distribution: [`super::normal`] has the formulas. A line of the cache.")
    say("#[repr(C, align(64))]")
    say("pub(super) struct Node {")
    say("    /// Phi, lowest degree first, in 2^-62, 2^-51, 2^-57, 2^-64, 2^-72.")
    say("    pub c0: i64,")
    for name in ("c1", "c2", "c3", "c4"):
        say(f"    pub {name}: i64,")
    say("    /// The density in the middle, in 2^-50.")
    say("    pub p1: i64,")
    say("    /// The highest coefficient of Phi, in 2^-52.")
    say("    pub c5: i32,")
    say("    /// The density's ends, in 2^-33 and 2^-30.")
    say("    pub p0: u32,")
    say("    pub p2: i32,")
    say("}")
    say("")
    say("/// Shorthand for the rows below.")
    say("#[rustfmt::skip]")
    say("#[allow(clippy::too_many_arguments, reason = \"a row of the table\")]")
    say("const fn n(c0: i64, c1: i64, c2: i64, c3: i64, c4: i64, c5: i32, p0: u32, p1: i64, p2: i32) -> Node {")
    say("    Node { c0, c1, c2, c3, c4, p1, c5, p0, p2 }")
    say("}")
    say("")
    say("/// ln 2 = `LN2_HIGH` * 2^-57 + `LN2_LOW` * 2^-97.")
    high, low = split_constant(mp.log(2), 57, 40)
    say(f"pub(super) const LN2_HIGH: i64 = {grouped(high)};")
    say("/// See [`LN2_HIGH`].")
    say(f"pub(super) const LN2_LOW: i64 = {grouped(low)};")
    say("/// ln 2 / 64 = `LN2_64TH_HIGH` * 2^-55 + `LN2_64TH_LOW` * 2^-95.")
    high, low = split_constant(mp.log(2) / 64, 55, 40)
    say(f"pub(super) const LN2_64TH_HIGH: i64 = {grouped(high)};")
    say("/// See [`LN2_64TH_HIGH`].")
    say(f"pub(super) const LN2_64TH_LOW: i64 = {grouped(low)};")
    say("/// 64 / ln 2 in 2^-24.")
    say(f"pub(super) const INVERSE_LN2_64TH: i64 = {grouped(int(mp.nint(64 / mp.log(2) * 2**24)))};")
    say("/// The root of 1 / 31,536,000, years of 365 days in a second, in 2^-76.")
    year = int(mp.nint(mpf(2) ** 76 / mp.sqrt(31_536_000)))
    assert 1 << 63 <= year < 1 << 64
    say(f"pub(super) const ROOT_OF_A_SECOND: u64 = {grouped(year)};")
    say("")
    say("/// For the interval i of [1, 2) in 128: (c, ln(512 / c) in 2^-63) with c = 512 / middle, rounded.")
    say("#[rustfmt::skip]")
    say("pub(super) static LOG: [(i64, i64); 128] = [")
    for a, b in logs:
        say(f"    ({a}, {grouped(b)}),")
    say("];")
    say("")
    say("/// For the cell i of 2^-14 around 0, modulo 256: -ln(1 - k/2^15) in 2^-63 with k = 2i + 1.")
    say("#[rustfmt::skip]")
    say("pub(super) static LOG_FINE: [i64; 256] = [")
    for v in fine:
        say(f"    {grouped(v)},")
    say("];")
    say("")
    say("/// For the interval i of [0, 1) in 128, from 1/4 on: the root at its start and the chord's rise, in 2^-31.")
    say("#[rustfmt::skip]")
    say("pub(super) static ROOT: [(u32, u32); 128] = [")
    for a, b in roots:
        say(f"    ({a}, {b}),")
    say("];")
    say("")
    say("/// 2^(i/64) in 2^-61.")
    say("#[rustfmt::skip]")
    say("pub(super) static EXP: [i64; 64] = [")
    for v in exp_nodes():
        say(f"    {grouped(v)},")
    say("];")
    say("")
    say("/// The normal distribution on [0, 33/4], 512 intervals of 33/2048.")
    say("#[rustfmt::skip]")
    say("pub(super) static NORMAL: [Node; 512] = [")
    for c, p in rows:
        say("    n(" + ", ".join(str(v) for v in (*c, *p)) + "),")
    say("];")
    return "\n".join(out) + "\n"


def main():
    new = text()
    old = TARGET.read_text() if TARGET.exists() else ""
    if new == old:
        return 0
    if "--check" in sys.argv[1:]:
        print(f"{TARGET.name} is stale: run scripts/tables.py", file=sys.stderr)
        return 1
    TARGET.write_text(new)
    print(f"wrote {TARGET}")
    return 0


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
"""Reference charges: every charge's formula on random inputs, in 50 digits.

Writes packages/risk/testdata/charges.json, to which the unit tests of packages/risk/src/charges hold each charge by
itself. The engine takes every input exactly: what it reads as a value is a multiple of 1/256, so that nothing is rounded
but the charge.

usage: scripts/charges.py            (needs mpmath)
"""
import json
import pathlib
import random

from mpmath import inf, mp, mpf

mp.dps = 50
YEAR = 365 * 86400
OUT = pathlib.Path(__file__).resolve().parent.parent / "packages/risk/testdata/charges.json"


def basis(rule, up, down, seconds):
    return max(-up, -down, 0) * (rule["add"] + rule["per_year"] * seconds / YEAR)


def short_option_minimum(rule, short_options, index):
    return rule["rate"] * index * short_options


def min_delta(rule, net, gross, index):
    return (rule["net"] * abs(net) + rule["hedged"] * (gross - abs(net)) / 2) * index


def roll(rule, delta, price, seconds):
    return abs(delta) * price * max(rule["min_move"], rule["annual_move"] * seconds / YEAR)


def delta_concentration(rule, net, index):
    x = abs(net) * index
    return min(rule["cap"], rule["slope"] * max(0, x - rule["threshold"])) * x


def rate(rule, quantity, index):
    return [part * abs(quantity) * index for part in (rule["maintenance"], rule["initial"])]


def confidence(rule, notional, trust):
    return (1 - trust) * rule["factor"] * notional if trust < rule["threshold"] else mpf(0)


def haircut(rule, value, above):
    stays, opens = rule["maintenance_haircut"], rule["initial_haircut"]
    return [value * stays, (value - above) * opens + above * (1 - stays)]


def peg(rule, quote_price):
    return rule["peg_factor"] * max(0, rule["peg_threshold"] - quote_price)


draw = random.Random(5)


def between(low, high, digits=4):
    return f"{draw.uniform(low, high):.{digits}f}"


def exact(low, high):
    return f"{round(draw.uniform(low, high) * 256) / 256:.8f}"


def price():
    return exact(0.01, 120_000)


def delta():
    return exact(-50, 50)


def seconds():
    return str(draw.choice([0, 1, 1799, 86_400, draw.randrange(2 * YEAR)]))


RATES = {"maintenance": (0, 0.1), "initial": (0, 0.1)}
# Charge: parameters with their ranges, inputs.
CASES = {
    basis: ({"add": (0, 0.5), "per_year": (0, 0.5)}, lambda: [exact(-9e5, 5e5), exact(-9e5, 5e5), seconds()]),
    short_option_minimum: ({"rate": (0, 0.1)}, lambda: [between(0, 900, 8), price()]),
    min_delta: ({"net": (0.05, 0.1), "hedged": (0, 0.1)}, lambda: [delta(), exact(50, 90), price()]),
    roll: ({"min_move": (0, 0.02), "annual_move": (0, 0.1)}, lambda: [delta(), price(), seconds()]),
    delta_concentration: (
        {"threshold": (0, 2e6), "slope": (1e-9, 1e-7, 12), "cap": (0.01, 0.1)},
        lambda: [delta(), price()],
    ),
    rate: (RATES, lambda: [delta(), price()]),
    confidence: ({"threshold": (0.5, 1), "factor": (0, 2)}, lambda: [exact(0, 5e6), between(0, 1)]),
    haircut: ({"maintenance_haircut": (0, 0.3), "initial_haircut": (0, 0.3)}, lambda: [exact(0, 9e6), exact(0, 1e4)]),
    peg: ({"peg_threshold": (0.9, 1), "peg_factor": (0, 9)}, lambda: [between(0.85, 1.05)]),
}


def main():
    rows = []
    for charge, (parameters, inputs) in CASES.items():
        for _ in range(12):
            rule = {name: between(*limits) for name, limits in parameters.items()}
            given = inputs()
            found = charge({name: mpf(text) for name, text in rule.items()}, *map(mpf, given))
            expected = [mp.nstr(part, 30, min_fixed=-inf, max_fixed=inf) for part in (found if isinstance(found, list) else [found])]
            rows.append({"charge": charge.__name__, "rule": rule, "inputs": given, "expected": expected})
    OUT.write_text("[\n" + ",\n".join(json.dumps(row) for row in rows) + "\n]\n")
    print(f"{len(rows)} rows")


if __name__ == "__main__":
    main()

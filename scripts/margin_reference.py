#!/usr/bin/env python3
"""Reference margins: the margin model of the engine, once more, in 50 digits and in the plainest way.

Writes packages/risk/testdata/margin.json: models, markets, portfolios and the numbers that follow from them. The engine's
tests hold it to these. Shares no code and no method with the engine: no integers, no tables, no parity.

usage: scripts/margin_reference.py            (needs mpmath)
"""
import copy
import json
import pathlib
import random
from datetime import datetime, timezone

from mpmath import exp, inf, log, mp, mpf, ncdf, sqrt

mp.dps = 50
YEAR = mpf(365 * 86400)
OUT = pathlib.Path(__file__).resolve().parent.parent / "packages/risk/testdata/margin.json"


def d(value, default="0"):
    return mpf(default if value is None else value)


def black(forward, strike, v, call):
    """Undiscounted Black-76 for v = sigma sqrt(T)."""
    if forward == 0:
        return mpf(0) if call else strike
    if v == 0:
        return max(forward - strike, 0) if call else max(strike - forward, 0)
    d1 = log(forward / strike) / v + v / 2
    d2 = d1 - v
    if call:
        return forward * ncdf(d1) - strike * ncdf(d2)
    return strike * ncdf(-d2) - forward * ncdf(-d1)


class Leg:
    def __init__(self, name, quantity, market):
        parts = name.split("-")
        self.name, self.quantity = name, quantity
        self.symbol = parts[0]
        self.under = market["underlyings"][self.symbol]
        self.perp = parts[1] == "PERP"
        self.option = len(parts) == 4
        self.call = self.option and parts[3] == "C"
        self.strike = mpf(parts[2]) if self.option else None
        self.expiry = None
        if not self.perp:
            day = datetime.strptime(parts[1].zfill(7), "%d%b%y").replace(tzinfo=timezone.utc)
            day = int(day.timestamp()) // 86400
            self.expiry = next(e for e in self.under["expiries"] if e["expiry"] // 86400 == day)
            self.seconds = max(0, self.expiry["expiry"] - market["time"])
            self.forward = mpf(self.expiry["forward"])
            self.rate = max(d(self.expiry.get("rate")), mpf(0))
        else:
            self.seconds = 0
            self.mark = mpf(self.under["perp"]["mark"])
        self.years = mpf(self.seconds) / YEAR

    def sigma(self):
        """Unshocked, sticky by strike."""
        if "vols" in self.expiry:
            return next(mpf(v) for k, v in self.expiry["vols"].items() if mpf(k) == self.strike)
        svi = self.expiry["svi"]
        a, b, rho, m, s = (mpf(svi[k]) for k in ("a", "b", "rho", "m", "sigma"))
        tau = mpf(svi["years"]) if "years" in svi else self.years
        k = log(self.strike / mpf(svi.get("forward", self.expiry["forward"])))
        reach = 4 * sqrt(a + b * s)
        k = min(max(k, -reach), reach)
        w = a + b * (rho * (k - m) + sqrt((k - m) ** 2 + s**2))
        w = min(max(w, mpf(0)), mpf(144))
        return sqrt(w / tau) if tau > 0 else mpf(0)

    def discount(self):
        return exp(-self.rate * self.years)

    def price(self):
        return self.mark if self.perp else self.forward

    def shocked_forward(self, spot):
        r = min(max(mpf(self.seconds) / 1800, 0), 1)
        return self.forward * (1 + r * (spot - 1))

    def value(self, spot=mpf(1), vol=None):
        """Of one contract; vol maps sigma to sigma'."""
        if self.perp:
            return self.mark * spot
        forward = self.shocked_forward(spot)
        if not self.option:
            return forward
        sigma = self.sigma() if vol is None else vol(self.sigma())
        v = min(sigma * sqrt(self.years), mpf(16))
        return self.discount() * black(forward, self.strike, v, self.call)

    def delta(self):
        if not self.option:
            return mpf(1)
        v = self.sigma() * sqrt(self.years)
        x = log(self.forward / self.strike)
        if v == 0:
            phi = mpf(1) if x > 0 else mpf(0) if x < 0 else mpf("0.5")
        else:
            phi = ncdf(x / v + v / 2)
        return self.discount() * (phi - (0 if self.call else 1))


def shocked_vol(leg, move, under):
    """sigma -> sigma' of a move."""
    shock = under.get("vol_shock", {})
    days = mpf(leg.seconds) / 86400
    power = d(shock.get("short_power")) if days <= 30 else d(shock.get("long_power"))
    floored = max(days, d(shock.get("floor_days")))
    t = (30 / floored) ** power if floored > 0 else mpf(1)
    least = d(shock.get("min_vol"))

    def apply(sigma):
        if move == "up":
            shocked = max(sigma * (1 + d(shock.get("up")) * t), d(shock.get("min_up")))
        elif move == "down":
            shocked = max(sigma * (1 - d(shock.get("down")) * t), mpf(0))
        elif move == "none":
            shocked = sigma
        elif move in ("linear", "abs"):
            shocked = sigma * max(mpf(0), 1 + tilt(leg, move, under.get("skew")))
        else:
            shocked = sigma * mpf(move)
        return max(shocked, least)

    return apply


def tilt(leg, move, skew):
    if skew is None:
        return mpf(0)
    g = lambda name: d(skew.get(name))
    root = sqrt(leg.years)
    cap = g(move + "_cap_slope") * root + g(move + "_cap_base")
    k_star = max(g("min_k_star"), root * g("width") * (g("vol_static") + root * g("vol_scale")))
    k = log(leg.strike / leg.forward)
    if move == "abs":
        k = abs(k)
    if k == 0:
        return mpf(0)
    ratio = k / k_star if k_star > 0 else (inf if k > 0 else -inf)
    return min(cap, ratio * cap) if k >= 0 else max(-cap, ratio * cap)


def static(total, leg, under):
    disc = under.get("discount")
    if disc is None:
        return mpf(1)
    mult, add = d(disc.get("rate_mult")), d(disc.get("rate_add"))
    if total >= 0:
        return d(disc.get("long_base"), "1") * exp(-leg.years * (leg.rate * mult + add))
    mult, add = d(disc.get("short_rate_mult", mult)), d(disc.get("short_rate_add", add))
    short = d(disc.get("short_base"), "1") * exp(leg.years * (leg.rate * mult + add))
    return min(1 / leg.discount(), short)


def by(items, key):
    groups = {}
    for item in items:
        groups.setdefault(key(item), []).append(item)
    return groups


def notional_confidence(rule, confidence, notional):
    if rule is None or confidence >= d(rule.get("threshold")):
        return mpf(0)
    return (1 - confidence) * d(rule.get("factor")) * notional


def margin(model, market, portfolio):
    netted = {}
    unrealised = mpf(0)
    for position in portfolio.get("positions", []):
        name, quantity = position["instrument"], mpf(position["quantity"])
        netted[name] = netted.get(name, mpf(0)) + quantity
        leg = Leg(name, quantity, market)
        if not leg.option and "entry_price" in position:
            unrealised += quantity * (leg.price() - mpf(position["entry_price"]))
    legs = [Leg(name, quantity, market) for name, quantity in netted.items()]
    scenarios = model["scenarios"]
    quote = d(market.get("quote_price"), "1")
    quote_confidence = d(market.get("quote_confidence"), "1")
    unders = model.get("underlyings", {})

    collateral = []
    for holding in portfolio.get("collateral", []):
        rule = model["collateral"][holding["asset"]]
        asset = market.get("assets", {}).get(holding["asset"])
        hedged = market["underlyings"].get(rule.get("hedges"))
        if asset is not None:
            price, own = mpf(asset["price"]), d(asset.get("confidence"), "1")
        else:
            price, own = mpf(hedged["index"]) / d(hedged.get("contract_size"), "1"), mpf(1)
        index = d(hedged.get("confidence"), "1") if hedged else mpf(1)
        collateral.append((rule, mpf(holding["amount"]) * price / quote, min(own, index, quote_confidence)))

    symbols = {leg.symbol for leg in legs}
    symbols |= {rule["hedges"] for rule, _, _ in collateral if rule.get("hedges")}
    symbols |= {vector["underlying"] for vector in portfolio.get("vectors", [])}
    # Collateral that hedges nothing is trusted no further than the least trusted index of the account.
    known = [market["underlyings"][symbol] for symbol in symbols if symbol in market["underlyings"]]
    least = min([d(under.get("confidence"), "1") for under in known], default=mpf(1))
    collateral = [
        (rule, value, sure if rule.get("hedges") else min(sure, least)) for rule, value, sure in collateral
    ]

    losses = [mpf(0)] * len(scenarios)
    plain_pnl = [mpf(0)] * len(scenarios)
    for symbol in sorted(symbols):
        under = unders.get(symbol, {})
        own = [leg for leg in legs if leg.symbol == symbol]
        credit = d(under.get("gain_credit"), "1")
        for s, scenario in enumerate(scenarios):
            weight = d(scenario.get("weight"), "1")
            shock = scenario.get("shocks", {}).get(symbol, scenario)
            spot, move = d(shock.get("spot"), "1"), shock.get("vol", "none")
            pnl = mpf(0)
            for leg in own:
                if not leg.option:
                    pnl += leg.quantity * weight * (leg.value(spot) - leg.value())
            for series in by([leg for leg in own if leg.option], lambda leg: leg.expiry["expiry"]).values():
                shocked = sum(leg.quantity * leg.value(spot, shocked_vol(leg, move, under)) for leg in series)
                factor = static(shocked, series[0], under)
                part = weight * (factor * shocked - sum(leg.quantity * leg.value() for leg in series))
                pnl += -abs(part) if move in ("linear", "abs") else part
            for rule, value, _ in collateral:
                if rule.get("hedges") == symbol:
                    pnl += weight * value * (spot - 1)
            for vector in portfolio.get("vectors", []):
                if vector["underlying"] == symbol:
                    pnl += mpf(vector["pnl"][s])
            plain_pnl[s] += pnl
            losses[s] += -pnl if pnl <= 0 else -credit * pnl

    scan = max(mpf(0), aggregate(losses, model.get("aggregation", {"worst": {}})))
    charges = {name: mpf(0) for name in ("basis", "short_option_minimum", "min_delta", "roll", "delta_concentration")}
    beside = {name: [mpf(0), mpf(0)] for name in ("perp", "naked_short", "confidence", "collateral")}
    for symbol in sorted({leg.symbol for leg in legs}):
        own = [leg for leg in legs if leg.symbol == symbol]
        market_under = market["underlyings"][symbol]
        rules = unders.get(symbol, {}).get("charges", {})
        index = mpf(market_under["index"])
        options = [leg for leg in own if leg.option]
        perps = sum((leg.quantity for leg in own if leg.perp), mpf(0))
        net = sum(leg.quantity * leg.delta() for leg in own)
        gross = sum(abs(leg.quantity * leg.delta()) for leg in own)
        if rule := rules.get("basis"):
            for series in by(options, lambda leg: leg.expiry["expiry"]).values():
                moves = [
                    -sum(leg.quantity * (leg.value(d(rule.get(side), "1")) - leg.value()) for leg in series)
                    for side in ("spot_up", "spot_down")
                ]
                rate = d(rule.get("add")) + d(rule.get("per_year")) * series[0].years
                charges["basis"] += max(moves + [mpf(0)]) * rate
        if rule := rules.get("short_option_minimum"):
            short = -sum((leg.quantity for leg in options if leg.quantity < 0), mpf(0))
            charges["short_option_minimum"] += d(rule.get("rate")) * index * short
        if rule := rules.get("min_delta"):
            hedged = d(rule.get("hedged")) * (gross - abs(net)) / 2
            charges["min_delta"] += (d(rule.get("net")) * abs(net) + hedged) * index
        if rule := rules.get("roll"):
            for group in by(own, lambda leg: None if leg.perp else leg.expiry["expiry"]).values():
                delta = sum(leg.quantity * leg.delta() for leg in group)
                move = max(d(rule.get("min_move")), d(rule.get("annual_move")) * group[0].years)
                charges["roll"] += abs(delta) * group[0].price() * move
        if rule := rules.get("delta_concentration"):
            x = abs(net) * index
            rate = min(d(rule.get("cap")), d(rule.get("slope")) * max(mpf(0), x - d(rule.get("threshold"))))
            charges["delta_concentration"] += rate * x
        if rule := rules.get("perp"):
            for i, part in enumerate(("maintenance", "initial")):
                beside["perp"][i] += d(rule.get(part)) * abs(perps) * index
        if rule := rules.get("naked_short"):
            naked = mpf(0)
            quantities = {(leg.expiry["expiry"], leg.strike, leg.call): leg.quantity for leg in options}
            for (expiry, strike, call), quantity in quantities.items():
                if quantity < 0:
                    naked += max(mpf(0), -quantity - max(mpf(0), quantities.get((expiry, strike, not call), mpf(0))))
            for i, part in enumerate(("maintenance", "initial")):
                beside["naked_short"][i] += d(rule.get(part)) * index * naked
        if rule := rules.get("confidence"):
            index_confidence = d(market_under.get("confidence"), "1")
            perp_confidence = d(market_under.get("perp", {}).get("confidence"), "1")
            sure = min(perp_confidence, index_confidence, quote_confidence)
            beside["confidence"][1] += notional_confidence(rule, sure, abs(perps) * index)
            for series in by(options, lambda leg: leg.expiry["expiry"]).values():
                parts = series[0].expiry.get("confidence", {})
                sure = [d(parts.get(name), "1") for name in ("forward", "rate", "vol")]
                sure += [index_confidence, quote_confidence] + ([perp_confidence] if perps != 0 else [])
                gross_options = sum(abs(leg.quantity) for leg in series)
                beside["confidence"][1] += notional_confidence(rule, min(sure), gross_options * index)
    for rule, value, sure in collateral:
        beside["collateral"][0] += value * d(rule.get("maintenance_haircut"))
        beside["collateral"][1] += value * d(rule.get("initial_haircut"))
        beside["confidence"][1] += notional_confidence(rule.get("confidence"), sure, value)

    competing = max(scan, charges["basis"], charges["short_option_minimum"], charges["min_delta"])
    risk = competing + charges["roll"] + charges["delta_concentration"]
    factors = model.get("factors", {})
    peg = model.get("quote", {})
    peg_term = d(peg.get("peg_factor")) * max(mpf(0), d(peg.get("peg_threshold")) - quote)
    maintenance = sum(parts[0] for parts in beside.values())
    initial = sum(parts[1] for parts in beside.values())
    option_value = sum((leg.quantity * leg.value() for leg in legs if leg.option), mpf(0))
    collateral_value = sum((value for _, value, _ in collateral), mpf(0))
    return {
        "equity": d(portfolio.get("cash")) + collateral_value + unrealised + option_value,
        "initial_margin": (d(factors.get("initial"), "1") + peg_term) * risk + maintenance + initial,
        "maintenance_margin": d(factors.get("maintenance"), "1") * risk + maintenance,
        "scan": scan,
        "option_value": option_value,
        "collateral_value": collateral_value,
        "unrealised": unrealised,
        "scenarios": plain_pnl,
        "charges": {**charges, **{name: sum(parts) for name, parts in beside.items()}},
    }


def aggregate(losses, aggregation):
    if "worst" in aggregation:
        return max(losses)
    (kind, tail), = aggregation.items()
    t = 1 - mpf(tail["confidence"])
    probabilities = [mpf(p) for p in tail.get("probabilities", [])] or [mpf(1) / len(losses)] * len(losses)
    taken, total = mpf(0), mpf(0)
    for index in sorted(range(len(losses)), key=lambda i: (-losses[i], i)):
        part = min(probabilities[index], t - taken)
        taken += part
        total += part * losses[index]
        if taken >= t - mpf(10) ** -40:
            return losses[index] if kind == "value_at_risk" else total / t


# Cases

TIME = 1739934748
MAR, JUN, SOON, GONE = 1743148800, 1750982400, TIME + 900, TIME - 600


def svi(a, b, rho, m, sigma, **fitted):
    return {"a": a, "b": b, "rho": rho, "m": m, "sigma": sigma, **fitted}


def market(**changes):
    btc = {
        "index": "95663.5",
        "perp": {"mark": "95701.25"},
        "expiries": [
            {"expiry": SOON, "forward": "95660", "vols": {"95000": "0.9", "96000": "0.85"}},
            {
                "expiry": MAR,
                "forward": "96340.5",
                "rate": "0.045",
                "svi": svi("0.0184", "0.071", "-0.21", "0.035", "0.19"),
            },
            {
                "expiry": JUN,
                "forward": "98410",
                "rate": "0.041",
                "svi": svi("0.0612", "0.134", "-0.16", "0.052", "0.31", forward="98100", years="0.3512"),
            },
        ],
    }
    eth = {
        "index": "2710.33",
        "perp": {"mark": "2712.05"},
        "expiries": [
            {
                "expiry": MAR,
                "forward": "2731.8",
                "rate": "-0.01",
                "svi": svi("0.0301", "0.093", "-0.11", "0.02", "0.22"),
            }
        ],
    }
    shib = {"index": "0.0152", "contract_size": "1000", "perp": {"mark": "0.0153"}}
    return {"time": TIME, "underlyings": {"BTC": btc, "ETH": eth, "SHIB": shib}, **changes}


def grid(spots, vols, weights={}):
    return [
        {"spot": s, "vol": v, **({"weight": weights[s]} if s in weights else {})} for s in spots for v in vols
    ]


PLAIN = {
    "scenarios": grid(["0.82", "0.9", "1", "1.1", "1.18"], ["down", "none", "up"]),
    "factors": {"initial": "1.25", "maintenance": "1"},
    "underlyings": {
        name: {"vol_shock": {"up": "0.45", "down": "0.3", "short_power": "0.3", "long_power": "0.13"}}
        for name in ("BTC", "ETH")
    },
}
SHIPPED = {file.stem: json.loads(file.read_text()) for file in sorted((OUT.parent.parent / "models").glob("*.json"))}
FULL = copy.deepcopy(SHIPPED["hedgerow"])
FULL["collateral"] = {
    "ETH": {"maintenance_haircut": "0.1", "initial_haircut": "0.05", "hedges": "ETH"},
    "DAI": {"maintenance_haircut": "0.01", "confidence": {"threshold": "0.95", "factor": "0.4"}},
    "SHIB": {"maintenance_haircut": "0.3", "hedges": "SHIB"},
}
STATIC = {
    "scenarios": grid(["0.85", "1", "1.15"], ["down", "none", "up"])
    + [{"vol": "linear", "weight": "0.9"}, {"vol": "abs"}],
    "factors": {"initial": "1.2", "maintenance": "1"},
    "underlyings": {
        "BTC": {
            "vol_shock": {"up": "0.3", "down": "0.25", "short_power": "0.3", "long_power": "0.13", "floor_days": "1", "min_up": "0.6", "min_vol": "0.2"},
            "discount": {"long_base": "0.95", "short_base": "1.01", "rate_mult": "2", "rate_add": "0.03", "short_rate_add": "0.01"},
            "skew": {"linear_cap_base": "0.1", "linear_cap_slope": "0.05", "abs_cap_base": "0.08", "abs_cap_slope": "0.04", "min_k_star": "0.01", "width": "4", "vol_static": "0.6", "vol_scale": "0.1"},
            "charges": {
                "basis": {"spot_up": "1.05", "spot_down": "0.94", "add": "0.3", "per_year": "0.4"},
                "perp": {"maintenance": "0.02", "initial": "0.01"},
                "naked_short": {"maintenance": "0.01", "initial": "0.004"},
                "min_delta": {"net": "0.02", "hedged": "0.01"},
                "confidence": {"threshold": "0.9", "factor": "0.5"},
            },
        },
        "ETH": {"gain_credit": "0.3"},
    },
    "quote": {"peg_threshold": "0.99", "peg_factor": "2"},
}
# Caps that turn negative within months, and powers beyond four.
STEEP = copy.deepcopy(STATIC)
STEEP["underlyings"]["BTC"]["skew"] |= {"linear_cap_slope": "-0.4", "abs_cap_slope": "-5", "vol_scale": "-0.3"}
STEEP["underlyings"]["BTC"]["vol_shock"] |= {"short_power": "5.5", "long_power": "10"}
STEEP["underlyings"]["ETH"] = copy.deepcopy(STEEP["underlyings"]["BTC"])
UNSURE = market(quote_price="0.97", quote_confidence="0.85", assets={"DAI": {"price": "0.999", "confidence": "0.8"}})
UNSURE["underlyings"]["BTC"]["confidence"] = "0.88"
UNSURE["underlyings"]["BTC"]["perp"]["confidence"] = "0.7"
UNSURE["underlyings"]["BTC"]["expiries"][1]["confidence"] = {"forward": "0.9", "rate": "1", "vol": "0.8"}
LOW = copy.deepcopy(UNSURE)
LOW["assets"]["DAI"]["confidence"] = "0.9"
LOW["underlyings"]["ETH"]["confidence"] = "0.5"
LOW["underlyings"]["BTC"]["expiries"][2]["confidence"] = {"rate": "0.3"}


def book(cash, *positions, **more):
    return {
        "cash": cash,
        "positions": [
            {"instrument": name, "quantity": quantity, **({"entry_price": entry[0]} if entry else {})}
            for name, quantity, *entry in positions
        ],
        **more,
    }


def tail(kind, confidence, model, probabilities=None):
    body = {"confidence": confidence, **({"probabilities": probabilities} if probabilities else {})}
    return {**model, "aggregation": {kind: body}}


def strangle(seed, count):
    rng = random.Random(seed)
    names = []
    for _ in range(count):
        symbol, expiry, low, high, step = rng.choice(
            [("BTC", "28MAR25", 50, 180, 1000), ("BTC", "27JUN25", 40, 240, 1000), ("ETH", "28MAR25", 14, 60, 100)]
        )
        strike = rng.randrange(low, high) * step
        side = rng.choice("CP")
        names.append((f"{symbol}-{expiry}-{strike}-{side}", f"{rng.randrange(-4000, 4000) / 100}"))
    names += [("BTC-PERP", "-3.5", "91234.56789"), ("BTC-28MAR25", "2.25", "97000"), ("ETH-PERP", "40", "2800.5")]
    return book("150000", *names)


SHOCKED = {
    "scenarios": [
        {},
        {"spot": "0.8", "vol": "1.5", "shocks": {"ETH": {"spot": "0.7", "vol": "up"}}},
        {"spot": "1.2", "vol": "0.8", "shocks": {"BTC": {"spot": "0.95", "vol": "1.25"}}},
        {"spot": "0", "vol": "2"},
        {"spot": "16", "vol": "none", "weight": "0.01"},
    ],
    "underlyings": {"ETH": {"gain_credit": "0.25", "vol_shock": {"up": "0.5"}}, "BTC": {"gain_credit": "0.5"}},
}

CASES = [
    ("long perpetual", PLAIN, market(), book("20000", ("BTC-PERP", "1.5", "93000"))),
    ("short straddle", PLAIN, market(), book("30000", ("BTC-28MAR25-96000-C", "-1"), ("BTC-28MAR25-96000-P", "-1"))),
    ("future against call", PLAIN, market(), book("9000", ("BTC-28MAR25", "0.55", "96000"), ("BTC-28MAR25-96000-C", "-1"))),
    ("calendar and butterfly", PLAIN, market(), book("-500", ("BTC-28MAR25-90000-C", "2"), ("BTC-28MAR25-100000-C", "-4"), ("BTC-28MAR25-110000-C", "2"), ("BTC-27JUN25-100000-P", "1"))),
    ("naked far call", FULL, market(), book("10000", ("BTC-27JUN25-400000-C", "-10"))),
    ("preset, forty legs", FULL, market(), strangle(1, 40)),
    ("preset, collateral", FULL, market(assets={"DAI": {"price": "0.9995"}}), {**strangle(2, 12), "collateral": [{"asset": "ETH", "amount": "7.03"}, {"asset": "DAI", "amount": "12000.5"}, {"asset": "SHIB", "amount": "90000000"}]}),
    ("static, skew, everything unsure", STATIC, UNSURE, strangle(3, 25)),
    ("static, longs", STATIC, market(), book("0", ("BTC-28MAR25-90000-C", "5"), ("BTC-28MAR25-80000-P", "3"), ("BTC-27JUN25-120000-P", "2.5"))),
    ("static, shorts", STATIC, market(), book("0", ("BTC-28MAR25-90000-C", "-5"), ("BTC-28MAR25-80000-P", "-3"), ("BTC-27JUN25-120000-P", "-2.5"))),
    ("collateral that is unsure", {**FULL, "quote": {"peg_threshold": "0.99", "peg_factor": "2"}}, UNSURE, book("100", ("ETH-PERP", "-7"), collateral=[{"asset": "ETH", "amount": "7.03"}, {"asset": "DAI", "amount": "500"}])),
    ("shortfall, given probabilities", tail("expected_shortfall", "0.9", PLAIN, ["0.01", "0.02", "0.03", "0.05", "0.09", "0.05", "0.1", "0.3", "0.1", "0.05", "0.09", "0.05", "0.03", "0.02", "0.01"]), market(), strangle(4, 20)),
    ("shortfall, equal probabilities", tail("expected_shortfall", "0.85", FULL), market(), strangle(5, 20)),
    ("value at risk", tail("value_at_risk", "0.85", FULL), market(), strangle(6, 20)),
    ("own shocks, nothing and sixteenfold", SHOCKED, market(), strangle(7, 15)),
    ("settlement average and expired", FULL, market(), book("5000", ("BTC-19FEB25-95000-C", "-1"), ("BTC-19FEB25-96000-P", "2"), ("BTC-19FEB25", "3", "95000"))),
    ("vectors", FULL, market(), {**strangle(8, 5), "vectors": [{"underlying": "BTC", "pnl": [str(100 * i - 1300) for i in range(len(FULL["scenarios"]))]}, {"underlying": "SOL", "pnl": [str(55.5 * i - 700) for i in range(len(FULL["scenarios"]))]}]}),
    ("deribit", SHIPPED["deribit"], market(), strangle(9, 30)),
    ("derive", SHIPPED["derive"], market(), strangle(10, 30)),
    ("derive, unsure", SHIPPED["derive"], LOW, {**strangle(11, 10), "collateral": [{"asset": "ETH", "amount": "7.03"}, {"asset": "DAI", "amount": "12000.5"}, {"asset": "CBBTC", "amount": "0.25"}]}),
    ("okx", SHIPPED["okx"], market(), strangle(12, 30)),
    ("paradex", SHIPPED["paradex"], market(), strangle(13, 30)),
    ("span16", SHIPPED["span16"], market(), strangle(14, 30)),
    ("steep, a negative rate", STEEP, market(), strangle(15, 30)),
    ("cheap contracts", FULL, market(), book("5", ("SHIB-PERP", "-1234567.12345678", "0.0149"))),
    ("nothing", FULL, market(), {"cash": "-1.5"}),
]


def plain(value):
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    return mp.nstr(value, 30, min_fixed=-inf, max_fixed=inf).removesuffix(".0")


def main():
    cases = []
    for name, model, market_, portfolio in CASES:
        expected = plain(margin(model, market_, portfolio))
        cases.append({"name": name, "model": model, "market": market_, "portfolio": portfolio, "expected": expected})
    OUT.parent.mkdir(exist_ok=True)
    OUT.write_text("[\n" + ",\n".join(json.dumps(case) for case in cases) + "\n]\n")
    print(f"{len(cases)} cases")


if __name__ == "__main__":
    main()

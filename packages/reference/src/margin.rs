//! Equity and requirements of a portfolio.
//!
//! The formulas are those of the engine's documentation (`hedgerow_risk`): they are what both must agree on.

use crate::black76::{delta, price};
use crate::charges::{Charges, collateral_charges, underlying_charges};
use crate::read::{CollateralRule, Contract, Expiry, Leg, Market, Model, Move, Portfolio, Rules, Shock, Surface};
use crate::read::{Skew, Tail, Underlying};
use serde_json::Value as Json;
use std::collections::BTreeSet;

/// Seconds of a year.
const YEAR: f64 = 365.0 * 86_400.0;

/// What a portfolio is worth and must hold.
#[derive(Clone, Debug, Default)]
pub struct Margin {
    /// Cash, collateral, unrealised P&L, options.
    pub equity: f64,
    /// To open.
    pub initial_margin: f64,
    /// To stay.
    pub maintenance_margin: f64,
    /// The aggregated loss of the scenarios.
    pub scan: f64,
    /// Net value of the options.
    pub option_value: f64,
    /// Value of the collateral before haircuts.
    pub collateral_value: f64,
    /// P&L of the linear legs since they were entered.
    pub unrealised: f64,
    /// Weighted P&L by scenario, before gains are taken by their credit.
    pub scenarios: Vec<f64>,
    /// Beside the scan.
    pub charges: Charges,
    /// What is held, in quote: the scale on which differences are small.
    pub notional: f64,
}

/// A leg with its prices.
pub(crate) struct Held {
    pub contract: Contract,
    pub quantity: f64,
    /// Of one contract: 1, or an option's discounted delta; zero where no charge looks at it.
    pub delta: f64,
}

/// The legs of one expiry, or the perpetual.
pub(crate) struct Series<'a> {
    pub expiry: Option<&'a Expiry>,
    pub years: f64,
    pub legs: Vec<Held>,
    /// Option P&L at the two spots of the basis charge.
    pub basis: [f64; 2],
    /// Value of the options.
    value: f64,
}

/// Values a portfolio.
pub fn margin(model: &Model, market: &Market, portfolio: &Portfolio) -> Margin {
    let neutral = Rules::new(&Json::Null);
    let mut collateral = collateral_values(model, market, portfolio);
    let legs = netted(&portfolio.legs);
    let symbols = symbols(&legs, &collateral, portfolio);
    trust_with(market, &symbols, &mut collateral);
    let mut found = Margin {
        scenarios: vec![0.0; model.scenarios.len()],
        ..Margin::default()
    };
    let mut losses = vec![0.0; model.scenarios.len()];
    for symbol in symbols {
        let rules = model.underlyings.get(symbol).unwrap_or(&neutral);
        let from = legs.partition_point(|leg| leg.symbol < symbol);
        let own = &legs[from..legs.partition_point(|leg| leg.symbol <= symbol)];
        let hedge = collateral
            .iter()
            .filter(|c| c.rule.hedges.as_deref() == Some(symbol))
            .map(|c| c.value)
            .sum::<f64>();
        let shocks: Vec<Shock> = model
            .scenarios
            .iter()
            .map(|scenario| *scenario.shocks.get(symbol).unwrap_or(&scenario.own))
            .collect();
        let mut pnl: Vec<f64> = shocks.iter().map(|shock| hedge * (shock.spot - 1.0)).collect();
        if !own.is_empty() {
            let underlying = &market.underlyings[symbol];
            let series = value_legs(own, underlying, market.time, rules, &shocks, &mut pnl);
            found.option_value += series.iter().map(|s| s.value).sum::<f64>();
            found.notional += own.iter().map(|leg| leg.notional(underlying.index)).sum::<f64>();
            underlying_charges(&mut found.charges, &series, underlying, rules, market.quote_confidence);
        }
        for (sum, scenario) in pnl.iter_mut().zip(&model.scenarios) {
            *sum *= scenario.weight;
        }
        for (_, vector) in portfolio.vectors.iter().filter(|(of, _)| of == symbol) {
            pnl.iter_mut().zip(vector).for_each(|(sum, own)| *sum += own);
        }
        for ((own, all), loss) in pnl.iter().zip(&mut found.scenarios).zip(&mut losses) {
            *all += own;
            *loss += if *own > 0.0 { -own * rules.gain_credit } else { -own };
        }
    }
    collateral_charges(&mut found.charges, &collateral);
    found.scan = aggregate(&losses, model.tail.as_ref()).max(0.0);
    found.collateral_value = collateral.iter().map(|c| c.value).sum();
    found.unrealised = portfolio.legs.iter().map(|leg| unrealised(leg, market)).sum();
    found.equity = portfolio.cash + found.collateral_value + found.unrealised + found.option_value;
    found.require(model, market.quote);
    found
}

impl Margin {
    fn require(&mut self, model: &Model, quote: f64) {
        let c = &self.charges;
        let competing = self.scan.max(c.basis).max(c.short_option_minimum).max(c.min_delta);
        let risk = competing + c.roll + c.delta_concentration;
        let beside = |part: usize| c.perp[part] + c.naked_short[part] + c.confidence[part] + c.collateral[part];
        let peg = model.peg_factor * (model.peg_threshold - quote).max(0.0);
        self.maintenance_margin = model.maintenance * risk + beside(0);
        self.initial_margin = (model.initial + peg) * risk + beside(0) + beside(1);
    }
}

/// What is held of one instrument.
struct Position<'a> {
    symbol: &'a str,
    contract: Contract,
    steps: i64,
}

impl Position<'_> {
    fn quantity(&self) -> f64 {
        self.steps as f64 / 1e8
    }

    fn notional(&self, index: f64) -> f64 {
        let price = match self.contract {
            Contract::Option { strike, .. } => strike.max(index),
            _ => index,
        };
        self.quantity().abs() * price
    }
}

/// One position an instrument, sorted by underlying, expiry and strike.
fn netted(legs: &[Leg]) -> Vec<Position<'_>> {
    let mut sorted: Vec<Position<'_>> = legs
        .iter()
        .map(|leg| Position {
            symbol: &leg.symbol,
            contract: leg.contract,
            steps: leg.steps,
        })
        .collect();
    sorted.sort_by(|a, b| {
        let by_expiry = (a.symbol, a.contract.day()).cmp(&(b.symbol, b.contract.day()));
        by_expiry.then(a.contract.partial_cmp(&b.contract).unwrap())
    });
    sorted.dedup_by(|next, first| {
        let same = next.symbol == first.symbol && next.contract == first.contract;
        first.steps += if same { next.steps } else { 0 };
        same
    });
    sorted
}

fn symbols<'a>(legs: &[Position<'a>], collateral: &[Valued<'a>], portfolio: &'a Portfolio) -> BTreeSet<&'a str> {
    let of_legs = legs.iter().map(|leg| leg.symbol);
    let hedges = collateral.iter().filter_map(|c| c.rule.hedges.as_deref());
    let vectors = portfolio.vectors.iter().map(|(symbol, _)| symbol.as_str());
    of_legs.chain(hedges).chain(vectors).collect()
}

/// A holding of collateral.
pub(crate) struct Valued<'a> {
    pub rule: &'a CollateralRule,
    pub value: f64,
    /// What the index makes of it more than the stable price.
    pub above: f64,
    pub confidence: f64,
}

fn collateral_values<'a>(model: &'a Model, market: &Market, portfolio: &Portfolio) -> Vec<Valued<'a>> {
    let value = |(asset, amount): &(String, f64)| {
        let rule = &model.collateral[asset];
        let hedged = rule.hedges.as_ref().and_then(|symbol| market.underlyings.get(symbol));
        let [price, own] = match market.assets.get(asset) {
            Some(priced) => *priced,
            None => [hedged.unwrap().index / hedged.unwrap().contract_size, 1.0],
        };
        let stable = rule.hedges.as_ref().and_then(|symbol| market.stable.get(symbol));
        let above = match (market.assets.get(asset), stable) {
            (None, Some(stable)) => (price - stable / hedged.unwrap().contract_size).max(0.0),
            _ => 0.0,
        };
        Valued {
            rule,
            value: amount * price / market.quote,
            above: amount * above / market.quote,
            confidence: own
                .min(market.quote_confidence)
                .min(hedged.map_or(1.0, |u| u.confidence)),
        }
    };
    portfolio.collateral.iter().map(value).collect()
}

/// What hedges nothing is trusted no further than the least trusted index of the account.
fn trust_with(market: &Market, symbols: &BTreeSet<&str>, collateral: &mut [Valued<'_>]) {
    let known = symbols.iter().filter_map(|symbol| market.underlyings.get(*symbol));
    let least = known.map(|u| u.confidence).fold(1.0, f64::min);
    for held in collateral.iter_mut().filter(|held| held.rule.hedges.is_none()) {
        held.confidence = held.confidence.min(least);
    }
}

fn unrealised(leg: &Leg, market: &Market) -> f64 {
    let underlying = &market.underlyings[&leg.symbol];
    let price = match leg.contract {
        Contract::Perpetual => underlying.perp.unwrap()[0],
        Contract::Future { day } => listed(underlying, day).forward,
        Contract::Option { .. } => return 0.0,
    };
    leg.entry.map_or(0.0, |entry| leg.steps as f64 / 1e8 * (price - entry))
}

fn listed(underlying: &Underlying, day: i64) -> &Expiry {
    underlying.expiries.iter().find(|expiry| expiry.day() == day).unwrap()
}

/// Adds the P&L of an underlying's legs to its scenarios.
fn value_legs<'a>(
    legs: &[Position<'_>],
    underlying: &'a Underlying,
    now: i64,
    rules: &Rules,
    shocks: &[Shock],
    pnl: &mut [f64],
) -> Vec<Series<'a>> {
    let mut all = Vec::new();
    for same in legs.chunk_by(|a, b| a.contract.day() == b.contract.day()) {
        let Some(day) = same[0].contract.day() else {
            let [mark, _] = underlying.perp.unwrap();
            let held = same[0].quantity();
            for (sum, shock) in pnl.iter_mut().zip(shocks) {
                *sum += held * mark * (shock.spot - 1.0);
            }
            all.push(Series {
                expiry: None,
                years: 0.0,
                legs: vec![Held {
                    contract: Contract::Perpetual,
                    quantity: held,
                    delta: 1.0,
                }],
                basis: [0.0; 2],
                value: 0.0,
            });
            continue;
        };
        let expiry = listed(underlying, day);
        let seconds = (expiry.time - now).max(0) as f64;
        let valuation = Valuation::new(expiry, seconds, rules, shocks);
        all.push(valuation.series(same, rules, pnl));
    }
    all
}

/// One scenario of one expiry.
struct Row {
    forward: f64,
    /// ln(F'/F)
    log: f64,
    times: f64,
    floor: f64,
    /// The smile's shape moves: the expiry counts with minus the magnitude of its P&L.
    skew: bool,
    tilt: Option<Tilt>,
}

/// What an expiry's legs have in common.
struct Valuation<'a> {
    expiry: &'a Expiry,
    years: f64,
    root: f64,
    log_forward: f64,
    /// The part of the settlement average that is open.
    open: f64,
    discount: f64,
    rows: Vec<Row>,
}

impl<'a> Valuation<'a> {
    fn new(expiry: &'a Expiry, seconds: f64, rules: &Rules, shocks: &[Shock]) -> Self {
        let years = seconds / YEAR;
        let (root, open) = (years.sqrt(), (seconds / 1_800.0).min(1.0));
        let days = seconds / 86_400.0;
        let power = if days <= 30.0 {
            rules.short_power
        } else {
            rules.long_power
        };
        let held = days.max(rules.floor_days);
        let t = if held > 0.0 { (30.0 / held).powf(power) } else { 1.0 };
        let least = rules.min_vol * root;
        let row = |shock: &Shock| {
            let multiple = 1.0 + open * (shock.spot - 1.0);
            let (times, floor) = match shock.vol {
                Move::Up => (1.0 + (rules.up * t).min(1_024.0), least.max(rules.min_up * root)),
                Move::Down => ((1.0 - rules.down * t).max(0.0), least),
                Move::Times(multiple) => (multiple, least),
                Move::Linear | Move::Abs => (1.0, least),
            };
            Row {
                forward: expiry.forward * multiple,
                log: if open < 1.0 { multiple.ln() } else { shock.log_spot },
                times,
                floor,
                skew: matches!(shock.vol, Move::Linear | Move::Abs),
                tilt: rules.skew.as_ref().and_then(|skew| Tilt::new(shock.vol, skew, root)),
            }
        };
        Self {
            expiry,
            years,
            root,
            log_forward: expiry.forward.ln(),
            open,
            discount: (-expiry.rate * years).exp(),
            rows: shocks.iter().map(row).collect(),
        }
    }

    fn series(&self, legs: &[Position<'_>], rules: &Rules, pnl: &mut [f64]) -> Series<'a> {
        let mut shocked = vec![0.0; self.rows.len()];
        let mut basis = [0.0; 2];
        let mut held = Vec::with_capacity(legs.len());
        let (mut value, mut future, mut options) = (0.0, 0.0, false);
        for leg in legs {
            let (contract, quantity) = (leg.contract, leg.quantity());
            let Contract::Option { strike, call, .. } = contract else {
                future += quantity;
                held.push(Held {
                    contract,
                    quantity,
                    delta: 1.0,
                });
                continue;
            };
            options = true;
            let x = self.log_forward - strike.ln();
            let v = self.vol_time(strike);
            value += quantity * price(self.expiry.forward, strike, x, v, call);
            for (sum, row) in shocked.iter_mut().zip(&self.rows) {
                let times = row.tilt.map_or(row.times, |tilt| tilt.times(-x));
                let v = (v * times).max(row.floor).min(16.0);
                *sum += quantity * price(row.forward, strike, x + row.log, v, call);
            }
            if let Some([up, down, ..]) = rules.basis {
                for (sum, spot) in basis.iter_mut().zip([up, down]) {
                    let multiple = 1.0 + self.open * (spot - 1.0);
                    *sum += quantity * price(self.expiry.forward * multiple, strike, x + multiple.ln(), v, call);
                }
            }
            let delta = if rules.needs_delta() {
                self.discount * delta(x, v, call)
            } else {
                0.0
            };
            held.push(Held {
                contract,
                quantity,
                delta,
            });
        }
        for ((sum, row), shocked) in pnl.iter_mut().zip(&self.rows).zip(shocked) {
            *sum += future * (row.forward - self.expiry.forward);
            if options {
                let part = self.discount * (self.fixed(rules, shocked) * shocked - value);
                *sum += if row.skew { -part.abs() } else { part };
            }
        }
        Series {
            expiry: Some(self.expiry),
            years: self.years,
            legs: held,
            basis: basis.map(|moved| if options { self.discount * (moved - value) } else { 0.0 }),
            value: self.discount * value,
        }
    }

    /// sigma sqrt(T) of a strike.
    fn vol_time(&self, strike: f64) -> f64 {
        let v = match &self.expiry.surface {
            Surface::Listed(vols) => vols.iter().find(|[k, _]| *k == strike).unwrap()[1] * self.root,
            Surface::Svi {
                a,
                b,
                rho,
                m,
                sigma,
                forward,
                years,
            } => {
                let k = (strike / forward.unwrap_or(self.expiry.forward)).ln();
                let reach = 4.0 * (a + b * sigma).sqrt();
                let k = k.clamp(-reach, reach) - m;
                let w = (a + b * (rho * k + (k * k + sigma * sigma).sqrt())).clamp(0.0, 144.0);
                let time = years.map_or(f64::from(u8::from(self.years > 0.0)), |tau| self.years / tau);
                (w * time).sqrt()
            }
        };
        v.min(16.0)
    }

    /// The static discount of a shocked total.
    fn fixed(&self, rules: &Rules, total: f64) -> f64 {
        let Some(rule) = rules.discount else {
            return 1.0;
        };
        let yearly = |[mult, add]: [f64; 2]| self.years * (self.expiry.rate * mult + add);
        if total >= 0.0 {
            rule.long_base * (-yearly(rule.long)).exp()
        } else {
            (rule.short_base * yearly(rule.short).exp()).min(1.0 / self.discount)
        }
    }
}

/// A change of the smile's shape.
#[derive(Clone, Copy)]
struct Tilt {
    magnitude: bool,
    cap: f64,
    k_star: f64,
}

impl Tilt {
    fn new(vol: Move, skew: &Skew, root: f64) -> Option<Self> {
        let [base, slope] = match vol {
            Move::Linear => skew.linear_cap,
            Move::Abs => skew.abs_cap,
            _ => return None,
        };
        let deviation = root * skew.width * (skew.vol_static + root * skew.vol_scale);
        Some(Self {
            magnitude: vol == Move::Abs,
            cap: slope * root + base,
            k_star: deviation.max(skew.min_k_star),
        })
    }

    /// The multiplier of volatility for k = ln(K/F).
    fn times(self, k: f64) -> f64 {
        let k = if self.magnitude { k.abs() } else { k };
        let moved = k / self.k_star * self.cap;
        // A cap may fall below zero: then it is a least.
        let held = if k < 0.0 {
            moved.max(-self.cap)
        } else {
            moved.min(self.cap)
        };
        (1.0 + held).max(0.0)
    }
}

/// The worst loss, the expected shortfall or the value at risk.
fn aggregate(losses: &[f64], tail: Option<&Tail>) -> f64 {
    let Some(tail) = tail else {
        return losses.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    };
    let mut order: Vec<usize> = (0..losses.len()).collect();
    order.sort_by(|a, b| losses[*b].total_cmp(&losses[*a]));
    let even = 1.0 / losses.len() as f64;
    let whole = 1.0 - tail.confidence;
    let (mut taken, mut sum) = (0.0, 0.0);
    for index in &order {
        let probability = tail.probabilities.get(*index).copied().unwrap_or(even);
        let part = probability.min(whole - taken);
        taken += part;
        sum += part * losses[*index];
        // Probabilities have nine decimals.
        if taken >= whole - 1e-12 {
            return if tail.shortfall { sum / whole } else { losses[*index] };
        }
    }
    // They summed to a little less than one: the last scenario takes the rest.
    let last = order.last().map_or(0.0, |index| losses[*index]);
    if tail.shortfall {
        (sum + (whole - taken) * last) / whole
    } else {
        last
    }
}

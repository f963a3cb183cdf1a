//! Invariant 7: native build, simulated chain and real VM give the same bits, for 1,000 random portfolios under every model
//! that ships.
//!
//! The accounts are written into both chains' stores as they are packed, so a portfolio need not pass the gate. The VM's answer
//! must be the simulated chain's byte for byte, and say what the engine computes natively from the same legs.

use crate::codes;
use cosmwasm_std::{Querier, WasmQuery, from_json, to_json_binary, to_json_vec};
use hedgerow_interface::AccountId;
use hedgerow_interface::account::{Account, Linear, OptionLeg, Series};
use hedgerow_interface::keys;
use hedgerow_interface::margin::{AccountResponse, LegView, MarginResponse, QueryMsg};
use hedgerow_risk::assessment::Holding;
use hedgerow_risk::instrument::{Day, Instrument, Right, Symbol};
use hedgerow_risk::model::PRESETS;
use hedgerow_risk::number::{Cash, Price, Quantity, Value};
use hedgerow_testing::World;
use hedgerow_testing::replay::{Replay, replay};
use hedgerow_vm::exchange::Exchange;
use hedgerow_vm::operations::shipped_model;
use std::collections::BTreeMap;

/// In all.
const PORTFOLIOS: u64 = 1_000;

#[test]
fn native_simulated_and_real_give_the_same_bits() {
    let codes = codes();
    let mut dice = Dice(0x9e37_79b9_7f4a_7c15);
    for (at, preset) in PRESETS.iter().enumerate() {
        let setup = shipped_model(preset.name, 8);
        let exchange = Exchange::open(&codes, &setup).unwrap();
        let mut world = World::new(&setup);
        let params = world.params();
        let model = params.model.clone().validate().unwrap();
        for number in (1..=PORTFOLIOS).filter(|number| number % PRESETS.len() as u64 == at as u64) {
            let (account, view) = dice.account(&exchange, number);
            let (key, value) = (keys::account(AccountId(number)), account.encode());
            exchange.chain.put(&exchange.margin, &key, &value).unwrap();
            let margin = world.margin.clone();
            world.app.contract_storage_mut(&margin).set(&key, &value);

            let question = QueryMsg::Margin {
                account: AccountId(number),
            };
            let question = to_json_binary(&question).unwrap();
            let (real, _) = exchange.chain.query_json(&exchange.margin, &question).unwrap();
            let request = WasmQuery::Smart {
                contract_addr: world.margin.to_string(),
                msg: question,
            };
            let request = to_json_vec(&cosmwasm_std::QueryRequest::<cosmwasm_std::Empty>::Wasm(request)).unwrap();
            let simulated = world.app.raw_query(&request).unwrap().unwrap();
            assert_eq!(real, simulated, "{}, portfolio {number}", preset.name);

            let native = replay(&world, &params, &model, &view);
            says_the_same(&from_json(&real).unwrap(), &native, preset.name);
        }
    }
}

/// Every computed number of the answer.
fn says_the_same(answer: &MarginResponse, native: &Replay, model: &str) {
    let (standing, found) = (&native.standing, &native.assessment);
    let computed = [
        (answer.equity, standing.equity),
        (answer.initial_margin, standing.initial_margin),
        (answer.maintenance_margin, standing.maintenance_margin),
        (answer.option_value, standing.option_value),
        (answer.unrealised, standing.unrealised),
        (answer.scan, found.scan),
    ];
    let scenarios = answer.scenarios.iter().copied().zip(found.scenarios.iter().copied());
    assert_eq!(answer.scenarios.len(), found.scenarios.len());
    for (answered, computed) in computed.into_iter().chain(scenarios) {
        assert_eq!(
            answered.to_string(),
            computed.to_string(),
            "{model}, account {}",
            answer.account
        );
    }
    assert_eq!(answer.worst_scenario as usize, found.worst_scenario);
    let parts: Vec<(Instrument, String)> = found
        .contributions
        .iter()
        .filter_map(|part| match part.holding {
            Holding::Leg(instrument) => Some((instrument, part.netted.to_string())),
            _ => None,
        })
        .collect();
    let answered: Vec<(Instrument, String)> = answer
        .legs
        .iter()
        .map(|leg| (leg.instrument, leg.contribution.to_string()))
        .collect();
    assert_eq!(answered, parts, "{model}, account {}", answer.account);
    // Rounding to the wire's 18 decimals hides nothing that matters: a value's last bit is 5e-20.
    assert!(found.scan >= Value::ZERO);
}

/// Numbers that are the same on every machine: xorshift.
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) % end
    }

    /// Up to 32 legs on both underlyings, now and then 128: perpetuals, futures, options from a tenth of the index to ten
    /// times; half of the numbers round, half with all their digits.
    fn account(&mut self, exchange: &Exchange, number: u64) -> (Account, AccountResponse) {
        let legs = if self.below(50) == 0 { 128 } else { 1 + self.below(32) };
        let underlyings: Vec<(Symbol, Vec<Day>, Price)> = exchange
            .view
            .iter()
            .map(|(symbol, seen)| (*symbol, exchange.days(&symbol.to_string()).unwrap(), seen.index))
            .collect();
        let mut series: BTreeMap<(u8, Option<Day>), Series> = BTreeMap::new();
        for _ in 0..legs {
            let which = self.below(underlyings.len() as u64) as usize;
            let (_, days, index) = &underlyings[which];
            let kind = self.below(8);
            let day = days[self.below(days.len() as u64) as usize];
            let key = (which as u8, Some(day).filter(|_| kind > 0));
            let own = series.entry(key).or_insert_with(|| Series {
                underlying: key.0,
                day: key.1,
                linear: None,
                options: Vec::new(),
            });
            match kind {
                0 | 1 => own.linear = Some(self.linear(*index)),
                _ => own.options.push(self.option(*index)),
            }
        }
        let series = series.into_values().map(|mut own| {
            own.options.sort_by_key(OptionLeg::key);
            own.options.dedup_by_key(|leg| leg.key());
            own
        });
        let account = Account {
            sequence: number,
            position_nonce: self.below(1_000),
            cash: Cash::new(i128::from(self.below(2_000_000_000_000)) - 500_000_000_000).unwrap(),
            series: series.collect(),
            ..Account::default()
        };
        let view = AccountResponse {
            account: AccountId(number),
            owner: String::new(),
            sequence: account.sequence,
            position_nonce: account.position_nonce,
            cash: account.cash,
            clock: account.clock,
            legs: views(&account, |number| underlyings[usize::from(number)].0),
        };
        (account, view)
    }

    fn quantity(&mut self) -> Quantity {
        let size = if self.below(2) == 0 {
            (1 + self.below(400)) as i64 * 5_000_000
        } else {
            1 + self.below(5_000_000_000) as i64
        };
        Quantity::new(if self.below(2) == 0 { size } else { -size }).unwrap()
    }

    fn strike(&mut self, index: Price) -> Price {
        let tenths = index.steps() / 10;
        let widest = if self.below(10) == 0 { 99 } else { 20 };
        let steps = tenths + self.below(widest * tenths);
        let round = if self.below(2) == 0 { 1 } else { 50 * 100_000_000 };
        Price::new((steps / round).max(1) * round).unwrap()
    }

    fn option(&mut self, index: Price) -> OptionLeg {
        OptionLeg {
            strike: self.strike(index),
            right: if self.below(2) == 0 { Right::Call } else { Right::Put },
            quantity: self.quantity(),
        }
    }

    fn linear(&mut self, index: Price) -> Linear {
        let quantity = self.quantity();
        // Bought within a tenth of the index.
        let price = index.steps() / 10 * 9 + self.below(index.steps() / 5);
        let cost = i128::from(quantity.steps()) * i128::from(price) / 10_000_000_000;
        Linear {
            quantity,
            cost: Cash::new(cost).unwrap(),
            funding: 0,
        }
    }
}

/// An account's legs as the contract would show them.
fn views(account: &Account, symbol: impl Fn(u8) -> Symbol) -> Vec<LegView> {
    let mut legs = Vec::new();
    for series in &account.series {
        let underlying = symbol(series.underlying);
        if let Some(leg) = &series.linear {
            let instrument = match series.day {
                None => Instrument::perpetual(underlying),
                Some(day) => Instrument::future(underlying, day),
            };
            legs.push(LegView {
                instrument,
                quantity: leg.quantity,
                cost: Some(leg.cost),
            });
        }
        for leg in &series.options {
            let instrument = Instrument::option(underlying, series.day.unwrap(), leg.strike, leg.right);
            legs.push(LegView {
                instrument,
                quantity: leg.quantity,
                cost: None,
            });
        }
    }
    legs
}

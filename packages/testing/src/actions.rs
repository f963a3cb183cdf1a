//! The verbs of a story. Amounts are base units unless they are called tokens.

use crate::setup::base;
use crate::story::{Story, Trader};
use crate::world::World;
use cosmwasm_std::Event;
use hedgerow_interface::AccountId;
use hedgerow_interface::fill::LegFill;
use hedgerow_interface::margin::{ExecuteMsg, Fill, Takeover};
use hedgerow_risk::instrument::Instrument;
use hedgerow_risk::number::{Price, Ratio};

impl Story {
    /// Pays from the trader's purse into its account.
    pub fn deposits(&mut self, trader: Trader, units: u128) -> Vec<Event> {
        let account = trader.account;
        let sender = self.address(trader);
        self.send(&sender, &ExecuteMsg::Deposit { account }, &World::coins(units))
    }

    /// Takes out of the trader's account.
    pub fn withdraws(&mut self, trader: Trader, units: i128) -> Vec<Event> {
        let message = ExecuteMsg::Withdraw {
            account: trader.account,
            amount: base(units),
        };
        let sender = self.address(trader);
        self.send(&sender, &message, &[])
    }

    /// Moves quote tokens between accounts; the first one's owner asks.
    pub fn transfers(&mut self, from: Trader, to: Trader, units: i128) -> Vec<Event> {
        let message = ExecuteMsg::Transfer {
            from: from.account,
            to: to.account,
            amount: base(units),
        };
        let sender = self.address(from);
        self.send(&sender, &message, &[])
    }

    /// The first trader buys from the second, through the venue: "BTC-PERP 1@60000, BTC-28MAR25-60000-C 2@mark". A
    /// price of "mark" is the mark to the next cent.
    pub fn buys(&mut self, taker: Trader, maker: Trader, legs: &str) -> Vec<Event> {
        let fill = self.fill(taker, maker, legs);
        self.matches(vec![fill])
    }

    /// The first trader sells to the second: quantities are what is sold.
    pub fn sells(&mut self, taker: Trader, maker: Trader, legs: &str) -> Vec<Event> {
        let mut fill = self.fill(taker, maker, legs);
        for leg in &mut fill.legs {
            leg.quantity = -leg.quantity;
        }
        self.matches(vec![fill])
    }

    /// A fill of legs as text, in the taker's sign.
    pub fn fill(&self, taker: Trader, maker: Trader, legs: &str) -> Fill {
        Fill {
            taker: taker.account,
            maker: maker.account,
            legs: self.legs(legs),
        }
    }

    /// Legs as text, separated by commas; "@mark" is the mark to the next cent.
    pub fn legs(&self, legs: &str) -> Vec<LegFill> {
        legs.split(',')
            .map(|leg| {
                let leg = leg.trim();
                let text = match leg.strip_suffix("@mark") {
                    None => leg.to_owned(),
                    Some(head) => {
                        let name = head.split(' ').next().expect("an instrument");
                        format!("{head}@{}", self.mark(name))
                    }
                };
                text.parse().unwrap_or_else(|error| panic!("{error}"))
            })
            .collect()
    }

    /// The mark of an instrument to the next cent.
    pub fn mark(&self, instrument: &str) -> Price {
        let instrument: Instrument = instrument.parse().expect("an instrument");
        let cents = self.world.mark(&instrument).to_decimal_floor(3).expect("a price");
        let cents = (cents + 5).div_euclid(10).max(1);
        Price::new(u64::try_from(cents).expect("a price") * 1_000_000).expect("a price in range")
    }

    /// The venue submits fills.
    pub fn matches(&mut self, fills: Vec<Fill>) -> Vec<Event> {
        let venue = self.world.venue.clone();
        self.send(&venue, &ExecuteMsg::Match { fills }, &[])
    }

    /// Somebody settles accounts.
    pub fn settles(&mut self, traders: &[Trader]) -> Vec<Event> {
        let accounts: Vec<AccountId> = traders.iter().map(|trader| trader.account).collect();
        let anyone = self.world.address("anyone");
        self.send(&anyone, &ExecuteMsg::Settle { accounts }, &[])
    }

    /// The liquidator starts or ends the clock of an account, and takes nothing.
    pub fn starts_clock(&mut self, liquidator: Trader, of: Trader) -> Vec<Event> {
        self.liquidation(liquidator, of, None)
    }

    /// Time passes while the liquidator keeps an account's clock alive: a call at least every ten minutes.
    pub fn watches(&mut self, liquidator: Trader, of: Trader, seconds: u64) {
        let mut left = seconds;
        while left > 0 {
            let step = left.min(600);
            self.later(step);
            self.starts_clock(liquidator, of);
            left -= step;
        }
    }

    /// The liquidator takes as much of an account as it may.
    pub fn liquidates(&mut self, liquidator: Trader, of: Trader) -> Vec<Event> {
        self.takes(liquidator, of, None, 0, None)
    }

    /// The liquidator takes a slice under conditions of its own.
    pub fn takes(
        &mut self,
        liquidator: Trader,
        of: Trader,
        max_fraction: Option<Ratio>,
        min_equity_received: i128,
        expected_position_nonce: Option<u64>,
    ) -> Vec<Event> {
        let take = Takeover {
            max_fraction,
            min_equity_received: base(min_equity_received),
            expected_position_nonce,
        };
        self.liquidation(liquidator, of, Some(take))
    }

    fn liquidation(&mut self, liquidator: Trader, of: Trader, take: Option<Takeover>) -> Vec<Event> {
        let message = ExecuteMsg::Liquidate {
            account: of.account,
            liquidator: liquidator.account,
            take,
        };
        let sender = self.address(liquidator);
        self.send(&sender, &message, &[])
    }

    /// Somebody gives to the insurance fund.
    pub fn funds_insurance(&mut self, from: Trader, units: u128) -> Vec<Event> {
        let sender = self.address(from);
        self.send(&sender, &ExecuteMsg::FundInsurance {}, &World::coins(units))
    }

    /// The owner of the contract sends a message.
    pub fn owner_sends(&mut self, message: &ExecuteMsg) -> Vec<Event> {
        let owner = self.world.owner.clone();
        self.send(&owner, message, &[])
    }
}

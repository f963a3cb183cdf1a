//! Delegations: scopes, expiry, loss budget.

use hedgerow_interface::event::{Delegated, Revoked};
use hedgerow_interface::margin::{Delegation, ExecuteMsg, Scope};
use hedgerow_testing::story::find;
use hedgerow_testing::{Story, Trader, World, days};

fn revokes(story: &mut Story, trader: Trader, delegate: &str) -> Vec<cosmwasm_std::Event> {
    let message = ExecuteMsg::Revoke {
        account: trader.account,
        delegate: delegate.to_owned(),
    };
    let sender = story.address(trader);
    story.send(&sender, &message, &[])
}

fn budget(story: &Story, trader: Trader) -> String {
    let items = story.world.delegations(trader.account).items;
    let venue = story.world.venue.to_string();
    let found = items.iter().find(|item| item.delegate == venue).unwrap();
    found.loss_budget.to_string()
}

#[test]
fn a_later_delegation_replaces_an_earlier_one() {
    let mut story = Story::new();
    let alice = story.trader("alice", 1_000);
    let friend = story.world.address("friend").to_string();
    let now = story.world.now();
    let given: Delegated = find(&story.delegates(alice, &friend, &[Scope::Deposit], 5)).unwrap();
    assert_eq!((given.account, given.expires), (alice.account, now + days(1_000)));
    assert_eq!(
        (given.delegate, given.loss_budget.to_string()),
        (friend.clone(), "5000000".to_owned())
    );
    story.delegates(alice, &friend, &[Scope::Trade, Scope::Deposit], 7);
    let answer = story.world.delegations(alice.account);
    assert_eq!(answer.owner, story.address(alice).to_string());
    assert_eq!(answer.items.len(), 2); // the venue's and the friend's
    let item = answer.items.iter().find(|item| item.delegate == friend).unwrap();
    assert_eq!(item.scopes, [Scope::Deposit, Scope::Trade]);
    assert_eq!(item.loss_budget.to_string(), "7000000");

    let taken: Revoked = find(&revokes(&mut story, alice, &friend)).unwrap();
    assert_eq!(taken.delegate, friend);
    assert_eq!(story.world.delegations(alice.account).items.len(), 1);
    story.expect_error("out_of_range", |s| {
        revokes(s, alice, &friend);
    });
}

#[test]
fn a_scope_is_needed_and_enough() {
    let mut story = Story::new();
    let alice = story.trader("alice", 1_000);
    let maker = story.trader("maker", 100_000);
    let friend = story.person("friend", 10_000_000);
    let deposit = ExecuteMsg::Deposit { account: alice.account };
    let pay = |s: &mut Story| s.send(&friend, &deposit, &World::coins(1_000_000));
    story.expect_error("unauthorised", |s| {
        pay(s);
    });
    story.delegates(alice, friend.as_str(), &[Scope::Trade], 5);
    story.expect_error("unauthorised", |s| {
        pay(s);
    });
    story.delegates(alice, friend.as_str(), &[Scope::Deposit], 5);
    pay(&mut story);
    assert_eq!(story.cash(alice), 1_001_000_000);

    let venue = story.world.venue.to_string();
    story.delegates(alice, &venue, &[Scope::Deposit], 1_000);
    story.expect_error("unauthorised", |s| {
        s.buys(alice, maker, "BTC-PERP 0.001@60000");
    });
    story.delegates(alice, &venue, &[Scope::Trade], 1_000);
    story.buys(alice, maker, "BTC-PERP 0.001@60000");
    revokes(&mut story, alice, &venue);
    story.expect_error("unauthorised", |s| {
        s.buys(alice, maker, "BTC-PERP 0.001@60000");
    });
    // On the other side of the fill as well.
    story.expect_error("unauthorised", |s| {
        s.buys(maker, alice, "BTC-PERP 0.001@60000");
    });
}

#[test]
fn a_delegation_ends() {
    let mut story = Story::new();
    let alice = story.trader("alice", 1_000);
    let maker = story.trader("maker", 100_000);
    let delegation = Delegation {
        delegate: story.world.venue.to_string(),
        scopes: vec![Scope::Trade],
        expires: story.world.now() + 10,
        loss_budget: "0".parse().unwrap(),
    };
    story.delegation(alice, delegation);
    story.later(9);
    story.buys(alice, maker, "BTC-PERP 0.001@60000");
    story.later(1);
    let text = story.expect_error("delegation_expired", |s| {
        s.sells(alice, maker, "BTC-PERP 0.001@60000");
    });
    let now = story.world.now();
    assert!(text.contains(&format!("ended at {now}")), "{text}");
}

/// The mark is 60,000. Paying 60,600 for one gives 600 away, 60,800 for a half gives 400.
#[test]
fn a_budget_is_spent_and_never_refilled() {
    let mut story = Story::new();
    let alice = story.trader("alice", 100_000);
    let maker = story.trader("maker", 1_000_000);
    let venue = story.world.venue.to_string();
    story.delegates(alice, &venue, &[Scope::Trade], 1_000);

    story.buys(alice, maker, "BTC-PERP 1@60600");
    assert_eq!(budget(&story, alice), "400000000");
    // Sold at 60,600: 600 gained, nothing given back.
    story.sells(alice, maker, "BTC-PERP 1@60600");
    assert_eq!(budget(&story, alice), "400000000");
    // 0.50001 * 800 = 400.008
    let text = story.expect_error("loss_budget", |s| {
        s.buys(alice, maker, "BTC-PERP 0.50001@60800");
    });
    assert!(text.contains("400008000") && text.contains("400000000"), "{text}");
    story.buys(alice, maker, "BTC-PERP 0.5@60800");
    assert_eq!(budget(&story, alice), "0");
    // A fill at the mark needs no budget, one a hair off does: 1e-8 contract at 60,200 is 602 units, 2 above the mark.
    story.sells(alice, maker, "BTC-PERP 0.5@60000");
    let text = story.expect_error("loss_budget", |s| {
        s.buys(alice, maker, "BTC-PERP 0.00000001@60200");
    });
    assert!(text.contains("gives away 2 against"), "{text}");
}

/// What was spent belongs to one delegation: neither its renewal nor another delegate inherits it, and others keep theirs.
#[test]
fn what_was_spent_ends_with_its_delegation() {
    let mut story = Story::new();
    let alice = story.trader("alice", 100_000);
    let maker = story.trader("maker", 1_000_000);
    let venue = story.world.venue.to_string();
    let [first, second] = ["first", "second"].map(|name| story.world.address(name).to_string());
    let left = |s: &Story, delegate: &str| {
        let items = s.world.delegations(alice.account).items;
        let found = items.iter().find(|item| item.delegate == delegate).unwrap();
        found.loss_budget.to_string()
    };
    story.delegates(alice, &first, &[Scope::Trade], 5);
    story.delegates(alice, &venue, &[Scope::Trade], 1_000);
    story.buys(alice, maker, "BTC-PERP 1@60600");
    assert_eq!(
        (left(&story, &venue), left(&story, &first)),
        ("400000000".to_owned(), "5000000".to_owned())
    );
    story.delegates(alice, &venue, &[Scope::Trade], 1_000);
    assert_eq!(left(&story, &venue), "1000000000");
    story.buys(alice, maker, "BTC-PERP 1@60600");
    // Another's delegation ends and begins while the venue's goes on.
    revokes(&mut story, alice, &first);
    story.delegates(alice, &second, &[Scope::Trade], 9);
    assert_eq!(
        (left(&story, &venue), left(&story, &second)),
        ("400000000".to_owned(), "9000000".to_owned())
    );
    // The venue's number is free for the next one.
    revokes(&mut story, alice, &venue);
    story.delegates(alice, &first, &[Scope::Trade], 700);
    assert_eq!(
        (left(&story, &first), left(&story, &second)),
        ("700000000".to_owned(), "9000000".to_owned())
    );
    story.delegates(alice, &venue, &[Scope::Trade], 300);
    assert_eq!(left(&story, &venue), "300000000");
}

#[test]
fn legs_of_one_fill_are_judged_together() {
    let mut story = Story::new();
    let alice = story.trader("alice", 100_000);
    let maker = story.trader("maker", 1_000_000);
    let venue = story.world.venue.to_string();
    story.delegates(alice, &venue, &[Scope::Trade], 0);
    // 500 too much for the perpetual, 500 too little for the future (forward 60,250): nothing given away in all.
    story.buys(alice, maker, "BTC-PERP 1@60500, BTC-28MAR25 1@59750");
    assert_eq!(budget(&story, alice), "0");
    // In two fills the first one passes the budget.
    let fills = vec![
        story.fill(alice, maker, "BTC-PERP 1@60500"),
        story.fill(alice, maker, "BTC-28MAR25 1@59750"),
    ];
    story.expect_error("loss_budget", |s| {
        s.matches(fills.clone());
    });
}

#[test]
fn a_venue_needs_no_delegation_for_its_own_accounts() {
    let mut story = Story::new();
    let alice = story.trader("alice", 1_000);
    let venue = story.world.venue.clone();
    story.world.mint(&venue, "uusdc", 1_000_000_000);
    story.person("venue", 0);
    let events = story.send(&venue, &ExecuteMsg::CreateAccount {}, &World::coins(1_000_000_000));
    let created: hedgerow_interface::event::AccountCreated = find(&events).unwrap();
    let desk = Trader {
        account: created.account,
        owner: story.number_of(&venue),
    };
    story.buys(alice, desk, "BTC-PERP 0.001@60000");
    assert_eq!(story.position(desk, "BTC-PERP"), "-0.001");
    // An owner that is no venue cannot match, not even its own accounts.
    let fills = vec![story.fill(alice, desk, "BTC-PERP 0.001@60000")];
    let address = story.address(alice);
    story.expect_error("not_a_venue", |s| {
        s.send(&address, &ExecuteMsg::Match { fills: fills.clone() }, &[]);
    });
}

#[test]
fn sixteen_delegations_and_no_more() {
    let mut story = Story::new();
    let alice = story.trader("alice", 1_000);
    for n in 1..16 {
        let friend = story.world.address(&format!("friend {n}")).to_string();
        story.delegates(alice, &friend, &[Scope::Deposit], 0);
    }
    let one_more = story.world.address("one more").to_string();
    let text = story.expect_error("too_many", |s| {
        s.delegates(alice, &one_more, &[Scope::Deposit], 0);
    });
    assert!(text.contains("17") && text.contains("16"), "{text}");
    // One of the sixteen can still be changed.
    let friend = story.world.address("friend 7").to_string();
    story.delegates(alice, &friend, &[Scope::Trade], 3);
}

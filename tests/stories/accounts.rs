//! Create, deposit, withdraw, transfer.

use cosmwasm_std::Uint256;
use hedgerow_interface::event::{AccountCreated, Deposited, Transferred, Withdrawn};
use hedgerow_interface::margin::{ExecuteMsg, Scope};
use hedgerow_testing::story::find;
use hedgerow_testing::{Story, World};

const USD: u128 = 1_000_000;

#[test]
fn accounts_are_counted_from_one() {
    let mut story = Story::new();
    let alice = story.person("alice", 10 * USD);
    let events = story.send(&alice, &ExecuteMsg::CreateAccount {}, &[]);
    let first: AccountCreated = find(&events).unwrap();
    assert_eq!(
        (first.account.0, first.sequence, first.owner),
        (1, 1, alice.to_string())
    );
    assert_eq!(find::<Deposited>(&events), None);

    let events = story.send(&alice, &ExecuteMsg::CreateAccount {}, &World::coins(10 * USD));
    let (second, deposit): (AccountCreated, Deposited) = (find(&events).unwrap(), find(&events).unwrap());
    assert_eq!(second.account.0, 2);
    assert_eq!((deposit.account.0, deposit.sequence), (2, 1));
    assert_eq!(deposit.amount.to_string(), "10000000");
    assert_eq!(story.world.account(second.account).owner, alice.to_string());
    assert_eq!(story.world.purse(&alice), Uint256::zero());
}

#[test]
fn a_deposit_and_a_withdrawal() {
    let mut story = Story::new();
    let alice = story.trader("alice", 1_000);
    let deposit: Deposited = find(&story.deposits(alice, 500 * USD)).unwrap();
    // Opened, delegated, paid in.
    assert_eq!((deposit.account, deposit.sequence), (alice.account, 3));
    assert_eq!(story.cash(alice), 1_500_000_000);

    let events = story.withdraws(alice, 1_500_000_000);
    let out: Withdrawn = find(&events).unwrap();
    assert_eq!((out.account, out.sequence), (alice.account, 4));
    assert_eq!((out.amount, out.paid), (out.paid, "1500000000".parse().unwrap()));
    assert_eq!(out.debt.to_string(), "0");
    assert_eq!(story.cash(alice), 0);
    // 2,000 tokens in her purse at first, all of them back.
    let purse = story.world.purse(&story.address(alice));
    assert_eq!(purse, Uint256::from(2_000 * USD));
}

#[test]
fn more_than_there_is_stays() {
    let mut story = Story::new();
    let alice = story.trader("alice", 1_000);
    let text = story.expect_error("negative_cash", |s| {
        s.withdraws(alice, 1_000_000_001);
    });
    assert!(text.contains("account 1") && text.contains("-0.000001"), "{text}");
}

#[test]
fn only_the_owner_takes_out() {
    let mut story = Story::new();
    let alice = story.trader("alice", 1_000);
    let bob = story.trader("bob", 1_000);
    let venue = story.world.venue.clone();
    story.delegates(alice, venue.as_str(), &[Scope::Deposit, Scope::Trade], 1_000);
    let take = ExecuteMsg::Withdraw {
        account: alice.account,
        amount: "1".parse().unwrap(),
    };
    for thief in [story.address(bob), venue, story.world.owner.clone()] {
        let text = story.expect_error("unauthorised", |s| {
            s.send(&thief, &take, &[]);
        });
        assert!(text.contains(thief.as_str()), "{text}");
    }
}

#[test]
fn own_accounts_share() {
    let mut story = Story::new();
    let alice = story.trader("alice", 1_000);
    let second = story.second_account(alice, 0);
    let bob = story.trader("bob", 1_000);
    let moved: Transferred = find(&story.transfers(alice, second, 400_000_000)).unwrap();
    assert_eq!((moved.from_sequence, moved.to_sequence), (3, 3));
    assert_eq!(story.cash(alice), 600_000_000);
    assert_eq!(story.cash(second), 400_000_000);

    for (from, to) in [(alice, bob), (bob, alice)] {
        story.expect_error("unauthorised", |s| {
            let message = ExecuteMsg::Transfer {
                from: from.account,
                to: to.account,
                amount: "1".parse().unwrap(),
            };
            let sender = s.address(alice);
            s.send(&sender, &message, &[]);
        });
    }
    story.expect_error("same_account", |s| {
        s.transfers(alice, alice, 1);
    });
    story.expect_error("negative_cash", |s| {
        s.transfers(second, alice, 400_000_001);
    });
}

#[test]
fn what_else_is_sent_along_is_refused() {
    let mut story = Story::new();
    let alice = story.trader("alice", 1_000);
    let address = story.address(alice);
    story.world.mint(&address, "uatom", 1_000);
    let wrong = vec![cosmwasm_std::coin(5u128, "uatom")];
    let both = vec![wrong[0].clone(), World::coins(5 * USD)[0].clone()];
    let deposit = ExecuteMsg::Deposit { account: alice.account };
    for (message, funds) in [
        (ExecuteMsg::CreateAccount {}, wrong.clone()),
        (deposit.clone(), wrong.clone()),
        (deposit.clone(), both),
        (deposit, vec![]),
        (ExecuteMsg::FundInsurance {}, wrong.clone()),
        (ExecuteMsg::FundInsurance {}, vec![]),
    ] {
        story.expect_error("payment", |s| {
            s.send(&address, &message, &funds);
        });
    }
    assert_eq!(
        story.world.app.wrap().query_balance(&address, "uatom").unwrap().amount,
        Uint256::from(1_000u128)
    );
}

#[test]
fn a_deposit_has_a_least_and_a_most() {
    let mut story = Story::new();
    let alice = story.trader("alice", 1_000);
    let text = story.expect_error("out_of_range", |s| {
        s.deposits(alice, 999_999);
    });
    assert!(text.contains("999999") && text.contains("at least 1000000"), "{text}");
    story.expect_error("out_of_range", |s| {
        s.funds_insurance(alice, 1);
    });
    // 2^96 base units are the most that the arithmetic takes: 79,228,162,514,264,337,593,543,950,336.
    let whale = story.person("whale", 1 << 97);
    let account = alice.account;
    let text = story.expect_error("number_out_of_range", |s| {
        s.send(&whale, &ExecuteMsg::Deposit { account }, &World::coins((1 << 96) + 1));
    });
    assert!(text.contains("79228162514264337593543950337"), "{text}");
    story.expect_error("number_out_of_range", |s| {
        s.send(&whale, &ExecuteMsg::FundInsurance {}, &World::coins((1 << 96) + 1));
    });
    story.expect_error("unauthorised", |s| {
        s.send(&whale, &ExecuteMsg::Deposit { account }, &World::coins(USD));
    });
}

/// Values are reckoned in 64.64 bits: an account may hold 2^62 = 4,611,686,018,427,387,904 tokens and no more, or it could
/// not be valued and its owner could not take them out again.
#[test]
fn what_could_not_be_valued_does_not_come_in() {
    let mut story = Story::new();
    let whale = story.person("whale", 1 << 96);
    let most = (1u128 << 62) * USD;
    let text = story.expect_error("out_of_range", |s| {
        s.send(&whale, &ExecuteMsg::CreateAccount {}, &World::coins(most + 1));
    });
    assert!(
        text.contains("cash 4611686018427387904000001: must be at most"),
        "{text}"
    );
    let events = story.send(&whale, &ExecuteMsg::CreateAccount {}, &World::coins(most));
    let account = find::<AccountCreated>(&events).unwrap().account;
    story.expect_error("out_of_range", |s| {
        s.send(&whale, &ExecuteMsg::Deposit { account }, &World::coins(USD));
    });
    let amount = most.to_string().parse().unwrap();
    story.send(&whale, &ExecuteMsg::Withdraw { account, amount }, &[]);
}

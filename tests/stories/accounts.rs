//! Create, deposit, withdraw, transfer.

use hedgerow_testing::Story;

#[test]
fn a_deposit_and_a_withdrawal() {
    let mut story = Story::new();
    let alice = story.trader("alice", 1_000);
    story.deposits(alice, 500_000_000);
    assert_eq!(story.cash(alice), 1_500_000_000);
    story.withdraws(alice, 1_500_000_000);
    assert_eq!(story.cash(alice), 0);
}

#[test]
fn more_than_there_is_stays() {
    let mut story = Story::new();
    let alice = story.trader("alice", 1_000);
    let text = story.expect_error("negative_cash", |s| {
        s.withdraws(alice, 1_000_000_001);
    });
    assert!(text.contains("-0.000001"), "{text}");
}

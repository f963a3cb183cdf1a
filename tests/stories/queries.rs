//! Answers and their pages.

use hedgerow_interface::AccountId;
use hedgerow_interface::margin::{AccountsResponse, ExecuteMsg, Health, QueryMsg};
use hedgerow_testing::{Story, World};

#[test]
fn accounts_come_in_pages() {
    let mut story = Story::new();
    story.checking = false;
    let alice = story.person("alice", 300_000_000);
    for _ in 0..131 {
        story.send(&alice, &ExecuteMsg::CreateAccount {}, &World::coins(1_000_000));
    }
    story.check();
    let page = |start_after, limit| -> AccountsResponse {
        story.world.query(&QueryMsg::Accounts { start_after, limit }).unwrap()
    };
    let ids = |answer: &AccountsResponse| -> Vec<u64> { answer.items.iter().map(|item| item.account.0).collect() };
    let first = page(None, None);
    assert_eq!(ids(&first), (1..=30).collect::<Vec<_>>());
    assert_eq!(first.next, Some(AccountId(30)));
    let wide = page(Some(AccountId(30)), Some(1_000));
    assert_eq!(ids(&wide), (31..=130).collect::<Vec<_>>());
    assert_eq!(wide.next, Some(AccountId(130)));
    let last = page(wide.next, Some(100));
    assert_eq!((ids(&last), last.next), (vec![131], None));
    assert_eq!(page(Some(AccountId(131)), None).items, []);
    assert_eq!(page(Some(AccountId(u64::MAX)), None).items, []);
    assert_eq!(story.world.accounts().len(), 131);
}

#[test]
fn an_unknown_account_is_named() {
    let story = Story::new();
    let account = AccountId(7);
    for question in [
        QueryMsg::Account { account },
        QueryMsg::Margin { account },
        QueryMsg::Delegations { account },
    ] {
        let refusal = story.world.query::<serde_json::Value>(&question).unwrap_err();
        assert!(refusal.text.contains("unknown_account: account 7"), "{refusal}");
    }
}

#[test]
fn an_account_without_legs_needs_no_prices() {
    let mut story = Story::new();
    let alice = story.trader("alice", 1_000);
    story.silence(1_000_000);
    let margin = story.margin(alice);
    assert_eq!(margin.health, Health::Healthy);
    assert_eq!(margin.equity.to_string(), "1000");
    assert_eq!(margin.initial_margin.to_string(), "0");
    assert_eq!(margin.withdrawable.to_string(), "1000000000");
    story.withdraws(alice, 1_000_000_000);
}

#[test]
fn an_answer_says_what_it_rests_on() {
    let mut story = Story::new();
    let alice = story.trader("alice", 100_000);
    let maker = story.trader("maker", 100_000);
    story.buys(alice, maker, "BTC-PERP 0.1@60000, ETH-PERP 1@3000");
    let reported = story.world.now();
    story.silence(60);
    let margin = story.margin(alice);
    assert_eq!((margin.tape_time, margin.time), (reported, reported + 60));
    assert_eq!(margin.params_version, story.world.params().version);
    assert_eq!(margin.model_hash, story.world.params().model_hash);
    assert_eq!(margin.sequence, story.world.account(alice.account).sequence);
    assert_eq!(margin.scenarios.len(), story.world.params().model.scenarios.len());
}

/// Every variant, malformed or out of range: an error that names the field, or what is known instead of it.
#[test]
fn bad_questions_are_told_apart() {
    let story = Story::new();
    for (question, says) in [
        (r#"{"params":{"surplus":1}}"#, "surplus"),
        (r#"{"params":[1]}"#, ""),
        (r#"{"account":{}}"#, "account"),
        (r#"{"account":{"account":0}}"#, "unknown_account: account 0"),
        (r#"{"account":{"account":-1}}"#, "-1"),
        (r#"{"account":{"account":"1"}}"#, "string \"1\""),
        (r#"{"account":{"account":1,"surplus":1}}"#, "surplus"),
        (r#"{"accounts":{"limit":-1}}"#, "-1"),
        (r#"{"accounts":{"limit":4294967296}}"#, "4294967296"),
        (r#"{"accounts":{"start_after":1.5}}"#, "1.5"),
        (r#"{"accounts":{"surplus":1}}"#, "surplus"),
        (
            r#"{"margin":{"account":18446744073709551615}}"#,
            "account 18446744073709551615",
        ),
        (r#"{"margin":{"account":18446744073709551616}}"#, ""),
        (r#"{"margin":{}}"#, "account"),
        (r#"{"margin_batch":{"accounts":[]}}"#, "empty: accounts"),
        (r#"{"margin_batch":{"accounts":[9]}}"#, "unknown_account: account 9"),
        (r#"{"margin_batch":{"accounts":9}}"#, "9"),
        (r#"{"margin_batch":{"accounts":["1"]}}"#, "string \"1\""),
        (r#"{"margin_batch":{}}"#, "accounts"),
        (r#"{"liquidatable":{"start_after":-1}}"#, "-1"),
        (r#"{"liquidatable":{"limit":"all"}}"#, "all"),
        (r#"{"liquidatable":{"surplus":1}}"#, "surplus"),
        (r#"{"risk_vector":{"account":9}}"#, "unknown_account: account 9"),
        (r#"{"risk_vector":{}}"#, "account"),
        (
            r#"{"preview_trade":{"account":9,"legs":["BTC-PERP 1@60000"]}}"#,
            "unknown_account: account 9",
        ),
        (r#"{"preview_trade":{"account":9,"legs":["BTC-PERP 1"]}}"#, "BTC-PERP 1"),
        (r#"{"preview_trade":{"account":9,"legs":"BTC-PERP 1@60000"}}"#, ""),
        (r#"{"preview_trade":{"account":9}}"#, "legs"),
        (r#"{"preview_liquidation":{"account":9}}"#, "unknown_account: account 9"),
        (
            r#"{"preview_liquidation":{"account":9,"liquidator":9}}"#,
            "same_account: account 9",
        ),
        (r#"{"preview_liquidation":{"account":9,"liquidator":"me"}}"#, "me"),
        (r#"{"preview_liquidation":{"account":9,"surplus":1}}"#, "surplus"),
        (r#"{"delegations":{"account":9}}"#, "unknown_account: account 9"),
        (r#"{"delegations":{"account":null}}"#, "null"),
        (r#"{"venues":{"start_after":""}}"#, ""),
        (r#"{"venues":{"start_after":7}}"#, "7"),
        (r#"{"venues":{"limit":"ten"}}"#, "ten"),
        (r#"{"insurance":{"surplus":1}}"#, "surplus"),
        (r#"{"insurance":7}"#, "7"),
        (r#"{"books":{"surplus":1}}"#, "surplus"),
        (r#"{"books":{}"#, ""),
        (r#"{"unknown":{}}"#, "unknown"),
        (r#"{"params":{},"books":{}}"#, ""),
        ("", ""),
    ] {
        let told = match cosmwasm_std::from_json::<QueryMsg>(question) {
            Err(malformed) => malformed.to_string(),
            Ok(asked) => match story.world.query::<serde_json::Value>(&asked) {
                Err(refusal) => refusal.text,
                Ok(answer) => panic!("{question}: {answer}"),
            },
        };
        assert!(told.contains(says), "{question}: {told}");
    }
}

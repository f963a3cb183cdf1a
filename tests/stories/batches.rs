//! Many accounts at once: batches, pages of those in trouble, and scenario vectors for others to compose.

use hedgerow_interface::AccountId;
use hedgerow_interface::margin::{LiquidatableResponse, MarginBatchResponse, QueryMsg, RiskVectorResponse};
use hedgerow_risk::assess::assess;
use hedgerow_risk::model::ValidModel;
use hedgerow_risk::number::Value;
use hedgerow_risk::portfolio::Portfolio;
use hedgerow_testing::{Setup, Story, Trader};

/// Three accounts with options, futures and perpetuals on two underlyings, one without legs.
fn street() -> (Story, Vec<Trader>) {
    let mut story = Story::new();
    let maker = story.trader("maker", 2_000_000);
    let alice = story.trader("alice", 50_000);
    let bob = story.trader("bob", 80_000);
    let carol = story.trader("carol", 7);
    let mark = |story: &Story, instrument: &str| story.mark(instrument).to_string();
    let (call, put) = (mark(&story, "BTC-28MAR25-60000-C"), mark(&story, "BTC-28MAR25-60000-P"));
    story.buys(
        alice,
        maker,
        &format!("BTC-28MAR25-60000-C -0.5@{call}, BTC-28MAR25-60000-P -0.5@{put}"),
    );
    story.buys(
        bob,
        maker,
        &format!("BTC-28MAR25-60000-C 0.3@{call}, BTC-PERP -0.2@60000, ETH-PERP 5@3000"),
    );
    (story, vec![maker, alice, bob, carol])
}

#[test]
fn a_batch_says_what_each_margin_says() {
    let (story, traders) = street();
    let mut accounts: Vec<AccountId> = traders.iter().map(|trader| trader.account).collect();
    accounts.reverse();
    accounts.push(traders[1].account);
    let question = QueryMsg::MarginBatch {
        accounts: accounts.clone(),
    };
    let found: MarginBatchResponse = story.world.query(&question).unwrap();
    assert_eq!(found.params_version, story.world.params().version);
    assert_eq!(found.time, story.world.now());
    let asked: Vec<AccountId> = found.items.iter().map(|item| item.account).collect();
    assert_eq!(asked, accounts);
    for item in &found.items {
        let margin = story.world.margin_of(item.account).unwrap();
        assert_eq!(item.sequence, margin.sequence);
        assert_eq!(item.standing.health, margin.health);
        assert_eq!(item.standing.equity, margin.equity);
        assert_eq!(item.standing.initial_margin, margin.initial_margin);
        assert_eq!(item.standing.maintenance_margin, margin.maintenance_margin);
        assert_eq!(item.clock, None);
        assert!(found.tape_time <= margin.tape_time);
    }
}

#[test]
fn a_batch_has_one_to_fifty_accounts() {
    let (story, traders) = street();
    let ask = |accounts: Vec<AccountId>| {
        let question = QueryMsg::MarginBatch { accounts };
        story
            .world
            .query::<MarginBatchResponse>(&question)
            .map_err(|refusal| refusal.text)
    };
    assert_eq!(ask(vec![traders[0].account; 50]).unwrap().items.len(), 50);
    assert_eq!(
        ask(vec![traders[0].account; 51]),
        Err("too_many: accounts: 51, the limit is 50".to_owned())
    );
    assert_eq!(ask(Vec::new()), Err("empty: accounts must not be empty".to_owned()));
    assert_eq!(
        ask(vec![AccountId(1), AccountId(99)]),
        Err("unknown_account: account 99 does not exist".to_owned())
    );
    assert_eq!(u64::from(story.world.params().max_batch), 50);
}

/// Two of six accounts fall below their maintenance margin; a third has a clock though it is well again.
#[test]
fn those_in_trouble_are_found_page_by_page() {
    let mut story = Story::with(&Setup::plain());
    let maker = story.trader("maker", 1_000_000);
    let traders: Vec<Trader> = [1_600, 20_000, 1_600, 1_600, 20_000]
        .iter()
        .enumerate()
        .map(|(number, tokens)| story.trader(&format!("trader {number}"), *tokens))
        .collect();
    for trader in &traders {
        story.buys(*trader, maker, "BTC-PERP 0.1@60000");
    }
    let page = |story: &Story, start_after: Option<u64>, limit| -> (Vec<u64>, Option<u64>) {
        let start_after = start_after.map(AccountId);
        let question = QueryMsg::Liquidatable { start_after, limit };
        let found: LiquidatableResponse = story.world.query(&question).unwrap();
        let ids = found.items.iter().map(|item| item.account.0).collect();
        (ids, found.next.map(|id| id.0))
    };
    assert_eq!(page(&story, None, None), (vec![], None));
    // 1,600 - 600 = 1,000 under 0.2 * 5,400 = 1,080.
    story.index("BTC", "54000");
    assert_eq!(page(&story, None, None), (vec![2, 4, 5], None));
    story.starts_clock(maker, traders[0]);
    story.deposits(traders[2], 500_000_000);
    assert_eq!(page(&story, None, None), (vec![2, 5], None));
    // The clock runs until somebody looks.
    story.index("BTC", "60000");
    assert_eq!(page(&story, None, None), (vec![2], None));
    story.index("BTC", "54000");
    // Two accounts a page, whatever is found on it.
    assert_eq!(page(&story, None, Some(2)), (vec![2], Some(2)));
    assert_eq!(page(&story, Some(2), Some(2)), (vec![], Some(4)));
    assert_eq!(page(&story, Some(4), Some(2)), (vec![5], None));
    assert_eq!(page(&story, Some(6), Some(2)), (vec![], None));
    assert_eq!(page(&story, Some(u64::MAX), None), (vec![], None));
    assert_eq!(page(&story, None, Some(0)), (vec![], Some(1)));
    let items: LiquidatableResponse = story
        .world
        .query(&QueryMsg::Liquidatable {
            start_after: None,
            limit: None,
        })
        .unwrap();
    let first = &items.items[0];
    assert!(first.clock.is_some());
    assert_eq!(first.standing.equity, story.margin(traders[0]).equity);
    assert_eq!(first.position_nonce, 1);
}

/// The vectors of an account, taken by an engine as foreign vectors, give the scan of the account itself.
#[test]
fn vectors_compose() {
    let (story, traders) = street();
    let model: ValidModel = story.world.params().model.validate().unwrap();
    let vector = |trader: Trader| -> RiskVectorResponse {
        let account = trader.account;
        story.world.query(&QueryMsg::RiskVector { account }).unwrap()
    };
    for trader in &traders {
        let found = vector(*trader);
        let margin = story.margin(*trader);
        assert_eq!(
            (found.sequence, found.model_hash.clone()),
            (margin.sequence, margin.model_hash.clone())
        );
        assert_eq!((found.time, found.tape_time), (margin.time, margin.tape_time));
        for (index, pnl) in margin.scenarios.iter().enumerate() {
            let sum = found
                .vectors
                .iter()
                .fold(Value::ZERO, |sum, own| sum.saturating_add(own.pnl[index]));
            let off = pnl.saturating_sub(sum).abs();
            assert!(off < "0.000000001".parse().unwrap(), "{pnl} {sum}");
        }
        let portfolio = Portfolio {
            vectors: found.vectors,
            ..Portfolio::default()
        };
        let there = assess(&model, &story.world.market([]), &portfolio).unwrap();
        let off = there.scan.saturating_sub(margin.scan).abs();
        assert!(off < "0.000000001".parse().unwrap(), "{} {}", there.scan, margin.scan);
    }
    let symbols: Vec<String> = vector(traders[2])
        .vectors
        .iter()
        .map(|own| own.underlying.to_string())
        .collect();
    assert_eq!(symbols, ["BTC", "ETH"]);
    assert_eq!(vector(traders[3]).vectors, []);
}

//! `hedgerow oracle`: reports, the tape, and a publisher, as an operator runs them.

#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that cannot go on has failed"
)]

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Output, Stdio};
use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};

const FIXTURE: &str = include_str!("../../testing/markets/fixture.json");
/// 19 February 2025, 08:00 UTC.
const NOW: u64 = 1_739_952_000;
/// When the fixture's first expiry, 21FEB25, is over.
const FIRST: u64 = 1_740_124_800;

/// The folder of one test.
struct Room(PathBuf);

impl Room {
    fn new(name: &str) -> Self {
        let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("oracle-{name}"));
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn path(&self, name: &str) -> String {
        self.0.join(name).to_str().unwrap().to_owned()
    }

    fn write(&self, name: &str, text: &str) -> String {
        let path = self.path(name);
        fs::write(&path, text).unwrap();
        path
    }

    /// A market of BTC at a time, changed.
    fn market(&self, name: &str, time: u64, change: impl FnOnce(&mut Value)) -> String {
        self.write(name, &market(time, change))
    }
}

fn market(time: u64, change: impl FnOnce(&mut Value)) -> String {
    let mut market: Value = serde_json::from_str(FIXTURE).unwrap();
    market["time"] = json!(time);
    market["underlyings"].as_object_mut().unwrap().remove("ETH");
    change(&mut market);
    market.to_string()
}

fn index(price: &str) -> impl FnOnce(&mut Value) {
    let price = json!(price);
    |market| market["underlyings"]["BTC"]["index"] = price
}

fn oracle(args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hedgerow"));
    command.arg("oracle").args(args).output().unwrap()
}

fn text(args: &[&str]) -> String {
    let output = oracle(args);
    let told = String::from_utf8(output.stderr).unwrap();
    assert_eq!((output.status.code(), told.as_str()), (Some(0), ""), "{args:?}");
    String::from_utf8(output.stdout).unwrap()
}

fn answer(args: &[&str]) -> Value {
    serde_json::from_str(&text(&[args, &["--json"]].concat())).unwrap()
}

/// Refused: what is said on stderr, one line.
fn refused(args: &[&str], says: &[&str]) {
    let output = oracle(args);
    let told = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{args:?}: {told}");
    assert!(told.starts_with("hedgerow: ") && told.lines().count() == 1, "{told:?}");
    for says in says {
        assert!(told.contains(says), "{says:?} in {told:?}");
    }
}

#[test]
fn what_is_posted_is_shown() {
    let room = Room::new("shown");
    let (state, file) = (room.path("state.json"), room.market("market.json", NOW, |_| ()));
    let told = text(&["post", "--market", &file, "--state", &state]);
    assert!(told.contains("accepted  tape 60000 of 1 source"), "{told}");

    let shown = answer(&["show", "--state", &state]);
    assert_eq!(
        (&shown["time"], &shown["chain_id"]),
        (&json!(NOW), &json!("hedgerow-dev"))
    );
    let btc = &shown["underlyings"][0];
    assert_eq!(btc["underlying"], "BTC");
    assert_eq!((&btc["development"], &btc["quorum"]), (&json!(true), &json!(1)));
    let file: Value = serde_json::from_str(&fs::read_to_string(&file).unwrap()).unwrap();
    let (tape, seen) = (&btc["tape"], &file["underlyings"]["BTC"]);
    assert_eq!(tape["market"]["index"], seen["index"]);
    assert_eq!(tape["market"]["perp"]["mark"], seen["perp"]["mark"]);
    assert_eq!(tape["history"]["stable"], seen["index"]);
    let expiries = tape["market"]["expiries"].as_array().unwrap();
    assert_eq!(expiries.len(), seen["expiries"].as_array().unwrap().len());
    assert_eq!(btc["vols"].as_array().unwrap().len(), expiries.len());

    let table = text(&["show", "--state", &state]);
    for part in [
        "hedgerow-dev, 2025-02-19T08:00:00Z, oracle cosmwasm1",
        "1 of 1, quorum 1, development",
        "BTC-21FEB25",
        "cosmwasm1",
    ] {
        assert!(table.contains(part), "{part} in {table}");
    }
    assert!(!table.contains('\u{1b}'));
}

/// At the money, 182 days before the expiry: `w = 0.09 + 0.4*(0 + 0.3) = 0.21`, and sigma `sqrt(0.21*365/182)`.
#[test]
fn the_volatility_at_the_money() {
    let room = Room::new("vol");
    let slice = json!([{
        "expiry": NOW + 182 * 86_400, "forward": "60000",
        "svi": {"a": "0.09", "b": "0.4", "rho": "-0.5", "m": "0", "sigma": "0.3"},
    }]);
    let file = room.market("market.json", NOW, |market| {
        market["underlyings"]["BTC"]["expiries"] = slice;
    });
    let state = room.path("state.json");
    text(&["post", "--market", &file, "--state", &state]);
    let vol = answer(&["show", "--state", &state])["underlyings"][0]["vols"][0].clone();
    let vol: f64 = vol.as_str().unwrap().parse().unwrap();
    assert!((vol - (0.21f64 * 365.0 / 182.0).sqrt()).abs() < 1e-8, "{vol}");
}

/// Of 60,000, 60,300 and 600 the median is 60,000; a majority lies within 0.5% of it, of 5% that leave nothing.
#[test]
fn three_publishers_make_a_tape_by_quorum_and_median() {
    let room = Room::new("quorum");
    let state = room.path("state.json");
    let files = ["60000", "600", "60300"].map(|price| room.market(price, NOW, index(price)));
    for (number, file) in ["1", "2", "3"].into_iter().zip(&files) {
        let args = [
            "post",
            "--market",
            file,
            "--state",
            &state,
            "--publishers",
            "3",
            "--as",
            number,
        ];
        let more: &[&str] = if number == "2" { &["--relay"] } else { &[] };
        let posted = answer(&[&args[..], more].concat());
        let expected = match number {
            "1" => json!({"outcome": "waiting", "fresh": 1, "quorum": 3}),
            "2" => json!({"outcome": "waiting", "fresh": 2, "quorum": 3}),
            _ => json!({"outcome": "tape", "index": "60000", "sources": 3, "settled": []}),
        };
        for (field, value) in expected.as_object().unwrap() {
            assert_eq!(&posted["reports"][0][field], value, "{posted}");
        }
    }
    let btc = answer(&["show", "--state", &state, "--underlying", "BTC"])["underlyings"][0].clone();
    assert_eq!(btc["tape"]["market"]["confidence"], "0.9");
    assert_eq!((&btc["fresh"], &btc["development"]), (&json!(3), &json!(false)));
    let seen: Vec<&str> = btc["publishers"]
        .as_array()
        .unwrap()
        .iter()
        .map(|p| p["index"].as_str().unwrap())
        .collect();
    assert_eq!(seen, ["60000", "600", "60300"]);

    // Far from the tape, whoever says so: a second round must confirm it.
    let far = room.market("far", NOW + 10, index("90000"));
    let told = text(&["post", "--market", &far, "--state", &state]);
    assert!(told.contains("a second round must confirm it"), "{told}");
    assert!(text(&["show", "--state", &state]).contains("a jump waits"));
    let again = room.market("far", NOW + 20, index("90000"));
    let told = text(&["post", "--market", &again, "--state", &state, "--relay"]);
    assert!(told.contains("accepted  tape 90000 of 3 sources"), "{told}");
}

/// A tape every 225 seconds: four at 60,000, then four at 61,000, then the one at the expiry.
#[test]
fn an_expiry_settles_at_the_average_of_half_an_hour() {
    let room = Room::new("settles");
    let state = room.path("state.json");
    for step in 0..=8 {
        let price = if step < 4 { "60000" } else { "61000" };
        let file = room.market("market.json", FIRST - 1_800 + 225 * step, index(price));
        let told = text(&["post", "--market", &file, "--state", &state]);
        assert_eq!(told.contains("settles 21FEB25 at 60500"), step == 8, "{told}");
    }
    let shown = answer(&["show", "--state", &state]);
    let settled = json!([{"expiry": "21FEB25", "price": "60500"}]);
    assert_eq!(shown["underlyings"][0]["settlements"], settled);
    assert!(text(&["show", "--state", &state]).contains("BTC-21FEB25  60500"));
}

#[test]
fn a_refused_report_names_its_rule() {
    let room = Room::new("refused");
    let state = room.path("state.json");
    let first = room.market("first.json", NOW, |_| ());
    text(&["post", "--market", &first, "--state", &state]);
    refused(
        &["post", "--market", &first, "--state", &state],
        &["first.json: BTC is refused, report_not_newer: time 1739952000"],
    );
    let old = room.market("old.json", NOW - 100, |_| ());
    refused(&["post", "--market", &old, "--state", &state], &["report_too_old: "]);
    let btc = "/underlyings/BTC";
    for (pointer, value, rule) in [
        ("/expiries", json!([]), "expiry_missing: "),
        ("/contract_size", json!("10"), "other_contract_size: "),
        ("/expiries/0/svi/a", json!("0.5"), "svi_calendar: "),
        ("/expiries/0/expiry", json!(FIRST + 1), "expiry_time: "),
        ("/index", json!("0.001"), "band_edge: "),
    ] {
        let file = room.market("bad.json", NOW + 1, |market| {
            market["underlyings"]["BTC"]["contract_size"] = json!("1");
            *market.pointer_mut(&format!("{btc}{pointer}")).unwrap() = value;
        });
        refused(&["post", "--market", &file, "--state", &state], &[rule]);
    }
    // What is refused is told in the answer too, and is nowhere in the state.
    let file = room.market("bad.json", NOW + 2, |market| {
        market["underlyings"]["BTC"]["contract_size"] = json!("10");
    });
    let output = oracle(&["post", "--json", "--market", &file, "--state", &state]);
    let told: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(told["reports"][0]["rule"], "other_contract_size");
    assert_eq!(answer(&["show", "--state", &state])["underlyings"][0]["age"], json!(2));
    let size = room.market("size.json", NOW, |market| {
        market["underlyings"]["BTC"]["contract_size"] = json!("2");
    });
    refused(
        &["post", "--market", &size],
        &["underlyings.BTC.contract_size 2: must be a power of ten"],
    );
}

#[test]
fn bad_input_is_one_line() {
    let room = Room::new("bad");
    let good = room.market("good.json", NOW, |_| ());
    let (state, empty) = (room.path("state.json"), room.write("empty.json", ""));
    text(&["post", "--market", &good, "--state", &state, "--publishers", "3"]);
    let half: String = market(NOW, |_| ()).chars().take(500).collect();
    let half = room.write("half.json", &half);
    let nothing = room.market("nothing.json", NOW, |market| market["underlyings"] = json!({}));
    let far = room.market("far.json", 4_102_444_800, |_| ());
    let saved: Value = serde_json::from_str(&fs::read_to_string(&state).unwrap()).unwrap();
    let changed = |name: &str, field: &str, value: Value| {
        let mut state = saved.clone();
        state[field] = value;
        room.write(name, &state.to_string())
    };
    let missing = room.path("missing.json");
    for (args, says) in [
        (vec!["post", "--market", &missing], "cannot read "),
        (vec!["post", "--market", &empty], "must be one JSON object"),
        (vec!["post", "--market", &half], "EOF"),
        (vec!["post", "--market", &nothing], "underlyings: must not be empty"),
        (
            vec!["post", "--market", &far],
            "time 4102444800: must be at most 4102444799",
        ),
        (
            vec!["post", "--market", &good, "--publishers", "2"],
            "must be 1, for development, or 3 to 32",
        ),
        (
            vec!["post", "--market", &good, "--publishers", "33"],
            "must be 1, for development, or 3 to 32",
        ),
        (
            vec!["post", "--market", &good, "--publishers", "0"],
            "must be 1, for development, or 3 to 32",
        ),
        (vec!["post", "--market", &good, "--publishers", "256"], "--publishers"),
        (
            vec!["post", "--market", &good, "--as", "2"],
            "--as 2: must be within 1 and 1",
        ),
        (
            vec!["post", "--market", &good, "--as", "0", "--state", &state],
            "--as 0: must be within 1 and 3",
        ),
        (
            vec!["post", "--market", &good, "--publishers", "4", "--state", &state],
            "--publishers 4: must be 3, as in the state",
        ),
        (
            vec!["post", "--market", &good, "--state", "/no/such/folder/state.json"],
            "cannot write",
        ),
        (
            vec!["post", "--market", &good, "--state", &empty],
            "must be one JSON object",
        ),
        (vec!["show", "--state", &missing], "no such file"),
        (vec!["show", "--state", &good], "unknown field"),
        (
            vec!["show", "--state", &state, "--underlying", "XYZ"],
            "--underlying XYZ: must be listed",
        ),
        (vec!["show", "--state", &state, "--underlying", "x"], "--underlying"),
        (vec!["watch", "--market", "-"], "stdin cannot be read again"),
        (vec!["watch", "--market", &good, "--every", "0"], "--every"),
        (vec!["watch", "--market", &good, "--every", "NaN"], "--every"),
        (vec!["watch", "--market", &good, "--heartbeat=-1"], "--heartbeat"),
        (
            vec!["watch", "--market", &good, "--heartbeat", "1e9"],
            "must be within 0.001 and 86400",
        ),
        (
            vec!["watch", "--market", &good, "--deviation", "11"],
            "must be within 0 and 10",
        ),
        (vec!["watch", "--market", &good, "--count", "0"], "--count"),
        (
            vec!["watch", "--market", &good, "--state", &empty],
            "must be one JSON object",
        ),
    ] {
        refused(&args, &[says]);
    }
    for (name, field, value, says) in [
        ("format", "format", json!(2), "format 2: must be 1"),
        ("time", "time", json!(u64::MAX), "must be at most 4102444799"),
        ("publishers", "publishers", json!(2), "publishers 2: must be 1"),
        ("oracle", "oracle", json!("cosmwasm1nobody"), "oracle.json: "),
        ("storage", "storage", json!([]), "storage.json: "),
        ("pair", "storage", json!([["AAAA"]]), "storage"),
        ("base64", "storage", json!([["%", "AAAA"]]), "storage"),
        ("value", "storage", json!([["AAAA", ""]]), "must not be empty"),
        ("extra", "extra", json!(1), "unknown field"),
    ] {
        let file = changed(&format!("{name}.json"), field, value);
        refused(&["show", "--state", &file], &[says]);
        refused(&["post", "--market", &good, "--state", &file], &[says]);
    }
}

/// Whatever record is cut out of a state or spoilt in it, the answer is one line or a table, not a panic.
#[test]
fn a_spoilt_state_does_not_stop_the_program_badly() {
    let room = Room::new("spoilt");
    let (good, state) = (room.market("good.json", NOW, |_| ()), room.path("state.json"));
    let next = room.market("next.json", NOW + 1, |_| ());
    text(&["post", "--market", &good, "--state", &state]);
    let saved: Value = serde_json::from_str(&fs::read_to_string(&state).unwrap()).unwrap();
    for place in 0..saved["storage"].as_array().unwrap().len() {
        for change in 0..2 {
            let mut spoilt = saved.clone();
            let records = spoilt["storage"].as_array_mut().unwrap();
            match change {
                0 => drop(records.remove(place)),
                _ => records[place][1] = json!("AAAA"),
            }
            let file = room.write("spoilt.json", &spoilt.to_string());
            for args in [
                vec!["show", "--state", &file],
                vec!["post", "--market", &next, "--state", &file],
            ] {
                let output = oracle(&args);
                let told = String::from_utf8(output.stderr).unwrap();
                assert!(matches!(output.status.code(), Some(0 | 2)), "{place} {change}: {told}");
                assert!(told.lines().count() <= 1, "{place} {change}: {told}");
            }
        }
    }
}

/// A publisher at work, its log line by line.
struct Watch {
    child: Child,
    lines: std::iter::Take<std::io::Lines<BufReader<ChildStdout>>>,
}

/// More lines than a test waits for.
const LINES: usize = 2_000;

impl Watch {
    fn start(args: &[&str]) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_hedgerow"))
            .args(["oracle", "watch", "--json"])
            .args(args)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines().take(LINES);
        Self { child, lines }
    }

    fn line(&mut self) -> Value {
        let line = self.lines.next().unwrap().unwrap();
        serde_json::from_str(&line).unwrap()
    }

    /// The next line of a kind. Others in between are skipped.
    fn next(&mut self, decision: &str) -> Value {
        loop {
            let line = self.line();
            if line["decision"] == decision {
                return line;
            }
        }
    }

    fn why(&mut self, decision: &str) -> String {
        self.next(decision)["why"].as_str().unwrap().to_owned()
    }
}

/// Puts a file in the place of another in one step, as a collector should.
fn replace(path: &str, text: &str) {
    let new = format!("{path}.new");
    fs::write(&new, text).unwrap();
    fs::rename(&new, path).unwrap();
}

#[test]
fn a_publisher_survives_its_file_and_stops_when_asked() {
    let room = Room::new("watch");
    let (state, file) = (room.path("state.json"), room.path("market.json"));
    let mut watch = Watch::start(&[
        "--market",
        &file,
        "--state",
        &state,
        "--every",
        "0.02",
        "--heartbeat",
        "1.5",
        "--deviation",
        "0.005",
    ]);
    let missing = watch.why("failed");
    assert!(
        missing.contains("cannot read ") && missing.contains("next try in 0.0 s"),
        "{missing}"
    );
    let whole = market(NOW, |_| ());
    replace(&file, &whole[..whole.len() / 2]);
    while !watch.why("failed").contains("EOF") {}
    replace(&file, &whole);
    let first = watch.next("posted");
    assert_eq!(
        (&first["why"], &first["underlying"]),
        (&json!("first report"), &json!("BTC"))
    );
    assert_eq!(
        first["report"],
        json!({"outcome": "tape", "index": "60000", "sources": 1, "settled": []})
    );
    let still = watch.why("skipped");
    assert!(still.contains("is not after the last report's"), "{still}");

    // 0.1% is not enough, until the heartbeat is over: how many looks that takes is the computer's affair.
    replace(&file, &market(NOW + 1, index("60060")));
    let beat = loop {
        let line = watch.line();
        let why = line["why"].as_str().unwrap().to_owned();
        if line["decision"] == "posted" {
            break why;
        }
        let idle = why == "index moved by 0.001 at most" || why.contains("is not after the last report's");
        assert!(line["decision"] == "skipped" && idle, "{line}");
    };
    assert!(beat.starts_with("heartbeat, "), "{beat}");
    replace(&file, &market(NOW + 2, index("60600")));
    assert_eq!(watch.why("posted"), "index moved by 0.008991009");
    // A refusal is told with its rule, and tried again.
    let wide = |market: &mut Value| market["underlyings"]["BTC"]["expiries"][0]["svi"]["a"] = json!("0.5");
    replace(&file, &market(NOW + 3, wide));
    let refused = watch.next("refused");
    assert_eq!(refused["report"]["rule"], "svi_calendar");
    watch.next("refused");
    replace(&file, &market(NOW + 4, index("60601")));
    while watch.next("posted")["report"]["index"] != "60601" {}
    let other = |market: &mut Value| {
        let underlyings = market["underlyings"].as_object_mut().unwrap();
        let btc = underlyings.remove("BTC").unwrap();
        underlyings.insert("XYZ".to_owned(), btc);
    };
    replace(&file, &market(NOW + 5, other));
    assert_eq!(watch.next("posted")["underlying"], "XYZ");
    while watch.why("skipped") != "the file has it no longer" {}

    let killed = Command::new("kill")
        .args(["-INT", &watch.child.id().to_string()])
        .status()
        .unwrap();
    assert!(killed.success());
    let stopped = watch.why("stopped");
    assert!(
        stopped.starts_with("it was asked to after ") && stopped.contains("5 posted, "),
        "{stopped}"
    );
    assert_eq!(watch.child.wait().unwrap().code(), Some(0));
    let shown = answer(&["show", "--state", &state]);
    assert_eq!(shown["underlyings"][0]["tape"]["market"]["index"], "60601");
}

#[test]
fn a_publisher_ends_after_a_count_and_goes_on_where_it_was() {
    let room = Room::new("count");
    let (state, file) = (room.path("state.json"), room.market("market.json", NOW, |_| ()));
    let watch = |more: &[&str]| {
        let args = [
            "watch", "--market", &file, "--state", &state, "--every", "0.01", "--count", "2",
        ];
        text(&[&args[..], more].concat())
    };
    let told = watch(&["--publishers", "3", "--relay"]);
    let lines: Vec<&str> = told.lines().collect();
    assert_eq!(lines.len(), 7, "{told}");
    assert!(
        lines[2].ends_with("BTC publisher 3 posted, first report: tape 60000 of 3 sources"),
        "{told}"
    );
    assert!(lines[6].ends_with("stopped, --count is reached after 2 rounds: 3 posted, 0 refused, 3 skipped, 0 failed"));
    // Started anew it does not post what the chain has.
    let told = watch(&["--quiet"]);
    assert_eq!(told.lines().count(), 1, "{told}");
    // A state that cannot be written does not end it: a folder lies where it is written.
    let full = room.path("full.json");
    fs::create_dir(room.path("full.json.new")).unwrap();
    let told = text(&[
        "watch", "--market", &file, "--state", &full, "--every", "0.01", "--count", "2",
    ]);
    assert!(
        told.contains(" failed, ") && told.contains("full.json: cannot write: "),
        "{told}"
    );
    assert!(told.contains("1 posted, 0 refused, 1 skipped, 2 failed"), "{told}");
}

/// Two that kept the chain in one file would write over each other's reports.
#[test]
fn a_state_is_for_one_at_a_time() {
    let room = Room::new("held");
    let (state, file) = (room.path("state.json"), room.market("market.json", NOW, |_| ()));
    let publishers = ["--state", &state, "--publishers", "3"];
    let mut watch = Watch::start(&[&["--market", &file, "--as", "1", "--every", "0.01"][..], &publishers].concat());
    watch.next("posted");
    watch.next("skipped");
    for command in ["post", "watch"] {
        let args = [&[command, "--market", &file, "--as", "2"][..], &publishers].concat();
        refused(&args, &["state.json: in use by another command"]);
    }
    // A reader does not mind, and another state is free.
    assert_eq!(
        answer(&["show", "--state", &state])["underlyings"][0]["fresh"],
        json!(1)
    );
    text(&["post", "--market", &file, "--state", &room.path("other.json")]);
    // However the first one ends, the state is free.
    watch.child.kill().unwrap();
    watch.child.wait().unwrap();
    text(&[&["post", "--market", &file, "--as", "2"][..], &publishers].concat());
    assert_eq!(
        answer(&["show", "--state", &state])["underlyings"][0]["fresh"],
        json!(2)
    );
}

/// Five seconds ahead of the later of the chain's clock and the computer's, no more.
#[test]
fn a_file_ahead_of_the_clock_moves_nothing() {
    let room = Room::new("ahead");
    let (state, file) = (room.path("state.json"), room.path("market.json"));
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    let live = |market: &mut Value| market["underlyings"]["BTC"]["expiries"] = json!([]);
    replace(&file, &market(now + 86_400, live));
    let ahead = format!("time {}: must be at most ", now + 86_400);
    refused(&["post", "--market", &file, "--state", &state], &[&ahead]);
    let mut watch = Watch::start(&["--market", &file, "--state", &state, "--every", "0.01"]);
    let failed = watch.why("failed");
    assert!(failed.contains(&ahead), "{failed}");
    replace(&file, &market(now, live));
    assert_eq!(watch.why("posted"), "first report");
    watch.next("skipped");
    watch.child.kill().unwrap();
    watch.child.wait().unwrap();

    // A chain whose clock is a day ahead. An index that stood still as long would be refused by the oracle.
    let moved = |market: &mut Value| {
        live(market);
        index("60001")(market);
    };
    let mut saved: Value = serde_json::from_str(&fs::read_to_string(&state).unwrap()).unwrap();
    saved["time"] = json!(now + 86_400);
    fs::write(&state, saved.to_string()).unwrap();
    replace(&file, &market(now + 86_406, live));
    let limit = format!("time {}: must be at most {}", now + 86_406, now + 86_405);
    refused(&["post", "--market", &file, "--state", &state], &[&limit]);
    replace(&file, &market(now + 86_405, moved));
    text(&["post", "--market", &file, "--state", &state]);
}

#[test]
fn a_reader_that_leaves_is_no_error() {
    let room = Room::new("leaves");
    let file = room.market("market.json", NOW, |_| ());
    let mut watch = Watch::start(&["--market", &file, "--every", "0.01"]);
    watch.next("posted");
    let Watch { mut child, lines } = watch;
    drop(lines);
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

#[test]
fn the_same_posts_give_the_same_state() {
    let room = Room::new("same");
    let file = room.market("market.json", NOW, |_| ());
    let states = ["one.json", "two.json"].map(|name| room.path(name));
    for state in &states {
        text(&[
            "post",
            "--market",
            &file,
            "--state",
            state,
            "--publishers",
            "3",
            "--relay",
        ]);
    }
    assert_eq!(fs::read(&states[0]).unwrap(), fs::read(Path::new(&states[1])).unwrap());
}

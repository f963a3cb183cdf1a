use super::{Node, Record, json, pack, unpack};
use crate::codec::CodecError;
use crate::named::Named;
use crate::number::{Cash, Price, Quantity, Ratio, Slope, Value};
use proptest::prelude::*;
use std::fmt::Debug;

#[derive(Clone, Debug, PartialEq, Default)]
struct Leg {
    id: u64,
    share: Ratio,
    note: Option<String>,
    also: Option<u8>,
    parts: Vec<Ratio>,
    by_name: Named<String, u32>,
}

crate::record! { Leg {
    id, share = Ratio::ONE, note: left_out, also, parts = Vec::new(), by_name = Named::new(),
} }

#[derive(Clone, Debug, PartialEq)]
enum Act {
    Rest {},
    Move { from: u64, to: u64 },
    Set(Box<Leg>),
}

crate::record_enum! { Act { "rest" => Rest {}, "move" => Move { from, to }, "set" => Set(leg) } }

#[derive(Clone, Copy, Debug, PartialEq)]
enum Mood {
    Good,
    Bad,
}

crate::record_names! { Mood { "good" => Good, "bad" => Bad } }

fn read<T: Record>(json: impl AsRef<[u8]>) -> Result<T, String> {
    let node: Node = serde_json::from_slice(json.as_ref()).map_err(|error| error.to_string())?;
    super::read(node).map_err(|error| error.to_string())
}

fn bytes(value: &(impl Record + Clone)) -> Vec<u8> {
    pack(1, &mut value.clone())
}

fn unpacked<T: Record>(bytes: &[u8]) -> Result<T, CodecError> {
    unpack("test", 1, bytes)
}

#[test]
fn a_missing_field_takes_its_default() {
    let leg: Leg = read(r#"{"id":7}"#).unwrap();
    assert_eq!((leg.id, leg.share), (7, Ratio::ONE));
    assert_eq!((leg.note, leg.also), (None, None));
}

#[test]
fn fields_are_written_in_their_order() {
    let leg = Leg {
        id: 7,
        share: Ratio::HALF,
        by_name: [("b".to_owned(), 2), ("a".to_owned(), 1)].into(),
        ..Leg::default()
    };
    assert_eq!(
        serde_json::to_string(&leg).unwrap(),
        r#"{"id":7,"share":"0.5","also":null,"parts":[],"by_name":{"a":1,"b":2}}"#
    );
}

#[test]
fn errors_name_the_path_and_the_reason() {
    for (json, expected) in [
        ("{}", "id: the field is missing"),
        (r#"{"id":1,"x":2}"#, "x: the field is not known, or comes twice"),
        (r#"{"id":1,"id":2}"#, "id: the field is not known, or comes twice"),
        (r#"{"id":null}"#, "id: must be a whole number, not null"),
        (r#"{"id":-1}"#, "id: must be a whole number, not the number -1"),
        (r#"{"id":1.5}"#, "id: must be a whole number, not the number 1.5"),
        (
            r#"{"id":18446744073709551616}"#,
            "id: must be a whole number, not the number 1.8446744073709552e+19",
        ),
        (r#"{"id":"1"}"#, "id: must be a whole number, not the string \"1\""),
        (r#"{"id":1,"share":1}"#, "share: must be a string, not the number 1"),
        (r#"{"id":1,"share":"x"}"#, "share: ratio \"x\": not a decimal number"),
        (r#"{"id":1,"also":256}"#, "also: 256: must be at most 255"),
        (
            r#"{"id":1,"parts":["1","2",3]}"#,
            "parts[2]: must be a string, not the number 3",
        ),
        (r#"{"id":1,"parts":{}}"#, "parts: must be a list, not an object"),
        (
            r#"{"id":1,"by_name":{"a":1,"b":true}}"#,
            "by_name.b: must be a whole number, not true",
        ),
        (r#"{"id":1,"by_name":{"a":1,"a":1}}"#, "by_name: a name comes twice"),
        ("[7]", "must be an object, not a list"),
    ] {
        assert_eq!(read::<Leg>(json).unwrap_err(), expected, "{json}");
    }
}

#[test]
fn an_enum_is_an_object_with_one_field() {
    for (json, act) in [
        (r#"{"rest":{}}"#, Act::Rest {}),
        (r#"{"move":{"from":1,"to":2}}"#, Act::Move { from: 1, to: 2 }),
        (
            r#"{"set":{"id":3,"share":"1","also":null,"parts":[],"by_name":{}}}"#,
            Act::Set(Box::new(Leg {
                id: 3,
                share: Ratio::ONE,
                ..Leg::default()
            })),
        ),
    ] {
        assert_eq!(read::<Act>(json), Ok(act.clone()));
        assert_eq!(serde_json::to_string(&act).unwrap(), json);
    }
    for (json, expected) in [
        ("\"rest\"", "must be an object, not the string \"rest\""),
        ("{}", "must be an object with one field"),
        (r#"{"rest":{},"move":{}}"#, "must be an object with one field"),
        (r#"{"rest":null}"#, "rest: must be an object, not null"),
        (r#"{"move":{"from":1}}"#, "move.to: the field is missing"),
        (
            r#"{"set":{"id":1,"parts":[0]}}"#,
            "set.parts[0]: must be a string, not the number 0",
        ),
        (r#"{"jump":{}}"#, "jump: must be one of rest, move, set"),
    ] {
        assert_eq!(read::<Act>(json).unwrap_err(), expected, "{json}");
    }
}

#[test]
fn names_are_strings() {
    assert_eq!(read::<Mood>("\"bad\""), Ok(Mood::Bad));
    assert_eq!(read::<Mood>("\"ugly\"").unwrap_err(), "ugly: must be one of good, bad");
    assert!(read::<Mood>(r#"{"bad":{}}"#).is_err());
    assert_eq!(serde_json::to_string(&Mood::Good).unwrap(), "\"good\"");
    assert_eq!(bytes(&Mood::Bad), [1, 1]);
    assert_eq!(unpacked::<Mood>(&[1, 0]), Ok(Mood::Good));
    assert!(unpacked::<Mood>(&[1, 2]).is_err());
}

#[test]
fn round_decimals_pack_small() {
    // zigzag of 16 * mantissa + exponent: 0 -> 0; 1 = 1 * 10^9 -> 25 * 2; 0.82 = 82 * 10^7 -> 1319 * 2 in two bytes
    assert_eq!(bytes(&Ratio::ZERO), [1, 0]);
    assert_eq!(bytes(&Ratio::ONE), [1, 50]);
    let ratio: Ratio = "0.82".parse().unwrap();
    assert_eq!(bytes(&ratio), [1, (2638u16 as u8 & 0x7f) | 0x80, 20]);
    // 10 * 10^8 instead of 1 * 10^9 is another spelling of one
    assert!(unpacked::<Ratio>(&[1, 0x80 | (336u16 as u8 & 0x7f), 2]).is_err());
}

#[test]
fn packed_bytes_from_anywhere_are_an_error_at_worst() {
    let packed = bytes(&Leg {
        id: 1,
        note: Some("x".to_owned()),
        by_name: [("a".to_owned(), 1), ("b".to_owned(), 2)].into(),
        ..Leg::default()
    });
    assert!(unpacked::<Leg>(&packed).is_ok());
    for length in 0..packed.len() {
        let cut = packed.get(..length).unwrap_or_default();
        assert!(unpacked::<Leg>(cut).is_err(), "{length}");
    }
    // keys out of order, or twice
    assert!(unpacked::<Named<u8, u8>>(&[1, 2, 5, 0, 4, 0]).is_err());
    assert!(unpacked::<Named<u8, u8>>(&[1, 2, 5, 0, 5, 0]).is_err());
    // a count that promises more than there is must not allocate for it
    assert!(unpacked::<Vec<u8>>(&[1, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1]).is_err());
}

fn round_trip<T: Record + Clone + PartialEq + Debug>(value: &T) {
    assert_eq!(read::<T>(&json(&mut value.clone())).as_ref(), Ok(value));
    assert_eq!(unpacked::<T>(&bytes(value)).as_ref(), Ok(value));
}

proptest! {
    #[test]
    fn every_form_reads_back(
        id in any::<u64>(),
        steps in Ratio::MIN..=Ratio::MAX,
        note in proptest::option::of("[a-z\"\\\\é]{0,5}"),
        also in any::<Option<u8>>(),
        parts in proptest::collection::vec(Ratio::MIN..=Ratio::MAX, 0..4),
        by_name in proptest::collection::btree_map("[a-c]{0,2}", any::<u32>(), 0..4),
    ) {
        let ratio = |steps| Ratio::new(steps).unwrap();
        let leg = Leg {
            id,
            share: ratio(steps),
            note,
            also,
            parts: parts.into_iter().map(ratio).collect(),
            by_name: by_name.into_iter().collect(),
        };
        round_trip(&leg);
        let json = serde_json::to_string(&leg).unwrap();
        prop_assert_eq!(serde_json::from_str::<Leg>(&json).unwrap(), leg);
    }

    #[test]
    fn texts_are_escaped_as_serde_does(text in "(.|[\\x00-\\x7f]){0,9}") {
        prop_assert_eq!(json(&mut text.clone()), serde_json::to_vec(&text).unwrap());
    }

    #[test]
    fn every_unit_reads_back(
        price in Price::MIN..=Price::MAX,
        quantity in Quantity::MIN..=Quantity::MAX,
        slope in Slope::MIN..=Slope::MAX,
        cash in -Cash::MAX..=Cash::MAX,
        value in any::<i64>(),
    ) {
        round_trip(&Price::new(price).unwrap());
        round_trip(&Quantity::new(quantity).unwrap());
        round_trip(&Slope::new(slope).unwrap());
        round_trip(&Cash::new(cash).unwrap());
        round_trip(&Value::from_decimal_floor(i128::from(value), 9).unwrap());
    }

    #[test]
    fn any_bytes_decode_or_fail(mut noise in proptest::collection::vec(any::<u8>(), 0..40)) {
        noise.insert(0, 1);
        if let Ok(leg) = unpacked::<Leg>(&noise) {
            // what decodes has one spelling
            prop_assert_eq!(bytes(&leg), noise);
        }
    }
}

//! Parts of cash, worked by hand.

use super::*;

#[test]
fn parts_of_cash_round_down_and_are_exact() {
    let tenth = Value::from_ratio_ceil("0.1".parse().unwrap());
    let half: Value = "0.5".parse().unwrap();
    for (units, fraction, expected) in [
        (1_600_000_000, tenth, 160_000_000),
        (-1_600_000_000, tenth, -160_000_001),
        (3, half, 1),
        (-3, half, -2),
        (Cash::MAX, one(), Cash::MAX),
        (-Cash::MAX, one(), -Cash::MAX),
        (-Cash::MAX, half, -Cash::MAX / 2),
        (Cash::MAX, Value::ZERO, 0),
    ] {
        let found = part_of_cash(Cash::new(units).unwrap(), fraction).unwrap();
        assert_eq!(found.units(), expected, "{units} * {fraction}");
    }
}

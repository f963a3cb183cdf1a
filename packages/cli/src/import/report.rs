//! The fit report: what a person checks before trusting a surface.

use std::fmt::Write;

use super::chain::{Chain, Series, Snapshot};
use super::surface::Fitted;

const LEGEND: &str = "\
errors in vol points: rms is sqrt(sum (vega*e)^2 / sum vega^2), max is over liquid quotes (bid and ask, delta 5% to 95%) \
and over all
density: least value of Durrleman's function, negative where the slice allows butterfly arbitrage
calendar: least distance in vol points to the expiry before, negative where total variance falls with time
";

/// The report of all chains, whose fits are in the same order.
pub fn report(snapshot: &Snapshot, fits: &[Vec<Option<Fitted>>]) -> String {
    let mut text = String::new();
    for (chain, fits) in snapshot.chains.iter().zip(fits) {
        heading(&mut text, chain);
        for (series, fitted) in chain.series.iter().zip(fits) {
            let day = series.label.split_once(' ').map_or("", |(_, day)| day);
            let days = 365.0 * series.years;
            // Writing to a String cannot fail.
            let _ = write!(text, "{day:>8} {:>14.4} {days:>8.2}", series.forward);
            let _ = match fitted {
                None => writeln!(text, "  future only"),
                Some(fitted) => writeln!(text, "{}", line(fitted, series)),
            };
        }
    }
    text.push_str(LEGEND);
    text
}

fn heading(text: &mut String, chain: &Chain) {
    let perp = match chain.perp {
        Some(mark) => format!("perpetual {mark}"),
        None => "perpetual at the index (not quoted)".to_owned(),
    };
    let _ = write!(text, "{}: index {}, {perp}", chain.symbol, chain.index);
    if chain.contract_size > 1.0 {
        let _ = write!(text, ", {} units a contract", chain.contract_size);
    }
    if chain.expired > 0 {
        let _ = write!(text, ", {} expired rows passed over", chain.expired);
    }
    text.push('\n');
    if !chain.series.is_empty() {
        let _ = writeln!(
            text,
            "{:>8} {:>14} {:>8} {:>6} {:>6} {:>8} {:>6} {:>7} {:>7} {:>8} {:>8}",
            "expiry",
            "forward",
            "days",
            "quotes",
            "liquid",
            "atm vol",
            "rms",
            "max liq",
            "max all",
            "density",
            "calendar"
        );
    }
}

fn line(fitted: &Fitted, series: &Series) -> String {
    let quality = &fitted.quality;
    let liquid = series.points.iter().filter(|point| point.liquid).count();
    let calendar = quality.calendar.map_or("-".to_owned(), |gap| format!("{gap:.2}"));
    let mut text = format!(
        " {:>6} {liquid:>6} {:>8.2} {:>6.2} {:>7.2} {:>7.2} {:>8.3} {calendar:>8}",
        series.points.len(),
        fitted.slice.vol_points(0.0, series.years),
        quality.rms,
        quality.max_liquid,
        quality.max,
        quality.density,
    );
    if quality.density < 0.0 {
        text.push_str("  butterfly arbitrage");
    }
    if quality.calendar.is_some_and(|gap| gap < 0.0) {
        text.push_str("  calendar arbitrage");
    }
    text
}

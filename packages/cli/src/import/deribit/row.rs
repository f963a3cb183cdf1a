//! A row of quotes, whichever file it came from, with its numbers checked.

use super::name::{self, Name};
use crate::import::error::{ImportError, Place, shown};

/// What a mark volatility is within, in percent.
const VOLS: std::ops::RangeInclusive<f64> = 0.01..=2_000.0;
/// 2000-01-01 and 2100-01-01 in milliseconds since 1970.
const TIMES: std::ops::Range<f64> = 946_684_800_000.0..4_102_444_800_000.0;

/// One instrument's quotes.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// Where it was.
    pub place: Place,
    /// The instrument's name as the file has it.
    pub instrument: String,
    /// The same, understood.
    pub name: Name,
    /// Milliseconds since 1970.
    pub time: u64,
    /// The expiry in milliseconds since 1970, where the file gives it beside the name.
    pub expiry: Option<u64>,
    /// The index.
    pub index: Option<f64>,
    /// The mark, in the currency that the instrument is priced in.
    pub mark: Option<f64>,
    /// The forward or index that the mark volatility refers to.
    pub underlying: Option<f64>,
    /// `underlying` is the index, to be carried to the expiry at `rate`.
    pub on_index: bool,
    /// The interest rate.
    pub rate: Option<f64>,
    /// The mark volatility in percent.
    pub vol: Option<f64>,
    /// Somebody bids and somebody asks.
    pub two_sided: bool,
}

/// Reads one row's fields and names them when they are wrong.
pub struct Fields<'a> {
    /// Where the row is.
    pub place: Place,
    /// The instrument's name as the file has it.
    pub instrument: &'a str,
}

impl Fields<'_> {
    /// The instrument; `None` for kinds that are passed over.
    pub fn name(&self) -> Result<Option<Name>, ImportError> {
        name::parse(self.instrument).map_err(|reason| ImportError::Name {
            place: self.place,
            name: shown(self.instrument),
            reason,
        })
    }

    /// An error in one field.
    pub fn refuse(&self, field: &'static str, value: &str, must: &'static str) -> ImportError {
        ImportError::Field {
            place: self.place,
            instrument: shown(self.instrument),
            field,
            value: shown(value),
            must,
        }
    }

    fn within(
        &self,
        field: &'static str,
        value: Option<f64>,
        must: &'static str,
        holds: impl Fn(f64) -> bool,
    ) -> Result<Option<f64>, ImportError> {
        match value {
            Some(x) if !holds(x) => Err(self.refuse(field, &x.to_string(), must)),
            _ => Ok(value),
        }
    }

    /// A price: above zero.
    pub fn price(&self, field: &'static str, value: Option<f64>) -> Result<Option<f64>, ImportError> {
        self.within(field, value, "a number above 0 and at most 1e15", |x| {
            x > 0.0 && x <= 1e15
        })
    }

    /// A price that may be zero, as an option's mark and an absent bid are.
    pub fn amount(&self, field: &'static str, value: Option<f64>) -> Result<Option<f64>, ImportError> {
        self.within(field, value, "a number of at least 0", |x| x >= 0.0 && x.is_finite())
    }

    /// An interest rate.
    pub fn rate(&self, field: &'static str, value: Option<f64>) -> Result<Option<f64>, ImportError> {
        self.within(field, value, "a rate within -1 and 1", |x| x.abs() <= 1.0)
    }

    /// A volatility in percent; zero, which venues write for none, counts as absent.
    pub fn vol(&self, field: &'static str, value: Option<f64>) -> Result<Option<f64>, ImportError> {
        let must = "a percentage within 0.01 and 2000, or 0 for none";
        self.within(field, value.filter(|vol| *vol != 0.0), must, |x| VOLS.contains(&x))
    }

    /// A time in milliseconds since 1970.
    pub fn time(&self, field: &'static str, value: Option<f64>) -> Result<Option<u64>, ImportError> {
        let must = "milliseconds since 1970 within the years 2000 to 2099";
        Ok(self
            .within(field, value, must, |x| TIMES.contains(&x))?
            .map(|x| x as u64))
    }

    /// A field that every row has.
    pub fn needed<T>(&self, field: &'static str, value: Option<T>) -> Result<T, ImportError> {
        value.ok_or_else(|| self.refuse(field, "missing", "there"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_outside_their_range_name_the_field() {
        let fields = Fields {
            place: Place::Row(3),
            instrument: "BTC-PERPETUAL",
        };
        for bad in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            assert!(fields.price("mark_price", Some(bad)).is_err(), "{bad}");
        }
        for bad in [-0.1, f64::NAN, f64::INFINITY, 0.001, 2_000.1] {
            assert!(fields.vol("mark_iv", Some(bad)).is_err(), "{bad}");
        }
        for bad in [-1.0, f64::NAN, 1e18] {
            assert!(fields.time("creation_timestamp", Some(bad)).is_err(), "{bad}");
        }
        assert_eq!(fields.vol("mark_iv", Some(0.0)), Ok(None));
        assert_eq!(
            fields.vol("mark_iv", Some(-5.0)).unwrap_err().to_string(),
            "row 3 (BTC-PERPETUAL): mark_iv is -5, must be a percentage within 0.01 and 2000, or 0 for none"
        );
        assert_eq!(
            fields.needed::<f64>("mark_price", None).unwrap_err().to_string(),
            "row 3 (BTC-PERPETUAL): mark_price is missing, must be there"
        );
    }
}

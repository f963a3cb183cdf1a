//! Medians and dispersions of numbers from several sources.
//!
//! With `q` numbers of which at most `(q - 1)/2` are arbitrary, the median lies within the honest ones, and the distance
//! from it within which a majority lies is at most the honest range: honest numbers are on either side of the median, and
//! the majority nearest to it is at least as near as they are.

/// The median: the middle number, or the mean of the middle two, rounded down. None of nothing.
///
/// Worked: of 3, 1, 1000 it is 3; of 1, 2, 5, 1000 it is `floor((2 + 5)/2) = 3`.
pub fn median(numbers: impl Iterator<Item = i64>) -> Option<i64> {
    let mut numbers: Vec<i64> = numbers.collect();
    numbers.sort_unstable();
    let lower = *numbers.get(numbers.len().checked_sub(1)? / 2)?;
    let upper = *numbers.get(numbers.len() / 2)?;
    let sum = i128::from(lower) + i128::from(upper);
    i64::try_from(sum.div_euclid(2)).ok()
}

/// The distance within which more than half of the distances lie: the `floor(n/2) + 1`-th smallest. Zero of nothing.
///
/// Worked: of 0, 7, 900 it is 7.
pub fn majority(mut distances: Vec<u64>) -> u64 {
    distances.sort_unstable();
    distances.get(distances.len() / 2).copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn worked() {
        let median = |numbers: &[i64]| median(numbers.iter().copied());
        assert_eq!(median(&[]), None);
        assert_eq!(median(&[7]), Some(7));
        assert_eq!(median(&[3, 1, 1000]), Some(3));
        assert_eq!(median(&[1000, 1, 5, 2]), Some(3));
        assert_eq!(median(&[-1, -2]), Some(-2));
        assert_eq!(median(&[i64::MAX, i64::MAX]), Some(i64::MAX));
        assert_eq!(majority(vec![]), 0);
        assert_eq!(majority(vec![900, 0, 7]), 7);
        assert_eq!(majority(vec![900, 0, 7, 8]), 8);
        assert_eq!(majority(vec![0, 9]), 9);
    }
}

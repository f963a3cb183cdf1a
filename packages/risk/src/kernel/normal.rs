//! The normal distribution function by table: its upper half, the lower one being `Phi(-d) = 1 - Phi(d)`.

use super::tables::{NORMAL, Node};

/// Bits of the position inside an interval of the table.
const T_BITS: u32 = 20;
/// The grid: 33/2^31, a 2^20th of an interval, in units of 2^-57. Position n is the point n + 1/2, so that the negative of a
/// point is the complement of its position.
pub(super) const GRID: i64 = 33 << 26;
/// Grid points from 0 to the ends of the table at -33/4 and 33/4.
pub(super) const HALF_TABLE: i64 = 512 << T_BITS;
/// One in the format of Phi.
pub const ONE: i64 = 1 << 62;

/// Phi(d) in 2^-62 for d = `position` on the grid plus `rest` * 2^-57.
///
/// `position` in `[-HALF_TABLE, HALF_TABLE)`, `abs(rest) <= GRID / 2`. The result lies in `[0, 2^62]`. Its error is at most
/// 6.2e-16, as proven where the table is written; a rest adds 1.1e-16, since Phi is taken to first order in it with a
/// density good to 1.3e-8.
#[inline(always)]
pub(super) fn distribution(position: i64, rest: i64) -> i64 {
    let (node, t, below) = locate(position);
    // density in 2^-33, below 2^32, the same on both sides of 0; abs(rest) < 2^30.1: the product fits
    let slope = node.p1.wrapping_add(i64::from(node.p2).wrapping_mul(t));
    let density = i64::from(node.p0).wrapping_add(slope.wrapping_mul(t) >> 37);
    mirrored(cumulative(node, t), below).wrapping_add(density.wrapping_mul(rest) >> 28)
}

/// Phi at a grid point, in 2^-62.
#[inline(always)]
pub(super) fn distribution_at(position: i64) -> i64 {
    let (node, t, below) = locate(position);
    mirrored(cumulative(node, t), below)
}

/// The interval of a grid point's magnitude, the place in it, and -1 below zero, else 0. The mask makes every index valid,
/// so no bounds check remains.
#[inline(always)]
#[allow(clippy::indexing_slicing, reason = "the mask is the length of the table less one")]
fn locate(position: i64) -> (&'static Node, i64, i64) {
    let below = position >> 63;
    let magnitude = position ^ below;
    let node = &NORMAL[((magnitude >> T_BITS) & 511) as usize];
    (node, magnitude & ((1 << T_BITS) - 1), below)
}

/// Phi of d from Phi of its magnitude, which is below 1: `1 - Phi` less a unit where `below` is -1.
#[inline(always)]
const fn mirrored(phi: i64, below: i64) -> i64 {
    phi ^ ((below as u64 >> 2) as i64)
}

/// Horner's rule in integers. `scripts/tables.py` proves for every interval that no product leaves its word.
#[inline(always)]
fn cumulative(node: &Node, t: i64) -> i64 {
    let a4 = node.c4.wrapping_add(i64::from(node.c5).wrapping_mul(t));
    let a3 = node.c3.wrapping_add(a4.wrapping_mul(t) >> 28);
    let a2 = node.c2.wrapping_add(a3.wrapping_mul(t) >> 27);
    let a1 = node.c1.wrapping_add(a2.wrapping_mul(t) >> 26);
    // a1 is the density times the interval's width, never negative: its product uses all 64 bits, unsigned
    node.c0.wrapping_add(((a1 as u64).wrapping_mul(t as u64) >> 9) as i64)
}

/// Phi(d) in 2^-62 for d in 2^-57: the normal distribution function.
///
/// Error at most 9e-16; 0 or 1 exactly outside [-33/4, 33/4), where they are within 8e-17.
pub fn normal_cdf(d: i64) -> i64 {
    const END: i64 = HALF_TABLE * GRID;
    let shifted = d.clamp(-END, END - 1).wrapping_add(END);
    // Shifted, so that the quotient is rounded down.
    let points = shifted / GRID;
    let rest = shifted.wrapping_sub(points.wrapping_mul(GRID)).wrapping_sub(GRID / 2);
    let phi = distribution(points.wrapping_sub(HALF_TABLE), rest);
    if d >= END {
        ONE
    } else if d < -END {
        0
    } else {
        phi
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Twice the proven error of Phi, 6.2e-16, in 2^-62.
    const TWO_ERRORS: u64 = 5_719;
    const STEP: i64 = 1 << T_BITS;

    /// Phi at both ends, in the middle and at an odd place of every interval.
    fn positions() -> impl Iterator<Item = i64> {
        (-512..512).flat_map(|node| [0, 1, STEP / 2, 700_001, STEP - 1].map(|t| node * STEP + t))
    }

    #[test]
    fn intervals_meet() {
        for seam in (-511..512).map(|node| node * STEP) {
            let (before, after) = (distribution_at(seam - 1), distribution_at(seam));
            // one grid point apart: at most phi(0) * 33/2^31 = 2^-27.3 more
            assert!(after - before <= TWO_ERRORS as i64 + (1 << 35), "{seam}");
            assert!(after - before >= -(TWO_ERRORS as i64), "{seam}");
        }
    }

    #[test]
    fn both_halves_agree() {
        // one grid point apart, and each is the other's complement
        assert!(distribution_at(0).abs_diff(ONE / 2) <= (1 << 34) + TWO_ERRORS);
        for position in positions() {
            assert_eq!(
                distribution_at(position) + distribution_at(!position),
                ONE - 1,
                "{position}"
            );
        }
    }

    #[test]
    fn the_density_is_the_slope() {
        for position in positions() {
            if position + 1 < HALF_TABLE {
                // the two ways to the middle between two points differ by the density's error over a grid point, 2e-16
                let (before, after) = (distribution(position, GRID / 2), distribution(position + 1, -GRID / 2));
                assert!(before.abs_diff(after) <= TWO_ERRORS + 1_024, "{position}");
            }
        }
    }

    #[test]
    fn phi_is_a_probability() {
        for position in positions() {
            for rest in [-GRID / 2, 0, GRID / 2] {
                assert!((0..=ONE).contains(&distribution(position, rest)), "{position}");
            }
        }
    }
}

//! Fitting one slice to one expiry's quotes: weighted least squares in vol points, by Levenberg-Marquardt from several
//! starts.
//!
//! The search runs over five free numbers whose image is exactly the set of slices that keep the rules of the tape,
//! with a margin that rounding to 1e-12 cannot use up. Residuals, in vol points:
//!
//! ```text
//! quote      sqrt(weight / sum of weights) * (model vol - quoted vol)
//! butterfly  min(g(k) - 0.01, 0) * 1000 / sqrt(grid)        g: Durrleman's function
//! calendar   min(vol(k) - vol of the expiry before at k - margin, 0) * 100 / sqrt(grid)
//! ```
//! A quote weighs its vega squared, so that what is minimised is the error of prices, plus a little so that the wings
//! are held where vega is nothing; a quote without both a bid and an ask weighs a quarter. The last two kinds are zero
//! for a surface free of arbitrage; only where the quotes alone lead to another is there a second search, with them.

use levenberg_marquardt::{LeastSquaresProblem, LevenbergMarquardt};
use nalgebra::storage::Owned;
use nalgebra::{DVector, Dyn, Matrix3, OMatrix, U5, Vector3, Vector5};

use super::svi::{SLOPE_CAP, Slice};

/// The least number of strikes for five parameters.
pub const MIN_STRIKES: usize = 5;

const GRID: usize = 61;
const ONE_SIDED: f64 = 0.25;
const VEGA_FLOOR: f64 = 0.05;
const FLOOR_MARGIN: f64 = 1e-9;
const SLOPE_MARGIN: f64 = 1e-6;
const TILT_MAX: f64 = 0.9999;
/// The square root of the engine's cap on total variance.
const LEVEL_MAX: f64 = 12.0;
const SHIFT_MAX: f64 = 4.0;
const ROUND_MIN: f64 = 1e-3;
const DENSITY_MARGIN: f64 = 0.01;
/// How far above the expiry before a slice is asked to stay, in vol points.
pub const CALENDAR_MARGIN: f64 = 0.05;
const STEP: f64 = 1e-6;
/// |d1| of a delta of 5% or 95%.
const LIQUID_D1: f64 = 1.645;

/// A quoted volatility.
#[derive(Clone, Copy, Debug)]
pub struct Point {
    /// Log-moneyness.
    pub k: f64,
    /// Volatility in vol points (percent).
    pub vol: f64,
    /// Vega relative to its greatest value, in (0, 1].
    pub vega: f64,
    /// Has a bid and an ask.
    pub two_sided: bool,
    /// Has both, and a delta of 5% to 95%.
    pub liquid: bool,
}

impl Point {
    /// A quote of `vol` points at `strike`.
    pub fn new(strike: f64, forward: f64, years: f64, vol: f64, two_sided: bool) -> Self {
        let k = (strike / forward).ln();
        let deviation = vol / 100.0 * years.sqrt();
        let d1 = deviation / 2.0 - k / deviation;
        Self {
            k,
            vol,
            vega: (-d1 * d1 / 2.0).exp(),
            two_sided,
            liquid: two_sided && d1.abs() <= LIQUID_D1,
        }
    }

    fn weight(&self) -> f64 {
        let quality = if self.two_sided { 1.0 } else { ONE_SIDED };
        quality * (self.vega * self.vega + VEGA_FLOOR * VEGA_FLOOR)
    }
}

/// How well a slice fits, in vol points.
#[derive(Clone, Copy, Debug)]
pub struct Quality {
    /// `sqrt(sum (vega*e)^2 / sum vega^2)`.
    pub rms: f64,
    /// The greatest error of a liquid quote.
    pub max_liquid: f64,
    /// The greatest error of any quote.
    pub max: f64,
    /// The least value of Durrleman's function where the engine follows the smile.
    pub density: f64,
    /// The least distance to the expiry before; negative where total variance falls with time.
    pub calendar: Option<f64>,
}

/// The best slice for `points`, free of butterflies and `margin` vol points above `before` (the slice of the expiry before)
/// where that is possible. `None` when no start leads anywhere.
pub fn fit(points: &[Point], years: f64, before: Option<&Slice>, margin: f64) -> Option<Slice> {
    let free = Problem {
        points,
        years,
        before,
        margin,
        grid: Vec::new(),
        total_weight: points.iter().map(Point::weight).sum(),
        x: Vector5::zeros(),
    };
    let restrained = Problem {
        grid: grid(points),
        ..free.clone()
    };
    let found = free.search(&starts(points, years));
    let best = *found.first()?;
    if restrained.cost(&best) <= free.cost(&best) {
        return Some(best);
    }
    restrained.search(&found).first().copied()
}

/// Measures a slice against its quotes and the expiry before.
pub fn quality(slice: &Slice, points: &[Point], years: f64, before: Option<&Slice>) -> Quality {
    let errors = || points.iter().map(|p| (p, slice.vol_points(p.k, years) - p.vol));
    let squares: f64 = errors().map(|(p, e)| (p.vega * e).powi(2)).sum();
    let weights: f64 = points.iter().map(|p| p.vega * p.vega).sum();
    let greatest = |of: &dyn Fn(&Point) -> bool| {
        errors()
            .filter(|(p, _)| of(p))
            .map(|(_, e)| e.abs())
            .fold(0.0, f64::max)
    };
    let grid = grid(points);
    let reach = slice.reach();
    Quality {
        rms: (squares / weights.max(f64::MIN_POSITIVE)).sqrt(),
        max_liquid: greatest(&|p| p.liquid),
        max: greatest(&|_| true),
        density: grid
            .iter()
            .filter(|k| k.abs() <= reach)
            .map(|k| slice.durrleman(*k))
            .fold(f64::INFINITY, f64::min),
        calendar: before.map(|before| {
            let gap = |k: &f64| slice.vol_points(*k, years) - before.vol_points(*k, years);
            grid.iter().map(gap).fold(f64::INFINITY, f64::min)
        }),
    }
}

/// Log-moneyness from one and a half times the lowest quoted to one and a half times the highest, the money included.
fn grid(points: &[Point]) -> Vec<f64> {
    let low = 1.5 * points.iter().map(|p| p.k).fold(0.0, f64::min);
    let high = 1.5 * points.iter().map(|p| p.k).fold(0.0, f64::max);
    let step = (high - low) / (GRID - 1) as f64;
    (0..GRID).map(|i| low + step * i as f64).chain([0.0]).collect()
}

/// For each of several centres and roundnesses the other three parameters by linear least squares: total variance is
/// linear in a, b*rho*s and b*s.
fn starts(points: &[Point], years: f64) -> Vec<Slice> {
    let variance = |p: &Point| (p.vol / 100.0).powi(2) * years;
    let at_money = points
        .iter()
        .min_by(|p, q| p.k.abs().total_cmp(&q.k.abs()))
        .map_or(0.01, variance);
    let unit = at_money.sqrt();
    let mut found = Vec::new();
    for centre in [-0.5, 0.0, 0.5] {
        for roundness in [0.1, 0.4, 1.2, 4.0] {
            let (m, s) = (centre * unit, roundness * unit + ROUND_MIN);
            let (mut normal, mut right) = (Matrix3::zeros(), Vector3::zeros());
            for p in points {
                let y = (p.k - m) / s;
                let row = Vector3::new(1.0, y, y.hypot(1.0));
                // An error of variance is an error of vol times twice the vol.
                let weight = p.weight() / (p.vol * p.vol);
                normal += weight * row * row.transpose();
                right += weight * variance(p) * row;
            }
            let solved = normal.lu().solve(&right);
            let [level, tilt, slope] = solved.map_or([0.0, 0.0, 0.1 * unit], |v| [v.x, v.y, v.z]);
            let slope = slope.max(0.01 * unit);
            let rho = (tilt / slope).clamp(-0.9, 0.9);
            let b = slope / s;
            let a = level.max(0.1 * at_money - slope * (1.0 - rho * rho).sqrt());
            found.push(Slice { a, b, rho, m, s });
        }
    }
    found
}

/// The slice at a place of the search space; every one keeps the rules.
fn slice_at(x: &Vector5<f64>) -> Slice {
    let [level, slope, tilt, shift, roundness]: [f64; 5] = (*x).into();
    let rho = TILT_MAX * tilt.tanh();
    let wing = (SLOPE_CAP - SLOPE_MARGIN) / (1.0 + (-slope).exp());
    let b = wing / (1.0 + rho.abs());
    let s = ROUND_MIN + roundness.clamp(-30.0, 3.0).exp();
    Slice {
        a: FLOOR_MARGIN + level.clamp(-LEVEL_MAX, LEVEL_MAX).powi(2) - b * s * (1.0 - rho * rho).sqrt(),
        b,
        rho,
        m: shift.clamp(-SHIFT_MAX, SHIFT_MAX),
        s,
    }
}

/// The inverse of [`slice_at`], kept off the places where it has no slope.
fn place_of(slice: &Slice) -> Vector5<f64> {
    let wing = (slice.b * (1.0 + slice.rho.abs()) / SLOPE_CAP).clamp(1e-6, 1.0 - 1e-3);
    Vector5::new(
        (slice.floor() - FLOOR_MARGIN).clamp(1e-8, 100.0).sqrt(),
        (wing / (1.0 - wing)).ln(),
        (slice.rho / TILT_MAX).clamp(-0.99, 0.99).atanh(),
        slice.m,
        (slice.s - ROUND_MIN).max(1e-6).ln(),
    )
}

#[derive(Clone)]
struct Problem<'a> {
    points: &'a [Point],
    years: f64,
    before: Option<&'a Slice>,
    margin: f64,
    grid: Vec<f64>,
    total_weight: f64,
    x: Vector5<f64>,
}

impl Problem<'_> {
    /// Where the starts lead to, the best first.
    fn search(&self, starts: &[Slice]) -> Vec<Slice> {
        let mut found: Vec<(f64, Slice)> = starts
            .iter()
            .map(|start| {
                let mut problem = self.clone();
                problem.x = place_of(start);
                let (end, report) = LevenbergMarquardt::new().with_tol(1e-10).minimize(problem);
                (report.objective_function, slice_at(&end.x))
            })
            .filter(|(cost, _)| cost.is_finite())
            .collect();
        found.sort_by(|(one, _), (other, _)| one.total_cmp(other));
        found.into_iter().map(|(_, slice)| slice).collect()
    }

    /// The sum of squares at a slice.
    fn cost(&self, slice: &Slice) -> f64 {
        self.at(&place_of(slice)).norm_squared()
    }

    fn at(&self, x: &Vector5<f64>) -> DVector<f64> {
        let slice = slice_at(x);
        let share = 1.0 / (self.grid.len() as f64).sqrt();
        let quotes = self
            .points
            .iter()
            .map(|p| (p.weight() / self.total_weight).sqrt() * (slice.vol_points(p.k, self.years) - p.vol));
        let butterflies = self
            .grid
            .iter()
            .map(|k| (slice.durrleman(*k) - DENSITY_MARGIN).min(0.0) * 1_000.0 * share);
        let calendars = self.grid.iter().map(|k| {
            self.before.map_or(0.0, |before| {
                let gap = slice.vol_points(*k, self.years) - before.vol_points(*k, self.years);
                (gap - self.margin).min(0.0) * 100.0 * share
            })
        });
        let all: Vec<f64> = quotes.chain(butterflies).chain(calendars).collect();
        DVector::from_vec(all)
    }
}

impl LeastSquaresProblem<f64, Dyn, U5> for Problem<'_> {
    type ResidualStorage = Owned<f64, Dyn>;
    type JacobianStorage = Owned<f64, Dyn, U5>;
    type ParameterStorage = Owned<f64, U5>;

    fn set_params(&mut self, x: &Vector5<f64>) {
        self.x = *x;
    }

    fn params(&self) -> Vector5<f64> {
        self.x
    }

    fn residuals(&self) -> Option<DVector<f64>> {
        Some(self.at(&self.x))
    }

    fn jacobian(&self) -> Option<OMatrix<f64, Dyn, U5>> {
        let columns: Vec<DVector<f64>> = (0..5)
            .map(|i| {
                let step = Vector5::ith(i, STEP);
                (self.at(&(self.x + step)) - self.at(&(self.x - step))) / (2.0 * STEP)
            })
            .collect();
        Some(OMatrix::<f64, Dyn, U5>::from_columns(&columns))
    }
}

#[cfg(test)]
#[path = "fit_tests.rs"]
mod tests;

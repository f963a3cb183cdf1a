//! The numeric kernel.

//! One list of fields, all forms of a type.

/// The forms of a struct, for [`Record`](crate::record::Record) and serde, from the list of its fields in their order.
///
/// ```
/// # use hedgerow_risk::number::Ratio;
/// # use hedgerow_risk::record;
/// # #[derive(Clone)]
/// struct Shock { spot: Ratio, vol: Option<Ratio>, note: Option<String> }
/// record! { Shock {
///     spot = Ratio::ONE,   // the default when it is missing
///     vol,                 // must be there; an option may be missing, and is written as null
///     note: left_out,      // an option that is not written when there is none
/// } }
/// # assert_eq!(serde_json::from_str::<Shock>("{}").unwrap().spot, Ratio::ONE);
/// # let shock = Shock { spot: Ratio::ONE, vol: None, note: None };
/// # assert_eq!(serde_json::to_string(&shock).unwrap(), r#"{"spot":"1","vol":null}"#);
/// ```
///
/// `record! { Shock: Default { .. } }` takes missing fields from the type's default.
#[macro_export]
macro_rules! record {
    ($name:ident: Default { $($field:ident),* $(,)? }) => {
        impl $crate::record::Record for $name {
            fn blank() -> Self {
                Self::default()
            }

            fn walk(&mut self, walker: &mut dyn $crate::record::Walker) {
                walker.open();
                $(walker.field(stringify!($field), &mut self.$field, true);)*
                walker.close();
            }
        }
        $crate::record!(@serde $name);
    };
    ($name:ident { $($field:ident $(: $left_out:ident)? $(= $default:expr)?),* $(,)? }) => {
        impl $crate::record::Record for $name {
            fn blank() -> Self {
                Self { $($field: $crate::record!(@blank $($default)?),)* }
            }

            fn walk(&mut self, walker: &mut dyn $crate::record::Walker) {
                walker.open();
                $($crate::record!(@visit walker $field (self.$field) $($left_out)? $(= $default)?);)*
                walker.close();
            }
        }
        $crate::record!(@serde $name);
    };
    (@blank) => { $crate::record::Record::blank() };
    (@blank $default:expr) => { $default };
    (@visit $walker:ident $field:ident ($value:expr)) => {
        $walker.field(stringify!($field), &mut $value, false)
    };
    (@visit $walker:ident $field:ident ($value:expr) = $default:expr) => {
        $walker.field(stringify!($field), &mut $value, true)
    };
    (@visit $walker:ident $field:ident ($value:expr) left_out) => {
        if $walker.reads() || $walker.is_packed() || !$crate::record::Record::is_nothing(&$value) {
            $walker.field(stringify!($field), &mut $value, true);
        }
    };
    (@serde $name:ty) => {
        impl<'de> $crate::record::serde::Deserialize<'de> for $name {
            fn deserialize<D: $crate::record::serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                $crate::record::deserialize(deserializer)
            }
        }

        impl $crate::record::serde::Serialize for $name {
            fn serialize<S: $crate::record::serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                $crate::record::serialize(self, serializer)
            }
        }
    };
}

/// The forms of an enum whose variants hold something: `{"name": {fields}}`, or `{"name": record}`.
///
/// ```
/// # use hedgerow_risk::number::Ratio;
/// # use hedgerow_risk::record_enum;
/// # #[derive(Clone)]
/// enum Move { Stay {}, Shift { by: Ratio }, Times(Ratio) }
/// record_enum! { Move {
///     "stay" => Stay {},
///     "shift" => Shift { by },
///     "times" => Times(factor),
/// } }
/// # assert!(matches!(serde_json::from_str(r#"{"shift":{"by":"2"}}"#), Ok(Move::Shift { .. })));
/// # assert_eq!(serde_json::to_string(&Move::Times(Ratio::ONE)).unwrap(), r#"{"times":"1"}"#);
/// ```
#[macro_export]
macro_rules! record_enum {
    (
        $name:ident {
            $first:literal => $first_variant:ident $({ $($first_field:ident),* $(,)? })? $(($first_inner:ident))?,
            $($key:literal => $variant:ident $({ $($field:ident),* $(,)? })? $(($inner:ident))?),* $(,)?
        }
    ) => {
        impl $crate::record::Record for $name {
            fn blank() -> Self {
                $crate::record_enum!(@blank $first_variant $({ $($first_field),* })? $(($first_inner))?)
            }

            fn walk(&mut self, walker: &mut dyn $crate::record::Walker) {
                /// The places of the names.
                enum Place { $first_variant, $($variant),* }
                const NAMES: &[&str] = &[$first, $($key),*];
                let blanks: &[fn() -> Self] = &[
                    || $crate::record_enum!(@blank $first_variant $({ $($first_field),* })? $(($first_inner))?),
                    $(|| $crate::record_enum!(@blank $variant $({ $($field),* })? $(($inner))?),)*
                ];
                let place = match self {
                    Self::$first_variant { .. } => Place::$first_variant,
                    $(Self::$variant { .. } => Place::$variant,)*
                };
                let chosen = walker.open_choice(NAMES, place as usize);
                if walker.reads() {
                    *self = blanks.get(chosen).map_or_else(Self::blank, |blank| blank());
                }
                match self {
                    $crate::record_enum!(@pattern $first_variant $({ $($first_field),* })? $(($first_inner))?) => {
                        $crate::record_enum!(@visit walker $({ $($first_field),* })? $(($first_inner))?)
                    }
                    $($crate::record_enum!(@pattern $variant $({ $($field),* })? $(($inner))?) => {
                        $crate::record_enum!(@visit walker $({ $($field),* })? $(($inner))?)
                    })*
                }
                walker.close_choice();
            }
        }
        $crate::record!(@serde $name);
    };
    (@blank $variant:ident { $($field:ident),* }) => {
        Self::$variant { $($field: $crate::record::Record::blank()),* }
    };
    (@blank $variant:ident ($inner:ident)) => { Self::$variant($crate::record::Record::blank()) };
    (@pattern $variant:ident { $($field:ident),* }) => { Self::$variant { $($field),* } };
    (@pattern $variant:ident ($inner:ident)) => { Self::$variant($inner) };
    (@visit $walker:ident { $($field:ident),* }) => {{
        $walker.open();
        $($walker.field(stringify!($field), $field, false);)*
        $walker.close();
    }};
    (@visit $walker:ident ($inner:ident)) => { $inner.walk($walker) };
}

/// The forms of an enum whose variants hold nothing: their names, their places in this list where it is packed. Also its
/// [`Display`](std::fmt::Display) and [`FromStr`](std::str::FromStr).
///
/// ```
/// # use hedgerow_risk::record_names;
/// #[derive(Clone, Copy, PartialEq)]
/// enum Health { Well, Ill }
/// record_names! { Health { "well" => Well, "ill" => Ill } }
/// # assert_eq!(Health::Well.to_string(), "well");
/// # assert!(serde_json::from_str::<Health>("\"ill\"").is_ok());
/// ```
#[macro_export]
macro_rules! record_names {
    ($name:ident { $($key:literal => $variant:ident),* $(,)? }) => {
        impl $name {
            const NAMES: &[&'static str] = &[$($key),*];
            const ALL: &[Self] = &[$(Self::$variant),*];
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(match self { $(Self::$variant => $key,)* })
            }
        }

        impl std::str::FromStr for $name {
            type Err = ();

            fn from_str(text: &str) -> Result<Self, ()> {
                match text {
                    $($key => Ok(Self::$variant),)*
                    _ => Err(()),
                }
            }
        }

        impl $crate::record::Record for $name {
            #[allow(clippy::indexing_slicing, reason = "an enum has a variant")]
            fn blank() -> Self {
                Self::ALL[0]
            }

            fn walk(&mut self, walker: &mut dyn $crate::record::Walker) {
                let mut place = Self::ALL.iter().position(|known| known == self).unwrap_or_default();
                walker.name(Self::NAMES, &mut place);
                *self = Self::ALL.get(place).copied().unwrap_or(*self);
            }
        }

        $crate::record!(@serde $name);
    };
}

/// The forms of a type that is written as a string, by its `FromStr` and `Display`: `record_text! { Symbol = SOME_SYMBOL }`, with
/// a value to read into.
#[macro_export]
macro_rules! record_text {
    ($($name:ty = $blank:expr),* $(,)?) => {$(
        impl $crate::record::Record for $name {
            fn blank() -> Self {
                $blank
            }

            fn walk(&mut self, walker: &mut dyn $crate::record::Walker) {
                $crate::record::walk_text(self, walker);
            }
        }

        $crate::record!(@serde $name);
    )*};
}

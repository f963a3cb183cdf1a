//! Ties queries to the types of their answers, for the generated JSON schema.

/// Names the answer of every query of a message, by its name on the wire.
macro_rules! responses {
    ($query:ty { $($name:ident: $answer:ty,)* }) => {
        impl cosmwasm_schema::QueryResponses for $query {
            fn response_schemas() -> std::collections::BTreeMap<String, schemars::schema::RootSchema> {
                [$((stringify!($name).to_owned(), cosmwasm_schema::schema_for!($answer)),)*].into()
            }

            /// The second schema format of cosmwasm-schema, which nothing reads yet, is not generated.
            fn response_schemas_cw() -> std::collections::BTreeMap<String, cosmwasm_schema::cw_schema::Schema> {
                std::collections::BTreeMap::new()
            }
        }
    };
}
pub(crate) use responses;

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

/// Writes a contract's schema to `schema/NAME.json` of the working directory: what its `schema` binary does.
#[cfg(not(target_arch = "wasm32"))]
pub fn write<Instantiate, Execute, Query, Migrate>(name: &str, version: &str) -> std::io::Result<()>
where
    Instantiate: schemars::JsonSchema,
    Execute: schemars::JsonSchema,
    Query: cosmwasm_schema::QueryResponses,
    Migrate: schemars::JsonSchema,
{
    let api = cosmwasm_schema::Api {
        contract_name: name.to_owned(),
        contract_version: version.to_owned(),
        instantiate: Some(cosmwasm_schema::schema_for!(Instantiate)),
        execute: Some(cosmwasm_schema::schema_for!(Execute)),
        query: Some(cosmwasm_schema::schema_for!(Query)),
        migrate: Some(cosmwasm_schema::schema_for!(Migrate)),
        sudo: None,
        responses: Some(Query::response_schemas()),
    };
    let json = api.render().to_string().map_err(std::io::Error::other)?;
    std::fs::create_dir_all("schema")?;
    std::fs::write(format!("schema/{name}.json"), json + "\n")
}

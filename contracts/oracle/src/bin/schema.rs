//! Writes the JSON schema of the messages, queries and answers to `schema/hedgerow-oracle.json` below the working directory.

use cosmwasm_schema::generate_api;
use hedgerow_interface::oracle::{ExecuteMsg, InstantiateMsg, MigrateMsg, QueryMsg};
use std::error::Error;
use std::fs;

fn main() -> Result<(), Box<dyn Error>> {
    let api = generate_api! {
        name: "hedgerow-oracle",
        instantiate: InstantiateMsg,
        execute: ExecuteMsg,
        query: QueryMsg,
        migrate: MigrateMsg,
    };
    fs::create_dir_all("schema")?;
    fs::write("schema/hedgerow-oracle.json", api.render().to_string()? + "\n")?;
    Ok(())
}

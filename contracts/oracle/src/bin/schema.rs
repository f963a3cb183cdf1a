//! Writes the contract's JSON schema into `schema/` of the working directory.

use hedgerow_interface::oracle::{ExecuteMsg, InstantiateMsg, MigrateMsg, QueryMsg};
use hedgerow_interface::schema;

fn main() -> std::io::Result<()> {
    schema::write::<InstantiateMsg, ExecuteMsg, QueryMsg, MigrateMsg>("hedgerow-oracle", env!("CARGO_PKG_VERSION"))
}

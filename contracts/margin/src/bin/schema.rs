//! Writes the contract's JSON schema into `schema/` of the working directory.

use hedgerow_interface::margin::{ExecuteMsg, InstantiateMsg, MigrateMsg, QueryMsg};
use hedgerow_interface::schema;

fn main() -> std::io::Result<()> {
    schema::write::<InstantiateMsg, ExecuteMsg, QueryMsg, MigrateMsg>("hedgerow-margin", env!("CARGO_PKG_VERSION"))
}

//! The parts of a run: for the tests of every weather, and for the fuzz target `weather`.

mod application;
mod bytes;
#[path = "../../support/commands.rs"]
mod commands;
mod end;
mod invariants;
mod ledger;
#[path = "../../support/model_server/mod.rs"]
pub mod model_server;
pub mod runner;
mod steps;
mod text;
pub mod transcript;
mod world;

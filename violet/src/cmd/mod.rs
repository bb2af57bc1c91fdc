//! One command in each file.

pub mod demo;
pub mod detach;
pub mod doctor;
pub mod down;
pub mod logs;
pub mod models;
pub mod register;
pub mod replay;
pub mod status;
pub mod submit;
pub mod up;
pub mod verify;
pub mod wallet;
pub mod weights;

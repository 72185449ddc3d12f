//! Sealing and opening held against each other and against the openssl command; keys; trust.

mod bundles;
mod keys;
mod trust;

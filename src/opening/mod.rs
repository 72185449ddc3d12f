//! Opens a sealed bundle at the receiving end; to be written.

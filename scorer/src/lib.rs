//! Is the result good? Pure metrics over text; what validators will grade miners with.

pub mod metric;

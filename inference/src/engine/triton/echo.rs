//! `echo`: answers what it is asked; shows that a server and a stub work.

use triton_client::{Error, Infer, Output, Tensor, Triton};

use super::Ask;

/// Name of the model.
pub(in crate::engine) const MODEL: &str = "echo";

const BYTES: &str = "bytes";

/// Say the same.
pub(in crate::engine) struct Echo(pub(in crate::engine) &'static [u8]);

impl Ask for Echo {
    fn request(&self, triton: &Triton) -> Infer {
        triton.infer(MODEL).input(BYTES, Tensor::u8([self.0.len()], self.0))
    }
}

/// Reads the answer to [`Echo`].
pub(in crate::engine) fn read(output: &Output) -> Result<&[u8], Error> {
    output.u8(BYTES)
}

#[cfg(test)]
mod tests {
    use super::{super::wire, *};

    #[test]
    fn the_configuration_has_exactly_these_tensors() {
        wire::check(MODEL, &[(BYTES, "UINT8")], &[(BYTES, "UINT8")]);
    }
}

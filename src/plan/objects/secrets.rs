use super::Site;
pub(super) fn plan(_site: &mut Site<'_>) {}
/// A volume.
#[derive(Debug)]
pub struct SecretVolume;
/// Volumes.
pub fn secret_volumes(_: &crate::resolve::Pair) -> Vec<SecretVolume> {
    Vec::new()
}

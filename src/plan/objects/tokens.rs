use super::Site;

pub(super) fn check(_site: &mut Site<'_>) {}

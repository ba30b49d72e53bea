use super::Site;

pub(super) fn plan(_site: &mut Site<'_>) {}

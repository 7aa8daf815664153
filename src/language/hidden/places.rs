//! Places of secrets, for many questions.

use crate::language::source::Span;

/// In their order, none within or beside another.
#[derive(Debug, Clone)]
pub(crate) struct Places(Vec<Span>);

impl Places {
    pub(super) fn new(mut places: Vec<Span>) -> Self {
        places.retain(|place| place.start < place.end);
        places.sort_unstable_by_key(|place| (place.start, place.end));
        let mut apart: Vec<Span> = Vec::with_capacity(places.len());
        for place in places {
            match apart.last_mut() {
                Some(last) if place.start <= last.end => last.end = last.end.max(place.end),
                _ => apart.push(place),
            }
        }
        Self(apart)
    }

    /// Whether any of a place is one of them.
    pub fn touch(&self, place: Span) -> bool {
        let after = self.0.partition_point(|known| known.end <= place.start);
        self.0.get(after).is_some_and(|known| known.start < place.end)
    }
}

#[cfg(test)]
mod tests {
    use super::Places;
    use crate::language::source::Span;

    #[test]
    fn places_touch_where_they_share_a_byte() {
        let places = Places::new(vec![Span::new(8, 9), Span::new(2, 6), Span::new(3, 4), Span::new(6, 7)]);
        assert_eq!(places.0, [Span::new(2, 7), Span::new(8, 9)]);
        let touched: Vec<bool> = (0..10).map(|at| places.touch(Span::new(at, at + 1))).collect();
        assert_eq!(touched, [false, false, true, true, true, true, true, false, true, false]);
        assert!(places.touch(Span::new(0, 3)) && !places.touch(Span::new(7, 8)));
    }
}

//! What is said of volumes that do not go together.

use super::{AFTER_REST, Check, Diagnostic, OVER_100, Placed, SAME_NAME, TWO_SWAPS};

pub(super) fn same_name(cx: &Check, again: &Placed, first: &Placed) -> Diagnostic {
    let (code, message, help) = match again.volume.is_swap() {
        true => (TWO_SWAPS, "swap is asked for twice".into(), "remove one of the two"),
        false => (
            SAME_NAME,
            format!("a volume `{}` is already there", again.volume.name.0),
            "give it another name, or remove it",
        ),
    };
    let fault = cx.error(code, &again.at.key("name"), message);
    fault.also(cx.span(&first.at.key("name")), "first here").help(help)
}

/// At the volume with which the shares go past 100 %.
pub(super) fn over_100(cx: &Check, at: &Placed, volumes: &[Placed]) -> Diagnostic {
    let total: u32 = volumes.iter().map(Placed::share).sum();
    let fault = cx.error(OVER_100, &at.at, format!("the shares add up to {total} % of the volume group"));
    let others = volumes.iter().filter(|other| other.share() > 0 && other.at != at.at);
    others
        .fold(fault.label("goes past 100 %"), |fault, other| {
            fault.also(cx.span(&other.at), format!("{} % here", other.share()))
        })
        .help("lower shares until they add up to at most 100")
}

/// At a volume for which the one before it left nothing.
pub(super) fn after_rest(cx: &Check, at: &Placed, taker: &Placed) -> Diagnostic {
    let (name, taker_name) = (&at.volume.name.0, &taker.volume.name.0);
    let fault = cx.error(AFTER_REST, &at.at, format!("nothing is left for `{name}`"));
    let help = match taker.share() {
        0 if at.volume.is_swap() => format!("give `{taker_name}` a smaller size: swap comes last"),
        0 => format!("give `{taker_name}` a smaller size, or put it last"),
        _ => format!("lower the shares before it, or remove `{name}`"),
    };
    fault.also(cx.span(&taker.at), "takes all that is left").help(help)
}

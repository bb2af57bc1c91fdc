//! Numbers in a text, as digits without separators. Pure.

/// The numbers of a text, in order: `1,250.5` is 12505, and 2万 is 20000.
pub(super) fn numbers(text: &str) -> Vec<String> {
    let letters: Vec<char> = text.chars().map(narrow).collect();
    let (mut out, mut at) = (Vec::new(), 0);
    while at < letters.len() {
        if letters[at].is_ascii_digit() {
            let end = number_end(&letters, at);
            let zeros = letters.get(end).map_or(0, |c| myriad(*c));
            out.push(digits(&letters[at..end], zeros));
            at = end;
        } else {
            at += 1;
        }
    }
    out
}

/// The text without separators and spaces between two digits.
pub(super) fn squeezed(text: &str) -> String {
    let letters: Vec<char> = text.chars().map(narrow).collect();
    let between = |i: usize| {
        i > 0
            && letters[i - 1].is_ascii_digit()
            && letters.get(i + 1).is_some_and(char::is_ascii_digit)
            && (is_separator(letters[i]) || letters[i].is_whitespace())
    };
    letters.iter().enumerate().filter(|(i, _)| !between(*i)).map(|(_, c)| *c).collect()
}

fn number_end(letters: &[char], start: usize) -> usize {
    let mut at = start;
    loop {
        while letters.get(at).is_some_and(char::is_ascii_digit) {
            at += 1;
        }
        let goes_on = letters.get(at).is_some_and(|c| is_separator(*c))
            && letters.get(at + 1).is_some_and(char::is_ascii_digit);
        if !goes_on {
            return at;
        }
        at += 1;
    }
}

/// The digits, with as many zeros as a unit of ten thousands stands for; digits behind a point count among them.
fn digits(number: &[char], zeros: usize) -> String {
    let mut plain: String = number.iter().filter(|c| c.is_ascii_digit()).collect();
    let behind = number.iter().position(|c| *c == '.').map_or(0, |at| number.len() - at - 1);
    plain.extend(std::iter::repeat_n('0', zeros.saturating_sub(if zeros > 0 { behind } else { 0 })));
    plain
}

const fn myriad(c: char) -> usize {
    match c {
        '万' | '萬' | '만' => 4,
        '億' | '亿' | '억' => 8,
        _ => 0,
    }
}

const fn is_separator(c: char) -> bool {
    matches!(c, '.' | ',' | '\'' | '’' | '\u{a0}' | '\u{202f}')
}

/// A wide digit, point or comma as a plain one.
fn narrow(c: char) -> char {
    match c {
        '\u{ff10}'..='\u{ff19}' | '．' | '，' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_whatever_separates_their_digits() {
        let text = "2万人, 1.5億, 12,345 and 3.5 １２, 1’000, 5. End 7,";
        assert_eq!(numbers(text), ["20000", "150000000", "12345", "35", "12", "1000", "5", "7"]);
        assert_eq!(squeezed("1 250,5 km, 3 m"), "12505 km, 3 m");
    }
}

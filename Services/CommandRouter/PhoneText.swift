// A payer's phone as people type it, made E.164. Only Moldova's numbers: a Request to Pay rings a phone
// through the national rail, and no other country's phone is on it.

/// A phone number found at the cursor.
enum PhoneText: Equatable {
    /// `+373` and eight digits.
    case number(String)
    case foreign
    case unreadable

    static let countryCode = "373"
    /// National digits, without the trunk 0.
    static let nationalDigits = 8
    /// E.164 has fifteen digits at most; with "00" before them seventeen.
    private static let digitsMax = 17

    /// Whether a phone may begin here: a digit, a plus or a bracket before one.
    static func mayBegin(_ text: TypedText) -> Bool {
        guard let scalar = text.next else { return false }
        if scalar.digit != nil { return true }
        guard scalar == "+" || scalar == "\u{FF0B}" || scalar == "(" else { return false }
        return text.at(1)?.digit != nil || (text.at(1) == "(" && text.at(2)?.digit != nil)
    }

    /// Whether "+37369" comes next, or as many digits behind a plus as no sum in a shop has.
    static func isCut(_ text: TypedText) -> Bool {
        guard text.next == "+" || text.next == "\u{FF0B}" else { return false }
        var digits = ""
        while digits.utf8.count <= digitsMax, let digit = text.at(1 + digits.utf8.count)?.digit {
            digits += String(digit)
        }
        return digits.hasPrefix(countryCode) || digits.utf8.count > 4
    }

    /// Whether a message is nothing but figures that begin as no amount does, and too few: "0691".
    static func isPiece(_ message: String) -> Bool {
        var text = TypedText(message)
        text.skipSpaces()
        guard text.next?.digit == 0, text.at(1)?.digit != nil else { return false }
        while let scalar = text.next, scalar.digit != nil || scalar.isTypedSpace { text.advance() }
        return text.isAtEnd && message.unicodeScalars.count { $0.digit != nil } <= nationalDigits
    }

    /// The same with "tel." or "тел:" before it, which then goes too.
    static func takeLabelled(from text: inout TypedText) -> PhoneText? {
        var cursor = text
        if CommandWords.phoneLabels.contains(cursor.takeWord()) {
            while let sign = cursor.next, sign == "." || sign == ":" || sign.isTypedSpace { cursor.advance() }
        } else {
            cursor = text
        }
        guard let phone = take(from: &cursor) else { return nil }
        text = cursor
        return phone
    }

    /// Takes the shortest run of digit groups that is a whole number of this country; where there is none,
    /// takes all the digits there are. `nil`, and the cursor stays, where no phone begins or only a few
    /// digits stand, as in "2 coffees".
    static func take(from text: inout TypedText) -> PhoneText? {
        guard mayBegin(text) else { return nil }
        var cursor = text
        let isPlussed = cursor.next == "+" || cursor.next == "\u{FF0B}"
        if isPlussed { cursor.advance() }
        var digits = ""
        while true {
            while let digit = cursor.next?.digit {
                if digits.utf8.count <= digitsMax { digits += String(digit) }
                cursor.advance()
            }
            if cursor.next == ")" {
                cursor.advance()
                if cursor.next?.digit != nil { continue }
            }
            let isFraction = (cursor.next == "." || cursor.next == ",") && cursor.at(1)?.digit != nil
            let isWhole = !isFraction && (cursor.next.map { !$0.isLetter && !$0.isMark } ?? true)
            if isWhole, let number = number(digits, isPlussed: isPlussed) {
                text = cursor
                return .number(number)
            }
            guard isWhole || cursor.next == ".", let gap = separator(cursor) else { break }
            cursor.advance(gap)
        }
        guard isPlussed || digits.utf8.count > 4 else { return nil }
        while let scalar = cursor.next, scalar.isTagPart { cursor.advance() }
        text = cursor
        return isForeign(digits, isPlussed: isPlussed) ? .foreign : .unreadable
    }

    /// +37369123456 for 069123456, 69123456, 37369123456, 0037369123456 and 373 (0) 69123456. Personal and
    /// business lines only: 8xx and 9xx are services, which pay for nothing.
    private static func number(_ digits: String, isPlussed: Bool) -> String? {
        var national = digits[...]
        if !isPlussed, national.hasPrefix("00" + countryCode) { national = national.dropFirst(2) }
        let isInternational = national.hasPrefix(countryCode) && national.utf8.count > nationalDigits
        if isInternational { national = national.dropFirst(countryCode.utf8.count) }
        guard isInternational || !isPlussed else { return nil }
        if national.hasPrefix("0") { national = national.dropFirst() }
        // "373 69 123" is the beginning of a number with its country code, not a whole one without.
        guard national.utf8.count == nationalDigits, let first = national.first, "23567".contains(first),
            isInternational || !digits.hasPrefix(countryCode)
        else { return nil }
        return "+" + countryCode + national
    }

    private static func isForeign(_ digits: String, isPlussed: Bool) -> Bool {
        let number = isPlussed ? digits[...] : digits.hasPrefix("00") ? digits.dropFirst(2) : ""
        return (8...15).contains(number.utf8.count) && !number.hasPrefix(countryCode)
            && !number.hasPrefix("0")
    }

    /// How many scalars part this group of digits from the next; `nil` when none follows.
    private static func separator(_ text: TypedText) -> Int? {
        for length in 1...3 {
            guard let scalar = text.at(length - 1) else { return nil }
            if scalar.digit != nil { return length > 1 ? length - 1 : nil }
            guard
                scalar.isTypedSpace || scalar == "." || scalar == "/" || scalar == "(" || scalar == ")"
                    || Remark.dashes.contains(scalar)
            else { return nil }
        }
        return text.at(3)?.digit != nil ? 3 : nil
    }
}

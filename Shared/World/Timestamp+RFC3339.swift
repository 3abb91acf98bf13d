// RFC 3339 text of a moment, always UTC with `Z`: what our JSON carries. Reading is strict; offsets are
// accepted, since peers send them, and normalised to UTC.

extension Timestamp: Codable, CustomStringConvertible {
    /// `2026-11-21T13:02:03.123456Z`; the fraction is left out when it is zero.
    package var description: String {
        var text: [UInt8] = []
        text.reserveCapacity(28)
        append(to: &text)
        return String(decoding: text, as: UTF8.self)
    }

    /// The same as bytes behind those of `text`: every line of every log carries one.
    package func append(to text: inout [UInt8]) {
        let day = (seconds >= 0 ? seconds : seconds - 86_399) / 86_400
        let date = CivilDate(daysSince1970: day)
        let second = seconds - day * 86_400
        // Whole seconds rounded down may lie before the first moment that there is; the difference never does.
        let fraction = microseconds &- seconds &* 1_000_000
        pad(Int64(date.year), 4, &text)
        text.append(0x2D)
        pad(Int64(date.month), 2, &text)
        text.append(0x2D)
        pad(Int64(date.day), 2, &text)
        text.append(0x54)
        pad(second / 3_600, 2, &text)
        text.append(0x3A)
        pad(second / 60 % 60, 2, &text)
        text.append(0x3A)
        pad(second % 60, 2, &text)
        if fraction != 0 {
            text.append(0x2E)
            pad(fraction, 6, &text)
        }
        text.append(0x5A)
    }

    /// Reads `YYYY-MM-DDTHH:MM:SS[.fraction](Z|±HH:MM)`. Nil for anything else, a 61st second included.
    package init?(rfc3339 text: String) {
        let bytes = Array(text.utf8)
        guard bytes.count >= 20, bytes[4] == 0x2D, bytes[7] == 0x2D, bytes[10] == 0x54 || bytes[10] == 0x74,
            bytes[13] == 0x3A, bytes[16] == 0x3A,
            let year = digits(bytes, 0, 4), let month = digits(bytes, 5, 2), let day = digits(bytes, 8, 2),
            let hour = digits(bytes, 11, 2), let minute = digits(bytes, 14, 2),
            let second = digits(bytes, 17, 2),
            (1...12).contains(month), hour < 24, minute < 60, second < 60
        else { return nil }
        let date = CivilDate(year: Int(year), month: Int(month), day: Int(day))
        guard day >= 1, Int(day) <= date.daysInMonth else { return nil }
        var index = 19
        var fraction: Int64 = 0
        if bytes[index] == 0x2E {
            index += 1
            let start = index
            var scale: Int64 = 100_000
            while index < bytes.count, let digit = digits(bytes, index, 1) {
                fraction += digit * scale
                scale /= 10
                index += 1
            }
            guard index > start else { return nil }
        }
        guard let offset = Self.offsetSeconds(bytes, index) else { return nil }
        let seconds = date.daysSince1970 * 86_400 + hour * 3_600 + minute * 60 + second - offset
        self.init(microseconds: seconds * 1_000_000 + fraction)
    }

    private static func offsetSeconds(_ bytes: [UInt8], _ index: Int) -> Int64? {
        if index == bytes.count - 1, bytes[index] == 0x5A || bytes[index] == 0x7A { return 0 }
        guard bytes.count == index + 6, bytes[index] == 0x2B || bytes[index] == 0x2D,
            bytes[index + 3] == 0x3A,
            let hours = digits(bytes, index + 1, 2), let minutes = digits(bytes, index + 4, 2), hours < 24,
            minutes < 60
        else { return nil }
        return (bytes[index] == 0x2B ? 1 : -1) * (hours * 3_600 + minutes * 60)
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let value = Timestamp(rfc3339: try container.decode(String.self)) else {
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: "not an RFC 3339 date-time")
        }
        self = value
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}

private func pad(_ value: Int64, _ width: Int, _ text: inout [UInt8]) {
    var unit: Int64 = 1
    for _ in 1..<width { unit *= 10 }
    guard value >= 0, value < unit * 10 else {
        // A year before the first or after the ten-thousandth.
        let digits = String(value).utf8
        for _ in 0..<max(0, width - digits.count) { text.append(0x30) }
        return text.append(contentsOf: digits)
    }
    var rest = value
    while unit > 0 {
        text.append(0x30 + UInt8(rest / unit))
        rest %= unit
        unit /= 10
    }
}

private func digits(_ bytes: [UInt8], _ start: Int, _ count: Int) -> Int64? {
    guard start + count <= bytes.count else { return nil }
    var value: Int64 = 0
    for byte in bytes[start..<start + count] {
        guard (0x30...0x39).contains(byte) else { return nil }
        value = value * 10 + Int64(byte - 0x30)
    }
    return value
}

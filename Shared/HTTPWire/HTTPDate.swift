// The one date form that HTTP is written in (IMF-fixdate, RFC 9110 section 5.6.7), from seconds alone: no
// clock, no locale, no time zone of the host.

/// Dates for the `date` field.
package enum HTTPDate {
    private static let days = Array("ThuFriSatSunMonTueWed".utf8)
    private static let months = Array("JanFebMarAprMayJunJulAugSepOctNovDec".utf8)

    /// `Sun, 06 Nov 1994 08:49:37 GMT` for 784111777. Seconds since 1970-01-01T00:00:00Z, from year 1 to
    /// 9999.
    package static func imf(unixSeconds: Int64) -> String {
        let day = Int(unixSeconds >= 0 ? unixSeconds / 86400 : (unixSeconds - 86399) / 86400)
        let second = Int(unixSeconds) - day * 86400
        let (year, month, date) = civil(day)
        let weekday = ((day % 7) + 7) % 7
        var text: [UInt8] = []
        text.reserveCapacity(29)
        text += days[weekday * 3..<weekday * 3 + 3]
        text += ", ".utf8
        append(date, Octets.space, to: &text)
        text += months[month * 3 - 3..<month * 3]
        text.append(Octets.space)
        append(year / 100, nil, to: &text)
        append(year % 100, Octets.space, to: &text)
        append(second / 3600, Octets.colon, to: &text)
        append(second / 60 % 60, Octets.colon, to: &text)
        append(second % 60, Octets.space, to: &text)
        text += "GMT".utf8
        return String(decoding: text, as: UTF8.self)
    }

    /// Days since 1970-01-01 to the Gregorian calendar, with years that start in March so that the leap day
    /// is the last.
    private static func civil(_ day: Int) -> (year: Int, month: Int, day: Int) {
        let shifted = day + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let ofEra = shifted - era * 146_097
        let yearOfEra = (ofEra - ofEra / 1460 + ofEra / 36_524 - ofEra / 146_096) / 365
        let ofYear = ofEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let marchMonth = (5 * ofYear + 2) / 153
        let month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        return (year, month, ofYear - (153 * marchMonth + 2) / 5 + 1)
    }

    /// Two digits and what follows them.
    private static func append(_ number: Int, _ next: UInt8?, to text: inout [UInt8]) {
        text.append(UInt8(48 + number / 10 % 10))
        text.append(UInt8(48 + number % 10))
        if let next { text.append(next) }
    }
}
